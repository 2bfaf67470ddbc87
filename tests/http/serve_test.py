#!/usr/bin/python3
"""jifen serve from outside: signals, reload, settings, readiness: serve_test.py JIFEN."""
import http.client
import json
import shutil
import signal
import socket
import sys
import threading
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parents[1] / "tools"))
import county
import tap

JIFEN = sys.argv.pop(1)
PATIENCE = 20


def until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it did not come true")
        time.sleep(0.02)


class OwnRules(county.County):
    """A county whose rules lie in its own folder and may be changed."""

    def rules(self):
        own = self.folder / "rules"
        if not own.exists():
            shutil.copytree(county.ROOT / "rules", own)
        return own


class Serve(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.c = OwnRules(JIFEN, persons=50)

    @classmethod
    def tearDownClass(cls):
        cls.c.close()

    def hash(self):
        return self.c.call("GET", "/api/v1/rules", query={"division": "330381"}).json["rules_hash"]

    def age(self):
        """Points for the age of somebody young."""
        ask = {"division": 330381, "facts": {"person": [{"birth_date": "1990-01-01"}]}}
        lines = self.c.call("POST", "/api/v1/estimate", ask).json["lines"]
        return next(x["points"] for x in lines if x["name"] == "age")

    def test_reload(self):
        """SIGHUP reads the rules anew; wrong ones are named in the log and the old ones stay"""
        before = self.hash()
        file = self.c.rules() / "zhejiang.md"
        good = file.read_text(encoding="utf-8")
        ages = [self.age()]
        file.write_text(good.replace("最高20分。55至60周岁", "最高20分。（改）55至60周岁")
                        .replace("封顶 20分\n    55周岁 以上", "封顶 19分\n    55周岁 以上"),
                        encoding="utf-8")
        self.c.process.send_signal(signal.SIGHUP)
        until(lambda: self.hash() != before)
        ages.append(self.age())
        self.assertEqual(ages, ["20.00", "19.00"])
        changed = self.hash()
        file.write_text(good.replace("指标 年龄", "指标 年龄年龄 年龄", 1), encoding="utf-8")
        self.c.process.send_signal(signal.SIGHUP)
        until(lambda: any("zhejiang.md" in line for line in self.c.log_lines()))
        self.assertEqual(self.hash(), changed)
        file.write_text(good, encoding="utf-8")
        self.c.process.send_signal(signal.SIGHUP)
        until(lambda: self.hash() == before)

    def test_new_key(self):
        """a key added while the server runs: SIGHUP takes it, rotation follows, nothing is lost"""
        keys = self.c.folder / "keys"
        name = self.c.call("GET", "/api/v1/session", login="resident").json["name"]
        loads = lambda: self.c.call("GET", "/metrics").body.decode().split(
            "\njifen_rules_loaded ")[1].split("\n")[0]
        before = loads()
        self.c.run(JIFEN, "keys", "add", keys)
        self.c.process.send_signal(signal.SIGHUP)
        until(lambda: loads() != before)
        self.c.run(JIFEN, "db", "rotate-key", "--db", self.c.database, "--keys", keys)
        self.assertEqual(self.c.call("GET", "/api/v1/session", login="resident").json["name"], name)
        code = self.c.code("resident")
        self.assertGreater(self.c.person(code), 0)  # found by the new index

    def test_stop(self):
        """SIGTERM: what was begun is answered, the process ends with 0, and starts again"""
        token = self.c.token("resident")
        answers = []

        def ask():
            connection = http.client.HTTPConnection(self.c.address.hostname, self.c.address.port,
                                                    timeout=PATIENCE)
            connection.request("GET", "/api/v1/me/explanation",
                               headers={"Authorization": "Bearer " + token})
            answers.append(connection.getresponse().status)
            connection.close()

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(self.c.stop(), 0)
        self.assertEqual(answers, [200] * 8)
        with self.assertRaises(OSError):
            socket.create_connection((self.c.address.hostname, self.c.address.port), 1)
        self.c.start()
        # sessions outlive the server
        self.assertEqual(self.c.call("GET", "/api/v1/me/score", login="resident").status, 200)

    def test_stop_by_interrupt(self):
        """SIGINT ends it as cleanly"""
        self.c.process.send_signal(signal.SIGINT)
        self.assertEqual(self.c.process.wait(PATIENCE), 0)
        self.c.process.stdout.close()
        self.c.log.close()
        self.c.process = None
        self.c.start()

    def test_calendar(self):
        """what fell due is done beside the requests, and a stop does not wait for all of it"""
        folder = self.c.folder / "late"
        folder.mkdir()
        for i in range(60):
            (folder / f"{i}.csv").write_text("person_id,division,from_month,to_month\n")
        load = [JIFEN, "import", "--db", self.c.database, "--keys", self.c.folder / "keys", "--rules",
                self.c.rules()]
        self.c.stop()
        self.c.run(*load, "--register", "pension", "--mode", "changes", "--stage", "--recorded-on",
                   "2026-01-05", *sorted(folder.iterdir()))
        listed = lambda: self.c.run(JIFEN, "import", "list", *load[2:])
        self.assertEqual(listed().count("待确认"), 60)
        self.c.start()
        began = time.monotonic()
        self.assertEqual(self.c.stop(), 0)
        self.assertLess(time.monotonic() - began, PATIENCE)
        self.c.start()
        until(lambda: "待确认" not in listed())
        self.assertGreaterEqual(listed().count("已放弃"), 60)
        self.assertNotIn("calendar", "".join(self.c.log_lines()))

    def test_health(self):
        """/healthz and /readyz say yes, /metrics counts the routes"""
        self.assertEqual(self.c.call("GET", "/healthz").status, 200)
        self.assertEqual(self.c.call("GET", "/readyz").status, 200)
        self.hash()
        figures = self.c.call("GET", "/metrics").body.decode()
        for name in ("jifen_database_up 1", "jifen_rules_loaded", "jifen_failed_requests 0"):
            self.assertIn(name, figures)

    def test_settings_file(self):
        """settings come from a file as well as from the command line"""
        folder = self.c.folder
        (folder / "settings").write_text(
            f"# settings\ndb = {self.c.database}\nrules = {self.c.rules()}\n"
            f"keys = {folder}/keys\nlisten = 127.0.0.1:0\nbehind-proxy = yes\n", encoding="utf-8")
        import subprocess
        server = subprocess.Popen([JIFEN, "serve", "--config", str(folder / "settings")],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        port = int(server.stdout.readline().strip().rsplit(":", 1)[1])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.request("GET", "/api/v1/session")
        session = json.loads(connection.getresponse().read())
        connection.close()
        server.terminate()
        self.assertEqual(server.wait(PATIENCE), 0)
        server.stdout.close()
        # no demonstration here: no accounts are shown
        self.assertNotIn("demo_accounts", session)
        self.assertEqual((session["signed_in"], session["demo"]), (False, False))


tap.main(__name__)
