#!/usr/bin/python3
"""Kill writers at random moments: crash_test.py JIFEN CRASH_WRITER

On each database JIFEN_KILLS times (default 25): a writer of commands is killed with SIGKILL some
milliseconds after its first acknowledgement; now and then PostgreSQL itself is stopped as a power
cut would. Afterwards every acknowledged command is there, no command is half, the audit is whole.
The same for `jifen import` (each register is as before or as in the file, and as in the file where
that was said) and for `jifen db rotate-key` (what it did not reach is sealed with the old key).
"""
import os
import random
import shutil
import signal
import sqlite3
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
WRITER = str(Path(sys.argv.pop(1)).resolve())
KILLS = int(os.environ.get("JIFEN_KILLS", "25"))
SEED = int(os.environ.get("JIFEN_SEED", "20261128"))


class Crash(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="jifen-crash-")
        self.keys = os.path.join(self.folder, "keys")
        self.acks = os.path.join(self.folder, "acks")
        self.random = random.Random(SEED)
        subprocess.run([JIFEN, "keys", "add", self.keys], check=True, stdout=subprocess.DEVNULL)

    def tearDown(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def init(self, url):
        subprocess.run([JIFEN, "db", "init", "--db", url], check=True, stdout=subprocess.DEVNULL)

    def one(self, url, n, instead=None):
        """Start, let it work a while, kill; what it said is kept."""
        with open(self.acks, "ab") as acks:
            writer = subprocess.Popen([WRITER, "write", url, self.keys, str(SEED + n)],
                                      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            acks.write(writer.stdout.readline())
            time.sleep(self.random.random() * 0.06)
            (instead or writer.kill)()
            acks.write(writer.stdout.read())
            writer.kill()
            writer.wait()
            writer.stdout.close()

    def check(self, url):
        done = subprocess.run([WRITER, "check", url, self.keys, self.acks], check=False,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertGreater(int(done.stdout.split()[0]), 0)

    def test_sqlite(self):
        """SQLite: nothing acknowledged is lost, nothing is half"""
        url = f"sqlite:{self.folder}/jifen.db"
        self.init(url)
        for n in range(KILLS):
            self.one(url, n)
            if n % 20 == 19:
                self.check(url)
        self.check(url)

    def test_postgres(self):
        """PostgreSQL: the same, and its server stopped at once now and then"""
        server = on_postgres.Server()
        try:
            server.start()
            url = server.database("jifen")
            self.init(url)
            for n in range(KILLS):
                if n % 12 == 7:
                    self.one(url, n, instead=server.kill)
                    server.start_again()
                else:
                    self.one(url, n)
                if n % 50 == 49:
                    self.check(url)
            self.check(url)
        finally:
            server.stop()


class Imports(unittest.TestCase):
    """Two states of a county, imported in turn: all rows of each register, and the first half."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="jifen-crash-")
        self.keys = os.path.join(self.folder, "keys")
        self.random = random.Random(SEED)
        self.jifen("keys", "add", self.keys)
        self.jifen("sample", "--rules", ROOT / "rules", "--persons", "300", "--identity", "--seed", "5",
                   "--on", "2026-03-01", "-o", f"{self.folder}/whole")
        os.mkdir(f"{self.folder}/half")
        self.rows = {"whole": {}, "half": {}}
        for path in sorted(Path(self.folder, "whole").glob("*.csv")):
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            half = 1 + len(lines) // 2
            Path(self.folder, "half", path.name).write_text("".join(lines[:half]), encoding="utf-8")
            if path.stem != "identity" and 2 < half < len(lines):
                self.rows["whole"][path.stem] = len(lines) - 1
                self.rows["half"][path.stem] = half - 1
        self.assertGreater(len(self.rows["half"]), 10)

    def tearDown(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def jifen(self, *words):
        return subprocess.run([JIFEN, *words], check=True, stdout=subprocess.PIPE, text=True).stdout

    def ask(self, url, sql):
        """Rows of a question, past the program."""
        if url.startswith("sqlite:"):
            with sqlite3.connect(url.removeprefix("sqlite:")) as db:
                return [[str(x) for x in row] for row in db.execute(sql)]
        done = subprocess.run([on_postgres.tool("psql"), url, "-Atc", sql], check=True, capture_output=True, text=True)
        return [line.split("|") for line in done.stdout.splitlines()]

    def settle(self, url):
        """PostgreSQL may still be at what a killed client asked of it last."""
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        while not url.startswith("sqlite:") and self.ask(url, others) != [["0"]]:
            time.sleep(0.01)

    def in_force(self, url):
        self.settle(url)
        sql = " UNION ALL ".join(
            f"SELECT '{name}', (SELECT count(*) FROM \"reg_{name}\") - (SELECT count(*) FROM retraction WHERE"
            f" register = '{name}')" for name in self.rows["whole"])
        return {name: int(count) for name, count in self.ask(url, sql)}

    def command(self, url, state, names):
        files = [f"{self.folder}/{state}/{name}.csv" for name in names]
        return [JIFEN, "import", "--db", url, "--keys", self.keys, "--rules", ROOT / "rules", "--share", "1000",
                "--recorded-on", "2026-03-01", "--lang", "en", *files]

    def killed(self, command, longest):
        """What a command said before it was killed; it may also have come to its end."""
        p = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(self.random.random() * longest)
        p.kill()
        out, said = p.communicate()
        self.assertIn(p.returncode, (0, -signal.SIGKILL), said)
        return out

    def one(self, url, state, before, longest):
        names = list(self.rows["whole"])
        self.random.shuffle(names)
        out = self.killed(self.command(url, state, names), longest)
        said = {Path(line.split(":")[0]).stem for line in out.splitlines() if line.endswith(", applied")}
        after = self.in_force(url)
        for name, count in after.items():
            allowed = {self.rows[state][name]} | (set() if name in said else {before[name]})
            self.assertIn(count, allowed, f"{name}, {'said to be applied' if name in said else 'half a load'}")
        return after, len(said)

    def rotate(self, url, longest):
        """Keys are added, and rotations killed; at last one comes to its end."""
        for _ in range(max(3, KILLS // 10)):
            self.jifen("keys", "add", self.keys)
            self.killed([JIFEN, "db", "rotate-key", "--db", url, "--keys", self.keys], longest)
        self.jifen("db", "rotate-key", "--db", url, "--keys", self.keys)
        last = self.jifen("db", "rotate-key", "--db", url, "--keys", self.keys, "--lang", "en")
        self.assertTrue(last.endswith(": 0\n"), last)
        with open(self.keys, encoding="utf-8") as f:
            newest = [line for line in f if line[0].isdigit()][-1]
        with open(self.keys, "w", encoding="utf-8") as f:
            f.write(newest)  # the old ones are not needed any more
        again = subprocess.run(self.command(url, "whole", ["identity"]), check=True, capture_output=True, text=True)
        self.assertIn("same 300;", again.stdout)

    def all(self, url):
        self.jifen("db", "init", "--db", url)
        names = list(self.rows["whole"])
        subprocess.run(self.command(url, "whole", ["identity"]), check=True, stdout=subprocess.DEVNULL)
        started = time.monotonic()
        subprocess.run(self.command(url, "whole", names), check=True, stdout=subprocess.DEVNULL)
        longest = time.monotonic() - started
        state = self.in_force(url)
        self.assertEqual(state, self.rows["whole"])
        said = 0
        for n in range(KILLS):
            state, more = self.one(url, ("half", "whole")[n % 2], state, longest)
            said += more
        self.assertGreater(said, 0, "nothing was ever acknowledged")
        self.rotate(url, longest / 4)
        for what in ("half", "whole"):  # what was interrupted can be done
            subprocess.run(self.command(url, what, names), check=True, stdout=subprocess.DEVNULL)
            self.assertEqual(self.in_force(url), self.rows[what])
        self.jifen("db", "check", "--db", url)
        self.jifen("audit", "verify", "--db", url)

    def test_sqlite(self):
        """SQLite: imports and rotations that are killed"""
        self.all(f"sqlite:{self.folder}/jifen.db")

    def test_postgres(self):
        """PostgreSQL: imports and rotations that are killed"""
        server = on_postgres.Server()
        try:
            server.start()
            self.all(server.database("jifen"))
        finally:
            server.stop()


if __name__ == "__main__":
    tap.main(__name__)
