Population images: everybody's facts in one file.

  $ jifen sample --rules rules --persons 300 --seed 5 --on 2026-03-01 --lang en -o data
  data: 6 files, 1817 rows, 0 of them spoilt
  $ jifen population build --rules rules --data data --on 2026-03-01 -o p.img
  人数：300
  行数：1817
  有行被拒绝的人：0
  只在其他登记中的人：0
  段数：1
  字节：30064
  $ jifen population info p.img --rules rules --lang en | sed 's/^digest of files: .*/digest of files: …/'
  persons: 300
  rows: 1817
  persons with refused rows: 0
  persons in other registers only: 0
  segments: 1
  bytes: 30064
  source: register files
  day: 2026-03-01
  digest of files: …
  updates: 0
  refused rows: 0
  digest of catalogue: c5b9df3267dc1b6f046833cd4803b2849a1763ad2f865bca3f180826937bbb3a
  $ jifen population verify p.img --rules rules; jifen population verify p.img --rules rules --lang en
  完好
  sound
  $ jifen score --rules rules --data data --on 2026-03-01 -o a.csv
  > jifen score --rules rules --population p.img --on 2026-03-01 -o b.csv; cmp a.csv b.csv && ls
  a.csv
  b.csv
  data
  p.img
  rules
  $ diff <(jifen summary --rules rules --data data --on 2026-03-01) <(jifen summary --rules rules --population p.img --on 2026-03-01) && echo same
  same

Either files or an image.

  $ jifen score --rules rules --on 2026-03-01
  jifen: JC0007 命令 score 缺少 --data DIR
    用法：jifen score --rules PATH --on DATE [--data DIR] [--population FILE] [--as-of-rules DATE] [--jobs N] [--output FILE] [--encoding utf-8|gb18030] [--summary]
  [2]
  $ jifen score --rules rules --data data --population p.img --on 2026-03-01 --lang en
  jifen: JC0014 --data and --population do not go together
  [2]
  $ jifen population build --rules rules -o q.img
  jifen: JC0007 命令 population build 缺少 --data DIR
    用法：jifen population build --rules PATH --output FILE [--data DIR] [--on DATE] [--jobs N] [--encoding utf-8|gb18030] [--db URL] [--keys FILE] [--known-on DATE] [--segment-persons N]
  [2]
  $ jifen population build --rules rules --data data -o q.img
  jifen: JC0007 命令 population build 缺少 --on DATE
    用法：jifen population build --rules PATH --output FILE [--data DIR] [--on DATE] [--jobs N] [--encoding utf-8|gb18030] [--db URL] [--keys FILE] [--known-on DATE] [--segment-persons N]
  [2]
  $ jifen population build --rules rules --db sqlite:none.db -o q.img --lang en
  jifen: JC0007 population build needs --keys FILE
    Usage: jifen population build --rules PATH --output FILE [--data DIR] [--on DATE] [--jobs N] [--encoding utf-8|gb18030] [--db URL] [--keys FILE] [--known-on DATE] [--segment-persons N]
  [2]
  $ jifen population build --rules rules --data nowhere --on 2026-03-01 -o q.img
  jifen: JC0020 没有 nowhere
  [4]
  $ jifen population build --rules rules --data data --on 2026-03-01 -o q.img --segment-persons 0
  jifen: JC0011 --segment-persons 要的是 1 至 2097152 的整数
  [2]

Refused rows: their persons are errors in the image, and wherever its content goes.

  $ printf 'P00000001,maybe\nNOBODY,yes\n' >> data/post.csv
  > jifen population build --rules rules --data data --on 2026-03-01 --lang en -o p.img; cut -d, -f1-4 p.img.errors.csv
  jifen: JC0076 rows refused: 2; their persons are ERROR in the image
    The reason for each row is in p.img.errors.csv.
  persons: 300
  rows: 1817
  persons with refused rows: 1
  persons in other registers only: 1
  segments: 1
  bytes: 30448
  file,line,column,code
  post.csv,105,holds,JD0109
  post.csv,106,person_id,JD0117
  $ jifen score --rules rules --population p.img --on 2026-03-01 --lang en | grep ERROR
  jifen: JC0075 persons reported as ERROR: 2; rows of theirs were refused when the population image was made
  NOBODY,ERROR,,,,,,,,,,
  P00000001,ERROR,,,,,,,,,,
  $ jifen population export p.img --rules rules -o out; head -n 3 out/person.csv; tail -n 1 out/post.csv; ls out
  person_id,birth_date
  P00000001
  P00000002,1976-10-14
  P00000294,yes
  education.csv
  gift.csv
  pension.csv
  permit.csv
  person.csv
  post.csv
  $ jifen population build --rules rules --data out --on 2026-03-01 --lang en -o q.img > /dev/null
  > jifen population export q.img --rules rules -o again; diff -r out again && echo same
  jifen: JC0076 rows refused: 2; their persons are ERROR in the image
    The reason for each row is in q.img.errors.csv.
  same

A batch: everything about some persons.

  $ jifen sample --rules rules --persons 400 --seed 6 --on 2026-03-01 -o new > /dev/null
  > mkdir batch; for f in new/*.csv; do (head -n 1 $f; grep -E '^P00000(001|400),' $f) > batch/${f#new/}; done
  > jifen population update p.img --rules rules --data batch --lang en
  replaced: 1
  added: 1
  gone: 0
  persons: 301
  rows: 1822
  persons with refused rows: 0
  persons in other registers only: 1
  segments: 1
  bytes: 30128
  $ jifen score --rules rules --population p.img --on 2026-03-01 | grep -c .
  jifen: JC0075 1 人记为 ERROR：做人口映像时他们有行被拒绝
  303
  $ mv batch/post.csv .; jifen population update p.img --rules rules --data batch
  jifen: JC0078 登记 post：映像中有答复的登记，本批都要有文件；没有答复的不得有
    没有行的登记也放一个只有表头的文件；登记新答复了就重新做映像。
  [4]
  $ mv post.csv batch; echo 'P00000002,yes' >> batch/post.csv; jifen population update p.img --rules rules --data batch; cat p.img.errors.csv
  jifen: JC0077 有的行不属于本批 person.csv 中的人，映像没有改动
    逐行的原因在 p.img.errors.csv。
  file,line,column,code,sentence_zh,sentence_en
  post.csv,2,person_id,JD0117,person.csv 里没有此人。补上此人，或核对人员编号。,"person.csv does not have this person. Add the person there, or check the number."
  $ jifen population update p.img --rules rules --db sqlite:none.db --lang en
  jifen: JC0007 population update needs --keys FILE
    Usage: jifen population update --rules PATH [--data DIR] [--jobs N] [--encoding utf-8|gb18030] [--db URL] [--keys FILE] [--segment-persons N] FILE
  [2]

One person out of an image, and everybody's next change.

  $ jifen forecast --rules rules --population p.img --on 2026-03-01 --to 2030-12-31 --lang en 2> /dev/null | head -n 3
  person_id,day,status_before,total_before,total_max_before,status,total,total_max
  P00000041,2030-10-02,in_force,52.50,57.50,in_force,32.50,37.50
  P00000053,2027-02-08,in_force,25.00,30.00,in_force,5.00,10.00
  $ jifen forecast --rules rules --population p.img --on 2026-03-01 --person P00000003 --lang en | head -n 3
  2026-03-01: 48.5 points (in force (permit: valid))
  Below only time passes, with no new fact, under the rules enacted for each day
  
  $ jifen explain --rules rules --population p.img --on 2026-03-01 --person P00000003 --lang en | head -n 2
  Resident P00000003: points
  Scoring day 2026-03-01
  $ jifen advise --rules rules --population p.img --on 2026-03-01 --person P00000003 --lang en | head -n 2
  Scoring day 2026-03-01: total 48.5 points, in force (permit: valid)
  
  $ jifen changes --rules rules --population p.img --from 2026-03-01 --to 2027-03-01 --person P00000003 --lang en | head -n 3
  2026-03-01  48.50 points  in force (permit: valid)
  2027-03-01  48.50 points  in force (permit: valid)
  change  +0.00
  $ jifen explain --rules rules --population p.img --on 2026-03-01 --person NOBODY
  jifen: JC0087 人口映像 p.img 中没有编号为 NOBODY 的人
  [4]
  $ jifen population build --rules rules --data out --on 2026-03-01 -o bad.img > /dev/null
  jifen: JC0076 2 行被拒绝，有关的人在映像中记为 ERROR
    逐行的原因在 bad.img.errors.csv。
  [1]
  $ jifen advise --rules rules --population bad.img --on 2026-03-01 --person P00000001
  jifen: JC0088 此人有被拒绝的行，不能算分
    做人口映像时已逐行写明（bad.img.errors.csv）；只是另一版规则不接受的，用 --data 看原因。
  [1]
  $ jifen advise --rules rules --population bad.img --on 2026-03-01 --person P00000001 --lang en
  jifen: JC0088 rows of this person were refused, so there is no score
    Each row was told when the population image was made (bad.img.errors.csv); where only the other rules refuse one, --data tells which.
  [1]
  $ mkdir later; for f in rules/*.md; do sed 's/^登记 捐赠/登记 新登记 (newly) 由 "某厅" \/ "Somebody":\n  何日 (seen_on): 日期 时点\n\n&/' $f > later/${f#rules/}; done
  $ jifen changes --rules rules --rules-after later --population p.img --from 2026-03-01 --to 2026-03-01 --person P00000003 --lang en
  jifen: JC0089 the population image p.img does not have newly, which the rules ask for: it counts as not answered
  2026-03-01  48.50 points  in force (permit: valid)
  2026-03-01  48.50 points  in force (permit: valid)
  change  +0.00
  $ jifen changes --rules rules --population p.img --population-after p.img --data-after data --from 2026-03-01 --to 2026-03-01 --person P00000003
  jifen: JC0014 --data-after 和 --population-after 不能同时用
  [2]

What an image is not used for.

  $ jifen population info nowhere.img
  jifen: JC0020 没有 nowhere.img
  [4]
  $ jifen population info data/person.csv --lang en
  jifen: JC0081 data/person.csv is no population image
    Make one: jifen population build
  [4]
  $ rm new/post.csv; jifen population build --rules rules --data new --on 2026-03-01 -o n.img > /dev/null; jifen population export n.img --rules rules -o out
  jifen: JC0080 目录中已有 post.csv，而映像中这个登记没有答复
    换一个空目录。
  [4]
  $ cp p.img v.img; printf '\002' | dd of=v.img bs=1 seek=8 conv=notrunc status=none; jifen population info v.img --lang en
  jifen: JC0071 the population image v.img has the format of another version
    Build it anew: jifen population build
  [4]
  $ cp p.img d.img; printf '\377' | dd of=d.img bs=1 seek=5000 conv=notrunc status=none; jifen population info d.img | head -n 1
  > jifen population verify d.img --rules rules; jifen score --rules rules --population d.img --on 2026-03-01 > /dev/null
  人数：301
  jifen: JC0072 人口映像 d.img 已损坏，没有使用它
    重新做：jifen population build
  jifen: JC0072 人口映像 d.img 已损坏，没有使用它
    重新做：jifen population build
  [5]
  $ mkdir other; sed 's/范围 1 至 20/范围 1 至 30/' rules/mini.md > other/mini.md
  > jifen population info p.img --rules other; jifen score --rules other --population p.img --on 2026-03-01 --lang en
  jifen: JC0073 人口映像 p.img 与规则的登记目录不同：gift.givers
    按现在的规则重新做：jifen population build
  jifen: JC0073 the population image p.img was made for another catalogue of registers: gift.givers
    Build it anew with these rules: jifen population build
  [4]
  $ jifen keys add keys > /dev/null; jifen db init --db sqlite:jifen.db > /dev/null
  > jifen population update p.img --rules rules --db sqlite:jifen.db --keys keys
  jifen: JC0079 人口映像 p.img 不是取自数据库现在所知的事实，不能用 --db 更新
    重新做：jifen population build --db
  [2]
  $ jifen population update p.img --rules rules --db sqlite:none.db --keys keys
  jifen: JC0041 没有这个数据库
    新建：jifen db init
  [4]
  $ flock .p.img.new jifen population build --rules rules --data new --on 2026-03-01 -o p.img
  jifen: JC0074 p.img 正由另一个进程写入
    等它做完再试。
  [5]

Of a database: as known now, and on a day in the past.

  $ jifen import --db sqlite:jifen.db --keys keys --rules rules --recorded-on 2026-03-01 new/person.csv new/gift.csv > /dev/null
  > jifen population build --rules rules --db sqlite:jifen.db --keys keys -o s.img --lang en
  persons: 400
  rows: 534
  persons with refused rows: 0
  persons in other registers only: 0
  segments: 1
  bytes: 18800
  $ (head -n 1 new/gift.csv; echo P00000005,2025-01-01,1000,1,1,yes,flood) > more.csv
  > jifen import --db sqlite:jifen.db --keys keys --rules rules --recorded-on 2026-03-02 --mode add --register gift more.csv > /dev/null
  > jifen population update s.img --rules rules --db sqlite:jifen.db --keys keys --lang en | head -n 3
  replaced: 1
  added: 0
  gone: 0
  $ jifen import --db sqlite:jifen.db --keys keys --rules rules --recorded-on 2026-03-03 new/permit.csv > /dev/null
  > jifen population update s.img --rules rules --db sqlite:jifen.db --keys keys --lang en | sed -n '4p;6p'
  built anew
  rows: 1029
  $ jifen population build --rules rules --db sqlite:jifen.db --keys keys --known-on 2026-03-01 -o past.img > /dev/null
  > jifen population info past.img --lang en | grep -E '^(persons|rows|source|day|known|command):'
  persons: 400
  rows: 534
  source: database
  day: 2026-03-01
  known: 2026-03-01
  command: 0
  $ jifen population update past.img --rules rules --db sqlite:jifen.db --keys keys --lang en
  jifen: JC0079 the population image past.img was not made of a database as known now, so --db cannot update it
    Build it anew: jifen population build --db
  [2]
