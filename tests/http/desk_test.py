#!/usr/bin/python3
"""Drafts and simulations of the running server, from outside: desk_test.py JIFEN.

The report is that of `jifen simulate` on an export of the same database, byte for byte; a server that is
killed leaves a job that is told as broken off; of two servers one runs. The database is SQLite, or that of
the URL in JIFEN_STORE (tests/store/on_postgres.py).
"""
import http.client
import os
import shutil
import signal
import stat
import sys
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parents[1] / "tools"))
import county
import tap

JIFEN = sys.argv.pop(1)
OLD, NEW = "归 市县个性 封顶 40分", "归 市县个性 封顶 5分"
OWNER = {"login": "rule_owner", "purpose": "rules"}
C = None


def setUpModule():
    global C
    C = county.County(JIFEN, persons=1500, database=os.environ.get("JIFEN_STORE"), options=["--behind-proxy"])
    C.add_account("county_owner", "--role", "rule_owner", "--division", "330381", "--office", "瑞安规则组")
    C.add_account("other_owner", "--role", "rule_owner", "--division", "330106", "--office", "西湖规则组")


def tearDownModule():
    C.close()


def post(path, body=None, key=None, **more):
    return C.call("POST", path, {} if body is None else body, key=key or C.key(), **{**OWNER, **more})


def get(path, **more):
    return C.call("GET", path, **{**OWNER, **more})


def draft(**more):
    answer = post("/api/v1/drafts", county.draft("居住封顶五分", OLD, NEW), **more)
    assert answer.status == 200 and answer.json["draft"], answer
    return answer.json["draft"]


def ask(number=None, **more):
    answer = post("/api/v1/simulations", {"draft": number or draft()["number"], "on": "2026-11-01", "line": "100", **more})
    assert answer.status == 202, answer
    return answer.json["number"]


class Desk(unittest.TestCase):
    def problem(self, answer, status, code):
        self.assertEqual((answer.status, answer.json.get("code")), (status, code), answer)

    def test_same_as_the_command(self):
        """`jifen simulate` on an export of the database, with the draft as an auditor reads it, gives the same bytes"""
        number = ask()
        done = C.simulated(number)
        self.assertTrue(done["is_exact"])
        work = C.folder / "again"
        shutil.copytree(county.ROOT / "rules", work / "draft")
        audit = {"login": "auditor", "purpose": "audit"}
        job = C.call("GET", f"/api/v1/simulations/{number}", **audit).json
        for file in C.call("GET", f"/api/v1/drafts/{job['draft']['number']}", **audit).json["files"]:
            (work / "draft" / file["name"]).write_text(file["text"], encoding="utf-8", newline="")
        C.run(JIFEN, "population", "build", "--rules", C.rules(), "--db", C.database, "--keys", C.folder / "keys", "-o", work / "people.img")
        C.run(JIFEN, "population", "export", work / "people.img", "--rules", C.rules(), "-o", work / "data")
        for lang in ("zh", "en"):
            C.run(JIFEN, "simulate", "--rules", C.rules(), "--draft", work / "draft", "--data", work / "data", "--on", "2026-11-01",
                  "--line", "100", "--json", work / f"{lang}.json", "--html", work / "report.html", "--lang", lang)
            told = get(f"/api/v1/simulations/{number}/report", lang=lang)
            self.assertEqual(told.body, (work / f"{lang}.json").read_bytes())
            self.assertGreater(told.json["all"]["lose"], 100)
            for side in ("rules_before", "rules_after"):
                self.assertEqual(told.json[side], done[side])
        page = get(f"/api/v1/simulations/{number}/report.html")
        self.assertEqual(page.body, (work / "report.html").read_bytes())
        self.assertNotRegex(page.body.decode(), r"P0000\d+")

    def test_purpose_in_the_address(self):
        """a link may name its purpose in the address, reading alone; nobody else gets in by it"""
        number = ask()
        C.simulated(number)
        path = f"/api/v1/simulations/{number}/report.html"
        for login, purpose, status in (("rule_owner", "rules", 200), ("auditor", "audit", 200), ("rule_owner", "x", 403),
                                       ("clerk", "rules", 403), (None, "rules", 401)):
            answer = C.call("GET", path, login=login, query={"purpose": purpose})
            self.assertEqual(answer.status, status, (login, purpose))
        page = C.call("GET", path, login="auditor", query={"purpose": "audit"})
        self.assertIn("style-src 'unsafe-inline'", page.headers["content-security-policy"])
        self.assertNotIn("script-src", page.headers["content-security-policy"])
        answer = C.call("POST", f"/api/v1/simulations/{number}/cancel", {}, login="rule_owner", key=C.key(), query={"purpose": "rules"})
        self.problem(answer, 403, "JH0105")

    def test_places(self):
        """an owner drafts within the own division, and sees what was asked for there"""
        mine = draft(login="county_owner")
        whole = draft()
        province = (county.ROOT / "rules/zhejiang.md").read_text(encoding="utf-8")
        self.problem(post("/api/v1/drafts", {"name": "x", "files": [{"name": "zhejiang.md", "text": province}]}, login="county_owner"), 403, "JH0102")
        self.problem(post("/api/v1/drafts", county.draft("x", OLD, NEW), login="other_owner"), 403, "JH0102")
        self.assertEqual(get("/api/v1/drafts/" + mine["number"]).status, 200)
        for login, number in (("other_owner", mine["number"]), ("county_owner", whole["number"])):
            self.problem(get("/api/v1/drafts/" + number, login=login), 404, "JH0203")
            self.problem(post("/api/v1/simulations", {"draft": number}, login=login), 422, "JH0313")
        number = ask()
        for path in ("", "/report", "/report.html"):
            self.problem(get(f"/api/v1/simulations/{number}{path}", login="county_owner"), 404, "JH0203")
        self.problem(post(f"/api/v1/simulations/{number}/cancel", login="county_owner"), 404, "JH0203")
        listed = [s["number"] for s in get("/api/v1/simulations", login="county_owner").json["items"]]
        self.assertNotIn(number, listed)
        C.simulated(number)

    def test_what_is_wrong(self):
        """bad input is told by its field; a draft that does not compile comes back with place, sentence and remedy"""
        text = county.draft()["files"][0]["text"]
        for files in ([], [{"name": "a.txt", "text": text}], [{"name": "../a.md", "text": text}],
                      [{"name": "a.md", "text": text}] * 2):
            self.problem(post("/api/v1/drafts", {"name": "x", "files": files}), 422, "JH0318")
        self.problem(post("/api/v1/drafts", {"name": "x", "files": [{"name": f"{i}.md", "text": "x"} for i in range(41)]}), 422, "JH0312")
        self.problem(post("/api/v1/drafts", {"name": "x", "files": [{"name": "a.md", "text": "规" * 800000}]}), 422, "JH0318")
        self.problem(post("/api/v1/drafts", {"files": [{"name": "a.md", "text": text}]}), 422, "JH0301")
        number = draft()["number"]
        for body, code in (({}, "JH0301"), ({"draft": "C0"}, "JH0313"), ({"draft": number, "on": "2026-02-30"}, "JH0307"),
                           ({"draft": number, "line": "many"}, "JH0313"), ({"draft": number, "line": "60.555"}, "JH0313"),
                           ({"draft": number, "more": 1}, "JH0302")):
            self.problem(post("/api/v1/simulations", body), 422, code)
        answer = post("/api/v1/simulations", {"draft": number, "on": "1990-01-01"}, lang="en")
        self.problem(answer, 409, "JH0209")
        self.assertEqual(answer.json["guard"], "simulation.in_force")
        for lang in ("zh", "en"):
            answer = post("/api/v1/drafts", {"name": "x", "files": [{"name": "ruian.md", "text": "规则语言 中文 1\n\n```规则\n方案 坏\n```\n"}]}, lang=lang)
            self.assertEqual((answer.status, answer.json["draft"]), (200, None), answer)
            first = answer.json["findings"][0]
            self.assertEqual((first["file"], first["of_draft"], first["line"]), ("ruian.md", True, 4))
            self.assertRegex(first["sentence"]["zh"], "[\u4e00-\u9fff]")
            self.assertRegex(first["sentence"]["en"], "^[ -~“”\u4e00-\u9fff…]+$")

    def test_twice(self):
        """the same key asks once"""
        number, key = draft()["number"], C.key()
        first, again = (post("/api/v1/simulations", {"draft": number, "on": "2026-11-01"}, key=key) for _ in range(2))
        self.assertEqual(first.json["number"], again.json["number"])
        self.problem(post("/api/v1/simulations", {"draft": number, "on": "2026-11-02"}, key=key), 409, "JH0209")
        C.simulated(first.json["number"])

    def test_audited(self):
        """who asked for what stands in the audit log, and so does the run; the chain is whole"""
        number = ask()
        C.simulated(number)
        records, page = [], True
        while page:
            after = records[-1]["seq"] if records else 0
            page = C.call("GET", "/api/v1/audit", login="auditor", purpose="audit", query={"after": after}).json["records"]
            records += page
        kinds = [r["kind"] for r in records]
        for kind in ("draft.make", "simulation.ask", "simulation.start", "simulation.finish"):
            self.assertIn(kind, kinds)
        asked = [r for r in records if r["kind"] == "simulation.ask"][-1]
        self.assertEqual((asked["role"], asked["purpose"]), ("rule_owner", "rules"))
        self.assertEqual(C.call("GET", "/api/v1/audit/verify", login="auditor", purpose="audit").json["first_wrong"], None)

    def test_requests_do_not_wait(self):
        """residents' pages are answered while simulations run one after another"""
        draft_number = draft()["number"]
        numbers = [ask(draft_number, on=f"2026-10-{i + 1:02d}") for i in range(4)]
        while get(f"/api/v1/simulations/{numbers[-1]}").json["state"] in ("waiting", "running"):
            self.assertEqual(C.call("GET", "/api/v1/me/score", login="resident").status, 200)
            time.sleep(0.05)
        self.assertEqual({C.simulated(n)["state"] for n in numbers}, {"done"})

    @unittest.skipIf(os.environ.get("JIFEN_STORE"), "the folder beside a database that is a file")
    def test_folder(self):
        """the image lies beside the database, for its owner alone"""
        C.simulated(ask())
        folder = Path(f"{C.folder}/jifen.db.work")
        self.assertEqual(stat.S_IMODE(folder.stat().st_mode), 0o700)
        self.assertRegex(" ".join(sorted(p.name for p in folder.iterdir())), r"^people-[0-9a-f]{16}.img people-[0-9a-f]{16}.img.head$")


class Killed(unittest.TestCase):
    """Servers that die, and several of them; the image is in a folder of ours, so that it can be taken away."""

    @classmethod
    def setUpClass(cls):
        C.stop()
        C.options += ["--work", str(C.folder / "work")]
        C.start()

    def caught_running(self):
        """Ask until a job is seen running, and kill the server that moment."""
        looker = f"looker-{next(C.numbers)}"  # of its own: how often somebody asks is limited
        C.add_account(looker, "--role", "auditor", "--division", "330000", "--office", "审计")
        number = draft()["number"]
        for _ in range(6):
            shutil.rmtree(C.folder / "work")  # to be gathered anew: that takes a while
            (C.folder / "work").mkdir(mode=0o700)
            job = ask(number)
            connection = http.client.HTTPConnection(C.address.hostname, C.address.port, timeout=30)
            headers = {"Authorization": "Bearer " + C.token(looker), "X-Purpose": "audit"}
            state = b'"state":"waiting"'
            while b'"state":"waiting"' in state:
                time.sleep(0.005)
                connection.request("GET", f"/api/v1/simulations/{job}", headers=headers)
                state = connection.getresponse().read()
            if b'"state":"running"' in state:
                C.process.send_signal(signal.SIGKILL)
                C.process.wait(10)
                connection.close()
                return job
            connection.close()
        self.fail("no job was seen running")

    def wait_for(self, job, state):
        end = time.monotonic() + 30
        while (now := get(f"/api/v1/simulations/{job}").json)["state"] != state:
            self.assertLess(time.monotonic(), end, now)
            time.sleep(0.1)
        return now

    def start_again(self):
        C.process.stdout.close()
        C.log.close()
        C.start()

    def test_killed(self):
        """kill -9 while one runs: it is told as broken off after the next start, and the next one runs"""
        job = self.caught_running()
        self.start_again()
        now = self.wait_for(job, "broken")
        self.assertEqual(now["fault"]["code"], "stopped")
        self.assertIsNotNone(now["ended"])
        self.assertEqual(get(f"/api/v1/simulations/{job}/report").status, 404)
        self.wait_for(ask(), "done")

    def test_two_servers(self):
        """one of two servers runs them; when it is killed, the other tells what was broken off and goes on"""
        first = C.process, C.address
        stream, log = first[0].stdout, C.log
        C.start()
        second = C.process, C.address
        try:
            self.wait_for(ask(), "done")  # by whoever has the turn: the first
            C.process, C.address = first
            job = self.caught_running()
            C.process, C.address = second
            self.assertEqual(get(f"/api/v1/simulations/{job}").json["state"], "running")
            self.assertIsNone(get(f"/api/v1/simulations/{job}").json["progress"])
            self.wait_for(job, "broken")
            self.wait_for(ask(), "done")
        finally:
            C.process, C.address = second
            stream.close()
            log.close()

    def test_stopped(self):
        """a server that is told to stop ends well, and what runs is broken off or done"""
        job = ask()
        self.assertEqual(C.stop(), 0)
        C.start()
        now = get(f"/api/v1/simulations/{job}").json
        if now["state"] in ("waiting", "running"):
            now = self.wait_for(job, "done")
        self.assertIn(now["state"], ("done", "broken"))


tap.main(__name__)
