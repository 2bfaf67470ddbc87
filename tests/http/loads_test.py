#!/usr/bin/python3
"""A department's file, from upload to somebody's score and back: loads_test.py JIFEN."""
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parents[1] / "tools"))
import county
import tap

JIFEN = sys.argv.pop(1)


class Loads(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.c = county.County(JIFEN, persons=200)
        cls.code = cls.c.code("resident")

    @classmethod
    def tearDownClass(cls):
        cls.c.close()

    def stage(self, register, text, mode="changes", login="department"):
        answer = self.c.call("POST", "/api/v1/loads", text.encode(), login=login, purpose="supply",
                             query={"register": register, "mode": mode, "file": "push.csv"},
                             headers={"Content-Type": "text/csv"}, key=self.c.key())
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def step(self, number, event, login="department", status=200):
        answer = self.c.call("POST", f"/api/v1/loads/{number}/{event}", b"", login=login,
                             purpose="supply", key=self.c.key())
        self.assertEqual(answer.status, status, answer)
        return answer.json

    def total(self):
        return self.c.call("GET", "/api/v1/me/score", login="resident").json

    def rows(self, register):
        lines = (self.c.folder / f"data/{register}.csv").read_text(encoding="utf-8").split("\n")
        return lines[0], [x for x in lines[1:] if x.startswith(self.code + ",")]

    def test_push(self):
        """one person's changed rows are in the next score; taken back, it is as before"""
        before = self.total()
        header, rows = self.rows("residence")
        self.assertTrue(rows)
        load = self.stage("residence", header + "\n" + f"{self.code},310115,2015-01-01,\n")
        self.assertEqual((load["state"], load["persons_touched"], load["added"], load["removed"]),
                         ("staged", 1, 1, len(rows)))
        self.assertEqual(self.total()["total"], before["total"])  # staged is not applied
        self.assertEqual(self.step(load["number"], "accept")["state"], "applied")
        after = self.total()
        line = {x["name"]: x["points"] for x in after["lines"]}
        self.assertEqual(line["residence"], "0.00")  # lived outside the province
        self.assertNotEqual(after["total"], before["total"])
        self.assertEqual(self.step(load["number"], "reverse")["state"], "reversed")
        again = self.total()
        self.assertEqual(again["total"], before["total"])
        self.assertEqual(again["lines"], before["lines"])

    def test_same_file(self):
        """the same file again points to the first and changes nothing"""
        header, rows = self.rows("pension")
        text = header + "\n" + "\n".join(rows) + "\n"
        first = self.stage("pension", text)
        self.assertEqual((first["added"], first["removed"], first["same_as"]), (0, 0, None))
        self.step(first["number"], "accept")
        second = self.stage("pension", text)
        self.assertEqual(second["same_as"], first["number"])
        self.assertEqual(second["quality"]["last"], first["number"])
        self.assertEqual([x["filled"] for x in second["quality"]["columns"]], [len(rows)] * 3)

    def test_twins(self):
        """a number that two persons have: refused, a case, settled by people"""
        number = self.c.identity(self.code)["id_number"]
        twins = self.stage("identity",
                           f"person_id,id_number,name,phone\nTWIN,{number},王小明,\n", "add")
        self.step(twins["number"], "accept")
        load = self.stage("residence", f"id_number,division,from,to\n{number},330381,2020-01-01,\n")
        self.assertEqual([x["code"] for x in load["quality"]["refused"]], ["JD0123"])
        self.assertEqual(load["added"], 0)
        errors = self.c.call("GET", f"/api/v1/loads/{load['number']}/errors.csv", login="department",
                             purpose="supply")
        self.assertIn(b"residence.csv,2,id_number,JD0123,", errors.body)
        listed = self.c.call("GET", "/api/v1/staff/identity-cases", login="reviewer",
                             query={"state": "several"}, purpose="review")
        self.assertEqual(listed.status, 200, listed)
        case = next(x for x in listed.json["items"]
                    if self.code in [p["code"] for p in x["persons"]])
        self.assertEqual({p["code"] for p in case["persons"]}, {self.code, "TWIN"})
        self.assertNotIn(number, listed.body.decode())
        path = f"/api/v1/staff/identity-cases/{case['number']}/distinct"
        for login, purpose, status in (("clerk", "window", 403), ("reviewer", "review", 200)):
            answer = self.c.call("POST", path, {"note": "见过两人"}, login=login, purpose=purpose,
                                 key=self.c.key())
            self.assertEqual(answer.status, status, answer)


if __name__ == "__main__":
    tap.main(__name__)
