#!/usr/bin/python3
"""libjifen as others use it: installed, found by pkg-config, compiled against, called from Python.

usage: embed_test.py JIFEN LIBRARY BUILD SOURCE        TAP on standard output
"""
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

JIFEN, LIBRARY, BUILD, SOURCE = (str(Path(p).resolve()) for p in sys.argv[1:5])
DAY, LAST = "2026-03-01", "2041-06-30"
JSON = 0
AHEAD = int(os.environ.get("JIFEN_RESIDENTS", "10"))
RULES = f"{SOURCE}/rules"
checks = []


def check(name, fine, why=""):
    checks.append(fine)
    print(f"{'ok' if fine else 'not ok'} {len(checks)} - {name}", flush=True)
    for line in str(why).splitlines() if not fine else []:
        print(f"# {line}", flush=True)


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


def installed(folder):
    """The first program, compiled the way its comment says."""
    done = run("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", f"{folder}/root")
    check("it installs", done.returncode == 0, done.stdout + done.stderr)
    found = [str(p.parent) for p in Path(f"{folder}/root").rglob("jifen.pc")]
    check("with a file for pkg-config", len(found) == 1, found)
    env = dict(os.environ, PKG_CONFIG_PATH=found[0], PKG_CONFIG_SYSROOT_DIR=f"{folder}/root")
    flags = run("pkg-config", "--cflags", "--libs", "jifen", env=env).stdout.split()
    shutil.copy(f"{SOURCE}/examples/score.c", folder)
    done = run("cc", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-std=c99", "score.c", *flags, "-o", "score", cwd=folder)
    check("the example compiles as C99", done.returncode == 0, done.stderr)
    done = run("c++", "-fsyntax-only", "-x", "c++", "-Wall", "-Werror", f"{SOURCE}/include/jifen.h")
    check("the header is C++ too", done.returncode == 0 or "not found" in done.stderr, done.stderr)
    env["LD_LIBRARY_PATH"] = str(Path(found[0]).parent)
    done = run("./score", RULES, cwd=folder, env=env)
    check("it runs", done.returncode == 0, done.stderr)
    check("and knows the age", "  age                      2000 to 2000\n" in done.stdout, done.stdout)
    check("and the next change", "  from 2026-03-01 " in done.stdout and "  then 20" in done.stdout, done.stdout)
    check("and what is not known", "  pension                  0 to 3000\n" in done.stdout, done.stdout)


def scored(folder):
    """name -> row of `jifen score`."""
    run(JIFEN, "sample", "--rules", RULES, "--persons", "700", "--seed", "11", "--on", DAY, "-o", f"{folder}/data")
    with open(f"{folder}/data/person.csv", encoding="ascii") as f:
        somebody = f.readlines()[5].split(",")[0]
    with open(f"{folder}/data/education.csv", "a", encoding="ascii") as f:
        f.write(f"{somebody},wizard,2000-01-01\n")  # refused: this person is an error, nobody else
    run(JIFEN, "score", "--rules", RULES, "--data", f"{folder}/data", "--on", DAY, "-o", f"{folder}/scores.csv")
    with open(f"{folder}/scores.csv", encoding="utf-8", newline="") as f:
        return {row["person_id"]: row for row in csv.DictReader(f)}


def hundredths(text):
    whole, _, part = text.partition(".")
    return int(whole.replace("-", "")) * 100 + int((part + "00")[:2])


def from_python(folder, rows):
    done = run(sys.executable, f"{SOURCE}/examples/score.py", LIBRARY, RULES, f"{folder}/data", DAY)
    lines = [line.split(",") for line in done.stdout.splitlines()]
    check("Python sees everybody", [line[0] for line in lines] == sorted(rows) and len(rows) >= 700, done.stderr)
    wrong, errors = [], 0
    for name, *rest in lines:
        row = rows[name]
        if row["status"] == "ERROR":
            errors += 1
            if rest != ["input that cannot be used"]:
                wrong.append((name, rest))
        elif [int(rest[0]), int(rest[1])] != [hundredths(row["total"]), hundredths(row["total_max"])]:
            wrong.append((name, rest, row["total"], row["total_max"]))
    check("with the totals of the command line", not wrong, wrong[:5])
    check("and the one whose row was refused as an error", errors == 1, errors)
    person = next(line[0] for line in lines if len(line) == 4 and int(line[1]) > 0)
    done = run(sys.executable, f"{SOURCE}/examples/score.py", LIBRARY, RULES, f"{folder}/data", DAY, person)
    told = run(JIFEN, "explain", "--rules", RULES, "--data", f"{folder}/data", "--on", DAY, "--person", person,
               "--lang", "en")
    check("the reasons are those of the command line", told.stdout and done.stdout.endswith(told.stdout),
          done.stdout[-300:] + done.stderr)
    values = dict(line.split(",")[:2] for line in done.stdout.splitlines() if line.count(",") == 2 and " " not in line)
    same = [name for name, value in values.items() if rows[person].get(name) and hundredths(rows[person][name]) == int(value)]
    check("and so are the lines", len(same) >= 5 and len(same) == len(values), values)
    done = run(sys.executable, f"{SOURCE}/examples/score.py", LIBRARY, f"{folder}/nowhere", f"{folder}/data", DAY)
    check("a wrong path is said", done.returncode != 0 and "nowhere" in done.stderr, done.stderr)


def ahead_from_python(folder, rows):
    """Forecast and advice of some: the texts of the command line, and the curve of its JSON."""
    sys.path.insert(0, f"{SOURCE}/examples")
    import score
    lib = score.library(LIBRARY)
    rules, people = score.read(lib, RULES, f"{folder}/data", DAY)
    fine = [name for name in sorted(rows) if rows[name]["status"] != "ERROR"][::len(rows) // AHEAD]
    wrong, changes = [], 0
    for n, name in enumerate(fine):
        base = ["--rules", RULES, "--data", f"{folder}/data", "--on", DAY, "--person", name, "--lang", "en"]
        assume = "pension,residence" if n % 2 else None
        more = ["--assume", assume] if assume else []
        told = run(JIFEN, "forecast", *base, "--to", LAST, "--json", *more).stdout
        curve, text = score.ahead(lib, people, DAY, name, LAST, assume, JSON)
        want = [(s["day"], hundredths(s["total"]["lo"]), hundredths(s["total"]["hi"]), s["status"]["code"])
                for s in json.loads(told)["curve"]]
        changes += len(want) - 1
        if text != told or [(d, p.lo, p.hi, s) for d, p, s in curve] != want:
            wrong.append(name + " forecast")
        for line, every in ((None, False), ("60.5", True)):
            told = run(JIFEN, "advise", *base, "--json", *(["--line", line] if line else []), *(["--all"] if every else []))
            if score.advice(lib, people, DAY, name, line, every, JSON) != told.stdout:
                wrong.append(name + " advice")
    check("forecast and advice are those of the command line", not wrong and changes > 3, (wrong, changes))
    done = run(sys.executable, f"{SOURCE}/examples/score.py", LIBRARY, RULES, f"{folder}/data", DAY, fine[1], LAST, "60")
    told = [run(JIFEN, command, *base[:-3], fine[1], "--lang", "en", *more).stdout
            for command, more in (("forecast", ["--to", LAST]), ("advise", ["--line", "60"]))]
    check("in prose too", done.stdout.endswith("".join(told)) and all(told), done.stdout[-500:] + done.stderr)
    bad = next(name for name in rows if rows[name]["status"] == "ERROR")
    at = score.find(lib, people, bad)
    codes = (lib.jifen_forecast_new(people, at, DAY.encode(), LAST.encode(), None, score.ctypes.byref(score.P()), None),
             lib.jifen_advise(people, at, DAY.encode(), None, 0, 1, JSON, score.ctypes.byref(score.P())))
    check("whose row was refused has neither", codes == (3, 3), codes)
    lib.jifen_people_free(people)
    lib.jifen_rules_free(rules)


def main():
    with tempfile.TemporaryDirectory() as folder:
        installed(folder)
        rows = scored(folder)
        from_python(folder, rows)
        ahead_from_python(folder, rows)
    print(f"1..{len(checks)}")
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
