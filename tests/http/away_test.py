#!/usr/bin/python3
"""The database goes away and comes back under a running server: away_test.py JIFEN."""
import sys
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parents[1] / "tools"))
sys.path.insert(0, str(HERE.parent / "store"))
import county
import on_postgres
import tap

JIFEN = sys.argv.pop(1)
PATIENCE = 60


def until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it did not come true")
        time.sleep(0.1)


class Away(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.database = on_postgres.Server()
        cls.addClassCleanup(cls.database.stop)
        cls.database.start()
        cls.c = county.County(JIFEN, persons=30, database=cls.database.database("jifen"))
        cls.addClassCleanup(cls.c.close)

    def status(self, path, **more):
        return self.c.call("GET", path, **more).status

    def test_away_and_back(self):
        """without its database the server says 503 and lives; when it is back, so are the answers"""
        score = self.c.call("GET", "/api/v1/me/score", login="resident")
        self.assertEqual(score.status, 200)
        self.database.kill()
        until(lambda: self.status("/readyz") == 503)
        self.assertEqual(self.status("/healthz"), 200)
        answer = self.c.call("GET", "/api/v1/me/score", login="resident")
        self.assertEqual(answer.status, 503, answer)
        self.assertTrue(answer.headers["content-type"].startswith("application/problem+json"))
        figures = self.c.call("GET", "/metrics").body.decode()
        self.assertIn("jifen_database_up 0", figures)
        self.database.start_again()
        until(lambda: self.status("/readyz") == 200)
        again = self.c.call("GET", "/api/v1/me/score", login="resident")
        self.assertEqual((again.status, again.json["total"]), (200, score.json["total"]))

    def test_blink(self):
        """a database that was away between two requests is not noticed by who reads"""
        for _ in range(20):  # every worker has a connection
            self.assertEqual(self.status("/api/v1/me/score", login="resident"), 200)
        self.database.kill()
        self.database.start_again()
        for _ in range(20):
            self.assertEqual(self.status("/api/v1/me/score", login="resident"), 200)


tap.main(__name__)
