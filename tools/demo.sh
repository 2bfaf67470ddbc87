#!/usr/bin/env bash
# A made-up county with a database, keys and accounts, ready for `jifen serve`.
#
# usage: demo.sh JIFEN RULES FOLDER [PERSONS [DB-URL]]
#
# FOLDER gets data/ (register files), identity.csv, jifen.db (unless a DB-URL is given), keys, signing.pem,
# accounts.json (for `jifen serve --demo`) and `ready`, which says what all of it was made from:
# the next call with the same program, rules and arguments has nothing to do. Everybody in it is
# invented. Progress goes to standard error; nothing is printed when nothing is done.
set -euo pipefail
jifen=$1 rules=$2 folder=$3 persons=${4:-10000} db=${5:-sqlite:$3/jifen.db}
county=330381 seed=1
password="jifen-demo-2026" # shown on the sign-in page; a demonstration has no secrets

say() { printf '%s\n' "$*" >&2; }

# --- is it there already? ---
made_from() {
    printf '%s %s\n' "$persons" "$db"
    { cat "$jifen" "${BASH_SOURCE[0]}"; find "$rules" -name '*.md' -print0 | sort -z | xargs -0 cat; } | sha256sum
}
now=$(made_from)
if [ -f "$folder/ready" ] && [ "$(cat "$folder/ready")" = "$now" ]; then exit 0; fi

# --- the county ---
today=$(TZ=Asia/Shanghai date +%F)
say "生成瑞安市 $persons 名虚构居民 / making up $persons residents of Rui'an"
mkdir -p "$folder"
rm -rf "$folder/ready" "$folder/data" "$folder/first" "$folder/jifen.db" "$folder/jifen.db-wal" "$folder/jifen.db-shm" "$folder/jifen.db.work" \
    "$folder/keys" "$folder/signing.pem" "$folder/accounts.json" "$folder/identity.csv" "$folder/scores.csv"
"$jifen" sample --rules "$rules" --persons "$persons" --division $county --identity --seed $seed --on "$today" \
    -o "$folder/data" >/dev/null
mv "$folder/data/identity.csv" "$folder/identity.csv" # no register of the rules
"$jifen" keys add "$folder/keys" >/dev/null
"$jifen" keys signing "$folder/signing.pem" >/dev/null
"$jifen" db init --db "$db" >/dev/null
say "导入各部门登记 / importing the registers"
registers=("$folder/identity.csv" "$folder/data/person.csv")
for file in "$folder"/data/*.csv; do
    [ "${file##*/}" = person.csv ] || registers+=("$file")
done
# Everything came on the first of last month; today the pension months since then follow, so that the
# pages have something to say about what changed.
first=$(date -d "$(TZ=Asia/Shanghai date +%Y-%m-01) -1 month" +%F)
mkdir "$folder/first"
awk -F, -v OFS=, -v last="$(date -d "$first -1 month" +%Y-%m)" \
    'NR > 1 { if ($3 > last) next; if ($4 > last) $4 = last } { print }' "$folder/data/pension.csv" >"$folder/first/pension.csv"
registers=("${registers[@]/#$folder\/data\/pension.csv/$folder/first/pension.csv}")
import() { "$jifen" import --db "$db" --keys "$folder/keys" --rules "$rules" "$@" >/dev/null; }
import --recorded-on "$first" "${registers[@]}"
import --share 1000 "$folder/data/pension.csv"
rm -r "$folder/first"

# --- residents worth looking at ---
# In force with everything known; suspended; in force with education unknown. Of those who still pay
# into the pension and have something to gain, the one with the most points.
"$jifen" score --rules "$rules" --data "$folder/data" --on "$today" -o "$folder/scores.csv" >/dev/null
pick() { # condition on the columns of the scores, as v("name")
    awk -F, -v month="${today%-*}" 'function v(name) { return $at[name] }
        FNR == NR { if ($4 >= month) pays[$1]; next }
        FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; best = -1; next }
        ($1 in pays) && v("pension") < 28 && v("residence") < 28 && ('"$1"') && v("total") + v("common") > best {
            best = v("total") + v("common"); who = $1 }
        END { print who }' "$folder/data/pension.csv" "$folder/scores.csv"
}
in_force=$(pick 'v("status") == "in_force" && v("total") == v("total_max") && v("local") > 0')
suspended=$(pick 'v("status") == "void_suspended"')
unknown=$(pick 'v("status") == "in_force" && v("total_max") > v("total") + 0')
rm -f "$folder/scores.csv"

# --- accounts ---
# login | role | division | office | name | person | note zh | note en
accounts() {
    cat <<LIST
resident|resident|||| $in_force|积分有效|points in force
suspended|resident|||| $suspended|居住证已中止，积分失效|permit suspended, points void
unknown|resident|||| $unknown|文化程度待部门答复|education not answered yet
clerk|clerk|$county|瑞安市行政服务中心|张经办||窗口经办|at the window
reviewer|reviewer|$county|瑞安市公安局|李审核||审核|reviews
department|department|330000|省数据局|赵数据||供数部门|supplies registers
department2|department|330000|省数据局|钱复核||供数部门第二人|second person of the department
auditor|auditor|330000|省审计厅|孙审计||审计|audits
rule_owner|rule_owner|330000|省新市民积分规则组|周规则||规则管理（/desk/）|owns the rules (/desk/)
LIST
}
say "建立演示账号 / making demo accounts"
list=""
while IFS='|' read -r login role division office name person note note_en; do
    options=()
    person=${person# }
    [ -z "$division" ] || options+=(--division "$division")
    [ -z "$office" ] || options+=(--office "$office")
    [ -z "$name" ] || options+=(--name "$name")
    [ -z "$person" ] || options+=(--person "$person")
    printf '%s\n' "$password" | "$jifen" account add --db "$db" --keys "$folder/keys" --login "$login" --role "$role" \
        "${options[@]}" >/dev/null
    list+="${list:+,
 }{\"login\": \"$login\", \"password\": \"$password\", \"role\": \"$role\", \"person\": \"$person\", \
\"note\": \"$note\", \"note_en\": \"$note_en\"}"
done < <(accounts)
printf '[%s]\n' "$list" >"$folder/accounts.json"
printf '%s\n' "$now" >"$folder/ready"
