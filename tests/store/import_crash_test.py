#!/usr/bin/python3
"""Kill an import at random moments: import_crash_test.py JIFEN RULE…

On each database JIFEN_KILLS times (default 25) a whole register is imported, in turn all of its rows
and half of them, and killed with SIGKILL somewhere on the way. Afterwards the register is one of the
two files, never something between; what was said to be applied is applied; the audit is whole.
"""
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
import on_postgres
import tap

JIFEN = str(Path(sys.argv.pop(1)).resolve())
RULES = [str(Path(a).resolve()) for a in sys.argv[1:]]
del sys.argv[1:]
KILLS = int(os.environ.get("JIFEN_KILLS", "25"))
SEED = int(os.environ.get("JIFEN_SEED", "20261128"))
PERSONS = 2000
COUNTS = re.compile(r"rows (\d+), refused (\d+), new persons (\d+), added (\d+), taken back (\d+), same (\d+); load \S+, (.+)")


class ImportCrash(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="jifen-import-crash-"))
        self.random = random.Random(SEED)
        self.run_jifen("keys", "add", self.folder / "keys")
        rules = [x for rule in RULES for x in ("--rules", rule)]
        self.run_jifen("sample", *rules, "--persons", PERSONS, "--on", "2026-03-01", "--seed", SEED,
                       "-o", self.folder / "data")
        self.options = ["--keys", self.folder / "keys", *rules, "--lang", "en", "--share", 1000]
        lines = (self.folder / "data/pension.csv").read_bytes().splitlines(keepends=True)
        self.rows = {"all": len(lines) - 1, "half": len(lines) // 2}
        self.files = {}
        for name, count in self.rows.items():
            self.files[name] = self.folder / f"{name}.csv"
            self.files[name].write_bytes(b"".join(lines[:count + 1]))

    def tearDown(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def run_jifen(self, *arguments):
        return subprocess.run([JIFEN, *map(str, arguments)], check=True, capture_output=True, text=True).stdout

    def command(self, url, file, *more):
        return [JIFEN, *map(str, ["import", "--db", url, *self.options, "--register", "pension", *more, file])]

    def killed(self, url, name, seconds, instead=None):
        """Import a file, kill it after a while; True when it said that the file is applied."""
        process = subprocess.Popen(self.command(url, self.files[name]), stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True)
        time.sleep(self.random.random() * seconds)
        (instead or process.kill)()
        said = process.stdout.read()
        process.kill()
        process.wait()
        process.stdout.close()
        return ", applied" in said

    def state(self, url):
        """Which of the files the register is, by what a full load of all rows would change."""
        said = subprocess.run(self.command(url, self.files["all"], "--stage"), check=True, capture_output=True,
                              text=True).stdout
        rows, refused, _, added, back, same = map(int, COUNTS.search(said).groups()[:6])
        self.assertEqual((rows, refused, back), (self.rows["all"], 0, 0), said)
        self.assertEqual(added + same, rows, said)
        self.assertIn(same, [0, *self.rows.values()], f"half a load: {said}")
        return {0: "nothing", self.rows["all"]: "all", self.rows["half"]: "half"}[same]

    def first(self, url):
        """Everybody, and how long an import takes."""
        self.run_jifen("db", "init", "--db", url)
        self.run_jifen("import", "--db", url, *self.options, self.folder / "data/person.csv")
        self.assertEqual(self.state(url), "nothing")
        start = time.monotonic()
        subprocess.run(self.command(url, self.files["all"]), check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - start

    def go(self, url, instead=None, again=None):
        seconds = self.first(url)
        now, changed = "all", 0
        for n in range(KILLS):
            wanted = "half" if now == "all" else "all"
            cut = instead is not None and n % 12 == 7
            said = self.killed(url, wanted, seconds, instead if cut else None)
            if cut:
                again()
            after = self.state(url)
            self.assertIn(after, (now, wanted))
            seconds *= 0.8 if after == wanted else 1.25  # so that about half of them get through
            if said:
                self.assertEqual(after, wanted)
            changed += after != now
            now = after
        self.run_jifen("db", "check", "--db", url)
        self.run_jifen("audit", "verify", "--db", url)
        print(f"# {KILLS} kills, {changed} of the imports had got through")

    def test_sqlite(self):
        """SQLite: an import that is killed has happened or not"""
        self.go(f"sqlite:{self.folder}/jifen.db")

    def test_postgres(self):
        """PostgreSQL: the same, and its server stopped at once now and then"""
        server = on_postgres.Server()
        try:
            server.start()
            self.go(server.database("jifen"), server.kill, server.start_again)
        finally:
            server.stop()


if __name__ == "__main__":
    tap.main(__name__)
