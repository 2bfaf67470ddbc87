Output appears whole or not at all.

  $ jifen sample --rules rules --persons 2000 --seed 3 --on 2026-03-01 -o data
  > echo before > out.csv
  > score() { jifen score --rules rules --data data --on 2026-03-01 "$@"; }
  data：6 个文件，11580 行，其中弄坏 0 行

A file-size limit, as a full disk: the old file is untouched.

  $ (ulimit -f 8; score -o out.csv; echo "exit $?"); cat out.csv; ls -A
  jifen: JC0028 无法写 out.csv，没有留下不完整的文件
    检查磁盘空间和写入权限。
  exit 5
  before
  data
  out.csv
  rules
  $ (ulimit -f 1; jifen rules compile rules -o image); ls -A
  jifen: JC0028 无法写 image，没有留下不完整的文件
    检查磁盘空间和写入权限。
  data
  out.csv
  rules
  $ (ulimit -f 8; jifen sample --rules rules --persons 2000 --on 2026-03-01 -o new); ls -A new
  jifen: JC0028 无法写 new，没有留下不完整的文件
    检查磁盘空间和写入权限。
  $ score > /dev/full
  jifen: JC0028 无法写 -，没有留下不完整的文件
    检查磁盘空间和写入权限。
  [5]
  $ jifen help > /dev/full
  jifen: JC0028 无法写 -，没有留下不完整的文件
    检查磁盘空间和写入权限。
  [5]
  $ score -o nowhere/out.csv
  jifen: JC0028 无法写 nowhere/out.csv，没有留下不完整的文件
    检查磁盘空间和写入权限。
  [5]

A killed process: either the old file or the whole new one, and no other.

  $ score -o whole.csv
  > for wait in 0 0.005 0.01 0.015 0.02 0.03; do
  >   (export ASAN_OPTIONS=detect_leaks=0; exec jifen score --rules rules --data data --on 2026-03-01 -o out.csv) & sleep $wait; kill -9 $! 2>/dev/null; wait $! 2>/dev/null
  >   cmp -s out.csv whole.csv || [ "$(cat out.csv)" = before ] || echo half-written
  > done
  > score -o out.csv; cmp out.csv whole.csv; ls -A
  data
  new
  out.csv
  rules
  whole.csv
