#!/usr/bin/python3
"""Sizes of the built pages, gzip: web_sizes.py FOLDER     exit status 1 above a budget (ui: first page, later pages)."""
import gzip
import re
import sys
from pathlib import Path

BUDGETS = {"js": 60_000, "css": 10_000, "later": 8_000}


def size(path):
    return len(gzip.compress(path.read_bytes(), 9))


def main():
    root = Path(sys.argv[1])
    html = (root / "index.html").read_text(encoding="utf-8")
    first = [root / name for name in re.findall(r'(?:src|href)="\./((?:assets/|early)[^"]+)"', html)]
    js = sum(size(p) for p in first if p.suffix == ".js")
    css = sum(size(p) for p in first if p.suffix == ".css")
    later = {p.name: size(p) for p in (root / "assets").glob("*.js") if p not in first}
    largest = max(later, key=later.get)
    rows = [("first page, JavaScript", js, BUDGETS["js"]), ("first page, CSS", css, BUDGETS["css"]),
            (f"largest later part, {largest}", later[largest], BUDGETS["later"])]
    for what, n, most in rows:
        print(f"{what:50} {n / 1000:7.1f} KB  of {most / 1000:.0f}")
    return 0 if js > 0 and all(n <= most for _, n, most in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
