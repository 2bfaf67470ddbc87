#!/usr/bin/env bash
# What `./dev tour` shows: a made-up population of 10,000 residents, its summary, one explanation.
#
# usage: tour.sh JIFEN RULES OUT zh|en     OUT is made anew; everything is written there
set -euo pipefail
jifen=$1 rules=$2 out=$3 lang=$4
day=2026-03-01 persons=10000 seed=1

# pick ZH EN: the sentence in the language of the tour
pick() { if [ "$lang" = en ]; then printf '%s' "$2"; else printf '%s' "$1"; fi; }
step() { printf '\n\033[1m%s\033[0m\n' "$(pick "$1" "$2")"; }
[ -t 1 ] || step() { printf '\n%s\n' "$(pick "$1" "$2")"; }
show() {
    printf '$ jifen %s\n' "$*"
    "$jifen" "$@" --lang "$lang"
}

rm -rf "$out"
mkdir -p "$out"

step "一、生成 10,000 名虚构的居民" "1. Ten thousand residents who do not exist"
show sample --rules "$rules" --persons "$persons" --seed "$seed" --on "$day" -o "$out/data"

step "二、给每个人算分" "2. Everybody's points"
show score --rules "$rules" --data "$out/data" --on "$day" -o "$out/scores.csv"
head -n 4 "$out/scores.csv" | cut -d, -f1-12

step "三、汇总" "3. The summary"
show summary --rules "$rules" --data "$out/data" --on "$day"

# Somebody with a valid permit, local points and something that is not known yet: the richest
# explanation; else simply the first one in force.
person=$(awk -F, '
    NR == 1 { next }
    $2 == "in_force" && !first { first = $1 }
    $2 == "in_force" && $6 > 0 && $4 > $3 { print $1; found = 1; exit }
    END { if (!found) print first }' "$out/scores.csv")
step "四、逐条解释一个人的积分" "4. One person's points, clause by clause"
show explain --person "$person" --rules "$rules" --data "$out/data" --on "$day"

step "接着可以试试：" "Now try:"
cat <<END
  $jifen explain --person $person --rules $rules --data $out/data --on $day --json
  $jifen explain --person $person --rules $rules --data $out/data --on 2027-03-01
  $jifen rules show $rules
  $jifen rules test $rules
  $jifen rules fmt --lang $(pick en zh) $rules/zhejiang.md
  $jifen help
END
printf '%s\n' "$(pick "结果在 $out/scores.csv；规则在 $rules/，改一行再运行一次看看。" \
    "The scores are in $out/scores.csv; the rules in $rules/: change a line and run again.")"
