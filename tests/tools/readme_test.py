#!/usr/bin/python3
"""What the READMEs show is what the program prints: readme_test.py JIFEN.

A ```text block starts with `$ jifen …`; the command is run on the sample of `./dev tour`, and every
line of the block must be printed, in that order; `…` stands for lines left out. A ````markdown
block is an excerpt of rules/zhejiang.md in the same sense.
"""
import re
import shlex
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import tap

JIFEN = str(Path(sys.argv.pop(1)).resolve())
SAMPLE = ["--persons", "10000", "--seed", "1", "--on", "2026-03-01"]  # as in tools/tour.sh


def jifen(*args):
    done = subprocess.run([JIFEN, *map(str, args)], capture_output=True, check=True, cwd=ROOT)
    return done.stdout.decode("utf-8").split("\n")


def missing_line(excerpt, lines):
    """The first line of the excerpt that does not follow in `lines`, or None."""
    rest = iter(lines)
    for line in excerpt:
        if line not in ("…", "") and line not in rest:
            return line
    return None


class Readme(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.data = cls.folder.name + "/data"
        jifen("sample", "--rules", "rules", *SAMPLE, "-o", cls.data)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def check(self, name, lang):
        text = (ROOT / name).read_text(encoding="utf-8")
        blocks = re.findall(r"^```text\n\$ jifen (.*)\n((?:.*\n)*?)```$", text, re.MULTILINE)
        self.assertGreaterEqual(len(blocks), 2)
        for command, excerpt in blocks:
            args = shlex.split(command.replace("build/tour/data", self.data))
            lost = missing_line(excerpt.split("\n"), jifen(*args, "--lang", lang))
            self.assertIsNone(lost, f"jifen {command}: not printed (any more, or in this order)")
        rules = (ROOT / "rules/zhejiang.md").read_text(encoding="utf-8").split("\n")
        excerpts = re.findall(r"^````markdown\n((?:.*\n)*?)````$", text, re.MULTILINE)
        self.assertGreaterEqual(len(excerpts), 1)
        for excerpt in excerpts:
            self.assertIsNone(missing_line(excerpt.split("\n"), rules), "not in rules/zhejiang.md")

    def test_english(self):
        """README.md shows what the program prints"""
        self.check("README.md", "en")

    def test_chinese(self):
        """README.zh-CN.md shows what the program prints"""
        self.check("README.zh-CN.md", "zh")

    def test_missing_line(self):
        """a line that is not there, or out of order, is found"""
        self.assertIsNone(missing_line(["a", "…", "c"], ["a", "b", "c"]))
        self.assertEqual(missing_line(["a", "x"], ["a", "b", "c"]), "x")
        self.assertEqual(missing_line(["c", "a"], ["a", "b", "c"]), "a")


tap.main(__name__)
