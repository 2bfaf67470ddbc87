#!/usr/bin/env bash
# The pages in a browser: run.sh JIFEN FOLDER     a small demo county, the server, tests/e2e/h5.mjs (TAP on stdout) and desk.mjs (TAP in
# FOLDER/desk.tap).
set -euo pipefail
jifen=$(realpath "$1") folder=$2
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mkdir -p "$folder"
bash tools/demo.sh "$jifen" rules "$folder/demo" 300 >&2
"$jifen" serve --db "sqlite:$folder/demo/jifen.db" --rules rules --keys "$folder/demo/keys" --signing-key "$folder/demo/signing.pem" \
    --demo "$folder/demo/accounts.json" --web build/web/h5 --listen 127.0.0.1:0 >"$folder/address" 2>"$folder/server.log" &
server=$!
trap 'kill -TERM $server 2>/dev/null; wait $server 2>/dev/null || true; rm -f "$folder/demo/ready"' EXIT
for _ in $(seq 200); do
    grep -q http "$folder/address" && break
    sleep 0.05
done
url=$(grep -o 'http://[0-9.:]*' "$folder/address" | head -1)
code=0
node tests/e2e/h5.mjs "$url" "$folder/shots" || code=1
node tests/e2e/desk.mjs "$url" "$folder/shots" >"$folder/desk.tap" || code=1
exit $code
