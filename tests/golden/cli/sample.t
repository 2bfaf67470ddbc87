A made-up population: the same seed gives the same files, and the reader refuses none of it.

  $ jifen sample --rules rules --persons 1000 --seed 5 --on 2026-03-01 -o data
  data：6 个文件，5824 行，其中弄坏 0 行
  $ ls data; wc -l data/person.csv; head -n 3 data/gift.csv
  education.csv
  gift.csv
  pension.csv
  permit.csv
  person.csv
  post.csv
  1001 data/person.csv
  person_id,given_on,amount,givers,share,is_public,matter
  P00000001,2023-06-20,38500,1,0.5,no,K5
  P00000001,2024-04-14,15100,2,0.5,yes,K5
  $ jifen sample --rules rules --persons 1000 --seed 5 --on 2026-03-01 -o again --lang en && diff -r data again && echo the same
  again: 6 files, 5824 rows, 0 of them spoilt
  the same
  $ jifen sample --rules rules --persons 1000 --seed 6 --on 2026-03-01 -o other > /dev/null && diff -rq data other | wc -l
  6
  $ jifen score --rules rules --data data --on 2026-03-01 -o out.csv; wc -l out.csv; cut -d, -f2 out.csv | sort | uniq -c
  1001 out.csv
      905 in_force
       27 no_permit
        1 status
       21 void_cancelled
       47 void_suspended

Spoilt on purpose.

  $ jifen sample --rules rules --persons 1000 --seed 5 --on 2026-03-01 -o bad --bad 20000
  > jifen score --rules rules --data bad --on 2026-03-01 -o out.csv; head -n 3 out.csv.errors.csv; grep -c ERROR out.csv
  bad：6 个文件，5824 行，其中弄坏 107 行
  jifen: JC0030 106 行被拒绝，103 人记为 ERROR
    逐行的原因在 out.csv.errors.csv。
  file,line,column,code,sentence_zh,sentence_en
  person.csv,12,,JD0101,这一行的列数比表头少。空值也要留出逗号。,the row has fewer cells than the header. An empty value still needs its comma.
  person.csv,81,birth_date,JD0106,不是存在的日期（应为 年年年年-月月-日日）,not an existing date (YYYY-MM-DD)
  103

One county, and identities: invented, well-formed, everybody's own.

  $ jifen sample --rules rules --persons 3000 --seed 5 --on 2026-03-01 -o county --division 330381 --identity
  county：7 个文件，20157 行，其中弄坏 0 行
  $ head -n 3 county/identity.csv; cut -d, -f2 county/identity.csv | sort | uniq -d | wc -l
  person_id,id_number,name,phone
  P00000001,340101197904240018,董华远,15400000001
  P00000002,34010119761014002X,陈敏杰,15400000002
  0
  $ grep ',valid,' county/permit.csv | grep ',$' | cut -d, -f2 | sort -u
  330381
  $ jifen sample --rules rules --persons 3000 --seed 5 --on 2026-03-01 -o none --division 330382 --identity && cmp county/identity.csv none/identity.csv && echo the same people
  none：7 个文件，20157 行，其中弄坏 0 行
  the same people
  $ jifen sample --rules rules --persons 30 --on 2026-03-01 -o none --division 330300
  jifen: JC0055 330300 不是县（市、区）的代码
  [2]
