Each refused row goes to the errors file; the person is ERROR; everybody else is scored.

  $ mkdir data
  > people() { { echo person_id,birth_date; for p in A B C D; do echo $p,1990-01-01; done; } > data/person.csv; }
  > score() { jifen score --rules rules --data data --on 2026-03-01 -o out.csv "$@"; echo "exit $?"; cut -d, -f1-4 out.csv; cat out.csv.errors.csv 2>/dev/null; }
  > H=person_id,division,status,from,to
  > people

Shape of the row, and the person's number.

  $ cat > data/permit.csv <<END
  > $H
  > A,330106,valid,2020-03-15
  > B,330106,valid,2020-03-15,,
  > C,330106,va"lid,2020-03-15,
  > ,330106,valid,2020-03-15,
  > stranger,330106,valid,2020-03-15,
  > D,330106,valid,2020-03-15,
  > END
  > score
  jifen: JC0030 5 行被拒绝，4 人记为 ERROR
    逐行的原因在 out.csv.errors.csv。
  exit 1
  person_id,status,total,total_max
  A,ERROR,,
  B,ERROR,,
  C,ERROR,,
  D,in_force,25.00,85.00
  stranger,ERROR,,
  file,line,column,code,sentence_zh,sentence_en
  permit.csv,2,,JD0101,这一行的列数比表头少。空值也要留出逗号。,the row has fewer cells than the header. An empty value still needs its comma.
  permit.csv,3,,JD0102,这一行的列数比表头多。含逗号的值要用引号括起来。,the row has more cells than the header. Put a value with a comma in quotes.
  permit.csv,4,,JD0103,引号用法不对。要么整个值用引号括起来、其中的引号写两次，要么不用引号。,"quotes are not used as they should be. Quote the whole value and double the quotes inside, or use none."
  permit.csv,5,person_id,JD0104,人员编号为空、超过 64 个字节或含有控制字符。填上登记中的人员编号。,"the person's number is empty, longer than 64 bytes or has control characters. Give the person's number as registered."
  permit.csv,6,person_id,JD0117,person.csv 里没有此人。补上此人，或核对人员编号。,"person.csv does not have this person. Add the person there, or check the number."

Values.

  $ cat > data/permit.csv <<END
  > $H
  > A,330106,valid,,
  > A,330106,valid,2021-02-29,
  > A,339999,valid,2020-03-15,
  > B,330106,secret,2020-03-15,
  > B,330106,valid,2020-03-15,2020-03-14
  > C,330106,valid,1989-12-31,
  > END
  > cat > data/pension.csv <<END
  > person_id,division,from_month,to_month
  > A,330106,2021-13,2022-01
  > END
  > cat > data/gift.csv <<END
  > person_id,given_on,amount,givers,share,is_public,matter
  > A,2025-01-01,12.345,1,1,yes,
  > A,2025-01-01,12,21,1,yes,
  > A,2025-01-01,12,2,1,perhaps,
  > A,2025-01-01,1000000.01,2,1,yes,
  > END
  > score --lang en
  > rm data/gift.csv
  jifen: JC0030 rows refused: 11; persons reported as ERROR: 3
    The reason for each row is in out.csv.errors.csv.
  exit 1
  person_id,status,total,total_max
  A,ERROR,,
  B,ERROR,,
  C,ERROR,,
  D,no_permit,0.00,0.00
  file,line,column,code,sentence_zh,sentence_en
  permit.csv,2,from,JD0105,必填的值是空的,a required value is empty
  permit.csv,3,from,JD0106,不是存在的日期（应为 年年年年-月月-日日）,not an existing date (YYYY-MM-DD)
  permit.csv,4,division,JD0112,没有这个行政区划代码。应为六位代码；已撤销的区划照常可用。,no such administrative division. Six digits; abolished divisions are fine.
  permit.csv,5,status,JD0111,"这一列没有这个代码。可用的代码：valid, suspended, cancelled。","this column has no such code. Codes: valid, suspended, cancelled."
  permit.csv,6,to,JD0114,结束早于开始,the end lies before the start
  permit.csv,7,from,JD0120,记录的日期早于出生日期,the record is dated before the person's birth
  pension.csv,2,from_month,JD0107,不是存在的月份（应为 年年年年-月月）,not an existing month (YYYY-MM)
  gift.csv,2,amount,JD0108,不是这一列所要的数（整数；金额以元为单位，至多两位小数；比例如 0.25、25%、1/4）,"not a number of the kind this column holds (integer; money in yuan with at most two decimals; share as 0.25, 25% or 1/4)"
  gift.csv,3,givers,JD0110,值超出了规则文件声明的范围。允许的范围：1 至 20。,value outside the range that the rule file declares. Permitted: 1 to 20.
  gift.csv,4,is_public,JD0109,不是“是”或“否”。写 yes 或 no。,neither yes nor no. Write yes or no.
  gift.csv,5,amount,JD0110,值超出了规则文件声明的范围。允许的范围：0 至 1000000。,value outside the range that the rule file declares. Permitted: 0 to 1000000.

Several rows together.

  $ cat > data/permit.csv <<END
  > $H
  > A,330106,valid,2020-03-15,2021-01-01
  > A,330106,suspended,2020-12-31,
  > END
  > cat > data/pension.csv <<END
  > person_id,division,from_month,to_month
  > B,330106,2000-01,2025-01
  > C,330106,2010-01,2010-01
  > C,330106,2010-02,2010-02
  > C,330106,2010-03,2010-03
  > C,330106,2010-04,2010-04
  > C,330106,2010-05,2010-05
  > END
  > printf 'person_id,holds\nD,yes\nD,no\n' > data/post.csv
  > score
  > rm data/p*.csv
  jifen: JC0030 4 行被拒绝，4 人记为 ERROR
    逐行的原因在 out.csv.errors.csv。
  exit 1
  person_id,status,total,total_max
  A,ERROR,,
  B,ERROR,,
  C,ERROR,,
  D,ERROR,,
  file,line,column,code,sentence_zh,sentence_en
  permit.csv,3,from,JD0115,与第 2 行的时段重叠，而这个登记不允许重叠,overlaps the interval in line 2; this register allows no overlaps
  pension.csv,2,from_month,JD0121,此人的缴费月数超过年满 16 周岁以来的月数。统计到评分日所在月份为止的不同月份。,more months paid than have passed since the person turned 16. Distinct months up to the month of the scoring day are counted.
  pension.csv,4,,JD0122,此人在这个登记中的记录超过 4 条,more than 4 records of this person in this register
  post.csv,3,,JD0116,这个登记每人一条，第 2 行已有此人,one row per person: line 2 already has this person

Persons who cannot be.

  $ printf 'person_id,birth_date\nA,2026-03-02\nB,1896-02-29\nC,1990-01-01\nC,1990-01-01\nD,2026-03-01\n' > data/person.csv
  > score
  jifen: JC0030 3 行被拒绝，3 人记为 ERROR
    逐行的原因在 out.csv.errors.csv。
  exit 1
  person_id,status,total,total_max
  A,ERROR,,
  B,ERROR,,
  C,ERROR,,
  D,unknown,0.00,85.00
  file,line,column,code,sentence_zh,sentence_en
  person.csv,2,birth_date,JD0118,出生日期晚于评分日,the birth date lies after the scoring day
  person.csv,3,birth_date,JD0119,出生日期比评分日早 130 年以上,the birth date lies more than 130 years before the scoring day
  person.csv,5,,JD0116,这个登记每人一条，第 4 行已有此人,one row per person: line 4 already has this person

An identity number is checked where a register has one.

  $ cp -r rules with_id; sed -i 's/^  事项 (matter): 编号/  身份证号 (id_number): 编号/; s/ 同一 事项 取最高//' with_id/mini.md
  > people
  > printf 'person_id,given_on,amount,givers,share,is_public,id_number\nA,2025-01-01,12,1,1,yes,110105194912310021\nB,2025-01-01,12,1,1,yes,11010519491231002x\n' > data/gift.csv
  > jifen score --rules with_id --data data --on 2026-03-01 | cut -d, -f1-4
  file,line,column,code,sentence_zh,sentence_en
  gift.csv,2,id_number,JD0113,公民身份号码的位数、日期或校验码不对。与证件核对。,"length, date or check digit of the identity number is wrong. Compare with the document."
  jifen: JC0031 1 行被拒绝，1 人记为 ERROR
  person_id,status,total,total_max
  A,ERROR,,
  B,unknown,0.00,65.00
  C,unknown,0.00,65.00
  D,unknown,0.00,65.00

Without -o the errors stand on standard error; nothing of what stood in a cell is repeated.

  $ rm data/gift.csv; printf '%s\nA,330106,secret,2020-03-15,\n' $H > data/permit.csv
  > jifen score --rules rules --data data --on 2026-03-01 2>&1 >/dev/null
  file,line,column,code,sentence_zh,sentence_en
  permit.csv,2,status,JD0111,"这一列没有这个代码。可用的代码：valid, suspended, cancelled。","this column has no such code. Codes: valid, suspended, cancelled."
  jifen: JC0031 1 行被拒绝，1 人记为 ERROR
  [1]

When all is well again the errors file goes away.

  $ rm data/permit.csv; score; ls
  exit 0
  person_id,status,total,total_max
  A,unknown,0.00,85.00
  B,unknown,0.00,85.00
  C,unknown,0.00,85.00
  D,unknown,0.00,85.00
  data
  out.csv
  rules
  with_id

One person's explanation, when a row was refused.

  $ printf '%s\nA,330106,secret,2020-03-15,\n' $H > data/permit.csv
  > jifen explain --person A --rules rules --data data --on 2026-03-01
  > jifen explain --person B --rules rules --data data --on 2026-03-01 | head -n 4
  jifen: JC0027 此人有被拒绝的行，不能算分：
  file,line,column,code,sentence_zh,sentence_en
  permit.csv,2,status,JD0111,"这一列没有这个代码。可用的代码：valid, suspended, cancelled。","this column has no such code. Codes: valid, suspended, cancelled."
  居民 B 的积分
  评分日 2026年3月1日
  依据文件  小省积分：小府〔2024〕1号，2024年1月1日至2030年12月31日
  积分状态  失效（居住证：无记录）
