#!/usr/bin/python3
"""The same bytes on another processor.

usage: arch_test.py --native JIFEN --foreign JIFEN --rules DIR --scratch DIR

Runs `jifen` built for this machine and `jifen` built for 64-bit Arm (under qemu-user) on the same
input and compares what they print, byte for byte: the rules' own cases, a generated sample of
residents, its scores with one and with three threads, and explanations in both languages.
"""
import argparse
import csv
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import tap

DAY = "2026-03-01"
PERSONS = 10_000
ARGS = None


def run(jifen, *args):
    """Both outputs and the exit status; on the foreign processor through qemu."""
    command = ["qemu-aarch64"] if jifen == ARGS.foreign else []
    done = subprocess.run(
        [*command, jifen, *map(str, args)],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=600, check=False,
    )
    return done.returncode, done.stdout, done.stderr


class Foreign(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = Path(ARGS.scratch)
        shutil.rmtree(cls.scratch, ignore_errors=True)
        cls.scratch.mkdir(parents=True)

    def same(self, *args, allowed=(0,)):
        native, foreign = run(ARGS.native, *args), run(ARGS.foreign, *args)
        self.assertIn(native[0], allowed, native[2].decode("utf-8", "replace")[-2000:])
        self.assertEqual(native, foreign)
        self.assertTrue(native[1] or native[2], "nothing was printed")
        return native

    def sample(self, name, jifen):
        folder = self.scratch / name
        code, _, err = run(jifen, "sample", "--rules", ARGS.rules, "--persons", PERSONS, "--seed", 7,
                           "--on", DAY, "-o", folder)
        self.assertEqual(code, 0, err.decode("utf-8", "replace"))
        return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}

    def test_1_foreign(self):
        """aarch64: the program is one for that processor, and runs"""
        header = Path(ARGS.foreign).read_bytes()[:20]
        self.assertEqual((header[:4], header[18]), (b"\x7fELF", 183))
        self.same("version")

    def test_2_rules(self):
        """aarch64: every case of the rules"""
        self.same("rules", "check", ARGS.rules)
        self.same("rules", "test", ARGS.rules)

    def test_3_sample(self):
        """aarch64: the same sample of 10,000 residents"""
        native = self.sample("data", ARGS.native)
        self.assertGreater(len(native), 3)
        self.assertEqual(native, self.sample("data-foreign", ARGS.foreign))

    def test_4_scores(self):
        """aarch64: the same scores, with one thread and with three"""
        results = []
        for name, jifen, threads in (
            ("native", ARGS.native, 1), ("foreign", ARGS.foreign, 1), ("foreign", ARGS.foreign, 3),
        ):
            out = self.scratch / f"{name}-{threads}.csv"
            code, _, err = run(jifen, "score", "--rules", ARGS.rules, "--data", self.scratch / "data",
                               "--on", DAY, "-j", threads, "-o", out)
            self.assertEqual(code, 0, err.decode("utf-8", "replace"))
            results.append(out.read_bytes())
        self.assertEqual(len(results[0].splitlines()), PERSONS + 1)
        self.assertEqual(results[0], results[1])
        self.assertEqual(results[0], results[2])

    def test_5_explain(self):
        """aarch64: the same explanations, Chinese, English and JSON"""
        with open(self.scratch / "native-1.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for row in (rows[0], rows[len(rows) // 2], rows[-1]):
            for form in (("--lang", "zh"), ("--lang", "en"), ("--json",)):
                self.same("explain", "--person", row["person_id"], "--rules", ARGS.rules,
                          "--data", self.scratch / "data", "--on", DAY, *form)


def main():
    global ARGS
    parser = argparse.ArgumentParser()
    for name in ("native", "foreign", "rules", "scratch"):
        parser.add_argument("--" + name, required=True)
    ARGS = parser.parse_args()
    sys.exit(tap.run(unittest.defaultTestLoader.loadTestsFromTestCase(Foreign)))


main()
