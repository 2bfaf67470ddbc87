The database as its operators see it.

  $ jifen keys add keys > /dev/null; jifen db init --db sqlite:jifen.db
  > for i in 1 2 3; do echo 'a long password' | jifen account add --db sqlite:jifen.db --keys keys --login clerk$i --role clerk --division 330381; done
  完成
  $ head=$(jifen audit verify --db sqlite:jifen.db | grep -o '[0-9]*:[0-9a-f]*$'); echo "${head%:*}"
  3

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
