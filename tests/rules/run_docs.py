"""Every example of docs/RULES.md and docs/RULES.en.md, run:   run_docs.py JIFEN SOURCE_ROOT

Right ones must pass `rules check` and `rules test` (snippets may lack cases at edges); wrong ones
must be refused with the code the text names, and with no other. The table of keywords must be the one the compiler uses, and each rule form the
language promises must have its example.
"""

import os
import re
import sys
import tempfile

import examples
from tap import Tap, run, must, wrong

FORMS = ("01 02 03 05 07 08 09 12 15 22 30 34 35 37 38 46 48 61 62 64 67 68 69 71 74 75 76 77 "
         "90 91").split()
FINDING = re.compile(r"\bJF\d{4}\b")
EDGES = {"JF0808", "JF0809", "JF0810", "JF0811", "JF0812"}
KEYWORD = re.compile(r'^KEYWORD\(\w+, "([^"]*)", "([^"]*)"\)', re.M)
ROW = re.compile(r"`([^`]+)` ([^|`]+?) ?\|")


def example_problem(jifen, folder, example):
    args = (jifen, "rules", "check", folder)
    code, out = run(*args)
    findings = set(FINDING.findall(out))
    if example.code:
        if code != 0 and findings == {example.code}:
            return None
        return wrong(args, code, out, "a refusal with " + example.code)
    if code != 0 and not (example.kind == "snippet" and findings and findings <= EDGES):
        return wrong(args, code, out)
    return must(jifen, "rules", "test", folder)


def keywords_problem(root, text):
    with open(os.path.join(root, "src/lang/keyword.def"), encoding="utf-8") as f:
        real = set(KEYWORD.findall(f.read()))
    table = text[text.rindex("\n## "):]
    shown = set((zh.strip(), en.strip()) for zh, en in ROW.findall(table))
    if shown == real:
        return None
    return "not in the document: %s\nnot in keyword.def: %s" % (real - shown, shown - real)


def forms_problem(text):
    """Each form has a row in the table and, below its own paragraph, an example."""
    rows = set(re.findall(r"^\| (\d\d) \|", text, re.M))
    shown = set()
    for part in re.split(r"^(?=\*\*RF-)", text, flags=re.M)[1:]:
        if re.search(r"^````(规则|rule-)", part, re.M):
            shown.update(re.findall(r"RF-(\d\d)", part.split("\n\n", 1)[0]))
    missing = [f for f in FORMS if f not in rows or f not in shown]
    return "no row or no example for RF-" + ", RF-".join(missing) if missing else None


def same_problem(zh, en):
    """Both languages show the same examples in the same order."""
    for a, b in zip(zh, en):
        if (a.kind, a.code, a.name is None) != (b.kind, b.code, b.name is None):
            return "line %d of the Chinese text is not line %d of the English" % (a.line, b.line)
    return None if len(zh) == len(en) else "%d and %d examples" % (len(zh), len(en))


def main():
    jifen, root = sys.argv[1], sys.argv[2]
    tap = Tap()
    all_found = []
    for name in ("RULES.md", "RULES.en.md"):
        path = os.path.join(root, "docs", name)
        found = examples.read(path)
        all_found.append(found)
        with tempfile.TemporaryDirectory() as scratch:
            for k, example in enumerate(found):
                folder = os.path.join(scratch, "%03d" % k)
                examples.folder(found, example, folder)
                tap.case("%s:%d %s" % (name, example.line, example.heading),
                         example_problem(jifen, folder, example))
        with open(path, encoding="utf-8") as f:
            text = f.read()
        tap.case(name + ": rule forms", forms_problem(text))
        tap.case(name + ": keywords", keywords_problem(root, text))
    tap.case("both languages show the same examples", same_problem(*all_found))
    return tap.end()


sys.exit(main())
