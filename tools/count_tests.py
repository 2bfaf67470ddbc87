#!/usr/bin/python3
"""Add up test results and end with `N passed, N failed`.

usage: count_tests.py LOG…             exit status 1 when one failed, or none ran

A LOG is a meson testlog.json (one JSON object a line) or a .tap file. A TAP test counts each of its
subtests; any other test counts once. A TAP test that stopped before its plan was done, or that
ended badly although each subtest passed, counts one failure more. A missing LOG is a failure: its
tests did not run.
"""
import json
import re
import sys
from pathlib import Path

TAP_LINE = re.compile(r"^(not )?ok\b\s*(\d*)\s*-?\s*(.*)$")
SKIP = re.compile(r"#\s*(skip|todo)\b", re.IGNORECASE)


class Sum:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.failures = []  # (name, text to show)

    def fail(self, name, text=""):
        self.failed += 1
        self.failures.append((name, text))


def count_tap(name, text, total):
    """Adds the subtests; True when the stream is whole (its plan is there and was kept)."""
    planned, seen = 0, 0
    has_plan = False
    for line in text.split("\n"):
        plan = re.match(r"^1\.\.(\d+)", line)
        if plan:
            has_plan, planned = True, planned + int(plan.group(1))
        match = TAP_LINE.match(line)
        if not match:
            continue
        seen += 1
        title = match.group(3).strip()
        if SKIP.search(line):
            total.skipped += 1
        elif match.group(1):
            total.fail(f"{name}: {title}")
        else:
            total.passed += 1
    return has_plan and seen == planned


def count_meson(entry, total):
    name, result = entry["name"], entry["result"]
    if result == "SKIP":
        total.skipped += 1
        return
    good = result in ("OK", "EXPECTEDFAIL")
    text = entry.get("stdout") or ""
    if not re.search(r"^1\.\.\d+", text, re.MULTILINE):
        if good:
            total.passed += 1
        else:
            total.fail(f"{name}: {result}", text + (entry.get("stderr") or ""))
        return
    before = total.failed
    whole = count_tap(name, text, total)
    if (not good and total.failed == before) or not whole:
        total.fail(f"{name}: {result}", text[-2000:] + (entry.get("stderr") or "")[-4000:])
    elif not good:
        total.failures[-1] = (total.failures[-1][0], (entry.get("stderr") or "")[-4000:])


def count(paths):
    total = Sum()
    for path in map(Path, paths):
        if not path.is_file():
            total.fail(f"{path}: no such log: these tests did not run")
        elif path.suffix == ".tap":
            if not count_tap(path.stem, path.read_text(encoding="utf-8"), total):
                total.fail(f"{path.stem}: stopped early")
        else:
            entries = path.read_text(encoding="utf-8", errors="replace").splitlines()
            for line in entries:
                count_meson(json.loads(line), total)
    return total


def main():
    total = count(sys.argv[1:])
    for name, text in total.failures:
        print(f"FAILED {name}")
        for line in text.strip().split("\n")[-40:] if text.strip() else ():
            print(f"    {line}")
    if total.skipped:
        print(f"{total.skipped} skipped")
    print(f"{total.passed} passed, {total.failed} failed")
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main())
