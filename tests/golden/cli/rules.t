The commands on rule files.

  $ jifen rules check rules
  方案 1，指标 5，条 5，登记 6
  用例 11，不符 0；边界 22，没有用例的 0
  错误 0，警告 0
  $ jifen rules check rules --lang en
  schemes 1, indicators 5, clauses 5, registers 6
  cases 11, failed 0; edges 22, without a case 0
  errors 0, warnings 0
  $ jifen rules test rules --residents 50 --seed 9
  用例 11，不符 0
  性质 1，不成立 0（种子 9，每条随机居民 50）
  错误 0，警告 0
  $ jifen rules show rules
  方案
    省 330000  小省积分 (mini)
        小府〔2024〕1号  自 2024-01-01 至 2030-12-31
        SM3 a71f7293f99a128e4bbcf2c0008386b70ef0bb4bf383aa79fac23e8249e316b9
  
  积分
    ＋ 总积分 (total)，保底 0，满分（已证明） 100  〔小省积分 / 第二条 积分〕  rules/mini.md:54
      ＋ 省级共性 (common)，满分（已证明） 100  〔小省积分 / 第二条 积分〕  rules/mini.md:55
        · 年龄 (age)，0 至 20 分，满分（已证明） 20  〔小省积分 / 第二条 积分 / （一）年龄〕  rules/mini.md:63
        · 文化程度 (education)，5 至 10 分，满分（已证明） 10  〔小省积分 / 第二条 积分 / （二）文化程度〕  rules/mini.md:80
        · 社保缴纳 (pension)，0 至 30 分  〔小省积分 / 第二条 积分 / （三）社保〕  rules/mini.md:101
        · 捐赠 (gift)，0 至 20 分，封顶 20  〔小省积分 / 第二条 积分 / （四）捐赠〕  rules/mini.md:121
        · 岗位 (post)，0 至 5 分，满分（已证明） 5  〔小省积分 / 第二条 积分 / （四）捐赠〕  rules/mini.md:125
      ＋ 市县个性 (local)，封顶 15  〔小省积分 / 第二条 积分〕  rules/mini.md:56
      − 扣减 (deduction)  〔小省积分 / 第二条 积分〕  rules/mini.md:57
  
  否决和冻结
    冻结  证件中止  〔小省积分 / 第二条 积分 / （五）效力〕  rules/mini.md:154
  
  资格
    入学 (school)  〔小省积分 / 第二条 积分 / （五）效力〕  rules/mini.md:151
  
  参数
    每月分 (month_points)，开放给市县 范围 0.1 至 1
        0.4  自 2024-01-01 至 2024-12-31  mini
        0.5  自 2025-01-01  mini
  
  登记
    person.csv  人员  公安厅
        person_id, birth_date
    permit.csv  居住证  公安厅
        person_id, division, status, from, to
    education.csv  文化程度  教育厅
        person_id, level, awarded_on
    pension.csv  社保缴纳  人力社保厅
        person_id, division, from_month, to_month
    gift.csv  捐赠  民政厅
        person_id, given_on, amount, givers, share, is_public, matter
    post.csv  岗位  人力社保厅
        person_id, holds
  
  SM3 82353775a4ed3b740771b42cb93c19cbaf396f3d026abad8a7b700564a1b181f




  $ jifen rules show rules --lang en | head -n 12
  Schemes
    province 330000  Points of the small province (mini)
        Small Province 2024 No. 1  from 2024-01-01 to 2030-12-31
        SM3 a71f7293f99a128e4bbcf2c0008386b70ef0bb4bf383aa79fac23e8249e316b9
  
  Points
    ＋ total, floor 0, proved at most 100  〔小省积分 / 第二条 积分〕  rules/mini.md:54
      ＋ common, proved at most 100  〔小省积分 / 第二条 积分〕  rules/mini.md:55
        · age, 0 to 20 points, proved at most 20  〔小省积分 / 第二条 积分 / （一）年龄〕  rules/mini.md:63
        · education, 5 to 10 points, proved at most 10  〔小省积分 / 第二条 积分 / （二）文化程度〕  rules/mini.md:80
        · pension, 0 to 30 points  〔小省积分 / 第二条 积分 / （三）社保〕  rules/mini.md:101
        · gift, 0 to 20 points, cap 20  〔小省积分 / 第二条 积分 / （四）捐赠〕  rules/mini.md:121


An image does what its folder does.

  $ jifen rules compile rules -o mini.image
  82353775a4ed3b740771b42cb93c19cbaf396f3d026abad8a7b700564a1b181f  mini.image
  $ jifen sample --rules rules --persons 300 --seed 2 --on 2026-03-01 -o data > /dev/null
  > jifen score --rules rules --data data --on 2026-03-01 -o a.csv && jifen score --rules mini.image --data data --on 2026-03-01 -o b.csv && cmp a.csv b.csv && echo the same
  the same
  $ head -c 1000 mini.image > cut.image; jifen score --rules cut.image --data data --on 2026-03-01
  jifen: JC0023 cut.image 不是规则映像，或已损坏
    重新编译：jifen rules compile
  [5]

Formatting: the other keyword language and back is lossless, with the same hash.

  $ jifen rules fmt --check rules && echo canonical
  canonical
  $ mkdir en && jifen rules fmt --lang en rules > en/mini.md && head -n 12 en/mini.md && jifen rules fmt --check en && echo canonical
  rules en 1
  
  # 小省积分
  
  命令行测试用的规则：每一种列都有一个，分值没有意义。
  
  ```rules
  scheme "小省积分" / "Points of the small province" (mini)
  layer province 330000
  scale 0.01pt
  source "小府〔2024〕1号" / "Small Province 2024 No. 1" from 2024-01-01 to 2030-12-31
  ```
  canonical




  $ jifen rules fmt --lang zh en | cmp - rules/mini.md && echo lossless
  lossless
  $ jifen rules show rules | tail -n 1; jifen rules show en | tail -n 1
  SM3 82353775a4ed3b740771b42cb93c19cbaf396f3d026abad8a7b700564a1b181f
  SM3 82353775a4ed3b740771b42cb93c19cbaf396f3d026abad8a7b700564a1b181f
  $ sed -i 's/: 20分/:   20分/' rules/mini.md; jifen rules fmt --check rules
  jifen: JC0033 rules/mini.md 不是规范的样子
    jifen rules fmt -w rules/mini.md
  [3]
  $ jifen rules fmt -w rules && jifen rules fmt --check rules && echo canonical
  canonical

A wrong case; a broken file.

  $ sed -i 's/应得 年龄 20分/应得 年龄 19分/' rules/mini.md; jifen rules test rules; jifen rules check rules --lang en
  rules/mini.md:70:6: JF0801 用例“六十周岁”：年龄应得19分，算出20分
        应得 年龄 19分
             ^^^^^^^^^
    建议：核对用例的事实和规则；二者有一个不对。
  用例 11，不符 1
  性质 1，不成立 0（种子 1，每条随机居民 1000）
  错误 1，警告 0
  rules/mini.md:70:6: JF0801 case "六十周岁": 年龄 should be 19分 but comes to 20分
        应得 年龄 19分
             ^^^^^^^^^
    hint: check the facts of the case against the rule; one of them is wrong
  schemes 1, indicators 5, clauses 5, registers 6
  cases 11, failed 1; edges 22, without a case 0
  errors 1, warnings 0
  [3]
  $ echo '规则语言 中文 1' > rules/mini.md; jifen rules check rules
  rules/mini.md:1: JF0315 文件缺少“层级”一行
      规则语言 中文 1
    建议：在文件开头的规则块里补上
  rules/mini.md:1: JF0315 文件缺少“方案”一行
      规则语言 中文 1
    建议：在文件开头的规则块里补上
  rules/mini.md:1: JF0315 文件缺少“来源”一行
      规则语言 中文 1
    建议：在文件开头的规则块里补上
  jifen: JC0024 规则有 3 处错误
  [3]
  $ jifen rules check nowhere
  jifen: JC0020 没有 nowhere
  [4]
  $ mkdir none; echo '# prose' > none/README.md; jifen rules check none --lang en
  jifen: JC0022 none has no rule files
    A rule file ends in .md and begins with the line "规则语言 中文 1" or "rules en 1".
  [4]
