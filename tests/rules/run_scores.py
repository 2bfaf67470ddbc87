"""The settled figures through the command line:   run_scores.py JIFEN SOURCE_ROOT

Each folder of data/ holds registers and expected.csv. Where the rules are the province's alone the
output must be expected.csv byte for byte; with all rules, the columns that expected.csv names must
have its figures. Order of rows and columns and the number of threads must not matter.
"""

import csv
import os
import random
import shutil
import subprocess
import sys
import tempfile

from tap import Tap

DAY = "2026-03-01"


def score(jifen, rules, data, out, *more):
    args = [jifen, "score", "--rules", rules, "--data", data, "--on", DAY, "-o", out, *more]
    done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    if done.returncode != 0:
        raise RuntimeError("%s\nexit code %d\n%s" % (" ".join(args), done.returncode,
                                                     done.stdout.decode("utf-8", "replace")))
    with open(out, "rb") as f:
        return f.read()


def shuffled(data, into, seed):
    """The same registers, rows and columns in another order."""
    order = random.Random(seed)
    os.mkdir(into)
    for name in os.listdir(data):
        if name == "expected.csv":
            continue
        with open(os.path.join(data, name), encoding="utf-8", newline="") as f:
            rows = list(csv.reader(f))
        columns = list(range(len(rows[0])))
        order.shuffle(columns)
        body = rows[1:]
        order.shuffle(body)
        with open(os.path.join(into, name), "w", encoding="utf-8", newline="") as f:
            csv.writer(f).writerows([[r[c] for c in columns] for r in [rows[0]] + body])


def columns_problem(got, expected):
    want = list(csv.DictReader(expected.decode("utf-8").splitlines()))
    have = list(csv.DictReader(got.decode("utf-8").splitlines()))
    cut = [{k: row.get(k) for k in want[0]} for row in have]
    return None if cut == want else "expected %s\ngot      %s" % (want, cut)


def bytes_problem(got, expected):
    if got == expected:
        return None
    return "expected\n%s\ngot\n%s" % (expected.decode("utf-8"), got.decode("utf-8", "replace"))


def one(tap, jifen, rules, data, whole, scratch):
    name = os.path.basename(data)
    with open(os.path.join(data, "expected.csv"), "rb") as f:
        expected = f.read()
    problem = bytes_problem if whole else columns_problem
    try:
        got = score(jifen, rules, data, os.path.join(scratch, name + ".csv"))
        tap.case(name + ": figures", problem(got, expected))
        for seed in range(3):
            other = os.path.join(scratch, "%s-%d" % (name, seed))
            shuffled(data, other, seed)
            again = score(jifen, rules, other, other + ".csv", "-j", str(1 + seed))
            tap.case("%s: rows and columns in order %d, %d threads" % (name, seed, 1 + seed),
                     bytes_problem(again, got))
    except RuntimeError as e:
        tap.case(name + ": runs", e)


def main():
    jifen, root = sys.argv[1], sys.argv[2]
    here = os.path.join(root, "tests", "rules", "data")
    tap = Tap()
    with tempfile.TemporaryDirectory() as scratch:
        province = os.path.join(scratch, "province")
        os.mkdir(province)
        shutil.copy(os.path.join(root, "rules", "zhejiang.md"), province)
        one(tap, jifen, province, os.path.join(here, "registers-5"), True, scratch)
        one(tap, jifen, province, os.path.join(here, "t1-t4"), True, scratch)
        one(tap, jifen, os.path.join(root, "rules"), os.path.join(here, "t5-t6"), False, scratch)
    return tap.end()


sys.exit(main())
