The database as its operators see it.

  $ jifen keys add keys > /dev/null; jifen db init --db sqlite:jifen.db
  > for i in 1 2 3; do echo 'a long password' | jifen account add --db sqlite:jifen.db --keys keys --login clerk$i --role clerk --division 330381; done
  完成
  $ head=$(jifen audit verify --db sqlite:jifen.db | grep -o '[0-9]*:[0-9a-f]*$'); echo "${head%:*}"
  3

A backup is one file of its owner; neither it nor a database is ever written over.

  $ jifen db backup --db sqlite:jifen.db old.db; stat -c '%a %n' jifen.db old.db*
  600 jifen.db
  600 old.db
  $ jifen db backup --db sqlite:jifen.db old.db
  jifen: JC0047 old.db 已经存在，没有改动它
  [4]
  $ jifen db backup --db sqlite:none.db new.db; ls
  jifen: JC0041 没有这个数据库
    新建：jifen db init
  jifen.db
  keys
  old.db
  rules
  $ jifen db restore --db sqlite:again.db none.db
  jifen: JC0020 没有 none.db
  [4]
  $ jifen db restore --db sqlite:jifen.db old.db
  jifen: JC0040 数据库已经有内容
  [4]
  $ jifen db restore --db "postgresql://me:secret@127.0.0.1:1/none" old.db; jifen db restore --db "postgresql://me:secret@127.0.0.1:1/none" old.db --lang en
  jifen: JC0092 连不上数据库服务器 127.0.0.1:1/none
    看它是否在运行、地址和端口是否写对、防火墙是否放行；可用 pg_isready 试。
  jifen: JC0092 the database server 127.0.0.1:1/none does not answer
    See whether it runs, whether address and port are right, whether a firewall is between; pg_isready tells.
  [5]
  $ jifen db restore --db sqlite:again.db old.db; jifen audit verify --db sqlite:again.db --head $head | sed 's/:[0-9a-f]*$/:…/'; stat -c '%a %n' again.db old.db*
  完好：3 条，链头 3:…
  600 again.db
  600 old.db

What does not fit together is said in both languages.

  $ sqlite3 again.db "INSERT INTO outbox VALUES (900, 0, 99, 1, 'x', '', 0)"
  > jifen db check --db sqlite:again.db | grep JS; jifen db check --db sqlite:again.db --lang en | grep JS; jifen db check --db sqlite:again.db > /dev/null
  JS0004 没有对应操作的消息：1
  JS0004 messages without their command: 1
  [5]

Each thing that may be wrong with the audit has a code, and its sentence in both languages.

  $ verify() { jifen audit verify --db "$@"; jifen audit verify --db "$@" --lang en; }
  > damaged() {
  >   cp jifen.db damaged.db; python3 -c 'import sqlite3, sys
  > d = sqlite3.connect("damaged.db"); d.execute(sys.argv[1]); d.commit(); d.close()' "$1"; verify sqlite:damaged.db
  > }
  $ damaged "UPDATE audit SET actor = 1 WHERE seq = 2"
  第 2 条起不对：JA0001 记录被改动过
  wrong from record 2 on: JA0001 the record was altered
  [5]
  $ damaged "DELETE FROM audit WHERE seq = 2"
  第 2 条起不对：JA0002 缺少记录
  wrong from record 2 on: JA0002 records are missing
  [5]
  $ damaged "DELETE FROM audit WHERE seq > 2"
  第 3 条起不对：JA0003 末尾被截去
  wrong from record 3 on: JA0003 the tail was cut
  [5]
  $ damaged "INSERT INTO command SELECT id + 1, actor, 'another-key', role, office, purpose, kind, person, payload, recorded, answer FROM command LIMIT 1"
  第 4 条起不对：JA0005 有的写入没有记录
  wrong from record 4 on: JA0005 something was written without its record
  [5]
  $ verify sqlite:jifen.db --head 2:${head#*:}
  第 2 条起不对：JA0004 与以前记下的链头不符
  wrong from record 2 on: JA0004 it is not the head that was written down
  [5]
