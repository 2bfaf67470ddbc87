#!/usr/bin/python3
"""A PostgreSQL that is away, refuses, or has no such database: away_test.py JIFEN     each is called what it is."""
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parents[1] / "tools"))
import on_postgres
import tap

JIFEN = sys.argv.pop(1)
SECRET = "hunter2-very-secret"


class Away(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = on_postgres.Server()
        cls.server.start()
        cls.there = cls.server.database("jifen")

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def said(self, url, code, *words):
        """What `db check` and `db init` say of it, in both languages."""
        for command in ("check", "init"):
            for lang, word in zip(("zh", "en"), words):
                done = subprocess.run([JIFEN, "db", command, "--db", url, "--lang", lang],
                                      capture_output=True, text=True, timeout=60, check=False)
                self.assertIn(code, done.stderr, url)
                self.assertIn(word, done.stderr)
                self.assertNotIn(SECRET, done.stderr + done.stdout)
                self.assertNotEqual(done.returncode, 0)

    def url(self, user="jifen", name="jifen", host=None):
        return f"postgresql://{user}:{SECRET}@/{name}?host={host or self.server.folder}"

    def test_missing(self):
        """no such database"""
        self.said(self.url(name="nowhere"), "JC0041", "没有这个数据库", "there is no such database")
        done = subprocess.run([JIFEN, "db", "restore", "--db", self.url(name="nowhere"), __file__],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertIn("JC0070", done.stderr)

    def test_refused(self):
        """a user that the server does not know"""
        self.said(self.url(user="stranger"), "JC0093", "不接受这个用户", "refuses the user")

    def test_away(self):
        """no server there: its place is named, without the password"""
        with tempfile.TemporaryDirectory() as nobody:
            self.said(self.url(host=nobody), "JC0092", nobody, nobody)
        self.said(f"postgresql://jifen:{SECRET}@127.0.0.1:1/jifen", "JC0092",
                  "连不上数据库服务器 127.0.0.1:1/jifen", "127.0.0.1:1/jifen does not answer")

    def test_not_a_url(self):
        """a URL that is none has no password in its message either"""
        self.said(f"postgresql://jifen:{SECRET}@[::1/jifen", "JC0034", "", "")

    def test_there(self):
        """and where it is there, it is made and checked"""
        for command in ("init", "check"):
            subprocess.run([JIFEN, "db", command, "--db", self.there], check=True,
                           stdout=subprocess.DEVNULL)


tap.main(__name__)
