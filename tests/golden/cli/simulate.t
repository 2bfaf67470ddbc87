A draft against the rules in force, over a made-up population.

  $ jifen sample --rules rules --persons 400 --on 2026-03-01 -o data > /dev/null
  $ mkdir draft && sed 's/得 每月分 封顶 30分/得 每月分 封顶 20分/; s/高中 以下: 5分/高中 以下: 6分/' rules/mini.md > draft/mini.md
  $ COLUMNS=100 jifen simulate --rules rules --draft draft --data data --on 2026-03-01 --line 52 --html page.html --json all.json
  草案模拟   评分日：2026-03-01   规则摘要：82353775a4ed3b74 → d8042c5d67f5a420
  
    总人数                                             400
    参加比较的人数                                     368
    不能算分的人数                                       0
    两种规则下积分都不生效的人数                        32
  
                                          人数        增加        减少        不变      平均分    平均变动
    总体                                   368         157         161          50     44.8601     -2.8832
  
  总分的分布
    5–30          现行                57  ███████████▊
                  草案                55  ███████████▍
    30–35         现行                50  ██████████▎
                  草案                50  ██████████▎
    35–40         现行                28  █████▊
                  草案                27  █████▌
    40–42         现行                12  ██▍
                  草案                10  ██
    42–52         现行                77  ███████████████▉
                  草案               193  ████████████████████████████████████████
    52–85 ◄       现行               144  █████████████████████████████▊
                  草案                33  ██████▊
  
  分数线：52
    升到线上                                 0
    降到线下                               111
    始终在线上                              33
    始终在线下                             224
  
  分数线上下各 10 分以内
    42–44         现行                11  ████
                  草案                11  ████
    44–46         现行                17  ██████▎
                  草案                16  █████▉
    46–48         现行                16  █████▉
                  草案               107  ████████████████████████████████████████
    48–50         现行                16  █████▉
                  草案                12  ████▍
    50–52         现行                17  ██████▎
                  草案                47  █████████████████▌
    52–56 ◄       现行                79  █████████████████████████████▌
                  草案                12  ████▍
    56–85         现行                65  ████████████████████████▎
                  草案                21  ███████▊
  
  按居住地
    各组变动的人太少，不分组显示。
  
  按年龄
                                          人数        增加        减少        不变      平均分    平均变动
    25–34岁                                117          50          50          17     44.4188     -2.9615
    35–44岁                                103          41          49          13     48.0874     -3.2427
    其他合计（5 组）                       148          66          62          20     42.9628     -2.5709
  
  按指标
                                          增加        减少    合计变动
    文化程度                               292           0     +292.00
    社保缴纳                                ＊          ＊          ＊
  
  各条款使多少人得分
                                          现行        草案
    年龄                                    ＊          ＊  可能 +＊
    文化程度                               368         368
    社保缴纳                               310         310
    捐赠                                    45          45
    岗位                                    61          61  可能 +262
  
  没有使任何人得分的条款
    无
  
  封顶减去了分数的人数
                                          现行        草案
    捐赠封顶                                23          23
    市县个性封顶                             0           0
  
  尚有未知
                                          现行        草案
    总分尚为区间的人数                     270         270
    草案下，答复后总分即可确定的人数（涉及的人数）
      岗位                                 232          ＊
      文化程度                              ＊          31
      捐赠                                   0          ＊
  
  变动最大的
        -10.00      -10.00      -10.00      -10.00      -10.00
        -10.00      -10.00      -10.00      -10.00      -10.00
        -10.00      -10.00      -10.00      -10.00      -10.00
        -10.00      -10.00      -10.00       -9.50       -9.00
  
  ＊ 为保护个人信息，不显示不足 10 人的数字，也不显示能推算出它的数字；小的组并入“其他合计”。
  $ jifen simulate --rules rules --draft draft --data data --on 2026-03-01 --line 52 --lang en | head -n 16
  Simulation of a draft   scoring day: 2026-03-01   rules: 82353775a4ed3b74 → d8042c5d67f5a420
  
    residents                                          400
    residents compared                                 368
    residents without a score                            0
    residents whose points count under neither          32
  
                                     residents        gain        lose   unchanged        mean mean change
    Overall                                368         157         161          50     44.8601     -2.8832
  
  Distribution of totals
    5–30          in force            57  ███████████▊
                  draft               55  ███████████▍
    30–35         in force            50  ██████████▎
                  draft               50  ██████████▎
    35–40         in force            28  █████▊
  $ python3 -c 'import json; d = json.load(open("all.json")); print(sorted(d)); print(d["all"])'
  ['all', 'compared', 'day', 'distribution', 'errors', 'format', 'hidden', 'idle', 'indicators', 'lacks', 'lang', 'largest', 'least', 'line', 'marks', 'persons', 'refused', 'rule_day', 'rules_after', 'rules_before', 'tables', 'unknown']
  {'persons': 368, 'gain': 157, 'lose': 161, 'unchanged': 50, 'sum_before': '16508.50', 'sum_after': '15447.50', 'mean_before': '44.8601', 'mean_after': '41.9769', 'mean_change': '-2.8832'}

The page is well-formed, stands alone, and has its sections in this order.

  $ python3 - <<'END'
  > import xml.etree.ElementTree as ET
  > root = ET.fromstring(open("page.html", encoding="utf-8").read().split("\n", 1)[1])
  > print(root.get("lang"), "script" in [e.tag for e in root.iter()])
  > for e in root.find("body"):
  >     if e.tag == "h2":
  >         print("##", "".join(e.itertext()))
  >     else:
  >         print(e.tag, len(list(e.iter("tr"))) or len(list(e.iter("rect"))))
  > END
  zh-CN False
  svg 3
  h1 0
  dl 0
  ## 总体 Overall
  p 0
  table 2
  ## 总分的分布 Distribution of totals
  figure 14
  table 7
  ## 分数线 The line 52
  dl 0
  ## 分数线上下各 10 分以内 Within 10 points of the line
  figure 16
  table 8
  ## 按居住地 By division
  p 0
  ## 按年龄 By age
  figure 12
  table 4
  ## 按指标 By indicator
  table 3
  ## 各条款使多少人得分 How many residents each clause gives points
  table 6
  ## 没有使任何人得分的条款 Clauses that give nobody points
  ul 0
  ## 封顶减去了分数的人数 How many residents a cap cuts
  table 3
  ## 尚有未知 Not yet known
  table 2
  table 4
  ## 变动最大的 Largest changes
  ol 0
  p 0

The largest changes by name, for those who may see them.

  $ jifen simulate --rules rules --draft draft --data data --on 2026-03-01 --persons | grep -A 4 变动最大的
  变动最大的
        -10.00  P00000004  60.00 → 50.00
        -10.00  P00000005  60.00 → 50.00
        -10.00  P00000042  60.00 → 50.00
        -10.00  P00000074  60.00 → 50.00

From a population image, segment by segment: the same.

  $ jifen population build --rules rules --data data --on 2026-03-01 -o people.img --segment-persons 64 > /dev/null
  $ jifen simulate --rules rules --draft draft --data data --on 2026-03-01 --line 52 --persons > by_files
  $ jifen simulate --rules rules --draft draft --population people.img --on 2026-03-01 --line 52 --persons | diff - by_files && echo the same
  the same

Where too few cross the line, no border of the distribution stands at it.

  $ jifen simulate --rules rules --draft draft --data data --on 2026-03-01 --line 40 --lang en | sed -n '/^Distribution/,/^By/p'
  Distribution of totals
    5–30          in force            57  █████████████████▋
                  draft               55  █████████████████
    30–35         in force            50  ███████████████▌
                  draft               50  ███████████████▌
    35–45         in force            59  ██████████████████▎
                  draft               54  ████████████████▋
    45–50         in force            41  ████████████▋
                  draft              129  ████████████████████████████████████████
    50–55         in force            32  █████████▉
                  draft               53  ████████████████▍
    55–60         in force            75  ███████████████████████▎
                  draft               10  ███
    60–85         in force            54  ████████████████▋
                  draft               17  █████▎
  
  The line: 40
    Too few residents cross it to show figures.
  
  By division

Few persons: no figures.

  $ jifen sample --rules rules --persons 9 --on 2026-03-01 -o few > /dev/null
  $ jifen simulate --rules rules --draft draft --data few --on 2026-03-01
  草案模拟   评分日：2026-03-01   规则摘要：82353775a4ed3b74 → d8042c5d67f5a420
  
    总人数                                              ＊
    参加比较的人数                                      ＊
    不能算分的人数                                      ＊
    两种规则下积分都不生效的人数                        ＊
  
  参加比较的人或变动的人太少，不显示数字。
  
  ＊ 为保护个人信息，不显示不足 10 人的数字，也不显示能推算出它的数字；小的组并入“其他合计”。

What the draft needs and the data lacks counts as not answered.

  $ mkdir more && sed 's/满分 100分/满分 120分/; s/^指标 岗位 (post)/登记 新登记 (newly) 由 "某厅" \/ "Some":\n  何日 (seen_on): 日期 时点\n\n指标 新指标 (fresh) 归 省级共性 满分 1分:\n  若 有(新登记):\n    1分\n  否则:\n    0分\n\n&/' rules/mini.md > more/mini.md
  $ jifen simulate --rules rules --draft more --data data --on 2026-03-01 | grep -A 2 数据中没有
  数据中没有草案要的
    新登记：没有这个登记，视为未答复
  

What cannot be done.

  $ jifen simulate --rules rules --draft draft --data data --on 2026-03-01 --line sixty
  jifen: JC0016 --line 要的是至多两位小数的分数，不是 sixty
  [2]
  $ jifen simulate --rules rules --draft nowhere --data data --on 2026-03-01
  jifen: JC0020 没有 nowhere
  [4]
