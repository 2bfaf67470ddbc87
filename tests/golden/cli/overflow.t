Figures that leave 64 bits are an error of the person, not a wrong score.

  $ mkdir wide data; sed 's/捐赠额 (amount): 金额 范围 0元 至 100万元/捐赠额 (amount): 整数 范围 0 至 1000000000/; s/每满 1000元 捐赠.捐赠额 得 1分/每满 1 捐赠.捐赠额 得 999999999999分/; s/ 21000元/ 21/g' rules/mini.md > wide/mini.md
  > printf 'person_id,birth_date\nA,1990-01-01\nB,1990-01-01\n' > data/person.csv
  > printf 'person_id,given_on,amount,givers,share,is_public,matter\nA,2025-01-01,900000000,1,1,yes,x\nB,2025-01-01,4,1,1,yes,x\n' > data/gift.csv
  > jifen score --rules wide --data data --on 2026-03-01 -o out.csv; cut -d, -f1-4 out.csv
  > jifen score --rules wide --data data --on 2026-03-01 -o out.csv --lang en
  jifen: JC0032 1 人的计算超出 64 位整数，记为 ERROR
  person_id,status,total,total_max
  A,ERROR,,
  B,unknown,0.00,85.00
  jifen: JC0032 persons whose figures left the 64-bit range, reported as ERROR: 1
  [1]
