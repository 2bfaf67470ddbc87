#!/usr/bin/python3
"""Sign-in by OpenID Connect against a provider that can be made to lie: oidc_test.py JIFEN.

Tokens are signed by the openssl command line. The same flow with a provider that others wrote is
glewlwyd_test.py."""
import base64
import hashlib
import hmac
import json
import sys
import time
import unittest
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(Path(__file__).resolve().parent)]
import tap
from keys import Key, b64
from world import Browser, Peer, World

JIFEN = sys.argv.pop(1)
CLIENT, SECRET = "jifen client", "a secret: with %, & and +"


class Provider:
    """Answers as OpenID Connect Core says, except where `twist_*` says otherwise."""

    def __init__(self, folder):
        self.keys = [Key(folder, "first")]
        self.user = {"sub": "alice"}
        self.userinfo = {}
        self.codes, self.given = {}, 0
        self.problems = []
        self.plain()
        self.peer = Peer(self)
        self.issuer = self.peer.url + "/op"

    def plain(self):
        self.twist_claims = lambda claims: claims
        self.twist_token = lambda token, claims: token
        self.twist_discovery = lambda document: document
        self.published = None
        self.user, self.userinfo = {"sub": "alice"}, {}
        self.problems.clear()

    def discovery(self):
        return self.twist_discovery({
            "issuer": self.issuer, "authorization_endpoint": self.issuer + "/auth?tenant=1",
            "token_endpoint": self.issuer + "/token", "jwks_uri": self.issuer + "/jwks",
            "userinfo_endpoint": self.issuer + "/userinfo"})

    def __call__(self, method, path, headers, body):
        what = path.removeprefix("/op/").partition("?")[0]
        if what == ".well-known/openid-configuration":
            return self.json(self.discovery())
        if what == "jwks":
            keys = self.keys if self.published is None else self.published
            return self.json({"keys": [k.jwk() if isinstance(k, Key) else k for k in keys]})
        if what == "token":
            return self.token(headers, {k: v[0] for k, v in parse_qs(body.decode()).items()})
        if what == "userinfo" and headers.get("authorization") == "Bearer access-1":
            return self.json({"sub": self.user["sub"], **self.userinfo})
        return 404, {}, b"{}"

    @staticmethod
    def json(value, status=200):
        return status, {}, value if isinstance(value, bytes) else json.dumps(value).encode()

    def login(self, url):
        """What the person's browser does at the provider: (state, code)."""
        query = {k: v[0] for k, v in parse_qs(urlsplit(url).query).items()}
        for name, want in (("response_type", "code"), ("client_id", CLIENT), ("tenant", "1"),
                           ("code_challenge_method", "S256"), ("scope", "openid profile")):
            if query.get(name) != want:
                self.problems.append(f"{name}: {query.get(name)}")
        self.given += 1
        code = f"code-{self.given}"
        self.codes[code] = query
        return query["state"], code

    def token(self, headers, form):
        asked = self.codes.pop(form.get("code"), None)
        user, _, secret = base64.b64decode(headers.get("authorization", "Basic ")[6:]).decode().partition(":")
        if (unquote(user), unquote(secret)) != (CLIENT, SECRET):
            self.problems.append("client authentication")
        if not asked:
            return self.json({"error": "invalid_grant"}, 400)
        challenge = b64(hashlib.sha256(form["code_verifier"].encode()).digest())
        if challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"] or \
                form["grant_type"] != "authorization_code" or len(form["code_verifier"]) < 43:
            self.problems.append("exchange")
        now = int(time.time())
        claims = self.twist_claims({"iss": self.issuer, "aud": CLIENT, "exp": now + 300, "iat": now,
                                    "nonce": asked["nonce"], **self.user})
        token = self.twist_token(self.keys[0].token(claims), claims)
        return token if isinstance(token, tuple) else \
            self.json({"token_type": "Bearer", "access_token": "access-1", "id_token": token})


class SignIn(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World(JIFEN)
        cls.provider = Provider(cls.world.dir)
        cls.settings = (f"oidc.issuer = {cls.provider.issuer}\noidc.client_id = {CLIENT}\n"
                        f"oidc.client_secret = {SECRET}\noidc.scope = profile\n"
                        "oidc.id_number_claim = id_number\noidc.staff_acr = two\n")
        cls.world.account(f"oidc:{cls.provider.issuer} clerk-1", "clerk", division="330381", office="窗口", name="张三")
        cls.world.serve(oidc=cls.settings)

    @classmethod
    def restart(cls):
        cls.world.restart()

    @classmethod
    def tearDownClass(cls):
        cls.world.close()
        cls.provider.peer.close()

    def setUp(self):
        self.provider.plain()
        self.provider.user = {"sub": "alice", "id_number": self.world.people[0]["id_number"]}

    def tearDown(self):
        self.assertEqual(self.provider.problems, [])

    def begin(self, browser, back="#/me"):
        answer = browser.get(self.world.url + "/api/v1/signin/oidc?return=" + back.replace("#", "%23"))
        self.assertEqual(answer.status, 302, answer.body)
        self.assertTrue(answer.location.startswith(self.provider.issuer + "/auth?tenant=1&"), answer.location)
        return self.provider.login(answer.location)

    def callback(self, browser, **query):
        text = "&".join(f"{k}={v}" for k, v in query.items())
        answer = browser.get(self.world.url + "/api/v1/signin/oidc/callback?" + text)
        self.assertEqual(answer.status, 302, answer.body)
        return answer.location

    def sign_in(self, browser=None):
        browser = browser or Browser()
        state, code = self.begin(browser)
        return self.callback(browser, state=state, code=code)

    def refused(self, code="JH0110", why=""):
        """`why`: what the operators are told, so that it was not something else that was wrong"""
        self.assertEqual(self.sign_in(), "/#/signin?error=" + code)
        told = [line for line in self.world.logged().splitlines() if '"what":"oidc"' in line]
        self.assertIn(why, json.loads(told[-1])["why"])

    def me(self, browser):
        return browser.get(self.world.url + "/api/v1/session").json

    # --- what succeeds ---

    def test_resident(self):
        """a resident is recognised by the identity number, and comes back to the page"""
        browser = Browser()
        self.assertEqual(self.sign_in(browser), "/#/me")
        who = self.me(browser)
        self.assertEqual((who["signed_in"], who["role"]), (True, "resident"))
        self.assertEqual(who["name"][0], self.world.people[0]["name"][0])
        self.assertIn("csrf", who)
        # Next time the account is known; the claim is no longer needed.
        self.provider.user = {"sub": "alice"}
        self.assertEqual(self.sign_in(), "/#/me")

    def test_userinfo(self):
        """the claim may come from the userinfo endpoint, if it speaks of the same person"""
        self.provider.user = {"sub": "bob"}
        self.provider.userinfo = {"id_number": self.world.people[1]["id_number"]}
        browser = Browser()
        self.assertEqual(self.sign_in(browser), "/#/me")
        self.assertEqual(self.me(browser)["name"][0], self.world.people[1]["name"][0])
        self.provider.user = {"sub": "mallory"}
        self.provider.userinfo = {"sub": "bob", "id_number": self.world.people[1]["id_number"]}
        self.refused()

    def test_staff(self):
        """staff enter only when the provider says that they showed two factors"""
        self.provider.user = {"sub": "clerk-1"}
        self.refused()
        self.provider.user = {"sub": "clerk-1", "acr": "one"}
        self.refused()
        refused = [x for x in self.world.audit()[0] if x[0] == "session.refused"]
        self.assertIn(len(refused), (1, 2), "once an hour")
        self.provider.user = {"sub": "clerk-1", "acr": "two"}
        browser = Browser()
        self.assertEqual(self.sign_in(browser), "/#/me")
        self.assertEqual(self.me(browser)["role"], "clerk")

    def test_nobody(self):
        """an identity that is nobody's here"""
        for user in ({"sub": "x1"}, {"sub": "x2", "id_number": "110101194912310021"}, {"sub": "x3", "id_number": 7}):
            self.provider.user = user
            self.refused("JH0111")
        self.assertIn(("session.unknown", "oidc"), self.world.audit()[0])

    def test_audiences(self):
        """several audiences, if the token was issued to us"""
        self.provider.twist_claims = lambda c: {**c, "aud": ["other", CLIENT], "azp": CLIENT}
        self.assertEqual(self.sign_in(), "/#/me")

    def test_two_tabs(self):
        """two sign-ins begun in one browser both end well"""
        browser = Browser()
        first, second = self.begin(browser), self.begin(browser)
        for state, code in (first, second):
            self.assertEqual(self.callback(browser, state=state, code=code), "/#/me")

    def test_back(self):
        """the way back is a page of ours, whatever was asked"""
        for back in ("https://evil.example/", "//evil.example", "#//evil\\", "#/a\"b", "javascript:1", "", "#",
                     "#/" + "a" * 300):
            browser = Browser()
            answer = browser.get(self.world.url + "/api/v1/signin/oidc?return=" +
                                 "".join(f"%{b:02x}" for b in back.encode()))
            state, code = self.provider.login(answer.location)
            self.assertEqual(self.callback(browser, state=state, code=code), "/#/", back)

    def test_cookies_over_tls(self):
        """behind TLS both cookies are __Host- and Secure"""
        browser = Browser(**{"X-Forwarded-Proto": "https"})
        answer = browser.get(self.world.url + "/api/v1/signin/oidc")
        cookie = answer.headers["Set-Cookie"]
        self.assertTrue(cookie.startswith("__Host-jifen_signin="), cookie)
        for word in ("; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"):
            self.assertIn(word, cookie)
        self.assertNotIn("Domain", cookie)
        state, code = self.provider.login(answer.location)
        self.assertEqual(self.callback(browser, state=state, code=code), "/#/")
        self.assertTrue(self.me(browser)["signed_in"])

    # --- what does not ---

    def test_state_once(self):
        """a state serves once; a code too"""
        browser = Browser()
        state, code = self.begin(browser)
        self.assertEqual(self.callback(browser, state=state, code=code), "/#/me")
        calls = len(self.provider.peer.calls)
        self.assertIn("JH0110", self.callback(browser, state=state, code=code))
        self.assertEqual(len(self.provider.peer.calls), calls, "nobody is asked")
        other, _ = self.begin(browser)
        self.assertIn("JH0110", self.callback(browser, state=other, code=code))

    def test_state_bound(self):
        """a state begun by another browser, by none, made up or missing"""
        mine, theirs = Browser(), Browser()
        state, code = self.begin(mine)
        self.begin(theirs)
        self.assertIn("JH0110", self.callback(theirs, state=state, code=code))
        self.assertIn("JH0110", self.callback(mine, state=state, code=code), "it is gone")
        state, code = self.begin(mine)
        self.assertIn("JH0110", self.callback(Browser(), state=state, code=code))
        self.assertIn("JH0110", self.callback(mine, state="A" * 43, code=code))
        self.assertIn("JH0110", self.callback(mine, code=code))
        self.assertFalse(self.me(theirs)["signed_in"])

    def test_refusal(self):
        """the provider refuses, or names another issuer, or sends no code"""
        for query in ({"error": "access_denied"}, {"iss": "https://evil.example"}, {"code": ""}, {"code": "c" * 3000}):
            browser = Browser()
            state, code = self.begin(browser)
            self.assertIn("JH0110", self.callback(browser, **{"state": state, "code": code, **query}))

    def test_claims(self):
        """claims that must not be believed"""
        now = int(time.time())
        issuer, audience, party = "another issuer", "somebody else", "another client"
        times, nonce, nobody = "times", "another sign-in", "names nobody"
        twists = {
            "another issuer": ({"iss": "https://evil.example"}, issuer), "no issuer": ({"iss": None}, issuer),
            "issuer with a slash": ({"iss": self.provider.issuer + "/"}, issuer),
            "another audience": ({"aud": "other"}, audience), "no audience": ({"aud": []}, audience),
            "audience prefix": ({"aud": CLIENT + "x"}, audience), "audience of numbers": ({"aud": [1]}, audience),
            "several, to nobody": ({"aud": [CLIENT, "other"]}, party), "to another": ({"aud": [CLIENT], "azp": "other"}, party),
            "expired": ({"exp": now - 61}, "expired"), "no expiry": ({"exp": None}, times),
            "expiry as text": ({"exp": str(now + 300)}, times), "expiry with a fraction": ({"exp": now + 300.5}, times),
            "from the future": ({"iat": now + 300}, times), "long ago": ({"iat": now - 3600}, times),
            "no time": ({"iat": None}, times), "not yet": ({"nbf": now + 300}, times), "nbf as text": ({"nbf": "0"}, times),
            "another nonce": ({"nonce": "A" * 43}, nonce), "no nonce": ({"nonce": None}, nonce),
            "nonce of another type": ({"nonce": 1}, nonce), "empty nonce": ({"nonce": ""}, nonce),
            "no subject": ({"sub": None}, nobody), "empty subject": ({"sub": ""}, nobody),
            "subject with a blank": ({"sub": "a b"}, nobody), "a long subject": ({"sub": "s" * 256}, nobody),
            "subject of another type": ({"sub": 1}, nobody)}
        for what, (twist, why) in twists.items():
            with self.subTest(what):
                self.provider.twist_claims = lambda c, t=twist: {k: v for k, v in {**c, **t}.items() if v is not None}
                self.refused(why=why)

    def test_tokens(self):
        """tokens that are none, or signed by nobody"""
        key = self.provider.keys[0]
        other = Key(self.world.dir, "other")
        none = lambda claims: b64({"alg": "none"}) + "." + b64(claims) + "."
        public = key.public_pem()

        def confused(claims):
            """HMAC with the public key as its secret"""
            text = b64({"alg": "HS256", "kid": key.kid}) + "." + b64(claims)
            return text + "." + b64(hmac.new(public, text.encode(), "sha256").digest())

        def altered(token, claims):
            head, _, sig = token.split(".")
            return ".".join((head, b64({**claims, "sub": "clerk-1"}), sig))

        form, algorithm = "malformed", "another algorithm"
        no_key, signature = "no key", "signature"
        twists = {
            "alg none": (lambda t, c: none(c), form),
            "alg none with a signature": (lambda t, c: none(c) + t.split(".")[2], algorithm),
            "HMAC by the public key": (lambda t, c: confused(c), algorithm),
            "alg of another": (lambda t, c: key.token(c, alg="RS512"), algorithm),
            "EC by an RSA key": (lambda t, c: key.token(c, alg="ES256"), no_key),
            "alg in lower case": (lambda t, c: key.token(c, alg="rs256"), algorithm),
            "alg with a NUL": (lambda t, c: key.token(c, alg="RS256\0"), form),
            "no alg": (lambda t, c: key.token(c, alg=None), algorithm),
            "critical extension": (lambda t, c: key.token(c, crit=["x"]), form),
            "kid of another type": (lambda t, c: key.token(c, kid=5), form),
            "a key of its own": (lambda t, c: other.token(c, kid="first"), signature),
            "key in the header": (lambda t, c: other.token(c, jwk=other.jwk()), no_key),
            "unknown key": (lambda t, c: other.token(c), no_key), "altered": (altered, signature),
            "signature cut": (lambda t, c: t[:-2], signature), "no signature": (lambda t, c: t.rsplit(".", 1)[0] + ".", form),
            "two parts": (lambda t, c: t.rsplit(".", 1)[0], form), "four parts": (lambda t, c: t + ".x", form),
            "dots": (lambda t, c: "..", form), "padding": (lambda t, c: t + "==", form),
            "blank": (lambda t, c: t.replace(".", " ."), form), "garbage": (lambda t, c: "x" * 20000, form),
            "header twice": (lambda t, c: key.raw_token(b"{}", b'{"alg":"RS256","alg":"none","kid":"first"}'), form),
            "claims that are a list": (lambda t, c: key.token(b"[]"), form),
            "claims twice": (lambda t, c: key.token(json.dumps(c).encode()[:-1] + b',"sub":"clerk-1"}'), form),
            "claims not UTF-8": (lambda t, c: key.token(b'{"sub":"\xff"}'), form)}
        for what, (twist, why) in twists.items():
            with self.subTest(what):
                self.provider.twist_token = twist
                self.refused(why=why)

    def test_answers(self):
        """a token endpoint that errs, and one that talks nonsense"""
        for answer, code in (((400, {}, b'{"error":"invalid_grant"}'), "JH0110"), ((500, {}, b"{}"), "JH0109"),
                             ((200, {}, b"{}"), "JH0109"), ((200, {}, b"<html>"), "JH0109"),
                             ((200, {}, b'{"id_token":"x","id_token":"y"}'), "JH0109"),
                             ((302, {"Location": self.provider.issuer + "/jwks"}, b""), "JH0110"),
                             ((200, {}, b'{"id_token":"' + b"x" * 300000 + b'"}'), "JH0109")):
            self.provider.twist_token = lambda t, c, a=answer: a
            self.refused(code)

    # --- keys ---

    def test_rotation(self):
        """new keys are found once; after that not again for a while"""
        self.assertEqual(self.sign_in(), "/#/me")
        self.restart()
        old = self.provider.keys
        try:
            self.assertEqual(self.sign_in(), "/#/me")
            self.provider.keys = [Key(self.world.dir, "second", "EC")] + old
            self.assertEqual(self.sign_in(), "/#/me", "a key that was not known")
            calls = self.count("/jwks")
            self.provider.keys = [Key(self.world.dir, "third")]
            self.refused()
            self.assertEqual(self.count("/jwks"), calls, "looked for a moment ago")
        finally:
            self.provider.keys = old
            self.restart()

    def count(self, end):
        return sum(path.endswith(end) for _, path, _, _ in self.provider.peer.calls)

    def test_key_sets(self):
        """keys that must not be used, and one without a name"""
        key = self.provider.keys[0]
        weak = Key(self.world.dir, "weak", bits=1024)
        sets = {
            "for encryption": ([{**key.jwk(), "use": "enc"}], None), "of another algorithm": ([{**key.jwk(), "alg": "PS256"}], None),
            "too short": ([weak], weak), "a secret": ([{"kty": "oct", "k": "AAAA", "kid": "first"}], None),
            "spoilt": ([{"kty": "RSA", "kid": "first", "n": "!", "e": "AQAB"}, 5, {}], None)}
        for what, (published, signer) in sets.items():
            with self.subTest(what):
                self.restart()
                self.provider.published = published
                self.provider.twist_token = lambda t, c, s=signer: s.token(c) if s else t
                self.refused(why="no key")
        unnamed = {k: v for k, v in key.jwk().items() if k != "kid"}
        self.provider.twist_token = lambda t, c: key.token(c, kid=None)
        self.restart()
        self.provider.published = [unnamed]
        self.assertEqual(self.sign_in(), "/#/me")
        self.restart()
        self.provider.published = [unnamed, {k: v for k, v in Key(self.world.dir, "x").jwk().items() if k != "kid"}]
        self.refused()
        self.provider.plain()
        self.restart()

    # --- the provider itself ---

    def test_discovery(self):
        """a document that speaks for another issuer, or names other kinds of addresses, is not used"""
        for twist in ({"issuer": "https://evil.example"}, {"token_endpoint": "ftp://127.0.0.1/"},
                      {"token_endpoint": "http://evil.example/token"}, {"jwks_uri": "file:///etc/passwd"}, {"jwks_uri": None},
                      {"authorization_endpoint": "javascript:alert(1)"}, {"authorization_endpoint": "http://127.0.0.1:1/a b"},
                      {"userinfo_endpoint": "http://169.254.169.254/"}):
            with self.subTest(str(twist)):
                self.restart()
                self.provider.twist_discovery = lambda d, t=twist: {**d, **t}
                answer = Browser().get(self.world.url + "/api/v1/signin/oidc")
                self.assertEqual((answer.status, answer.location), (302, "/#/signin?error=JH0109"))
        self.restart()
        self.provider.twist_discovery = lambda d: b"<html>"
        self.assertIn("JH0109", Browser().get(self.world.url + "/api/v1/signin/oidc").location)
        self.restart()

    def test_issuer_promised(self):
        """a provider that promises to name itself in the callback must do so (RFC 9207)"""
        self.provider.twist_discovery = lambda d: {**d, "authorization_response_iss_parameter_supported": True}
        self.restart()
        self.refused()
        browser = Browser()
        state, code = self.begin(browser)
        self.assertEqual(self.callback(browser, state=state, code=code, iss=self.provider.issuer), "/#/me")
        self.provider.plain()
        self.restart()

    def test_settings(self):
        """settings that cannot be are said at the start"""
        good = self.settings
        for text, why in ((good.replace("oidc.client_id = " + CLIENT, "#"), "oidc.client_id"),
                          (good.replace("http://127.0.0.1", "http://evil.example"), "oidc.issuer"),
                          (good + "oidc.redirect_uri = http://evil.example/\n", "oidc.redirect_uri"),
                          (good + "oidc.surprise = 1\n", "第 7 行"), (good + "oidc.scope = x\n", "第 7 行"), (good + "nonsense\n", "7"),
                          (good + "ticket.app_url = https://a.example/\n", "ticket.app_key")):
            other = World(JIFEN, persons=1)
            try:
                with self.assertRaisesRegex(RuntimeError, why):
                    other.serve(oidc=text)
            finally:
                other.close()

    def test_log(self):
        """the log says why, and knows no secrets"""
        self.provider.twist_claims = lambda c: {**c, "aud": "other"}
        self.refused()
        log = self.world.logged()
        self.assertIn("the ID token is for somebody else", log)
        for secret in (SECRET, "access-1", "eyJ", "alice", self.world.people[0]["id_number"], "code-"):
            self.assertNotIn(secret, log)


if __name__ == "__main__":
    tap.main(__name__)
