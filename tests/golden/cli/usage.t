Wrong use of a command: what is wrong, the nearest name, exit code 2.

  $ jifen
  jifen: JC0001 没有写命令
    看一看：jifen help
  [2]
  $ jifen scor
  jifen: JC0002 没有命令 scor
    是不是 score？全部命令：jifen help
  [2]
  $ jifen rules chekc rules
  jifen: JC0002 没有命令 rules chekc
    是不是 rules check？全部命令：jifen help
  [2]
  $ jifen rules
  jifen: JC0002 没有命令 rules
    是不是 rules fmt？全部命令：jifen help
  [2]
  $ jifen score --dta x
  jifen: JC0003 命令 score 没有选项 --dta
    是不是 --data？
  [2]
  $ jifen score --rules
  jifen: JC0004 选项 --rules 后面要有 PATH
  [2]
  $ jifen score --summary=yes
  jifen: JC0005 选项 --summary 后面不能有值
  [2]
  $ jifen score --on 2026-03-01 --on 2026-03-01
  jifen: JC0006 选项 --on 写了两次
  [2]
  $ jifen score --rules rules --data data
  jifen: JC0007 命令 score 缺少 --on DATE
    用法：jifen score --rules PATH --on DATE [--data DIR] [--population FILE] [--as-of-rules DATE] [--jobs N] [--output FILE] [--encoding utf-8|gb18030] [--summary]
  [2]
  $ jifen rules check
  jifen: JC0008 命令 rules check 后面缺少 PATH…
    用法：jifen rules check PATH…
  [2]
  $ jifen version now
  jifen: JC0009 命令 version 用不上 now
    用法：jifen version
  [2]
  $ jifen score --on 2026-02-29
  jifen: JC0010 --on 要的是存在的日期，如 2026-03-01
  [2]
  $ jifen score -j 0
  jifen: JC0011 --jobs 要的是 1 至 256 的整数
  [2]
  $ jifen score -j many
  jifen: JC0011 --jobs 要的是 1 至 256 的整数
  [2]
  $ jifen score --encoding latin1
  jifen: JC0012 --encoding 只能是 utf-8|gb18030
  [2]
  $ jifen explain --person= --rules rules
  jifen: JC0004 选项 --person 后面要有 ID
  [2]
  $ jifen help scroe
  jifen: JC0013 没有帮助主题 scroe
    是不是 score？
  [2]
  $ jifen completion zsh
  jifen: JC0012 completion 只能是 bash
  [2]
  $ jifen rules fmt --check -w rules
  jifen: JC0014 --check 和 --write 不能同时用
  [2]

In English, by option and by environment; the option counts.

  $ jifen scor --lang en
  jifen: JC0002 there is no command scor
    Did you mean score? All commands: jifen help
  [2]
  $ LANG=en_GB.UTF-8 jifen scor
  jifen: JC0002 there is no command scor
    Did you mean score? All commands: jifen help
  [2]
  $ LC_ALL=zh_CN.UTF-8 LANG=en_GB.UTF-8 jifen scor
  jifen: JC0002 没有命令 scor
    是不是 score？全部命令：jifen help
  [2]
  $ LC_ALL=en_US.UTF-8 jifen scor --lang zh
  jifen: JC0002 没有命令 scor
    是不是 score？全部命令：jifen help
  [2]
  $ jifen scor --lang fr
  jifen: JC0002 没有命令 scor
    是不是 score？全部命令：jifen help
  [2]
  $ jifen explain --lang en --rules rules --data data --on 2026-03-01
  jifen: JC0007 explain needs --person ID
    Usage: jifen explain --rules PATH --on DATE --person ID [--data DIR] [--population FILE] [--as-of-rules DATE] [--encoding utf-8|gb18030] [--json]
  [2]
