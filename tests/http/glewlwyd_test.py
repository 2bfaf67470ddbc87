#!/usr/bin/python3
"""Sign-in through a real Glewlwyd, and again after it has changed its key: glewlwyd_test.py JIFEN."""
import sys
import unittest
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(Path(__file__).resolve().parent)]
import tap
from glewlwyd import Glewlwyd, is_installed
from keys import Key
from world import Browser, World

JIFEN = sys.argv.pop(1)
# Of characters that need no encoding: Glewlwyd takes the secret as it comes.
CLIENT, SECRET = "jifen", "the-secret-of-jifen"
PASSWORD = "a password of the provider"


@unittest.skipUnless(is_installed(), "glewlwyd is not installed")
class RealProvider(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World(JIFEN)
        cls.addClassCleanup(cls.world.close)
        cls.provider = Glewlwyd(cls.world.dir)
        cls.addClassCleanup(cls.provider.stop)
        cls.keys = [Key(cls.world.dir, "first")]
        cls.provider.add_plugin([k.private_jwk() for k in cls.keys])
        cls.provider.add_user_property("id_number")
        for i in range(2):
            cls.provider.add_user(f"resident{i}", PASSWORD, id_number=cls.world.people[i]["id_number"])
        cls.provider.add_user("stranger", PASSWORD, id_number="110101194912310021")
        cls.world.serve(oidc=f"oidc.issuer = {cls.provider.issuer}\noidc.client_id = {CLIENT}\n"
                             f"oidc.client_secret = {SECRET}\noidc.id_number_claim = id_number\n")
        cls.provider.add_client(CLIENT, SECRET, cls.world.url + "/api/v1/signin/oidc/callback")

    def sign_in(self, name, browser=None):
        browser = browser or Browser()
        begun = browser.get(self.world.url + "/api/v1/signin/oidc?return=%23/rules")
        self.assertEqual(begun.status, 302)
        back = self.provider.login(browser, begun.location, name, PASSWORD, CLIENT)
        self.assertEqual(back.status, 302, back.body)
        self.assertTrue(back.location.startswith(self.world.url + "/api/v1/signin/oidc/callback?"), back.location)
        return browser.get(back.location), back.location

    def who(self, browser):
        return browser.get(self.world.url + "/api/v1/session").json

    def test_flow(self):
        """the right person is signed in, comes back to the page, and reads what is theirs"""
        for i in range(2):
            browser = Browser()
            answer, _ = self.sign_in(f"resident{i}", browser)
            self.assertEqual((answer.status, answer.location), (302, "/#/rules"), self.world.logged())
            who = self.who(browser)
            self.assertEqual((who["signed_in"], who["role"]), (True, "resident"))
            self.assertEqual(who["name"][0], self.world.people[i]["name"][0])
            score = browser.get(self.world.url + "/api/v1/me/score?on=2026-11-01")
            self.assertEqual(score.status, 200, score.body)
            self.assertEqual(self.end(browser, who["csrf"]), False)

    def end(self, browser, csrf):
        browser.call("DELETE", self.world.url + "/api/v1/session", X_CSRF_Token=csrf)
        return self.who(browser)["signed_in"]

    def test_stranger(self):
        """somebody whom the provider knows and we do not"""
        answer, _ = self.sign_in("stranger")
        self.assertEqual(answer.location, "/#/signin?error=JH0111")

    def test_replay(self):
        """the address of the way back serves once"""
        browser = Browser()
        answer, address = self.sign_in("resident0", browser)
        self.assertEqual(answer.location, "/#/rules")
        self.assertEqual(browser.get(address).location, "/#/signin?error=JH0110")
        # Another browser with a sign-in of its own cannot use it either.
        other = Browser()
        other.get(self.world.url + "/api/v1/signin/oidc")
        self.assertEqual(other.get(address).location, "/#/signin?error=JH0110")

    def test_rotation(self):
        """the provider signs with another key from now on; nobody has to tell us"""
        self.assertEqual(self.sign_in("resident0")[0].location, "/#/rules")
        self.provider.rotate([k.private_jwk() for k in (Key(self.world.dir, "second"), *self.keys)])
        self.assertEqual(self.sign_in("resident1")[0].location, "/#/rules", self.world.logged())
        # And with an elliptic curve, when the one who looks for keys may look again: after a restart.
        self.provider.rotate([{**Key(self.world.dir, "third", "EC").private_jwk(), "alg": "ES256"}])
        self.world.restart()
        self.assertEqual(self.sign_in("resident0")[0].location, "/#/rules", self.world.logged())


if __name__ == "__main__":
    tap.main(__name__)
