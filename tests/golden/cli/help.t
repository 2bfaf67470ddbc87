Help comes from the tables of commands and options.

  $ jifen help
  jifen：按规则文件给新市民算分，并逐条说明理由。
  
  命令
    score               给所有人算分
    summary             汇总：各状态人数、平均分、分布图
    explain             逐条说明一个人的积分
    forecast            没有新的事实时，积分哪一天会变、为什么
    advise              一个人怎样能多得分，怎样达到一条线
    changes             一个人的积分为什么变了
    simulate            模拟：草案对所有人的影响
    rules check         检查规则文件
    rules test          运行规则文件中的用例和性质
    rules fmt           把规则文件写成规范的样子，或换一种关键字语言
    rules show          列出方案、组、指标、分值范围和登记
    rules compile       把规则编译成一个映像文件
    sample              生成一批虚构的居民
    population build    把登记做成人口映像
    population info     说明一个人口映像
    population verify   逐段检查人口映像
    population update   把有变化的人写进人口映像
    population export   把人口映像写成登记文件
    serve               启动服务
    openapi             输出接口的 OpenAPI 3.1 描述
    db init             新建数据库
    db migrate          把数据库升级到本程序的版本
    db check            检查数据库，并列出各表的行数
    db backup           备份数据库到一个文件
    db restore          用备份文件恢复成一个新数据库
    db rotate-key       用最新的密钥重新加密
    keys add            在密钥文件里增加一个密钥（没有就新建）
    keys signing        新建签名密钥（SM2），并打印公钥
    token verify        核验电子居住证的二维码，不需要网络
    account add         新建账号，密码从标准输入读一行
    account list        列出账号
    account disable     停用账号
    account enable      启用已停用的账号
    account move        变更账号的角色、辖区、单位
    account password    重设密码，从标准输入读一行
    account totp        重设动态口令，并打印它的密钥
    import              把登记文件导入数据库
    import list         列出数据批次
    import accept       确认一个已上传的批次
    import second       第二人确认一个批次
    import drop         放弃一个没有入库的批次
    import reverse      撤回一个已入库的批次
    audit verify        校验日志链
    audit list          列出日志
    completion          输出命令行补全脚本
    manual              输出手册页（troff）
    version             显示版本
    help                显示帮助
  
  主题
    exit-codes          退出码
    data                数据目录的格式
    data-errors         数据错误的代码
  
  详情：jifen help 命令 或 jifen help 主题




  $ jifen --help --lang en
  jifen: scores new residents by rule files and explains every point.
  
  Commands
    score               score everybody
    summary             counts by status, mean, distribution
    explain             explain one person's points, clause by clause
    forecast            the days on which points change with no new fact, and why
    advise              what would gain one person points, and how to reach a line
    changes             why one person's points changed
    simulate            what a draft of the rules does to everybody
    rules check         check rule files
    rules test          run the cases and properties of rule files
    rules fmt           write rule files in canonical form, or in the other keyword language
    rules show          list schemes, groups, indicators, ranges and registers
    rules compile       compile rules into one image file
    sample              make up a population
    population build    make a population image of the registers
    population info     tell about a population image
    population verify   check a population image, every segment of it
    population update   put the persons that changed into a population image
    population export   write a population image as register files
    serve               run the server
    openapi             print the interface as OpenAPI 3.1
    db init             make a new database
    db migrate          bring a database to this program's version
    db check            check a database and count its rows
    db backup           back a database up into a file
    db restore          restore a backup into a new database
    db rotate-key       seal everything again with the newest key
    keys add            add a key to a key file, made if it is not there
    keys signing        make a signing key (SM2) and print its public part
    token verify        check the code of an electronic permit, without a network
    account add         make an account; its password is a line of standard input
    account list        list the accounts
    account disable     disable an account
    account enable      enable an account that was disabled
    account move        change an account's role, place, office
    account password    set a new password, a line of standard input
    account totp        set a new secret for one-time codes and print it
    import              import register files into a database
    import list         list the loads
    import accept       accept a load that was staged
    import second       be the second person for a load
    import drop         drop a load that is not applied
    import reverse      reverse a load that was applied
    audit verify        verify the audit chain
    audit list          list the audit records
    completion          print a shell completion script
    manual              print the manual page (troff)
    version             show the version
    help                show help
  
  Topics
    exit-codes          Exit codes
    data                The format of data directories
    data-errors         Codes of refused files and rows
  
  More: jifen help COMMAND or jifen help TOPIC




  $ jifen help score
  jifen score: 给所有人算分
  
  用法： jifen score --rules PATH --on DATE [--data DIR] [--population FILE] [--as-of-rules DATE] [--jobs N] [--output FILE] [--encoding utf-8|gb18030] [--summary]
  
  读入数据目录中的登记，按规则给每个人算分，每人一行，按人员编号排列；也可以用 --population 读一个人口映像，结果逐字节相同。被拒绝的行写入 FILE.errors.csv（没有 -o 时写到标准错误），有关的人记为 ERROR，其他人照常算分。
  
  必须有
    --rules PATH                  规则文件夹、规则文件或编译好的规则映像
    --on DATE                     评分日，年年年年-月月-日日
  
  选项
    --data DIR                    数据目录：每个登记一个 CSV 文件（见 jifen help data）
    --population FILE             人口映像，代替 --data（见 jifen population build）
    --as-of-rules DATE            按哪一天的规则（不写：评分日）
    -j, --jobs N                  用几个线程（不写：处理器的个数）；结果与此无关
    -o, --output FILE             写到这个文件；要么完整，要么不出现
    --encoding utf-8|gb18030      登记文件的编码（不写：utf-8）
    --summary                     不写逐人结果，只在屏幕上给出汇总和分布
    --lang zh|en                  信息的语言（不写：看环境变量，否则中文）
    -h, --help                    显示这个命令的帮助





  $ jifen score --help --lang en
  jifen score: score everybody
  
  Usage: jifen score --rules PATH --on DATE [--data DIR] [--population FILE] [--as-of-rules DATE] [--jobs N] [--output FILE] [--encoding utf-8|gb18030] [--summary]
  
  Reads the registers of the data directory and scores every person by the rules, one row each in the order of person_id; or those of a population image (--population), with the same bytes as a result. Refused rows go to FILE.errors.csv (without -o to standard error); the persons concerned are reported as ERROR, everybody else is scored.
  
  Required
    --rules PATH                  folder of rule files, a rule file, or a compiled image
    --on DATE                     scoring day, YYYY-MM-DD
  
  Options
    --data DIR                    data directory: one CSV file per register (see jifen help data)
    --population FILE             population image, in place of --data (see jifen population build)
    --as-of-rules DATE            the day whose rules apply (default: the scoring day)
    -j, --jobs N                  threads (default: as many as processors); the result does not depend on it
    -o, --output FILE             write to this file; it appears whole or not at all
    --encoding utf-8|gb18030      encoding of the register files (default: utf-8)
    --summary                     print counts and a histogram instead of one row per person
    --lang zh|en                  language of messages (default: the environment's, else Chinese)
    -h, --help                    show help for this command





  $ jifen help rules fmt
  jifen rules fmt: 把规则文件写成规范的样子，或换一种关键字语言
  
  用法： jifen rules fmt [--lang zh|en] [--check] [--write] PATH…
  
  不加 -w 时写到标准输出。换语言不丢失任何内容，规则的摘要不变。
  
  选项
    --lang zh|en                  写成中文或英文关键字（不写：文件自己的语言）
    --check                       只检查：不规范的文件逐个列出，退出码 3
    -w, --write                   写回文件本身
    -h, --help                    显示这个命令的帮助




  $ jifen help exit-codes
  退出码
  
    0  一切正常，每个人都算出了分
    1  有些行被拒绝，有关的人记为 ERROR，其他人都算出了分
    2  命令用错了
    3  规则文件有错，或用例、性质不成立
    4  输入文件不能用：表头、编码、截断、找不到
    5  读写失败；没有留下不完整的文件
    6  内存不够


  $ jifen help exit-codes --lang en
  Exit codes
  
    0  all is well; everybody was scored
    1  some rows were refused; the persons concerned are ERROR, all others were scored
    2  the command was used wrongly
    3  the rules have errors, or a case or property fails
    4  an input file cannot be used: header, encoding, cut short, not found
    5  reading or writing failed; nothing incomplete was left
    6  memory ran out


  $ jifen help data
  数据目录的格式
  
  数据目录中每个登记一个 CSV 文件，文件名是登记的英文名加 .csv；person.csv 必须有。
    编码    UTF-8（可带 BOM），或用 --encoding gb18030
    表头    person_id 和登记声明的各列，顺序不限；行的顺序也不限
    日期    2026-03-01；月份 2026-03；金额以元为单位；是否写 yes 或 no；比例写 25% 或 0.25
    时段    [from, to)：to 是不再有效的第一天；空着表示至今
    没有文件的登记是“尚未答复”，其中的一切都未知；有文件而没有某人的行，是“答复：无”。
  被拒绝的情况见 jifen help data-errors。其中几条不是规则文件说的，而是常理：
    出生日期晚于评分日，或早 130 年以上；记录早于出生；缴费月数多于年满 16 周岁以来的月数。


  $ jifen help data --lang en
  The format of data directories
  
  The data directory holds one CSV file per register, named after its ASCII name; person.csv must
  be there.
    encoding   UTF-8 (a BOM is accepted), or --encoding gb18030
    header     person_id and the declared columns, in any order; rows in any order
    dates      2026-03-01, months 2026-03, money in yuan, yes or no, shares as 25% or 0.25
    intervals  [from, to): `to` is the first day it no longer holds; empty = still running
    A register without a file has not answered: everything in it is unknown. A file without a
    row for a person has answered: nothing.
  What is refused: jifen help data-errors. Some of it follows from life and not from the rules: a
  birth after the scoring day or more than 130 years before it; a record before birth; more months
  paid than have passed since the person turned 16.


  $ jifen help data-errors
  数据错误的代码
  
    JD0001  数据目录中没有 …：无从知道有哪些人
    JD0002  无法读取文件
    JD0003  从第 … 个字节起不是 UTF-8 文字
    JD0004  从第 … 个字节起不是 GB18030 文字
    JD0005  文件是空的，连表头也没有
    JD0006  表头里的第 … 列不属于这个登记；最接近的列名是 …
    JD0007  表头里缺少列 …
    JD0008  表头里列 … 出现了两次
    JD0009  从这一行起有一个引号没有收尾，后面的行都读不出来
    JD0010  文件在一行的中间结束，可能被截断了
    JD0101  这一行的列数比表头少
    JD0102  这一行的列数比表头多
    JD0103  引号用法不对
    JD0104  人员编号为空、超过 64 个字节或含有控制字符
    JD0105  必填的值是空的
    JD0106  不是存在的日期（应为 年年年年-月月-日日）
    JD0107  不是存在的月份（应为 年年年年-月月）
    JD0108  不是这一列所要的数（整数；金额以元为单位，至多两位小数；比例如 0.25、25%、1/4）
    JD0109  不是“是”或“否”
    JD0110  值超出了规则文件声明的范围
    JD0111  这一列没有这个代码
    JD0112  没有这个行政区划代码
    JD0113  公民身份号码的位数、日期或校验码不对
    JD0114  结束早于开始
    JD0115  与第 … 行的时段重叠，而这个登记不允许重叠
    JD0116  这个登记每人一条，第 … 行已有此人
    JD0117  person.csv 里没有此人
    JD0118  出生日期晚于评分日
    JD0119  出生日期比评分日早 130 年以上
    JD0120  记录的日期早于出生日期
    JD0121  此人的缴费月数超过年满 16 周岁以来的月数
    JD0122  此人在这个登记中的记录超过 … 条
    JD0123  这个身份证号有不止一人登记，不能替他们挑选
    JD0201  没有哪个规则文件声明过这个登记，不读取；最接近的登记是 …


  $ jifen help data-errors --lang en
  Codes of refused files and rows
  
    JD0001  the data directory has no …: who is to be scored?
    JD0002  the file cannot be read
    JD0003  from byte … on it is not UTF-8 text
    JD0004  from byte … on it is not GB18030 text
    JD0005  the file is empty: even the header row is missing
    JD0006  column … of the header does not belong to this register; the nearest name is …
    JD0007  the header lacks the column …
    JD0008  the header names the column … twice
    JD0009  a quote opened in this row is never closed; all rows behind it are lost
    JD0010  the file ends in the middle of a row; it was probably cut short
    JD0101  the row has fewer cells than the header
    JD0102  the row has more cells than the header
    JD0103  quotes are not used as they should be
    JD0104  the person's number is empty, longer than 64 bytes or has control characters
    JD0105  a required value is empty
    JD0106  not an existing date (YYYY-MM-DD)
    JD0107  not an existing month (YYYY-MM)
    JD0108  not a number of the kind this column holds (integer; money in yuan with at most two decimals; share as 0.25, 25% or 1/4)
    JD0109  neither yes nor no
    JD0110  value outside the range that the rule file declares
    JD0111  this column has no such code
    JD0112  no such administrative division
    JD0113  length, date or check digit of the identity number is wrong
    JD0114  the end lies before the start
    JD0115  overlaps the interval in line …; this register allows no overlaps
    JD0116  one row per person: line … already has this person
    JD0117  person.csv does not have this person
    JD0118  the birth date lies after the scoring day
    JD0119  the birth date lies more than 130 years before the scoring day
    JD0120  the record is dated before the person's birth
    JD0121  more months paid than have passed since the person turned 16
    JD0122  more than … records of this person in this register
    JD0123  more than one person has this identity number; none is picked
    JD0201  no rule file declares this register, it is not read; the nearest is …


  $ jifen version
  jifen 0.1.0
  $ jifen --version
  jifen 0.1.0

Completion is a script that bash accepts, and it completes.

  $ jifen completion bash > completion && bash -n completion
  $ . ./completion
  > try() { COMP_WORDS=(jifen "$@"); COMP_CWORD=$#; _jifen; echo "${COMPREPLY[@]}"; }
  > try s
  > try rules ch
  > try score --e
  > try score --encoding ''
  > try rules fmt --
  score summary simulate sample serve
  check check
  --encoding
  utf-8 gb18030
  --lang --check --write --help

The manual page.

  $ jifen manual --lang en | head -n 24
  .TH JIFEN 1
  .SH NAME
  jifen \- score new residents by rule files and explain every point
  .SH COMMANDS
  .SS jifen score
  .B jifen score \-\-rules PATH \-\-on DATE [\-\-data DIR] [\-\-population FILE] [\-\-as\-of\-rules DATE] [\-\-jobs N] [\-\-output FILE] [\-\-encoding utf\-8|gb18030] [\-\-summary]
  .PP
  score everybody.
  Reads the registers of the data directory and scores every person by the rules, one row each in the order of person_id; or those of a population image (\-\-population), with the same bytes as a result. Refused rows go to FILE.errors.csv (without \-o to standard error); the persons concerned are reported as ERROR, everybody else is scored.
  .TP
  .B \-\-rules PATH
  folder of rule files, a rule file, or a compiled image
  .TP
  .B \-\-data DIR
  data directory: one CSV file per register (see jifen help data)
  .TP
  .B \-\-population FILE
  population image, in place of \-\-data (see jifen population build)
  .TP
  .B \-\-on DATE
  scoring day, YYYY\-MM\-DD
  .TP
  .B \-\-as\-of\-rules DATE
  the day whose rules apply (default: the scoring day)
  $ jifen manual | grep -c '^\.TP'
  291
