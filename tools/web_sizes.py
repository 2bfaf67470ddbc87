#!/usr/bin/python3
"""Sizes of the built pages, gzip: web_sizes.py FOLDER…     exit status 1 above a budget (first page, later pages).

The folder's name says whose budget it is: `desk` is for offices, everything else for residents' phones."""
import gzip
import re
import sys
from pathlib import Path

BUDGETS = {"js": 60_000, "css": 10_000, "later": 8_000}
OFFICE = {"js": 130_000, "css": 15_000, "later": 8_000}


def size(path):
    return len(gzip.compress(path.read_bytes(), 9))


def rows_of(root):
    """(what, bytes, most) of one app."""
    budgets = OFFICE if root.name == "desk" else BUDGETS
    html = (root / "index.html").read_text(encoding="utf-8")
    first = [root / name for name in re.findall(r'(?:src|href)="\./((?:assets/|early)[^"]+)"', html)]
    js = sum(size(p) for p in first if p.suffix == ".js")
    css = sum(size(p) for p in first if p.suffix == ".css")
    later = {p.name: size(p) for p in (root / "assets").glob("*.js") if p not in first}
    largest = max(later, key=later.get)
    return [(f"{root.name}: first page, JavaScript", js, budgets["js"]), (f"{root.name}: first page, CSS", css, budgets["css"]),
            (f"{root.name}: largest later part, {largest}", later[largest], budgets["later"])]


def main():
    rows = [row for folder in sys.argv[1:] for row in rows_of(Path(folder))]
    for what, n, most in rows:
        print(f"{what:58} {n / 1000:7.1f} KB  of {most / 1000:.0f}")
    return 0 if rows and all(0 < n <= most for _, n, most in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
