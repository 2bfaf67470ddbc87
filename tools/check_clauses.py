#!/usr/bin/python3
"""Every clause that the C code carries out has a test that names it.

usage: check_clauses.py [ROOT]         exit status 1 when something is wrong

A comment in src/ says `CLAUSE: <citation>`, one in tests/ says `TEST-OF: <citation>`, perhaps with
more words behind it. The citation of a CLAUSE ends at two blanks, a quotation mark, a comma, colon,
semicolon, a full stop before a blank, or the end of the line. A CLAUSE that no TEST-OF begins with
is a reading that nobody checks.
"""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import source


def marks(root, folders, suffixes, word):
    """(text behind the mark, place) of every mark."""
    pattern = re.compile(word + r":[ \t]*(.*)")
    for path in source.files(root, folders, suffixes):
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").split("\n"), 1):
            match = pattern.search(line)
            if match:
                yield match.group(1), f"{path.relative_to(root)}:{number}"


def citation(text):
    text = re.split(r'  |["“,:;]|\.\s|\*/', text)[0]
    return " ".join(text.split()).rstrip(".")


def check(root):
    root = Path(root).resolve()
    tests = [
        " ".join(text.split())
        for text, _ in marks(root, ["tests"], (".c", ".h", ".py", ".sh", ".md"), r"\bTEST-OF")
    ]
    findings, seen = [], set()
    for text, place in marks(root, ["src"], (".c", ".h", ".def"), r"\bCLAUSE"):
        name = citation(text)
        tested = any(re.match(re.escape(name) + r"(?!\w)", test) for test in tests)
        if not tested and name not in seen:
            findings.append(f"{place}: CLAUSE: {name}: no TEST-OF in tests/")
        seen.add(name)
    return findings


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    findings = check(root)
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
