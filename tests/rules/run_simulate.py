"""A simulation against scoring twice and subtracting:   run_simulate.py JIFEN SOURCE_ROOT

`jifen score` makes a file of everybody under the rules in force and one under the draft (the data
read anew under each); Python subtracts. Drafts change points, and also the catalogue: order of
fields, members, ranges, a register that the data does not have. What is shown must be that, and
hold no figure of 1 to 9 persons; JSON follows its schema; the page is well-formed and stands alone.
"""

import csv
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from decimal import Decimal

from tap import Tap

DAY = "2026-03-01"
LINE = Decimal(60)
PERSONS = int(os.environ.get("JIFEN_SIMULATED", "2000"))
BANDS = [0, 18, 25, 35, 45, 55, 60, 70]

DRAFTS = {
    "points": [("得 0.5分 封顶 30分", "得 0.4分 封顶 30分"), ("大专: 8分", "大专: 9分")],
    "a clause for few": [("0.5分 封顶 30分", "0.5分 封顶 29.9分")],
    "nothing": [("大专: 8分", "大专:  8分")],
    "fields in another order": [
        (re.compile(r"(  学历 \(level\): .*\n)(  取得日期 \(awarded_on\): .*\n)"), r"\2\1"),
        ("大专: 8分", "大专: 7分")],
    "a member less": [("初中及以下 (junior_middle_or_below) < ", ""), ("大专: 8分", "大专: 7分")],
    "a narrower range": [("出生日期 (birth_date): 日期",
                          "出生日期 (birth_date): 日期 范围 1960年1月1日 至 2100年1月1日")],
    "a register that is not there": [
        ("指标 文化程度 (education)", "登记 无此登记 (nowhere) 由 \"某厅\" / \"Somebody\":\n"
         "  何日 (seen_on): 日期 时点\n\n指标 无此指标 (nothing_yet) 归 省级共性 满分 1分:\n"
         "  若 有(无此登记):\n    1分\n  否则:\n    0分\n\n指标 文化程度 (education)"),
        ("得 0.25分 封顶 30分", "得 0.25分 封顶 29分")],
}


def run(*args):
    done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    if done.returncode not in (0, 1):
        raise RuntimeError("%s\nexit code %d\n%s" % (" ".join(args), done.returncode,
                                                     done.stderr.decode("utf-8", "replace")))
    return done.stdout.decode("utf-8")


def make_draft(source, into, changes):
    shutil.copytree(os.path.join(source, "rules"), into)
    path = os.path.join(into, "zhejiang.md")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    for old, new in changes:
        old = re.compile(re.escape(old)) if isinstance(old, str) else old
        text, count = old.subn(new, text, count=1)
        if count != 1:
            raise RuntimeError("the rules no longer have: " + old.pattern)
    # what cases of the old rules expect is of no matter here
    text = re.sub(r"(?m)^用例 .*\n(?:  .*\n)*", "", text)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def scores(jifen, rules, data, out):
    run(jifen, "score", "--rules", rules, "--data", data, "--on", DAY, "-o", out)
    with open(out, encoding="utf-8", newline="") as f:
        return {row["person_id"]: row for row in csv.DictReader(f)}


def counts(row):
    return row["status"] in ("in_force", "unknown", "frozen", "vetoed")


def age(birth):
    d = datetime.date.fromisoformat(DAY)
    return d.year - birth.year - ((d.month, d.day) < (birth.month, birth.day))


def subtract(before, after, births):
    """The slow way: everything from two files of scores."""
    s = {"persons": len(before), "errors": 0, "idle": 0, "compared": [], "ages": {}}
    for person, b in before.items():
        a = after[person]
        if "ERROR" in (b["status"], a["status"]):
            s["errors"] += 1
        elif not counts(b) and not counts(a):
            s["idle"] += 1
        else:
            s["compared"].append((person, b, a, Decimal(a["total"]) - Decimal(b["total"])))
    for person, b, a, delta in s["compared"]:
        years = age(births[person])
        band = max(i for i, least in enumerate(BANDS) if years >= least)
        s["ages"].setdefault(band, []).append((b, a, delta))
    return s


def group_problem(got, rows, what):
    deltas = [r[-1] for r in rows]
    want = {"persons": len(rows), "gain": sum(d > 0 for d in deltas),
            "lose": sum(d < 0 for d in deltas), "unchanged": sum(d == 0 for d in deltas),
            "sum_before": sum(Decimal(r[-3]["total"]) for r in rows),
            "sum_after": sum(Decimal(r[-2]["total"]) for r in rows)}
    for key, value in want.items():
        if Decimal(got[key]) != value:
            return "%s: %s is %s, by subtraction %s" % (what, key, got[key], value)
    return None


def few(n):
    return 0 < n < 10


def bins_problem(bins, rows):
    for b in bins:
        for side, at in (("before", 1), ("after", 2)):
            totals = [Decimal(r[at]["total"]) for r in rows]
            want = sum((b["from"] is None or t >= Decimal(b["from"])) and
                       (b["to"] is None or t < Decimal(b["to"])) for t in totals)
            if b[side] != want:
                return "%s to %s, %s: %d, by subtraction %d" % (b["from"], b["to"], side, b[side],
                                                                want)
    return None


def line_problem(line, rows):
    up = sum(Decimal(b["total"]) < LINE <= Decimal(a["total"]) for _, b, a, _ in rows)
    down = sum(Decimal(a["total"]) < LINE <= Decimal(b["total"]) for _, b, a, _ in rows)
    if line["up"] is None:
        return None
    if (line["up"], line["down"]) != (up, down):
        return "line: %s, by subtraction %s" % ((line["up"], line["down"]), (up, down))
    return bins_problem(line["near"], rows)


def indicator_problem(k, rows):
    """Names that several schemes share stand in one column of the scores and are left out."""
    name = k["indicator"]
    deltas = [Decimal(a.get(name) or 0) - Decimal(b.get(name) or 0) for _, b, a, _ in rows]
    if k["gain"] is None:
        return None
    want = (sum(d > 0 for d in deltas), sum(d < 0 for d in deltas), sum(deltas))
    got = (k["gain"], k["lose"], Decimal(k["change"]))
    return None if got == want else "%s: %s, by subtraction %s" % (name, got, want)


def figures_problem(report, s):
    rows = s["compared"]
    if report["compared"] is not None and report["compared"] != len(rows):
        return "compared %s, by subtraction %d" % (report["compared"], len(rows))
    for key in ("errors", "idle"):
        if report[key] is not None and report[key] != s[key]:
            return "%s %s, by subtraction %d" % (key, report[key], s[key])
    changed = [r for r in rows if r[3] != 0]
    triple = [sum(r[3] > 0 for r in rows), sum(r[3] < 0 for r in rows), len(rows) - len(changed)]
    if report["hidden"] != any(few(n) for n in triple):
        return "hidden is %s for %s" % (report["hidden"], triple)
    if report["hidden"]:
        return None
    problem = group_problem(report["all"], rows, "all") or bins_problem(report["distribution"],
                                                                         rows)
    problem = problem or line_problem(report["line"], rows)
    for table in report["tables"]:
        for g in table["groups"]:
            if table["by"] == "age" and g["key"] is not None:
                problem = problem or group_problem(g, s["ages"][g["key"]], g["title"])
    names = [k["indicator"] for k in report["indicators"]]
    for k in report["indicators"]:
        if names.count(k["indicator"]) == 1:
            problem = problem or indicator_problem(k, rows)
    for side, at in (("before", 1), ("after", 2)):
        n = report["unknown"][side]
        want = sum(r[at]["total"] != r[at]["total_max"] for r in rows)
        if n is not None and n != want:
            problem = problem or "uncertain %s: %d, by subtraction %d" % (side, n, want)
    sizes = sorted((abs(r[3]) for r in changed), reverse=True)[:20]
    if [abs(Decimal(c["change"])) for c in report["largest"]] != sizes:
        problem = problem or "the largest changes differ"
    return problem


# --- small figures, JSON, page ---

COUNTS = {"persons", "compared", "errors", "idle", "gain", "lose", "unchanged", "before", "after",
          "up", "down", "above", "below", "settles", "involved", "perhaps"}


def small_problem(value, key=""):
    if isinstance(value, dict):
        for k, v in value.items():
            problem = small_problem(v, k)
            if problem:
                return problem
    elif isinstance(value, list):
        for v in value:
            problem = small_problem(v, key)
            if problem:
                return problem
    elif isinstance(value, int) and not isinstance(value, bool) and key in COUNTS and few(value):
        return "%s is %d" % (key, value)
    return None


def schema_problem(report, source, name):
    try:
        import jsonschema
    except ImportError:
        return None
    with open(os.path.join(source, "docs", name), encoding="utf-8") as f:
        schema = json.load(f)
    jsonschema.Draft202012Validator.check_schema(schema)
    faults = list(jsonschema.Draft202012Validator(schema).iter_errors(report))
    return "\n".join("%s: %s" % (list(f.path), f.message[:200]) for f in faults) or None


def page_problem(text):
    doctype, _, rest = text.partition("\n")
    if doctype != "<!DOCTYPE html>":
        return "no doctype"
    root = ET.fromstring(rest)
    tags = [e.tag for e in root.iter()]
    if root.get("lang") != "zh-CN" or "script" in tags or "img" in tags or "link" in tags:
        return "not a page by itself"
    if re.search(r"https?:|url\((?!#)", text):
        return "it loads something"
    charts = [e for e in root.iter("svg") if e.get("role") == "img"]
    if any(not e.get("aria-label") for e in charts):
        return "a chart without a name"
    body = list(root.find("body"))
    for i, e in enumerate(body):
        if e.tag == "figure" and body[i + 1].tag != "table":
            return "a chart without its table"
    for cell in root.iter("td"):
        if re.fullmatch(r"[1-9]", (cell.text or "").strip()):
            return "a small figure: " + cell.text
    return None if "@media print" in text else "not laid out for paper"


def try_draft(tap, jifen, source, scratch, data, births, name, before):
    draft = os.path.join(scratch, name.replace(" ", "_"))
    make_draft(source, draft, DRAFTS[name])
    after = scores(jifen, draft, data, draft + ".csv")
    args = [jifen, "simulate", "--rules", os.path.join(source, "rules"), "--draft", draft, "--data",
            data, "--on", DAY, "--line", str(LINE), "--json", draft + ".json", "--html",
            draft + ".html"]
    text = run(*args, "-j", "1")
    with open(draft + ".json", encoding="utf-8") as f:
        report = json.load(f)
    with open(draft + ".html", encoding="utf-8") as f:
        page = f.read()
    tap.case(name + ": figures", figures_problem(report, subtract(before, after, births)))
    tap.case(name + ": nothing small", small_problem(report))
    tap.case(name + ": schema", schema_problem(report, source, "simulate.schema.json"))
    tap.case(name + ": page", page_problem(page))
    tap.case(name + ": threads do not show",
             None if run(*args, "-j", "3") == text else "another summary")
    named = [p for p in before if p in page or p in text or p in json.dumps(report)]
    tap.case(name + ": nobody is named", "named: %s" % named[:3] if named else None)
    lacks = [n["register"] for n in report["lacks"]]
    want = ["nowhere"] if name == "a register that is not there" else []
    tap.case(name + ": what the data lacks", None if lacks == want else str(lacks))
    return args, report


def births_of(data):
    with open(os.path.join(data, "person.csv"), encoding="utf-8", newline="") as f:
        return {row["person_id"]: datetime.date.fromisoformat(row["birth_date"])
                for row in csv.DictReader(f)}


def main():
    jifen, source = sys.argv[1:3]
    rules = os.path.join(source, "rules")
    tap = Tap()
    with tempfile.TemporaryDirectory() as scratch:
        for size, names in ((PERSONS, list(DRAFTS)), (60, ["points", "a clause for few"])):
            at = os.path.join(scratch, str(size))
            os.mkdir(at)
            data = os.path.join(at, "data")
            run(jifen, "sample", "--rules", rules, "--persons", str(size), "--on", DAY, "--seed",
                "7", "-o", data)
            before = scores(jifen, rules, data, os.path.join(at, "before.csv"))
            for name in names:
                args, report = try_draft(tap, jifen, source, at, data, births_of(data), name,
                                         before)
            if size != PERSONS:
                continue
            out = run(*(args[:-4] + ["--persons"]))
            named = [p for p in before if p in out]
            tap.case("named for who may see them", None if len(named) == 20 or not
                     report["largest"] else "%d are named" % len(named))
        first = sorted(before)[0]
        changed = json.loads(run(jifen, "changes", "--rules", rules, "--data", data, "--from",
                                 "2025-03-01", "--to", DAY, "--person", first, "--json"))
        tap.case("changes: schema", schema_problem(changed, source, "changes.schema.json"))
        total = sum(Decimal(c["delta"]) for c in changed["causes"])
        tap.case("changes: causes sum", None if total == Decimal(changed["delta"]) else str(total))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
