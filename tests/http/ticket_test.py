#!/usr/bin/python3
"""Tickets of 浙里办 against a real HTTP peer that keeps the contract of docs/CHANNEL.md, and peers that
do not: ticket_test.py JIFEN."""
import hashlib
import hmac
import json
import sys
import threading
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(Path(__file__).resolve().parent)]
import tap
from world import PATIENCE_S, Browser, Peer, World, make_certificate

JIFEN = sys.argv.pop(1)
KEY, SECRET = "jifen-app", "a secret of the application"
TICKET = "ST-2026-0001-abcdef"


def sm3_hmac(key, text):
    """HMAC by its definition, over the digest of the library behind hashlib."""
    return hmac.new(key, text, lambda data=b"": hashlib.new("sm3", data)).hexdigest()


class Service:
    """Keeps the contract: checks the signature, knows its tickets, each once."""

    def __init__(self, kind, path):
        self.kind, self.path = kind, path
        self.tickets = {}
        self.twist = lambda answer: answer
        self.problems = []

    def check(self, method, path, headers, body):
        text = "\n".join([method, path, headers.get("x-app-key", ""), headers.get("x-timestamp", ""),
                          headers.get("x-nonce", ""), hashlib.new("sm3", body).hexdigest()])
        if headers.get("x-signature") != sm3_hmac(SECRET.encode(), text.encode()):
            self.problems.append("signature")
        if headers.get("x-app-key") != KEY or path != self.path or method != "POST":
            self.problems.append(f"{method} {path}")
        if abs(int(headers.get("x-timestamp", 0)) - time.time()) > 60:
            self.problems.append("time")
        asked = json.loads(body)
        if asked["kind"] != self.kind or asked["nonce"] != headers.get("x-nonce"):
            self.problems.append("body")
        return asked

    def __call__(self, method, path, headers, body):
        asked = self.check(method, path, headers, body)
        who = self.tickets.pop(asked["value"], None)
        answer = {"result": "refused", "nonce": asked["nonce"]}
        if who:
            answer = {"result": "ok", "kind": self.kind, "nonce": asked["nonce"],
                      "issued": int(time.time()), **who}
        answer = self.twist(answer)
        if answer is None or isinstance(answer, tuple):
            return answer
        return 200, {}, answer if isinstance(answer, bytes) else json.dumps(answer).encode()


class Tickets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World(JIFEN)
        cls.certificate = make_certificate(cls.world.dir)
        cls.app, cls.wechat = Service("ticket", "/redeem?app=1"), Service("ticketId", "/wx")
        cls.app_peer = Peer(cls.app, cls.certificate)
        cls.wechat_peer = Peer(cls.wechat, cls.certificate)
        cls.settings = (f"# both kinds\nticket.app_url = {cls.app_peer.url}/redeem?app=1\n"
                        f"ticket.wechat_url = {cls.wechat_peer.url}/wx\nticket.app_key = {KEY}\n"
                        f"ticket.app_secret = {SECRET}\nticket.ca = {cls.certificate[0]}\n")
        cls.world.serve(oidc=cls.settings)
        cls.count = 0

    @classmethod
    def tearDownClass(cls):
        cls.app_peer.close()
        cls.wechat_peer.close()
        cls.world.close()

    def setUp(self):
        for service in (self.app, self.wechat):
            service.tickets.clear()
            service.problems.clear()
            service.twist = lambda answer: answer

    def tearDown(self):
        self.assertEqual(self.app.problems + self.wechat.problems, [])

    def fresh(self):
        type(self).count += 1
        return f"ST-2026-{self.count:05d}-abcdef"

    def person(self, at):
        return {"subject": f"zlb-user-{at}", "id_number": self.world.people[at]["id_number"]}

    def redeem(self, value, kind="ticket", mode="bearer", **headers):
        return Browser().post(self.world.url + "/api/v1/session/ticket",
                              {"kind": kind, "value": value, "mode": mode}, **headers)

    def test_ticket(self):
        """a ticket signs the right resident in, and again the same account later"""
        first, second = self.fresh(), self.fresh()
        self.app.tickets = {first: self.person(0), second: self.person(0)}
        answer = self.redeem(first)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.json["role"], "resident")
        who = Browser(Authorization="Bearer " + answer.json["token"]).get(self.world.url + "/api/v1/session").json
        self.assertTrue(who["signed_in"])
        self.assertEqual(who["name"][0], self.world.people[0]["name"][0])
        self.assertEqual(self.redeem(second).status, 200)

    def test_cookie(self):
        """a cookie session writes only with its CSRF token"""
        value = self.fresh()
        self.wechat.tickets = {value: self.person(1)}
        browser = Browser()
        made = browser.post(self.world.url + "/api/v1/session/ticket",
                            {"kind": "ticketId", "value": value, "mode": "cookie"})
        self.assertEqual(made.status, 200, made.body)
        self.assertNotIn("token", made.json)
        cookie = made.headers["Set-Cookie"]
        for word in ("HttpOnly", "SameSite=Lax", "Path=/"):
            self.assertIn(word, cookie)
        shown = browser.get(self.world.url + "/api/v1/session").json
        self.assertEqual(shown["csrf"], made.json["csrf"])
        self.assertEqual(browser.call("DELETE", self.world.url + "/api/v1/session").status, 200)
        self.assertTrue(browser.get(self.world.url + "/api/v1/session").json["signed_in"],
                        "without the CSRF token nothing ends")
        browser.call("DELETE", self.world.url + "/api/v1/session", X_CSRF_Token=shown["csrf"])
        self.assertFalse(browser.get(self.world.url + "/api/v1/session").json["signed_in"])

    def test_replay(self):
        """a ticket serves once, whatever the service thinks"""
        value = self.fresh()
        self.app.tickets = {value: self.person(2)}
        self.assertEqual(self.redeem(value).status, 200)
        self.app.tickets = {value: self.person(2)}
        calls = len(self.app_peer.calls)
        again = self.redeem(value)
        self.assertEqual((again.status, again.json["code"]), (401, "JH0112"))
        self.assertEqual(len(self.app_peer.calls), calls, "it is not even asked about")

    def test_refusals_are_recorded(self):
        """a ticket that is refused stands in the log, without its text; one that got no answer does not"""
        refused = lambda: [x for x in self.world.audit()[0] if x == ("session.unknown", "ticket")]
        values = [self.fresh() for _ in range(12)]
        before = len(refused())
        self.app.twist = lambda a: None
        self.assertEqual(self.redeem(self.fresh()).status, 502)
        self.assertEqual(len(refused()), before)
        self.app.twist = lambda a: a
        for value in values:
            self.assertEqual(self.redeem(value).status, 401)
        self.assertGreater(len(refused()), 0)
        self.assertLessEqual(len(refused()), 32, "an hour has 16 at most, and the hour may turn")
        for value in values:
            self.assertNotIn(value, self.world.audit()[1])

    def test_mixed(self):
        """the kinds are not interchangeable, not even after a refusal"""
        value = self.fresh()
        self.wechat.tickets = {value: self.person(3)}
        self.assertEqual(self.redeem(value, "ticket").json["code"], "JH0112")
        self.assertEqual(self.redeem(value, "ticketId").json["code"], "JH0112")
        # A service that answers for the other kind is not believed.
        value = self.fresh()
        self.app.tickets = {value: self.person(3)}
        self.app.twist = lambda answer: {**answer, "kind": "ticketId"}
        self.assertEqual(self.redeem(value).json["code"], "JH0112")

    def test_answers_not_believed(self):
        """another call's answer, an old one, nobody, refused"""
        twists = [lambda a: {**a, "nonce": "x" * 24}, lambda a: {**a, "issued": int(time.time()) - 400},
                  lambda a: {**a, "issued": int(time.time()) + 400}, lambda a: {**a, "issued": "now"},
                  lambda a: {**a, "subject": ""}, lambda a: {**a, "subject": "a b"},
                  lambda a: {**a, "result": "refused"}]
        for twist in twists:
            value = self.fresh()
            self.app.tickets = {value: self.person(3)}
            self.app.twist = twist
            answer = self.redeem(value)
            self.assertEqual((answer.status, answer.json["code"]), (401, "JH0112"))

    def test_garbage(self):
        """garbage, doubled names, errors, redirects, too much: the provider does not answer"""
        large = b'{"result":"ok","x":"' + b"y" * 300000 + b'"}'
        twists = [lambda a: b"", lambda a: b"{", lambda a: b"[]", lambda a: b"null", lambda a: large,
                  lambda a: b'{"result":"ok","result":"refused"}', lambda a: (500, {}, b"{}"),
                  lambda a: (302, {"Location": self.app_peer.url + "/redeem?app=1"}, b""), lambda a: None]
        for twist in twists:
            value = self.fresh()
            self.app.twist = twist
            answer = self.redeem(value)
            self.assertEqual((answer.status, answer.json["code"]), (502, "JH0109"), answer.body)

    def test_late(self):
        """a service that takes too long does not hold anybody up for ever"""
        over = threading.Event()
        self.app.twist = lambda a: over.wait(PATIENCE_S) and None
        answer = self.redeem(self.fresh())
        over.set()
        self.assertEqual((answer.status, answer.json["code"]), (502, "JH0109"), answer.body)
        self.assertIn("Timeout was reached", self.world.logged())

    def test_stranger(self):
        """a service whose certificate nobody we trust has signed is not asked"""
        folder = self.world.dir / "other"
        folder.mkdir()
        stranger = Peer(self.app, make_certificate(folder))
        other = World(JIFEN)
        self.addCleanup(other.close)
        self.addCleanup(stranger.close)
        other.serve(oidc=self.settings.replace(self.app_peer.url, stranger.url))
        value = self.fresh()
        self.app.tickets = {value: self.person(0)}
        answer = Browser().post(other.url + "/api/v1/session/ticket", {"kind": "ticket", "value": value})
        self.assertEqual((answer.status, answer.json["code"]), (502, "JH0109"), answer.body)
        self.assertEqual(stranger.calls, [])

    def test_log(self):
        """the log knows neither tickets nor people"""
        value = self.fresh()
        self.app.tickets = {value: self.person(4)}
        self.assertEqual(self.redeem(value).status, 200)
        self.redeem(value)
        log = self.world.logged()
        self.assertIn("the ticket was used before", log)
        for secret in (value, SECRET, self.world.people[4]["id_number"], "zlb-user-4"):
            self.assertNotIn(secret, log)

    def test_no_answer_is_no_use(self):
        """a ticket that could not be asked about may be tried again"""
        value = self.fresh()
        self.app.twist = lambda a: None
        self.assertEqual(self.redeem(value).status, 502)
        self.app.tickets = {value: self.person(0)}
        self.app.twist = lambda a: a
        self.assertEqual(self.redeem(value).status, 200)

    def test_nobody(self):
        """no resident with that number, no number, a number that is none"""
        for who in ({"subject": "u9", "id_number": "110101194912310021"}, {"subject": "u8"},
                    {"subject": "u7", "id_number": "1"}, {"subject": "u6", "id_number": 5}):
            value = self.fresh()
            self.app.tickets = {value: who}
            answer = self.redeem(value)
            self.assertEqual((answer.status, answer.json["code"]), (403, "JH0111"), answer.body)

    def test_from_elsewhere(self):
        """another site's page signs nobody in"""
        calls = len(self.app_peer.calls)
        self.assertEqual(self.redeem(self.fresh(), Sec_Fetch_Site="cross-site").status, 403)
        body = json.dumps({"kind": "ticket", "value": self.fresh()})
        answer = Browser().post(self.world.url + "/api/v1/session/ticket", body, Content_Type="text/plain")
        self.assertEqual(answer.status, 403)
        self.assertEqual(len(self.app_peer.calls), calls)

    def test_values_that_are_none(self):
        """blanks, control characters and other letters are no tickets; they are not asked about"""
        calls = len(self.app_peer.calls)
        for value in ("short", "with a blank in it", "票据票据票据票据"):
            self.assertIn(self.redeem(value).status, (401, 422))
        self.assertEqual(len(self.app_peer.calls), calls)


if __name__ == "__main__":
    tap.main(__name__)
