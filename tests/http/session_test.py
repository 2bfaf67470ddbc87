#!/usr/bin/python3
"""Signing in with accounts of this system, over HTTP: session_test.py JIFEN."""
import base64
import hashlib
import hmac
import re
import sys
import threading
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(Path(__file__).resolve().parent)]
import tap
from world import Browser, World

JIFEN = sys.argv.pop(1)
PASSWORD = "correct horse battery"
SESSION = "/api/v1/session"


def totp(secret, at):
    """RFC 6238, by itself."""
    mac = hmac.new(secret, (at // 30).to_bytes(8, "big"), hashlib.sha1).digest()
    at = mac[19] & 15
    return f"{(int.from_bytes(mac[at:at + 4], 'big') & 0x7FFFFFFF) % 1000000:06d}"


class Accounts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World(JIFEN)
        cls.addClassCleanup(cls.world.close)
        cls.world.account("wang", "resident", PASSWORD, person=cls.world.people[0]["person_id"], name="王小明")
        cls.world.account("li", "resident", PASSWORD, person=cls.world.people[1]["person_id"], name="李四")
        said = cls.world.account("clerk", "clerk", PASSWORD, division="330381", office="窗口", name="张三", totp=True)
        secret = re.search(r"secret=([A-Z2-7]+)", said).group(1)
        cls.secret = base64.b32decode(secret + "=" * (-len(secret) % 8))
        cls.world.account("bare", "clerk", PASSWORD, division="330381", office="窗口", name="赵六")
        cls.world.serve()

    def sign_in(self, login, password=PASSWORD, browser=None, **more):
        body = {"login": login, "password": password, **more}
        return (browser or Browser()).post(self.world.url + SESSION, body)

    def who(self, browser):
        answer = browser.get(self.world.url + SESSION)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    def test_signed_out(self):
        """nobody is told how to sign in, and no accounts outside a demo"""
        self.assertEqual(self.who(Browser()), {"signed_in": False, "demo": False, "oidc": False, "tickets": []})

    def test_bearer(self):
        """a bearer token in the answer, no cookie, no CSRF token"""
        made = self.sign_in("wang")
        self.assertEqual(made.status, 200, made.body)
        self.assertEqual(set(made.json), {"token", "role", "role_name", "expires"})
        self.assertIsNone(made.headers["Set-Cookie"])
        self.assertEqual(made.headers["Cache-Control"], "no-store")
        browser = Browser(Authorization="Bearer " + made.json["token"])
        who = self.who(browser)
        self.assertTrue(who["signed_in"])
        self.assertNotIn("csrf", who)
        self.assertEqual(browser.call("DELETE", self.world.url + SESSION).json, {"signed_in": False})
        self.assertFalse(self.who(browser)["signed_in"])

    def test_cookie(self):
        """a cookie that scripts do not see, and a CSRF token that a page is told again"""
        browser = Browser()
        made = self.sign_in("wang", browser=browser, mode="cookie")
        self.assertEqual(set(made.json), {"csrf", "role", "role_name", "expires"})
        self.assertRegex(made.headers["Set-Cookie"],
                         r"^jifen_session=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax; Max-Age=43200$")
        self.assertEqual(self.who(browser)["csrf"], made.json["csrf"])
        secure = self.sign_in("wang", browser=Browser(**{"X-Forwarded-Proto": "https"}), mode="cookie")
        self.assertRegex(secure.headers["Set-Cookie"], r"^__Host-jifen_session=.*; Secure$")

    def test_token_is_of_its_kind(self):
        """a cookie's token is no bearer token, nor the other way round"""
        browser = Browser()
        self.sign_in("wang", browser=browser, mode="cookie")
        cookie = next(iter(browser.cookies.values()))["jifen_session"]
        self.assertFalse(self.who(Browser(Authorization="Bearer " + cookie))["signed_in"])
        bearer = self.sign_in("wang").json["token"]
        self.assertFalse(self.who(Browser(Cookie="jifen_session=" + bearer))["signed_in"])

    def test_wrong(self):
        """wrong login, wrong password, code missing, locked: one and the same answer"""
        answers = [self.sign_in("nobody"), self.sign_in("li", "wrong horse battery"), self.sign_in("bare"),
                   self.sign_in("clerk"), self.sign_in("clerk", totp="000000")]
        answers += [self.sign_in("li", "wrong horse battery") for _ in range(6)]
        answers += [self.sign_in("li")]  # the right one, but locked by now
        seen = {(a.status, a.json["code"], a.json["title"], a.json["detail"], a.headers["Retry-After"]) for a in answers}
        self.assertEqual(len(seen), 1, seen)
        self.assertEqual(next(iter(seen))[:2], (401, "JH0106"))

    def test_code(self):
        """staff with a code; the same code is worth nothing a second time, not even at the same time"""
        code = totp(self.secret, int(time.time()))
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(self.sign_in("clerk", totp=code).status)) for _ in range(6)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(sorted(answers).count(200), 1, answers)
        self.assertNotEqual(self.sign_in("clerk", totp=code).status, 200)

    def test_elsewhere(self):
        """another site's page can neither sign in nor out"""
        body = {"login": "wang", "password": PASSWORD}
        self.assertEqual(Browser().post(self.world.url + SESSION, body, Sec_Fetch_Site="cross-site").status, 403)
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            text = '{"login":"wang","password":"' + PASSWORD + '"}'
            self.assertEqual(Browser().post(self.world.url + SESSION, text, Content_Type=kind).status, 403)
        browser = Browser()
        csrf = self.sign_in("wang", browser=browser, mode="cookie").json["csrf"]
        for headers in ({}, {"X_CSRF_Token": "x" * 43}, {"X_CSRF_Token": csrf, "Sec_Fetch_Site": "cross-site"}):
            browser.call("DELETE", self.world.url + SESSION, **headers)
            self.assertTrue(self.who(browser)["signed_in"], headers)

    def test_replaced(self):
        """who signs in again leaves no session behind"""
        browser = Browser()
        self.sign_in("wang", browser=browser, mode="cookie")
        old = next(iter(browser.cookies.values()))["jifen_session"]
        csrf = self.who(browser)["csrf"]
        again = browser.post(self.world.url + SESSION, {"login": "wang", "password": PASSWORD, "mode": "cookie"},
                             X_CSRF_Token=csrf)
        self.assertEqual(again.status, 200)
        self.assertTrue(self.who(browser)["signed_in"])
        self.assertFalse(self.who(Browser(Cookie="jifen_session=" + old))["signed_in"])

    def test_bodies(self):
        """bodies that are none"""
        for body, status in (({}, 422), ({"login": "wang"}, 422), ({"login": 1, "password": 2}, 422), ([], 400),
                             ({"login": "wang", "password": PASSWORD, "mode": "x"}, 422),
                             ({"login": "wang", "password": PASSWORD, "role": "security"}, 422)):
            self.assertEqual(Browser().post(self.world.url + SESSION, body).status, status, body)
        self.assertEqual(Browser().post(self.world.url + SESSION, {"login": "x" * 5000, "password": "y"}).status, 413)

    def test_not_set_up(self):
        """what is not set up is not there"""
        for kind in ("ticket", "ticketId"):
            answer = Browser().post(self.world.url + SESSION + "/ticket", {"kind": kind, "value": "ST-12345678"})
            self.assertEqual((answer.status, answer.json["code"]), (404, "JH0108"))
        for path in ("/api/v1/signin/oidc", "/api/v1/signin/oidc/callback?state=x&code=y"):
            self.assertEqual(Browser().get(self.world.url + path).status, 404)

    def test_log(self):
        """the log knows no passwords, tokens and names"""
        token = self.sign_in("wang").json["token"]
        self.who(Browser(Authorization="Bearer " + token))
        log = self.world.logged()
        for secret in (PASSWORD, token, "wang", "王"):
            self.assertNotIn(secret, log)


class Demo(unittest.TestCase):
    def test_demo(self):
        """a demo shows its accounts to those who are not signed in, and staff come in without a code"""
        shown = [{"login": "clerk", "password": PASSWORD, "role": "clerk", "note": "窗口", "note_en": "window"}]
        world = World(JIFEN, persons=1)
        self.addCleanup(world.close)
        world.account("clerk", "clerk", PASSWORD, division="330381", office="窗口", name="张三")
        world.serve(demo=shown)
        browser = Browser()
        told = browser.get(world.url + SESSION).json
        self.assertTrue(told["demo"])
        self.assertEqual([a["login"] for a in told["demo_accounts"]], ["clerk"])
        self.assertEqual(browser.post(world.url + SESSION, {"login": "clerk", "password": PASSWORD, "mode": "cookie"}).status, 200)
        who = browser.get(world.url + SESSION).json
        self.assertEqual((who["role"], who["division"], who["office"], who["name"]), ("clerk", 330381, "窗口", "张三"))
        self.assertNotIn("demo_accounts", who)


if __name__ == "__main__":
    tap.main(__name__)
