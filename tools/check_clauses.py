#!/usr/bin/python3
"""Every clause that the C code carries out has a test that names it.

usage: check_clauses.py [ROOT]         exit status 1 when something is wrong

A comment in src/ says `CLAUSE: <citation>`; a comment in tests/ says `TEST-OF: <citation>`. The
citation ends at two blanks, a quotation mark, a semicolon or the end of the line. A CLAUSE without
TEST-OF is a point that nobody checks; a TEST-OF without CLAUSE names something that is not there.
"""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import source


def marks(root, folders, suffixes, word):
    """citation -> first place that carries the mark."""
    found = {}
    pattern = re.compile(word + r":[ \t]*(.*)")
    for path in source.files(root, folders, suffixes):
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            match = pattern.search(line)
            if not match:
                continue
            citation = re.split(r'  |"|“|;|\*/', match.group(1))[0]
            citation = " ".join(citation.split()).rstrip(".,:")
            found.setdefault(citation, f"{path.relative_to(root)}:{number}")
    return found


def check(root):
    root = Path(root).resolve()
    clauses = marks(root, ["src"], (".c", ".h", ".def"), r"\bCLAUSE")
    tests = marks(root, ["tests"], (".c", ".h", ".py", ".sh", ".md"), r"\bTEST-OF")
    findings = [
        f"{place}: CLAUSE: {citation}: no TEST-OF in tests/"
        for citation, place in clauses.items()
        if citation not in tests
    ]
    findings += [
        f"{place}: TEST-OF: {citation}: no CLAUSE in src/"
        for citation, place in tests.items()
        if citation not in clauses
    ]
    return sorted(findings)


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    findings = check(root)
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
