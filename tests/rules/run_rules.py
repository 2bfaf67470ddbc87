"""The rule files of rules/, as they would be published:   run_rules.py JIFEN SOURCE_ROOT

They check, every case and property in them holds and no edge is without a case, their layout is
canonical, and in the other keyword language they mean the same: back again gives the same bytes,
and the hash is the same in both.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

from tap import Tap, run, must, wrong

FEW = "100"  # residents per property where the same properties have been tried in full already
HASH = re.compile(r"\b[0-9a-f]{64}\b")


def formatted(jifen, lang, folder, name):
    """The file in the language, as bytes."""
    args = (jifen, "rules", "fmt", "--lang", lang, os.path.join(folder, name))
    return subprocess.run(args, stdout=subprocess.PIPE, check=True, timeout=300).stdout


def translated(jifen, lang, folder, names, into):
    os.makedirs(into)
    for name in names:
        with open(os.path.join(into, name), "wb") as f:
            f.write(formatted(jifen, lang, folder, name))


def read(folder, name):
    with open(os.path.join(folder, name), "rb") as f:
        return f.read()


def same_hashes(jifen, one, other):
    hashes = []
    for folder in (one, other):
        code, out = run(jifen, "rules", "show", folder)
        if code != 0:
            return wrong(("rules show", folder), code, out)
        hashes.append(HASH.findall(out))
    if not hashes[0]:
        return "`rules show` prints no hash"
    return None if hashes[0] == hashes[1] else "%s\n%s" % tuple(hashes)


def main():
    jifen, root = sys.argv[1], sys.argv[2]
    rules = os.path.join(root, "rules")
    names = sorted(n for n in os.listdir(rules) if n.endswith(".md"))
    tap = Tap()
    tap.case("all of rules/ checks, every edge has its case", must(jifen, "rules", "check", rules))
    tap.case("cases and properties of rules/ hold", must(jifen, "rules", "test", rules))
    with tempfile.TemporaryDirectory() as scratch:
        alone = os.path.join(scratch, "alone")
        os.mkdir(alone)
        shutil.copy(os.path.join(rules, "zhejiang.md"), alone)
        tap.case("the province by itself checks", must(jifen, "rules", "check", alone))
        tap.case("the province by itself: cases hold", must(jifen, "rules", "test", "--residents", FEW, alone))
        for name in names:
            tap.case(name + " is in canonical layout",
                     must(jifen, "rules", "fmt", "--check", os.path.join(rules, name)))
        en, zh = os.path.join(scratch, "en"), os.path.join(scratch, "zh")
        try:
            translated(jifen, "en", rules, names, en)
            translated(jifen, "zh", en, names, zh)
        except subprocess.CalledProcessError as e:
            tap.case("translation", e)
            return tap.end()
        for name in names:
            tap.case(name + " zh -> en -> zh gives the same bytes",
                     None if read(rules, name) == read(zh, name) else "they differ")
            first = read(en, name).split(b"\n", 1)[0]
            tap.case(name + " is in English after --lang en",
                     None if first == b"rules en 1" else "first line %r" % first)
        tap.case("both languages have the same hashes", same_hashes(jifen, rules, en))
        tap.case("the English files check", must(jifen, "rules", "check", en))
        tap.case("the English files' cases hold", must(jifen, "rules", "test", "--residents", FEW, en))
    return tap.end()


sys.exit(main())
