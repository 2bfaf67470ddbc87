Why one person's points changed: between two days, two states of the data, two versions of the rules.

  $ mkdir data
  > printf 'person_id,birth_date\nA,1991-03-01\nB,1960-03-02\n' > data/person.csv
  > printf 'person_id,division,status,from,to\nA,330106,valid,2020-03-15,2026-06-01\n' > data/permit.csv
  > printf 'person_id,level,awarded_on\nA,senior,\n' > data/education.csv
  > printf 'person_id,division,from_month,to_month\nA,330106,2022-01,2025-11\n' > data/pension.csv
  > cp -r data later
  > printf 'person_id,level,awarded_on\nA,senior,\nA,bachelor,2025-01-01\n' > later/education.csv
  > printf 'person_id,holds\nA,yes\n' > later/post.csv
  $ jifen changes --rules rules --data data --person A --from 2026-03-01 --to 2026-05-30
  2026-03-01  48.50–73.50分  有效（居住证：有效）
  2026-05-30  48.50–73.50分  有效（居住证：有效）
  变动  +0.00
  $ jifen changes --rules rules --data data --person A --from 2024-12-01 --to 2026-03-01
  2024-12-01  39.40–64.40分  有效（居住证：有效）
  2026-03-01  48.50–73.50分  有效（居住证：有效）
  变动  +9.10
    +3.60  社保缴纳（14.40 → 18.00）：规则有变化
    +5.50  社保缴纳（18.00 → 23.50）：时间增加
  $ jifen changes --rules rules --data data --data-after later --person A --from 2026-03-01 --to 2026-05-30
  2026-03-01  48.50–73.50分  有效（居住证：有效）
  2026-05-30  58.50–78.50分  有效（居住证：有效）
  变动  +10.00
    +5.00  文化程度（5.00 → 10.00）：有新数据：文化程度（教育厅）
    +5.00  岗位（0.00 → 5.00）：有新数据：岗位（人力社保厅）
  $ jifen changes --rules rules --data data --person A --from 2026-03-01 --to 2026-07-01 --lang en
  2026-03-01  48.50–73.50 points  in force (permit: valid)
  2026-07-01  0.00 points  void (permit: no record)
  change  -48.50
    -48.50  total: the permit's status changed
  $ mkdir draft && sed 's/高中 以下: 5分/高中 以下: 6分/' rules/mini.md > draft/mini.md
  $ jifen changes --rules rules --rules-after draft --data data --person A --from 2026-03-01 --to 2026-03-01
  2026-03-01  48.50–73.50分  有效（居住证：有效）
  2026-03-01  49.50–74.50分  有效（居住证：有效）
  变动  +1.00
    +1.00  文化程度（5.00 → 6.00）：规则有变化
  $ jifen changes --rules rules --rules-after draft --data data --data-after later --person A --from 2026-03-01 --to 2026-03-01 --json
  {
    "format": "jifen.changes.1",
    "lang": "zh",
    "person": "A",
    "rules_before": "82353775a4ed3b740771b42cb93c19cbaf396f3d026abad8a7b700564a1b181f",
    "rules_after": "5737a969fd6756b5841c3f6de38f68ebe1eaaa58f7d72173dfaa740a00131bd9",
    "from": {
      "on": "2026-03-01",
      "total": "48.50",
      "total_max": "73.50",
      "status": "in_force"
    },
    "to": {
      "on": "2026-03-01",
      "total": "58.50",
      "total_max": "78.50",
      "status": "in_force"
    },
    "delta": "+10.00",
    "causes": [
      {
        "indicator": "education",
        "title": "文化程度",
        "from": "5.00",
        "to": "6.00",
        "delta": "+1.00",
        "cause": "RULE",
        "text": "规则有变化"
      },
      {
        "indicator": "education",
        "title": "文化程度",
        "from": "6.00",
        "to": "10.00",
        "delta": "+4.00",
        "cause": "FACT",
        "text": "有新数据：文化程度（教育厅）"
      },
      {
        "indicator": "post",
        "title": "岗位",
        "from": "0.00",
        "to": "5.00",
        "delta": "+5.00",
        "cause": "FACT",
        "text": "有新数据：岗位（人力社保厅）"
      }
    ]
  }

What cannot be compared.

  $ jifen changes --rules rules --data data --person A --from 2026-03-02 --to 2026-03-01
  jifen: JC0015 --from 的日子在 --to 之后
  [2]
  $ jifen changes --rules rules --data data --person C --from 2026-03-01 --to 2026-03-01
  jifen: JC0026 person.csv 中没有编号为 C 的人
  [4]
