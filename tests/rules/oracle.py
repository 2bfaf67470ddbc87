#!/usr/bin/python3
"""A second reading of the province's rules, written from docs and law alone, compared with the program.

The five common indicators, the status and the total without local schemes are computed here in plain Python from
the register files, day by day and month by month where the program uses formulas. It shares no code with the
program and reads no rule file. For people whose division has a local scheme only the common part is compared.

usage: oracle.py JIFEN RULES_DIR [PERSONS] [SEED] [DAY]
"""
import csv
import datetime as dt
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from decimal import Decimal

DEGREES = ["junior_middle_or_below", "senior_middle", "college", "bachelor", "master", "doctor"]
SKILL_POINTS = {}
for grade, points in ((1, 10), (2, 10), (3, 8), (4, 5), (5, 3)):
    SKILL_POINTS[f"qualification_{grade}"] = points
    SKILL_POINTS[f"skill_{grade}"] = points
for title in ("title_senior", "title_deputy_senior", "title_intermediate"):
    SKILL_POINTS[title] = 10
SKILL_POINTS["title_junior"] = 8
SKILL_POINTS["special_ability"] = 3
STATUS = {"valid": "in_force", "suspended": "void_suspended", "cancelled": "void_cancelled"}
FOREVER = dt.date.max


def day_of(text):
    return dt.date.fromisoformat(text)


def rows_by_person(folder, name):
    found = defaultdict(list)
    with open(os.path.join(folder, name + ".csv"), encoding="utf-8-sig", newline="") as f:
        for row in csv.DictReader(f):
            found[row["person_id"]].append(row)
    return found


def birthday_in(birth, year):
    try:
        return birth.replace(year=year)
    except ValueError:  # 29 February
        return dt.date(year, 3, 1)


def age_points(birth, on):
    age = sum(1 for year in range(birth.year + 1, on.year + 1) if birthday_in(birth, year) <= on)
    if age > 60:
        return Decimal(0)
    return Decimal(min(20, 5 + max(0, 55 - age)))


def education_points(rows, on):
    held = [DEGREES.index(r["level"]) for r in rows if not r["awarded_on"] or day_of(r["awarded_on"]) <= on]
    if not held:
        return Decimal(5), Decimal(10)
    best = max(held)
    points = Decimal(10 if best >= 3 else 8 if best == 2 else 5)
    return points, points


def skill_points(rows, on):
    return Decimal(max((SKILL_POINTS[r["certificate"]] for r in rows
                        if not r["awarded_on"] or day_of(r["awarded_on"]) <= on), default=0))


def pension_points(rows, on):
    paid = set()
    for r in rows:
        if not r["division"].startswith("33"):
            continue
        year, month = map(int, r["from_month"].split("-"))
        while (year, month) <= tuple(map(int, r["to_month"].split("-"))) and (year, month) <= (on.year, on.month):
            paid.add((year, month))
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return min(Decimal(30), Decimal("0.5") * len(paid))


def month_completed(start, k):
    """The day on which month k after start is complete."""
    index = start.year * 12 + start.month - 1 + k
    year, month = divmod(index, 12)
    try:
        return dt.date(year, month + 1, start.day)
    except ValueError:
        year, month = divmod(index + 1, 12)
        return dt.date(year, month + 1, 1)


def residence_points(rows, on):
    days = set()
    for r in rows:
        if r["division"].startswith("33"):
            first = day_of(r["from"]).toordinal()
            last = min(day_of(r["to"]) if r["to"] else FOREVER, on).toordinal()
            days.update(range(first, last))
    months, left = 0, 0
    for first in sorted(d for d in days if d - 1 not in days):
        end = first
        while end in days:
            end += 1
        start, end = dt.date.fromordinal(first), dt.date.fromordinal(end)
        whole = 0
        while month_completed(start, whole + 1) <= end:
            whole += 1
        months += whole
        left += (end - (month_completed(start, whole) if whole else start)).days
    return min(Decimal(30), Decimal("0.25") * (months + left // 30))


def status_of(rows, on):
    for r in rows:
        if day_of(r["from"]) <= on and (not r["to"] or on < day_of(r["to"])):
            return STATUS[r["status"]], r["division"]
    return "no_permit", ""


def main():
    jifen, rules = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    persons, seed, day = (sys.argv[3:] + ["3000", "20260301", "2026-03-01"][len(sys.argv) - 3:])[:3]
    on = day_of(day)
    with tempfile.TemporaryDirectory() as folder:
        data, out = os.path.join(folder, "data"), os.path.join(folder, "scores.csv")
        subprocess.run([jifen, "sample", "-o", data, "--persons", persons, "--seed", seed, "--rules", rules, "--on", day],
                       check=True, stdout=subprocess.DEVNULL)
        subprocess.run([jifen, "score", "--rules", rules, "--data", data, "--on", day, "-o", out], check=True,
                       stdout=subprocess.DEVNULL)
        registers = {n: rows_by_person(data, n) for n in ("permit", "education", "skill", "pension", "residence")}
        births = {p: day_of(r[0]["birth_date"]) for p, r in rows_by_person(data, "person").items()}
        with open(out, encoding="utf-8", newline="") as f:
            scores = list(csv.DictReader(f))
    assert [s["person_id"] for s in scores] == sorted(births), "not one line per person, in order"
    differences, void = 0, 0
    for s in scores:
        p = s["person_id"]
        of = {n: registers[n][p] for n in registers}
        low, high = education_points(of["education"], on)
        status, _ = status_of(of["permit"], on)
        want = {"age": age_points(births[p], on), "education": low, "skill": skill_points(of["skill"], on),
                "pension": pension_points(of["pension"], on), "residence": residence_points(of["residence"], on)}
        want["common"] = sum(want.values())
        got = {k: Decimal(s[k]) for k in want}
        local, deduction = Decimal(s["local"]), Decimal(s["deduction"])
        assert 0 <= local <= 200, p
        if status == "in_force" and s["status"] == "in_force":
            want["total"] = max(Decimal(0), want["common"] + local - deduction)
            got["total"] = Decimal(s["total"])
        elif status != "in_force":
            want["total"], got["total"], void = Decimal(0), Decimal(s["total"]), void + 1
        same_status = s["status"] == status or (status == "in_force" and s["status"] in ("vetoed", "frozen"))
        if got != want or not same_status or any(len(s[k].split(".")[1]) != 2 for k in got):
            differences += 1
            if differences <= 10:
                print(f"# {p}: program {s['status']} {got}, second reading {status} {want}")
    assert void > 0, "no void permit in the sample: nothing was compared"
    print("1..1")
    print(f"{'ok' if differences == 0 else 'not ok'} 1 - {len(scores)} residents on {day}, seed {seed}: {differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
