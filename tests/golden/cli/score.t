A small population, with every register.

  $ mkdir data
  > cat > data/person.csv <<'END'
  > person_id,birth_date
  > A,1991-03-01
  > B,1960-03-02
  > C,1986-03-01
  > D,1970-01-01
  > E,2000-02-29
  > END
  > cat > data/permit.csv <<'END'
  > person_id,division,status,from,to
  > A,330106,valid,2020-03-15,
  > B,330203,suspended,2019-01-01,
  > C,330381,cancelled,2019-01-01,
  > E,330106,valid,2019-01-01,2020-01-01
  > E,330110,valid,2020-01-01,2030-01-01
  > END
  > cat > data/education.csv <<'END'
  > person_id,level,awarded_on
  > A,senior,
  > A,bachelor,2013-07-01
  > C,bachelor,2027-01-01
  > D,junior,
  > E,bachelor,
  > END
  > cat > data/pension.csv <<'END'
  > person_id,division,from_month,to_month
  > A,330106,2022-01,2025-11
  > C,310115,2021-04,2026-02
  > D,330702,1990-01,2026-03
  > E,330110,2020-01,2020-06
  > END
  > cat > data/gift.csv <<'END'
  > person_id,given_on,amount,givers,share,is_public,matter
  > A,2025-01-01,5000.50,1,100%,yes,flood
  > A,2025-02-01,9000,2,1/2,yes,flood
  > A,2025-03-01,2000,1,1,yes,school
  > A,2025-03-01,90000,1,1,no,school
  > D,2025-03-01,999.99,1,1,yes,
  > END
  > cat > data/post.csv <<'END'
  > person_id,holds
  > A,yes
  > C,no
  > D,yes
  > E,no
  > END
  $ jifen score --rules rules --data data --on 2026-03-01
  person_id,status,total,total_max,common,local,deduction,age,education,pension,gift,post
  A,in_force,69.50,69.50,69.50,0.00,0.00,20.00,10.00,23.50,11.00,5.00
  B,void_suspended,0.00,0.00,5.00,0.00,0.00,0.00,5.00,0.00,0.00,0.00
  C,void_cancelled,0.00,0.00,25.00,0.00,0.00,20.00,5.00,0.00,0.00,0.00
  D,no_permit,0.00,0.00,60.00,0.00,0.00,20.00,5.00,30.00,0.00,5.00
  E,in_force,33.00,33.00,33.00,0.00,0.00,20.00,10.00,3.00,0.00,0.00

To a file: nothing on the screen, no errors file.

  $ jifen score --rules rules --data data --on 2026-03-01 -o scores.csv
  $ ls
  data
  rules
  scores.csv
  $ jifen score --rules rules --data data --on 2026-03-01 | cmp - scores.csv

Any order of columns and rows, line ends, quotes, a byte order mark, another encoding, any number of threads.

  $ cp -r data other
  > printf '\xef\xbb\xbfbirth_date,person_id\r\n' > other/person.csv
  > tail -n +2 data/person.csv | tac | awk -F, -v OFS=, '{ print "\"" $2 "\"", $1 "\r" }' >> other/person.csv
  > (head -n 1 data/gift.csv; tail -n +2 data/gift.csv | tac) | awk -F, -v OFS=, '{ print $7, $3, $2, $1, $6, $5, $4 }' > other/gift.csv
  > (head -n 1 data/pension.csv; tail -n +2 data/pension.csv | sort -t, -k3) > other/pension.csv
  > head -n 2 other/person.csv | tail -n 1
  > for j in 1 2 5; do jifen score --rules rules --data other --on 2026-03-01 -j $j | cmp - scores.csv && echo the same; done
  "2000-02-29",E
  the same
  the same
  the same
  $ for f in data/*.csv; do iconv -f UTF-8 -t GB18030 "$f" > other/"${f#data/}"; done
  > jifen score --rules rules --data other --on 2026-03-01 --encoding gb18030 | cmp - scores.csv && echo the same
  the same

A register without a file has not answered.

  $ rm data/post.csv data/education.csv
  > jifen score --rules rules --data data --on 2026-03-01 | head -n 3
  person_id,status,total,total_max,common,local,deduction,age,education,pension,gift,post
  A,in_force,59.50,69.50,59.50,0.00,0.00,20.00,5.00,23.50,11.00,0.00
  B,void_suspended,0.00,0.00,5.00,0.00,0.00,0.00,5.00,0.00,0.00,0.00

The rules of another day; a day on which there are none.

  $ jifen score --rules rules --data data --on 2023-03-01 --as-of-rules 2024-01-01 | head -n 2
  person_id,status,total,total_max,common,local,deduction,age,education,pension,gift,post
  A,in_force,31.00,41.00,31.00,0.00,0.00,20.00,5.00,6.00,0.00,0.00
  $ jifen score --rules rules --data data --on 2023-03-01
  jifen: JC0025 2023-03-01 这一天没有任何方案生效
    换一个评分日，或用 --as-of-rules 指定规则日。
  [2]
  $ jifen score --rules rules --data data --on 2023-03-01 --lang en
  jifen: JC0025 no scheme is in force on 2023-03-01
    Choose another scoring day, or a rule day with --as-of-rules.
  [2]

The summary.

  $ jifen summary --rules rules --data data --on 2026-03-01
  人数：5   评分日：2026-03-01   规则摘要：82353775a4ed3b74
  
  按状态
    in_force                       2  有效（居住证：有效）
    void_suspended                 1  失效（居住证：中止）
    void_cancelled                 1  失效（居住证：注销）
    no_permit                      1  失效（居住证：无记录）
  
  生效积分的分布
    平均 43.7500   最低 28.00   中位 28.00   最高 59.50
    百分位   10% 28.00   25% 28.00   50% 28.00   75% 59.50   90% 59.50
      0–10              0  
     10–20              0  
     20–30              1  ███████████████████████████████████████████████████████
     30–40              0  
     40–50              0  
     50–60              1  ███████████████████████████████████████████████████████
    尚有事实未知、总分可能更高的人数：2
  
  按方案
    小省积分                                      人数 5，生效 2，平均 43.7500，最高 59.50




  $ jifen score --summary --rules rules --data data --on 2026-03-01 --lang en -o both.csv; ls both.csv
  residents: 5   scoring day: 2026-03-01   rules: 82353775a4ed3b74
  
  By status
    in_force                       2  in force (permit: valid)
    void_suspended                 1  void (permit: suspended)
    void_cancelled                 1  void (permit: cancelled)
    no_permit                      1  void (permit: no record)
  
  Totals in force
    mean 43.7500   least 28.00   median 28.00   most 59.50
    percentile   10% 28.00   25% 28.00   50% 28.00   75% 59.50   90% 59.50
      0–10              0  
     10–20              0  
     20–30              1  ███████████████████████████████████████████████████████
     30–40              0  
     40–50              0  
     50–60              1  ███████████████████████████████████████████████████████
    residents whose total may still rise when an unknown fact arrives: 2
  
  By scheme
    Points of the small province                  5 residents, 2 in force, mean 43.7500, most 59.50
  both.csv




Rules that are not there, or no rules, or have errors.

  $ jifen score --rules nowhere --data data --on 2026-03-01
  jifen: JC0020 没有 nowhere
  [4]
  $ mkdir empty; jifen score --rules empty --data data --on 2026-03-01
  jifen: JC0022 empty 里没有规则文件
    规则文件以 .md 结尾，首行是“规则语言 中文 1”或“rules en 1”。
  [4]
  $ cp -r rules wrong; sed -i 's/归 省级共性 满分 10分/归 省级共享 满分 10分/' wrong/mini.md
  > jifen score --rules wrong --data data --on 2026-03-01
  wrong/mini.md:80:23: JF0304 “省级共享” 没有声明
      指标 文化程度 (education) 归 省级共享 满分 10分:
                                   ^^^^^^^^
    条款：小省积分 / 第二条 积分 / （二）文化程度
    建议：是不是 省级共性 ？
  jifen: JC0024 规则有 1 处错误
  [3]
