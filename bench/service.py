#!/usr/bin/python3
"""The service's speed, as ratios in one run: service.py JIFEN BENCH_FOLDER [RESIDENTS [SECONDS]]

  import     a pension register checked, matched, compared and stored, beside `sqlite3 .import` of the same file
  steps      one person's facts, the same as a population of one, the whole answer: one thread, no server
  my-score   GET /api/v1/me/score of random residents by wrk, 64 connections, on SQLite and on PostgreSQL,
             once computed for every request (memory = 0) and once asked for again (held, with the store asked
             each time whether anything of the person changed), beside /healthz of the same server (everything but
             the hand-off and the work), beside the bare library, and, for PostgreSQL, beside pgbench looking one
             row up by its key

wrk, pgbench and the database share the machine with the server.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "store"))
import on_postgres

JIFEN, BENCH = (str(Path(p).resolve()) for p in sys.argv[1:3])
RESIDENTS = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000
SECONDS = int(sys.argv[4]) if len(sys.argv) > 4 else 8
TOKENS = 30_000
WARMINGS = 20
RULES = str(ROOT / "rules")
LUA = """
local tokens = {}
for line in io.lines("%s") do tokens[#tokens + 1] = line end
math.randomseed(os.time())
local at = math.random(#tokens)
local in_turn = os.getenv("IN_TURN")
request = function()
  at = in_turn and at %% #tokens + 1 or math.random(#tokens)
  return wrk.format("GET", "/api/v1/me/score", {["Authorization"] = "Bearer " .. tokens[at]})
end
local other = 0
response = function(status) if status ~= 200 then other = other + 1 end end
"""


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def timed(*command):
    began = time.monotonic()
    run(*command)
    return time.monotonic() - began


def rows_of(path):
    with open(path, "rb") as f:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: f.read(1 << 20), b"")) - 1


def load(url, keys, data):
    """All registers; the time of the pension register."""
    run(JIFEN, "import", "--db", url, "--keys", keys, "--rules", RULES, f"{data}/person.csv")
    pension = timed(JIFEN, "import", "--db", url, "--keys", keys, "--rules", RULES, f"{data}/pension.csv")
    others = [str(p) for p in sorted(Path(data).glob("*.csv")) if p.stem not in ("person", "pension", "identity")]
    run(JIFEN, "import", "--db", url, "--keys", keys, "--rules", RULES, *others)
    return pension


def sqlite_import(data, folder):
    path = f"{folder}/plain.db"
    return timed("sqlite3", path, "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL",
                 "CREATE TABLE t (person_id TEXT, division INTEGER, from_month TEXT, to_month TEXT)",
                 ".mode csv", f".import --skip 1 {data}/pension.csv t")


def wrk(url, script=None):
    command = ["wrk", "-t2", "-c64", f"-d{SECONDS}s", "--latency", *(["-s", script] if script else []), url]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
    p99 = re.search(r"99%\s+(\S+)", out).group(1)
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return rate, p99, int(wrong.group(1)) if wrong else 0


def serve(db, keys, folder, memory):
    with open(f"{folder}/log", "wb") as log:
        server = subprocess.Popen([JIFEN, "serve", "--db", db, "--keys", keys, "--rules", RULES, "--memory", str(memory),
                                   "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=log, text=True)
    return server, re.search(r"http://\S+", server.stdout.readline()).group(0).rstrip("/")


def counted(url):
    """How many scores were found held and how many had to be computed, so far."""
    text = subprocess.run(["curl", "-fsS", url + "/metrics"], check=True, capture_output=True, text=True).stdout
    return [int(re.search(rf"^jifen_scores_{what} (\d+)", text, re.M).group(1)) for what in ("found", "computed")]


def warm(url, folder, memory):
    """Ask in turn until hardly anything is computed that could be held."""
    os.environ["IN_TURN"] = "1"
    for _ in range(1 if memory == 0 else WARMINGS):
        before = counted(url)
        wrk(url + "/api/v1/me/score", f"{folder}/score.lua")
        found, computed = (b - a for a, b in zip(before, counted(url)))
        if computed < (found + computed) / 100:
            break
    del os.environ["IN_TURN"]


def measured(db, keys, folder, memory):
    """/healthz and my-score of one server, every session having asked before, and the share that was held."""
    server, url = serve(db, keys, folder, memory)
    try:
        warm(url, folder, memory)
        health, before = wrk(url + "/healthz"), counted(url)
        score, after = wrk(url + "/api/v1/me/score", f"{folder}/score.lua"), counted(url)
        found, computed = (b - a for a, b in zip(before, after))
        return health, score, found / max(1, found + computed)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def pages(name, db, keys, folder, bare):
    with open(f"{folder}/tokens", "w", encoding="ascii") as f:
        subprocess.run([f"{BENCH}/make_sessions", db, keys, str(TOKENS), "7"], check=True, stdout=f)
    Path(f"{folder}/score.lua").write_text(LUA % f"{folder}/tokens", encoding="ascii")
    subprocess.run([f"{BENCH}/measure_points", db, keys, RULES, "20000"], check=True)
    rates = {}
    for what, memory in ("computed", 0), ("held", 1024):
        health, score, held = measured(db, keys, folder, memory)
        rates[what] = score[0]
        print(f"{name:10} my-score, held {held:4.0%} {score[0]:8.0f}/s  p99 {score[1]:>8}  not 200: {score[2]}   /healthz "
              f"{health[0]:7.0f}/s   my-score / bare library {score[0] / bare:.3f}", flush=True)
    return rates


def bare_library():
    """The library's hello, without anything of ours."""
    server = subprocess.Popen([f"{BENCH}/bench_http", "--hello"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        return wrk(server.stdout.readline().strip())[0]
    finally:
        server.stdin.close()
        server.wait()


def lookups(server, folder):
    Path(f"{folder}/one.sql").write_text(
        "\\set p random(1, 100000)\nSELECT birth_date FROM reg_person WHERE person = :p;\n", encoding="ascii")
    out = subprocess.run([on_postgres.tool("pgbench"), "-h", server.folder, "-U", "jifen", "-n", "-M", "prepared", "-c",
                          "8", "-j", "2", "-T", str(SECONDS), "-f", f"{folder}/one.sql", "jifen"], check=True,
                         capture_output=True, text=True).stdout
    return float(re.search(r"tps = ([\d.]+)", out).group(1))


def main():
    folder = tempfile.mkdtemp(prefix="jifen-bench-")
    keys, data = f"{folder}/keys", f"{folder}/data"
    server = on_postgres.Server()
    try:
        run(JIFEN, "keys", "add", keys)
        run(JIFEN, "sample", "--rules", RULES, "--persons", str(RESIDENTS), "--division", "330381", "--on",
            time.strftime("%Y-%m-%d"), "-o", data)
        rows = rows_of(f"{data}/pension.csv")
        url = f"sqlite:{folder}/jifen.db"
        run(JIFEN, "db", "init", "--db", url)
        ours, plain = load(url, keys, data), sqlite_import(data, folder)
        print(f"{RESIDENTS} residents; pension.csv {rows} rows: import {rows / ours:9.0f} rows/s   sqlite3 .import "
              f"{rows / plain:9.0f} rows/s   ratio {plain / ours:.2f} (aim: at least 0.5)", flush=True)
        bare = bare_library()
        print(f"bare library: {bare:.0f}/s", flush=True)
        pages("SQLite", url, keys, folder, bare)
        server.start()
        url = server.database("jifen")
        run(JIFEN, "db", "init", "--db", url)
        ours = load(url, keys, data)
        print(f"PostgreSQL: import {rows / ours:9.0f} rows/s", flush=True)
        rates = pages("PostgreSQL", url, keys, folder, bare)
        plain = lookups(server, folder)
        print(f"PostgreSQL, one row by its key (pgbench, prepared): {plain:.0f}/s   my-score / look-up: computed "
              f"{rates['computed'] / plain:.3f}, held {rates['held'] / plain:.3f} (aim: at least 0.5)")
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    main()
