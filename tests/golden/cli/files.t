Files that cannot be trusted as a whole stop the run: exit code 4, and no output.

  $ mkdir data
  > score() { jifen score --rules rules --data data --on 2026-03-01 -o out.csv "$@"; }
  > P=data/permit.csv H=person_id,division,status,from,to
  $ score
  person.csv: JD0001 数据目录中没有 person.csv：无从知道有哪些人
    放入 person.csv，至少含 person_id 和 birth_date 两列。
  [4]
  $ printf 'person_id,birth_date\nA,1990-01-01\nB,1990-01-01\n' > data/person.csv
  > : > $P; score
  permit.csv: JD0005 文件是空的，连表头也没有
    没有答复的登记请不要放空文件；答复为“无”的登记要有表头。
  [4]
  $ echo person_id,divison,status,from,to > $P; score; score --lang en
  permit.csv:1: JD0006 表头里的第 2 列不属于这个登记；最接近的列名是 division
    应有的列：person_id, division, status, from, to。
  permit.csv:1: JD0006 column 2 of the header does not belong to this register; the nearest name is division
    Columns expected: person_id, division, status, from, to.
  [4]
  $ echo person_id,division,状态,from,to > $P; score
  permit.csv:1: JD0006 表头里的第 3 列不属于这个登记；最接近的列名是 status
    应有的列：person_id, division, status, from, to。
  [4]
  $ echo person_id,division,status,from > $P; score
  permit.csv:1: JD0007 表头里缺少列 to
    应有的列：person_id, division, status, from, to。
  [4]
  $ echo division,status,from,to > $P; score
  permit.csv:1: JD0007 表头里缺少列 person_id
    应有的列：person_id, division, status, from, to。
  [4]
  $ echo $H,from > $P; score
  permit.csv:1: JD0008 表头里列 from 出现了两次
    每一列只能出现一次。
  [4]
  $ printf '%s\nA,330106,valid,2020-03-15,\nB,"330106,valid,2020-03-15,\n' $H > $P; score
  permit.csv:3: JD0009 从这一行起有一个引号没有收尾，后面的行都读不出来
    补上引号；文件也可能被截断了。
  [4]
  $ printf '%s\nA,330106,valid,2020-03-15,\nB,3301' $H > $P; score
  permit.csv:3: JD0010 文件在一行的中间结束，可能被截断了
    重新传送完整的文件。缺行的登记会让人少得分，所以不予计算。
  [4]
  $ printf '%s\nA,330106,valid,2020-03-15,\nB\xbc\xd7,330106,valid,2020-03-15,\n' $H > $P; score
  permit.csv:3: JD0003 从第 63 个字节起不是 UTF-8 文字
    如果是从国标编码的系统导出的，加上 --encoding gb18030。
  [4]
  $ printf '%s\nA\xff,330106,valid,2020-03-15,\n' $H > $P; score --encoding gb18030
  permit.csv:2: JD0004 从第 36 个字节起不是 GB18030 文字
    检查导出时的编码；UTF-8 文件不要加 --encoding。
  [4]
  $ rm $P; mkdir $P; score; rmdir $P
  permit.csv: JD0002 无法读取文件
    检查路径和读取权限。

Two at once.

  $ echo x > $P; echo y > data/post.csv; score; rm $P data/post.csv
  permit.csv:1: JD0006 表头里的第 1 列不属于这个登记；最接近的列名是 to
    应有的列：person_id, division, status, from, to。
  post.csv:1: JD0006 表头里的第 1 列不属于这个登记；最接近的列名是 holds
    应有的列：person_id, holds。
  $ ls
  data
  rules

No such directory.

  $ jifen score --rules rules --data nowhere --on 2026-03-01
  jifen: JC0020 没有 nowhere
  [4]

A file no register is declared for is only remarked.

  $ printf 'person_id\n' > data/pensoin.csv; score; cut -d, -f1-4 out.csv
  pensoin.csv: JD0201 没有哪个规则文件声明过这个登记，不读取；最接近的登记是 pension
  person_id,status,total,total_max
  A,unknown,0.00,85.00
  B,unknown,0.00,85.00

Somebody who is not there.

  $ jifen explain --person Z --rules rules --data data --on 2026-03-01
  jifen: JC0026 person.csv 中没有编号为 Z 的人
  [4]

Rules that cannot be read.

  $ jifen rules check /dev/null
  jifen: JC0021 /dev/null 读不出来
    检查路径和读取权限。
  [5]
  $ jifen rules check /dev/null --lang en
  jifen: JC0021 /dev/null cannot be read
    Check the path and the permission to read.
  [5]
