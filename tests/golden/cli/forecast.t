What becomes of points when only time passes.

  $ mkdir data
  > printf 'person_id,birth_date\nA,1991-03-01\nB,1986-04-02\n' > data/person.csv
  > printf 'person_id,division,status,from,to\nA,330106,valid,2020-03-15,2026-12-01\nB,330106,valid,2020-03-15,\n' > data/permit.csv
  > printf 'person_id,level,awarded_on\nA,senior,\n' > data/education.csv
  > printf 'person_id,division,from_month,to_month\nA,330106,2022-01,2026-05\n' > data/pension.csv
  $ jifen forecast --person A --rules rules --data data --on 2026-03-01
  2026年3月1日：50.5 至 75.5分（有效（居住证：有效））
  以下只随时间推移、没有新的事实，规则按各日已公布的
  
  下一次变化：
    2026年4月1日  50.5 至 75.5分 → 51 至 76分（有效（居住证：有效））
      社保缴纳 25.5分 → 26分：进入新的月份（社保缴纳：所在地 西湖区（330106），起月 2022年1月，止月 2026年5月）  〔小省积分 / 第二条 积分 / （三）社保〕
  
  曲线（总积分）：
    ████████████▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    2026年3月1日 至 2030年12月31日，最低 0分，最高 51.5分
  
  以后的变化：
    2026年5月1日  51 至 76分 → 51.5 至 76.5分（有效（居住证：有效））
      社保缴纳 26分 → 26.5分：进入新的月份（社保缴纳：所在地 西湖区（330106），起月 2022年1月，止月 2026年5月）  〔小省积分 / 第二条 积分 / （三）社保〕
    2026年12月1日  51.5 至 76.5分 → 0分（失效（居住证：无记录））
      居住证状态记录到期（居住证：所在地 西湖区（330106），状态 有效，起日 2020年3月15日，止日 2026年12月1日（当日不含））
  
  规则施行到 2030年12月31日；以后怎样还没有规定，不等于没有积分。
  $ jifen forecast --person A --rules rules --data data --on 2026-03-01 --to 2026-09-01 --assume pension --lang en
  2026-03-01: 50.5 to 75.5 points (in force (permit: valid))
  Below only time passes, with no new fact, under the rules enacted for each day
  Assumed, not a fact: pension goes on
  
  Next change:
    2026-04-01  50.5 to 75.5 points → 51 to 76 points (in force (permit: valid))
      pension 25.5 points → 26 points: a new month begins (pension)  〔小省积分 / 第二条 积分 / （三）社保〕
  
  Curve of the total:
    ▁▁▁▁▁▁▁▁▁▁▁▁▁▂▂▂▂▂▂▂▂▂▂▂▂▂▄▄▄▄▄▄▄▄▄▄▄▄▅▅▅▅▅▅▅▅▅▅▅▅▅▇▇▇▇▇▇▇▇▇▇▇▇█████████████
    2026-03-01 to 2026-09-01, lowest 50.5 points, highest 53 points
  
  Later changes:
    2026-05-01  51 to 76 points → 51.5 to 76.5 points (in force (permit: valid))
      pension 26 points → 26.5 points: a new month begins (pension)  〔小省积分 / 第二条 积分 / （三）社保〕
    2026-06-01  51.5 to 76.5 points → 52 to 77 points (in force (permit: valid))
      pension 26.5 points → 27 points: a new month begins (pension) [by assumption]  〔小省积分 / 第二条 积分 / （三）社保〕
    2026-07-01  52 to 77 points → 52.5 to 77.5 points (in force (permit: valid))
      pension 27 points → 27.5 points: a new month begins (pension) [by assumption]  〔小省积分 / 第二条 积分 / （三）社保〕
    2026-08-01  52.5 to 77.5 points → 53 to 78 points (in force (permit: valid))
      pension 27.5 points → 28 points: a new month begins (pension) [by assumption]  〔小省积分 / 第二条 积分 / （三）社保〕
    2026-09-01  53 to 78 points → 53.5 to 78.5 points (in force (permit: valid))
      pension 28 points → 28.5 points: a new month begins (pension) [by assumption]  〔小省积分 / 第二条 积分 / （三）社保〕
  $ jifen forecast --person B --rules rules --data data --on 2026-03-01 --years 25 --as-of-rules 2026-03-01 --lang en
  2026-03-01: 25 to 55 points (in force (permit: valid))
  Below only time passes, with no new fact, under the rules of 2026-03-01
  
  Next change:
    2047-04-02  25 to 55 points → 5 to 35 points (in force (permit: valid))
      age 20 points → 0 points: a birthday  〔小省积分 / 第二条 积分 / （一）年龄〕
  
  Curve of the total:
    █████████████████████████████████████████████████████████████████▁▁▁▁▁▁▁▁▁▁▁
    2026-03-01 to 2051-03-01, lowest 5 points, highest 25 points
  $ jifen forecast --person A --rules rules --data data --on 2026-03-01 --json | head -n 40
  {
    "format": "jifen.forecast.1",
    "lang": "zh",
    "person": "A",
    "day": "2026-03-01",
    "last": "2031-03-01",
    "decided_until": "2030-12-31",
    "rule_day": null,
    "rules": "82353775a4ed3b740771b42cb93c19cbaf396f3d026abad8a7b700564a1b181f",
    "assumed": [],
    "changes": [
      {
        "day": "2026-04-01",
        "total": {
          "from": {
            "lo": "50.50",
            "hi": "75.50"
          },
          "to": {
            "lo": "51.00",
            "hi": "76.00"
          }
        },
        "status": null,
        "indicators": [
          {
            "name": "pension",
            "title": "社保缴纳",
            "deducts": false,
            "from": {
              "lo": "25.50",
              "hi": "25.50"
            },
            "to": {
              "lo": "26.00",
              "hi": "26.00"
            },
            "reason": {
              "code": "month_turns",
              "text": "进入新的月份（社保缴纳：所在地 西湖区（330106），起月 2022年1月，止月 2026年5月）",
  $ jifen forecast --rules rules --data data --on 2026-03-01 --to 2026-04-02
  person_id,day,status_before,total_before,total_max_before,status,total,total_max
  A,2026-04-01,in_force,50.50,75.50,in_force,51.00,76.00
  $ jifen forecast --rules rules --data data --on 2026-03-01 --to 2026-03-09 -o changes.csv && cat changes.csv
  person_id,day,status_before,total_before,total_max_before,status,total,total_max

What cannot be asked.

  $ jifen forecast --rules rules --data data --on 2026-03-01 --lang en
  jifen: JC0082 either --person (one person) or --to (everybody whose points change by that day) is needed
  [2]
  $ jifen forecast --rules rules --data data --on 2026-03-01 --to 2026-03-09 --assume pension --lang en
  jifen: JC0085 --assume goes only with --person
  [2]
  $ jifen forecast --person A --rules rules --data data --on 2026-03-01 --to 2026-03-01 --lang en
  jifen: JC0084 --to must be after --on, by 100 years at most
  [2]
  $ jifen forecast --person A --rules rules --data data --on 2026-03-01 --assume permit --lang en
  jifen: JC0083 the register permit cannot be assumed to go on
    These can: pension (registers whose months the rules count)
  [2]
  $ jifen forecast --person Z --rules rules --data data --on 2026-03-01 --lang en
  jifen: JC0026 person.csv has no person Z
  [4]
