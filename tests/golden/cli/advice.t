What one person could change, and the way to a line. A and B live in a province made up for this test.

  $ mkdir data; cat > trial.md <<'END'
  > 规则语言 中文 1
  > # 试省
  > 有几样事本人可以改变的规则，供命令行的建议测试用，分值没有意义。
  > ```规则
  > 方案 "试省积分" / "Points of the trial province" (trial)
  > 层级 省 330000
  > 来源 "试发〔2024〕1号" / "Trial No. 1" 自 2024年1月1日 起至 2030年12月31日 止
  > 等级 学历层次 (grade): 高中 (senior) < 大专 (college) < 本科 (bachelor)
  > 登记 人员 (person) 由 "公安" / "Police" 每人一条:
  >   出生日期 (birth_date): 日期
  > 登记 学历 (education) 由 "教育" / "Education":
  >   层次 (level): 学历层次 可变 准备 2年 材料 "毕业证书" / "diploma"
  >   取得日 (awarded_on): 日期 时点 空为 早已
  > 登记 社保 (pension) 由 "人社" / "Social Security":
  >   起月 (from_month): 月份 始
  >   止月 (to_month): 月份 终 可变 材料 "缴费证明" / "proof of payment"
  > 登记 捐赠 (gift) 由 "民政" / "Civil Affairs":
  >   捐赠日 (given_on): 日期 时点
  >   捐赠额 (amount): 金额 范围 0元 至 100万元 可变 材料 "票据" / "receipt"
  > 登记 居住 (dwelling) 由 "公安" / "Police" 至多 2条:
  >   起日 (from): 日期 始
  >   止日 (to): 日期 终 空为 至今 可变
  > 总分 总积分 (total)
  > ```
  > ## 第一条 学历
  > ```规则
  > 指标 学历分 (education_points) 归 总积分:
  >   按 最高(学历.层次 无则 高中):
  >     本科: 20分
  >     大专: 10分
  >     高中: 0分
  > ```
  > ## 第二条 社保
  > ```规则
  > 指标 社保分 (pension_points) 归 总积分:
  >   每满 1个月 月数(社保) 得 0.5分 封顶 6分
  > ```
  > ## 第三条 捐赠
  > 大专以上，并且参保满九个月的，捐赠才计分。
  > ```规则
  > 指标 捐赠分 (gift_points) 归 总积分:
  >   若 有(学历 当 学历.层次 至少 大专) 且 月数(社保) 至少 9个月:
  >     每满 1000元 总和(捐赠.捐赠额 近 5年) 得 2分 封顶 6分
  >   否则:
  >     0分
  > ```
  > ## 第四条 居住
  > ```规则
  > 指标 居住分 (dwelling_points) 归 总积分:
  >   每满 1年 月数(居住) 得 1分
  > ```
  > END
  > printf 'person_id,birth_date\nA,1991-03-01\nB,1991-03-01\n' > data/person.csv
  > printf 'person_id,level,awarded_on\nA,senior,\nB,bachelor,\n' > data/education.csv
  > printf 'person_id,from_month,to_month\nA,2025-01,2025-06\nB,2024-01,2025-12\n' > data/pension.csv
  > printf 'person_id,given_on,amount\nB,2025-05-01,9000\n' > data/gift.csv
  > printf 'person_id,from,to\nB,2020-05-01,\nA,2010-01-01,2011-01-01\nA,2012-01-01,2013-01-01\n' > data/dwelling.csv
  $ jifen advise --person A --rules trial.md --data data --on 2026-03-01 --line 25
  评分日 2026年3月1日：总积分 5分，有效
  
  每一项最小的、能多得分的改变：
    · 学历 新增一条：层次 大专：多得 10分（那天由 5分 到 15分）
      最早 2028年3月1日（731天后）；材料：毕业证书；依据：试省 / 第一条 学历
    · 社保 再满1个月：多得 0.5分（那天由 5分 到 5.5分）
      最早 2026年3月1日；材料：缴费证明；依据：试省 / 第二条 社保
  
  两项一起，最多可以：
    · 学历 新增一条：层次 本科：多得 20分（那天由 5分 到 25分）
      最早 2028年3月1日（731天后）；材料：毕业证书；依据：试省 / 第一条 学历
    · 社保 再满6个月：多得 3分（那天由 5分 到 8分）
      最早 2026年8月1日（153天后）；材料：缴费证明；依据：试省 / 第二条 社保
      合起来，2028年3月1日 起：多得 23分（那天由 5分 到 28分）
  
  达到 25分，最快、项数最少的办法：
    · 学历 新增一条：层次 本科：多得 20分（那天由 5分 到 25分）
      最早 2028年3月1日（731天后）；材料：毕业证书；依据：试省 / 第一条 学历
      合起来，2028年3月1日 起：多得 20分（那天由 5分 到 25分）

In English, every step, and why the rest gains nothing; B goes on dwelling, and has all that a gift and a payment can give.

  $ jifen advise --person A --rules trial.md --data data --on 2026-03-01 --lang en --line 6 | tail -n 12
  
  The most that two changes can give:
    · education: a new record, level bachelor: 20 points more (that day, 5 points becomes 25 points)
      from 2028-03-01 (in 731 days); evidence: diploma; basis: 试省 / 第一条 学历
    · pension: 6 more months: 3 points more (that day, 5 points becomes 8 points)
      from 2026-08-01 (in 153 days); evidence: proof of payment; basis: 试省 / 第二条 社保
      Together, from 2028-03-01: 23 points more (that day, 5 points becomes 28 points)
  
  To reach 6 points, soonest and with the fewest changes:
    · pension: 2 more months: 1 point more (that day, 5 points becomes 6 points)
      from 2026-04-01 (in 31 days); evidence: proof of payment; basis: 试省 / 第二条 社保
      Together, from 2026-04-01: 1 point more (that day, 5 points becomes 6 points)
  $ jifen advise --person B --rules trial.md --data data --on 2026-03-01 --lang en --line 33 --all
  Scoring day 2026-03-01: total 37 points, in force
  
  The smallest change of each kind that gains points:
    none
  
  What gains nothing:
    · education: no gain
    · pension: no gain
    · gift: no gain because of the cap of gift points
    · dwelling: already going on; time alone adds to it
  
  To reach 33 points: reached already
  $ jifen advise --person B --rules trial.md --data data --on 2026-03-01 --line 20
  评分日 2026年3月1日：总积分 37分，有效
  
  每一项最小的、能多得分的改变：
    没有
  
  达到 20分：已经达到
  $ jifen advise --person B --rules trial.md --data data --on 2026-03-01 --line 300
  评分日 2026年3月1日：总积分 37分，有效
  
  每一项最小的、能多得分的改变：
    没有
  
  达到 300分：4项以内的改变达不到
  $ jifen advise --person B --rules trial.md --data data --on 2026-03-01 --line 1.2.3
  jifen: JC0086 1.2.3 不是分数
    写成数字，如 110 或 110.5。
  [2]
  $ jifen advise --person A --rules trial.md --data data --on 2026-03-01 --line 12 --json > a.json && python3 -m json.tool a.json | head -n 50
  {
      "on": "2026-03-01",
      "scored": true,
      "status": "in_force",
      "total": {
          "lo": "5.00",
          "hi": "5.00"
      },
      "changes": [
          {
              "register": {
                  "name": "education",
                  "title": "\u5b66\u5386"
              },
              "adds": true,
              "values": [
                  {
                      "name": "level",
                      "title": "\u5c42\u6b21",
                      "from": null,
                      "to": "\u5927\u4e13"
                  }
              ],
              "months": null,
              "text": "\u5b66\u5386 \u65b0\u589e\u4e00\u6761\uff1a\u5c42\u6b21 \u5927\u4e13",
              "day": "2028-03-01",
              "gain": {
                  "lo": "10.00",
                  "hi": "10.00"
              },
              "total": {
                  "lo": "15.00",
                  "hi": "15.00"
              },
              "without": {
                  "lo": "5.00",
                  "hi": "5.00"
              },
              "lead_days": 731,
              "evidence": [
                  "\u6bd5\u4e1a\u8bc1\u4e66"
              ],
              "indicator": {
                  "name": "education_points",
                  "title": "\u5b66\u5386\u5206"
              },
              "basis": "\u8bd5\u7701 / \u7b2c\u4e00\u6761 \u5b66\u5386",
              "smallest": true
          },
          {

After the last day of the rules nothing can be scored; what would take effect then gains nothing.

  $ jifen advise --person A --rules trial.md --data data --on 2030-12-30 --lang en --all
  Scoring day 2030-12-30: total 5 points, in force
  
  The smallest change of each kind that gains points:
    · pension: 1 more month: 0.5 points more (that day, 5 points becomes 5.5 points)
      from 2030-12-30; evidence: proof of payment; basis: 试省 / 第二条 社保
  
  What gains nothing:
    · education: takes effect after the rules in force have ended; what comes then is not decided
    · gift: no gain
    · dwelling: no further record is allowed
  $ jifen advise --person A --rules trial.md --data data --on 2031-01-01 --as-of-rules 2030-12-31 --lang en --line 5
  Scoring day 2031-01-01: total 5 points, in force
  
  The smallest change of each kind that gains points:
    · education: a new record, level college: 10 points more (that day, 5 points becomes 15 points)
      from 2033-01-01 (in 731 days); evidence: diploma; basis: 试省 / 第一条 学历
    · pension: 1 more month: 0.5 points more (that day, 5 points becomes 5.5 points)
      from 2031-01-01; evidence: proof of payment; basis: 试省 / 第二条 社保
  
  The most that two changes can give:
    · education: a new record, level bachelor: 20 points more (that day, 5 points becomes 25 points)
      from 2033-01-01 (in 731 days); evidence: diploma; basis: 试省 / 第一条 学历
    · pension: 6 more months: 3 points more (that day, 5 points becomes 8 points)
      from 2031-06-01 (in 151 days); evidence: proof of payment; basis: 试省 / 第二条 社保
      Together, from 2033-01-01: 23 points more (that day, 5 points becomes 28 points)
  
  To reach 5 points: reached already
