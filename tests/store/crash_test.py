#!/usr/bin/python3
"""Kill a writer at random moments: crash_test.py JIFEN CRASH_WRITER

On each database JIFEN_KILLS times (default 25): a writer of commands is killed with SIGKILL some
milliseconds after its first acknowledgement; now and then PostgreSQL itself is stopped as a power
cut would. Afterwards every acknowledged command is there, no command is half, the audit is whole.
"""
import os
import random
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


if __name__ == "__main__":
    tap.main(__name__)
