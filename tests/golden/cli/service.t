Keys, a database, accounts, imports. Secret files are their owner's alone.

  $ jifen keys add keys; jifen keys add keys --lang en; stat -c %a keys; grep -c '^[0-9]' keys
  keys：第 1 号密钥
  keys: key 2
  600
  2
  $ jifen keys signing signing.pem | head -n 1; stat -c %a signing.pem
  -----BEGIN PUBLIC KEY-----
  600
  $ jifen keys signing signing.pem
  jifen: JC0047 signing.pem 已经存在，没有改动它
  [4]
  $ jifen db init --db sqlite:jifen.db; jifen db init --db sqlite:jifen.db
  完成
  jifen: JC0040 数据库已经有内容
  [4]
  $ jifen db migrate --db sqlite:jifen.db
  完成
  $ jifen audit verify --db sqlite:none.db
  jifen: JC0041 没有这个数据库
    新建：jifen db init
  [4]
  $ jifen db init --db sqlite:no-such-folder/jifen.db
  jifen: JC0041 没有这个数据库
    新建：jifen db init
  [4]
  $ echo 'not a database, and long enough to be read as one' > other.db; jifen audit verify --db sqlite:other.db
  jifen: JC0045 数据库的内容已损坏
  [5]
  $ jifen audit verify --db postgresql://127.0.0.1:1/none 2>&1 | grep -o 'JC[0-9]*'
  JC0092

Accounts; the password is a line of standard input.

  $ add() { printf '%s\n' "$1" | jifen account add --db sqlite:jifen.db --keys keys "${@:2}"; }
  > add 'a long password' --login clerk --role clerk --division 330381 --office 窗口 --name 张三
  $ add 'a long password' --login clerk --role clerk
  jifen: JC0048 登录名 clerk 已被使用
  [4]
  $ add 'short' --login other --role clerk
  jifen: JC0049 密码太短
    至少 10 个字节，至多 256 个。
  [4]
  $ add 'a long password' --login resident --role resident --person P1
  jifen: JC0050 数据库中没有编号为 P1 的人
  [4]
  $ add 'a long password' --login other --role clerk --totp | sed 's/secret=[A-Z2-7]*/secret=…/'
  otpauth://totp/Jifen:other?secret=…&issuer=Jifen
  $ chmod 644 keys; add 'a long password' --login third --role clerk; chmod 600 keys
  jifen: JC0046 密钥文件 keys 不能用（第 0 行）
    新建：jifen keys add；文件应只有本人可读（chmod 600）。

Accounts changed: each a command of the system; sessions end with it.

  $ acc() { jifen account "$1" --db sqlite:jifen.db --keys keys "${@:2}"; }
  > acc list --role clerk | grep -o '"login":"[^"]*"\|"disabled":[a-z]*'
  "login":"clerk"
  "disabled":false
  "login":"other"
  "disabled":false
  $ acc disable --login other; acc disable --login other
  jifen: JC0066 账号 other 已经如此，什么也没有改
  [4]
  $ acc disable --login other --lang en
  jifen: JC0066 the account other is so already; nothing was changed
  [4]
  $ acc list --login other --lang en
  {"account":4,"login":"other","role":"clerk","role_name":"clerk","office":"","name":"","division":null,"division_name":"","disabled":true,"locked":false,"password":true,"totp":true}
  $ acc enable --login other; acc enable --login nobody; acc enable --login nobody --lang en
  jifen: JC0065 没有登录名为 nobody 的账号
    看一看：jifen account list
  jifen: JC0065 there is no account nobody
    See jifen account list.
  [4]
  $ acc move --login other --role reviewer --division 330106 --office 审核; acc list --login other
  {"account":4,"login":"other","role":"reviewer","role_name":"审核","office":"审核","name":"","division":330106,"division_name":"西湖区","disabled":false,"locked":false,"password":true,"totp":true}
  $ acc move --login other --role resident; acc move --login other --role resident --lang en
  jifen: JC0067 账号 other 不能改为这个角色
    居民账号不能改为工作人员，反之亦然。
  jifen: JC0067 the account other cannot have this role
    A resident's account does not become one of staff, nor the other way round.
  [4]
  $ echo short | acc password --login other --lang en
  jifen: JC0049 the password is too short
    10 bytes at least, 256 at most.
  [4]
  $ echo 'another long password' | acc password --login other
  $ acc totp --login other | sed 's/secret=[A-Z2-7]*/secret=…/'
  otpauth://totp/Jifen:other?secret=…&issuer=Jifen
  $ jifen audit list --db sqlite:jifen.db | grep -o '"kind":"account[^"]*"'
  "kind":"account.create"
  "kind":"account.create"
  "kind":"account.disable"
  "kind":"account.enable"
  "kind":"account.move"
  "kind":"account.password"
  "kind":"account.totp"

Imports: each file is staged, shown, accepted; the same file again changes nothing.

  $ jifen sample --rules rules --persons 200 --identity --seed 5 --on 2026-03-01 -o data
  data：7 个文件，1391 行，其中弄坏 0 行
  $ import() { jifen import --db sqlite:jifen.db --keys keys --rules rules --recorded-on 2026-03-01 "$@"; }
  > import data/identity.csv data/person.csv data/permit.csv data/gift.csv | sed 's/批次 L[0-9]*/批次 L…/'
  data/identity.csv：200 行，拒绝 0，新增人员 200，新增 200，收回 0，不变 0；批次 L…，已入库
  data/person.csv：200 行，拒绝 0，新增人员 0，新增 200，收回 0，不变 0；批次 L…，已入库
  data/permit.csv：259 行，拒绝 0，新增人员 0，新增 259，收回 0，不变 0；批次 L…，已入库
  data/gift.csv：79 行，拒绝 0，新增人员 0，新增 79，收回 0，不变 0；批次 L…，已入库
  $ import data/gift.csv --lang en | sed 's/load L[0-9]*/load L…/'
  data/gift.csv: rows 79, refused 0, new persons 0, added 0, taken back 0, same 79; load L…, applied
    the very same file came with load L…
  $ import data/gift.csv --register nothing
  jifen: JC0052 规则里没有登记 nothing
    用 --register 写明是哪个登记。
  [4]
  $ import data/none.csv
  jifen: JC0020 没有 data/none.csv
  [4]
  $ sed '2s/^P0*1,/P99999999,/' data/gift.csv > gift.csv; import gift.csv | sed 's/批次 L[0-9]*/批次 L…/'; cut -d, -f1-4 gift.csv.errors.csv
  jifen: JC0053 有些行被拒绝，见 gift.csv.errors.csv
  gift.csv：79 行，拒绝 1，新增人员 0，新增 0，收回 1，不变 78；批次 L…，已入库
  file,line,column,code
  gift.csv,2,person_id,JD0117
  $ head -n 30 data/gift.csv > few.csv; import few.csv --register gift 2>&1 | sed 's/L[0-9]\{13\}/L…/'
  few.csv：29 行，拒绝 0，新增人员 0，新增 1，收回 50，不变 28；批次 L…，待第二人确认
  jifen: JC0054 批次 L… 变动超过限额，须在 2026-03-06 以前（含当日）由第二人确认
    jifen import second L… --db sqlite:jifen.db --keys keys --rules rules --as LOGIN
  $ jifen audit verify --db sqlite:jifen.db | sed 's/:[0-9a-f]*$/:…/'
  完好：21 条，链头 21:…

A head that was written down finds what nothing inside can: an old backup in place of the whole.

  $ jifen db backup --db sqlite:jifen.db old.db; import data/gift.csv --stage 2> said | grep -c L; sed 's/L[0-9]\{13\}/L…/' said; head=$(jifen audit verify --db sqlite:jifen.db | grep -o '[0-9]*:[0-9a-f]*$')
  2
  jifen: JC0057 批次 L… 已上传，须在 2026-03-31 以前（含当日）确认
    jifen import accept L… --db sqlite:jifen.db --keys keys --rules rules
  $ jifen audit verify --db sqlite:jifen.db --head $head --lang en | sed 's/:[0-9a-f]*$/:…/'
  whole: 22 records, head 22:…
  $ jifen audit verify --db sqlite:old.db | sed 's/:[0-9a-f]*$/:…/'
  完好：21 条，链头 21:…
  $ jifen audit verify --db sqlite:old.db --head $head
  第 22 条起不对：JA0003 末尾被截去
  [5]
  $ jifen audit verify --db sqlite:jifen.db --head 16:${head#*:}
  第 16 条起不对：JA0004 与以前记下的链头不符
  [5]
  $ jifen audit verify --db sqlite:jifen.db --head 17:ba6b
  jifen: JC0056 17:ba6b 不是链头
    写成 N:摘要，如 jifen audit verify 所打印。
  [2]
  $ jifen audit list --db sqlite:jifen.db --after 14 | sed 's/"at":"[^"]*"/"at":"…"/; s/"key":"[^"]*"/"key":"…"/; s/"[0-9a-f]\{64\}"/"…"/g; s/"command":[0-9]*/"command":…/'
  {"seq":15,"at":"…","command":…,"kind":"load.accept","account":null,"actor":0,"role":"system","office":"command line","purpose":"supply","person":null,"key":"…","payload":"…","effects":"…","hash":"…"}
  {"seq":16,"at":"…","command":…,"kind":"load.stage","account":null,"actor":0,"role":"system","office":"command line","purpose":"supply","person":null,"key":"…","payload":"…","effects":"…","hash":"…"}
  {"seq":17,"at":"…","command":…,"kind":"load.accept","account":null,"actor":0,"role":"system","office":"command line","purpose":"supply","person":null,"key":"…","payload":"…","effects":"…","hash":"…"}
  {"seq":18,"at":"…","command":…,"kind":"load.stage","account":null,"actor":0,"role":"system","office":"command line","purpose":"supply","person":null,"key":"…","payload":"…","effects":"…","hash":"…"}
  {"seq":19,"at":"…","command":…,"kind":"load.accept","account":null,"actor":0,"role":"system","office":"command line","purpose":"supply","person":null,"key":"…","payload":"…","effects":"…","hash":"…"}
  {"seq":20,"at":"…","command":…,"kind":"load.stage","account":null,"actor":0,"role":"system","office":"command line","purpose":"supply","person":null,"key":"…","payload":"…","effects":"…","hash":"…"}
  {"seq":21,"at":"…","command":…,"kind":"load.accept_large","account":null,"actor":0,"role":"system","office":"command line","purpose":"supply","person":null,"key":"…","payload":"…","effects":"…","hash":"…"}
  {"seq":22,"at":"…","command":…,"kind":"load.stage","account":null,"actor":0,"role":"system","office":"command line","purpose":"supply","person":null,"key":"…","payload":"…","effects":"…","hash":"…"}
  $ jifen audit list --db sqlite:jifen.db --after -1
  jifen: JC0011 --after 要的是 0 至 9223372036854775807 的整数
  [2]
  $ jifen audit list --db sqlite:none.db
  jifen: JC0041 没有这个数据库
    新建：jifen db init
  [4]

Loads: who acts, the second person, taking back. A load that waits says what comes next.

  $ add 'a long password' --login salt --role department --division 330000 --office 民政厅
  > add 'another password' --login pepper --role department --division 330000
  > add 'a third password' --login ruian --role department --division 330381
  $ steps() { sed 's/L[0-9]\{13\}/L…/g; s/2[0-9]\{3\}-[0-9][0-9]-[0-9][0-9]/DATE/g'; }
  > bring() { jifen import --db sqlite:jifen.db --keys keys --rules rules "$@" 2>&1; }
  > load() { jifen import "$1" --db sqlite:jifen.db --keys keys --rules rules "${@:2}" 2>&1; }
  > head -n 20 data/gift.csv > 'a few.csv'; echo 'a long password' | bring 'a few.csv' --register gift --as salt --stage | tee said | steps
  a few.csv：19 行，拒绝 0，新增人员 0，新增 1，收回 60，不变 18；批次 L…，待确认
  jifen: JC0057 批次 L… 已上传，须在 DATE 以前（含当日）确认
    jifen import accept L… --db sqlite:jifen.db --keys keys --rules rules --as salt
  $ staged=$(grep -o 'L[0-9]*' said | head -n 1); echo 'a long password' | load accept $staged --as salt | steps
  L…  待第二人确认  gift  a few.csv  DATE  DATE  19 行，新增 1，收回 60
  jifen: JC0054 批次 L… 变动超过限额，须在 DATE 以前（含当日）由第二人确认
    jifen import second L… --db sqlite:jifen.db --keys keys --rules rules --as LOGIN
  $ echo 'a long password' | load second $staged --as salt | steps; echo 'a long password' | load second $staged --as salt --lang en | steps
  jifen: JC0060 批次 L… 没有办成：第二人不能是确认它的人
    换一个供数部门账号：--as LOGIN
  jifen: JC0060 load L… stays as it is: the second person cannot be the one who accepted it
    Use another account of the department: --as LOGIN
  $ echo 'a third password' | load second $staged --as ruian | steps
  jifen: JC0064 L… 不归账号 ruian 管：不在它的辖区
    用辖区包括这个登记的账号，如全省的（330000）。
  $ echo 'a wrong password' | load second $staged --as pepper
  jifen: JC0063 账号 pepper 的密码或动态口令不对，或者账号已停用、锁定
    标准输入第一行是密码，第二行是动态口令（如有）。
  [4]
  $ load second $staged --as nobody; load second $staged --as clerk --lang en
  jifen: JC0061 没有账号 nobody
    新建：jifen account add --login nobody --role department
  jifen: JC0062 the account clerk has the role clerk, which cannot import
    Importing takes an account of a data department.
  [4]
  $ load second $staged | head -n 1; load second $staged --as salt --recorded-on 2026-03-01 | head -n 1
  jifen: JC0007 命令 import second 缺少 --as LOGIN
  jifen: JC0003 命令 import second 没有选项 --recorded-on
  $ echo 'another password' | load second $staged --as pepper | steps
  L…  已入库  gift  a few.csv  DATE  -  19 行，新增 1，收回 60
  $ echo 'another password' | load second $staged --as pepper --lang en | steps
  jifen: JC0059 load L… stays as it is: the load is in a state that does not allow it
  $ load reverse $staged | steps; load reverse $staged | steps
  L…  已撤回  gift  a few.csv  DATE  -  19 行，新增 1，收回 60
  jifen: JC0059 批次 L… 没有办成：批次的状态不允许
  $ load drop L2026; load drop L2026 --lang en
  jifen: JC0058 没有批次 L2026
    全部批次：jifen import list
  jifen: JC0058 there is no load L2026
    All loads: jifen import list
  [4]
  $ bring data/gift.csv --recorded-on 2026-03-01 --as salt
  jifen: JC0014 --as 和 --recorded-on 不能同时用
  [2]
  $ bring data/gift.csv --stage --lang en | tee said | steps; load drop $(grep -o 'L[0-9]*' said | head -n 1) --lang en | steps
  data/gift.csv: rows 79, refused 0, new persons 0, added 1, taken back 0, same 78; load L…, staged
    the very same file came with load L…
  jifen: JC0057 load L… is staged; it is to be accepted by DATE
    jifen import accept L… --db sqlite:jifen.db --keys keys --rules rules
  L…  dropped  gift  gift.csv  DATE  -  rows 79, added 1, taken back 0
  $ echo 'a third password' | bring data/gift.csv --as ruian
  jifen: JC0064 gift 不归账号 ruian 管：不在它的辖区
    用辖区包括这个登记的账号，如全省的（330000）。
  [4]
  $ echo 'a third password' | bring data/gift.csv --as ruian --lang en
  jifen: JC0064 gift is not for the account ruian: it lies outside its place
    Use an account whose place includes the register, such as the province's (330000).
  [4]

Nobody has to remember: what is not accepted in time is dropped, and what was sent is erased.

  $ bring data/permit.csv --stage --recorded-on 2026-03-01 | steps
  data/permit.csv：259 行，拒绝 0，新增人员 0，新增 0，收回 0，不变 259；批次 L…，待确认
    同一个文件已由批次 L… 入库
  jifen: JC0057 批次 L… 已上传，须在 DATE 以前（含当日）确认
    jifen import accept L… --db sqlite:jifen.db --keys keys --rules rules
  $ late=$(load list | grep -o '^L[0-9]*' | tail -n 1); load accept $late | steps; load accept $late --lang en | steps
  jifen: JC0059 批次 L… 没有办成：已过期限，批次已放弃；请重新上传
  jifen: JC0059 load L… stays as it is: the load is in a state that does not allow it
  $ load list | tail -n 4 | steps; load list --lang en | tail -n 1 | steps
  L…  待确认  gift  gift.csv  DATE  DATE  79 行，新增 1，收回 0
  L…  已撤回  gift  a few.csv  DATE  -  19 行，新增 1，收回 60
  L…  已放弃  gift  gift.csv  DATE  -  79 行，新增 1，收回 0
  L…  已放弃  permit  permit.csv  DATE  -  259 行，新增 0，收回 0
  L…  dropped  permit  permit.csv  DATE  -  rows 259, added 0, taken back 0
  $ jifen db check --db sqlite:jifen.db | grep -v '^[a-z_]* [0-9]*$'
  [1]

Two persons with one number: none is picked.

  $ printf 'person_id,id_number,name,phone\nT1,11010519491231002X,甲,\nT2,11010519491231002x,乙,\n' > twins.csv
  > import twins.csv --register identity --mode add | sed 's/批次 L[0-9]*/批次 L…/'
  twins.csv：2 行，拒绝 0，新增人员 2，新增 2，收回 0，不变 0；批次 L…，已入库
  $ { head -n 1 data/gift.csv | sed s/person_id/id_number/; sed -n '2s/^[^,]*/11010519491231002X/p' data/gift.csv; } > numbers.csv
  > import numbers.csv --register gift --mode add 2> /dev/null | sed 's/批次 L[0-9]*/批次 L…/'; cut -d, -f1-4 numbers.csv.errors.csv
  numbers.csv：1 行，拒绝 1，新增人员 0，新增 0，收回 0，不变 78；批次 L…，已入库
  file,line,column,code
  gift.csv,2,id_number,JD0123

The server says what it misses, in settings from either place.

  $ jifen serve
  jifen: JC0007 命令 serve 缺少 --db URL
    用法：jifen serve --help
  [2]
  $ printf 'db = sqlite:jifen.db\nrules = rules\nkeys=keys\n# a remark\nlisten = 127.0.0.2x:1\n' > settings
  > jifen serve --config settings
  jifen: JC0051 不能在 127.0.0.2x:1 监听
    端口可能被别的程序占用：停掉它，或用 --listen 换一个。
  jifen: 127.0.0.2x:1: Cannot assign requested address
  [5]
  $ printf 'lissten = 127.0.0.1:1\n' > settings; jifen serve --config settings
  jifen: JC0003 命令 serve 没有选项 lissten
    是不是 --listen？
  [2]
  $ printf 'behind-proxy = perhaps\n' > settings; jifen serve --config settings
  jifen: JC0012 behind-proxy 只能是 yes|no
  [2]
  $ jifen serve --config none
  jifen: JC0020 没有 none
  [4]
  $ jifen serve --db sqlite:jifen.db --rules rules --keys keys --tls-cert cert.pem
  jifen: JC0007 命令 serve 缺少 --tls-cert --tls-key
    用法：jifen serve --help
  [2]
  $ jifen serve --db sqlite:none.db --rules rules --keys keys
  jifen: 没有这个数据库；先运行 jifen db init
  [4]
  $ jifen serve --db sqlite:jifen.db --rules none --keys keys
  jifen: 规则 none 不能用（not found）
  [4]
  $ jifen serve --db sqlite:jifen.db --rules rules --keys keys --listen 127.0.0.1:0 > address 2> log & server=$!
  > until [ -s address ]; do sleep 0.05; done; port=$(grep -o '[0-9]*$' address)
  > jifen serve --db sqlite:jifen.db --rules rules --keys keys --listen 127.0.0.1:$port 2>&1 | sed "s/:$port/:PORT/"
  > kill -TERM $server; wait $server
  jifen: JC0051 不能在 127.0.0.1:PORT 监听
    端口可能被别的程序占用：停掉它，或用 --listen 换一个。
  jifen: 127.0.0.1:PORT: Address already in use
