One person, clause by clause.

  $ mkdir data
  > printf 'person_id,birth_date\nA,1991-03-01\nB,1960-03-02\n' > data/person.csv
  > printf 'person_id,division,status,from,to\nA,330106,valid,2020-03-15,\n' > data/permit.csv
  > printf 'person_id,level,awarded_on\nB,senior,\n' > data/education.csv
  > printf 'person_id,division,from_month,to_month\nA,330106,2022-01,2025-11\nA,330106,2022-06,2022-07\n' > data/pension.csv
  $ jifen explain --person A --rules rules --data data --on 2026-03-01 | head -n 6
  居民 A 的积分
  评分日 2026年3月1日
  依据文件  小省积分：小府〔2024〕1号，2024年1月1日至2030年12月31日
  积分状态  有效（居住证：有效），居住证所在地 西湖区
  
  总积分  48.5 至 78.5分，待 教育厅 文化程度（没有记录）、民政厅 捐赠（尚未答复）、人力社保厅 岗位（尚未答复）

  $ jifen explain --person A --rules rules --data data --on 2026-03-01 | grep -c 'pension.csv 第[23]行'
  2
  $ jifen explain --person B --rules rules --data data --on 2026-03-01 --lang en | head -n 6
  Resident B: points
  Scoring day 2026-03-01
  Document  Points of the small province: Small Province 2024 No. 1, 2024-01-01 to 2030-12-31
  Status    void (permit: no record)
  
  total  0 points

  $ jifen explain --person A --rules rules --data data --on 2026-03-01 --json | head -n 12
  {
    "format": "jifen.explanation.1",
    "lang": "zh",
    "person": "A",
    "day": "2026-03-01",
    "rule_day": "2026-03-01",
    "rules": {
      "hash": "82353775a4ed3b740771b42cb93c19cbaf396f3d026abad8a7b700564a1b181f",
      "schemes": [
        {
          "name": "mini",
          "title": "小省积分",
  $ jifen explain --person A --rules rules --data data --on 2026-03-01 --json > a.json && python3 -m json.tool a.json > /dev/null && echo JSON
  JSON

By an image of the rules, which has no source texts.

  $ jifen rules compile rules -o image > /dev/null && jifen explain --person A --rules image --data data --on 2026-03-01 > from_image; jifen explain --person A --rules rules --data data --on 2026-03-01 | diff - from_image && echo the same
  the same
