#!/usr/bin/python3
"""What the server does for a well-behaved client: server_test.py HTTP_DEMO."""
import gzip
import json
import os
import shutil
import socket
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import client
import tap

PROGRAM = sys.argv.pop(1)


class Case(unittest.TestCase):
    settings = {}
    listen = "127.0.0.1:0"

    @classmethod
    def setUpClass(cls):
        cls.demo = client.Demo(PROGRAM, cls.listen, **cls.settings)

    @classmethod
    def tearDownClass(cls):
        status = cls.demo.stop()
        assert status == 0, status

    def problem(self, answer, status, code):
        self.assertEqual(answer.status, status)
        self.assertEqual(answer["content-type"], "application/problem+json; charset=utf-8")
        self.assertEqual(answer.json["code"], code)
        self.assertEqual(answer.json["status"], status)
        self.assertEqual(answer.json["type"], "urn:jifen:problem:" + code)
        self.assertEqual(answer.json["instance"], "urn:jifen:request:" + answer["x-request-id"])
        self.assertTrue(answer.json["title"])


class Routes(Case):
    def test_hello(self):
        """a route is answered by a worker, with the headers that keep browsers careful"""
        answer = self.demo.get("/hello")
        self.assertEqual((answer.status, answer.json), (200, {"hello": "world"}))
        self.assertEqual(answer["content-type"], "application/json; charset=utf-8")
        self.assertEqual(answer["cache-control"], "no-store")
        self.assertEqual(answer["x-content-type-options"], "nosniff")
        self.assertEqual(answer["referrer-policy"], "no-referrer")
        self.assertEqual(answer["content-security-policy"],
                         "default-src 'none'; frame-ancestors 'none'")
        self.assertIsNone(answer["strict-transport-security"])

    def test_page_policy(self):
        """a page may load what is ours and nothing else"""
        policy = self.demo.get("/page")["content-security-policy"]
        for part in ("default-src 'none'", "script-src 'self'", "style-src 'self'",
                     "frame-ancestors 'none'"):
            self.assertIn(part, policy.split("; "))
        self.assertNotIn("unsafe", policy)

    def test_parameters(self):
        """segments and query arrive decoded, the path as it was sent"""
        answer = self.demo.get("/who/%E7%8E%8B%2F%20+?a=%E7%8E%8B+b&c&=d&&e=f=g").json
        self.assertEqual(answer["segments"], ["who", "王/ +"])
        self.assertEqual(answer["path"], "/who/%E7%8E%8B%2F%20+")
        self.assertEqual(answer["query"], ["a", "王 b", "c", "", "", "d", "e", "f=g"])

    def test_written_before_parameter(self):
        """a written segment goes before a parameter"""
        self.problem(self.demo.get("/who/me"), 401, "JH0101")
        self.assertEqual(self.demo.get("/who/you").status, 200)

    def test_not_found(self):
        """an unknown path is a problem in the reader's language"""
        answer = self.demo.get("/nothing?lang=en")
        self.problem(answer, 404, "JH0004")
        self.assertEqual(answer.json["title"], "there is nothing at this address")
        answer = self.demo.get("/nothing")
        self.assertEqual(answer.json["title"], "没有这个网址")

    def test_method(self):
        """a method that a path does not take: 405 and the methods it takes"""
        answer = self.demo.get("/who/you", method="POST")
        self.problem(answer, 405, "JH0005")
        self.assertEqual(answer["allow"], "GET, HEAD, DELETE")
        self.assertEqual(self.demo.get("/hello", method="PATCH")["allow"], "GET, HEAD")

    def test_head(self):
        """HEAD is GET without the body"""
        get, head = self.demo.get("/hello"), self.demo.get("/hello", method="HEAD")
        self.assertEqual((head.status, head.body), (200, b""))
        self.assertEqual(head["content-length"], get["content-length"])
        head, get = self.demo.requests([client.request("/hello", method="HEAD"),
                                        client.request("/hello")])
        self.assertEqual((head.status, get.json), (200, {"hello": "world"}))

    def test_body(self):
        """a body up to the route's limit arrives; one byte more is refused"""
        body = os.urandom(1 << 20)
        self.assertEqual(self.demo.get("/echo", method="POST", body=body).body, body)
        self.problem(self.demo.get("/echo", method="POST", body=body + b"x"), 413, "JH0006")

    def test_chunked_body(self):
        """chunks up to the route's limit arrive; one byte more is refused"""
        for extra, status in ((0, 200), (1, 413)):
            data = b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            data += (b"40000\r\n" + b"x" * 0x40000 + b"\r\n") * 4
            data += b"1\r\nx\r\n" * extra + b"0\r\n\r\n"
            self.assertEqual(client.probe(self.demo, data)[0], [status])

    def test_key(self):
        """a write asks for an idempotency key"""
        sign = "Authorization: Bearer resident-1"
        self.problem(self.demo.get("/write", sign, method="POST", body=b"{}"), 400, "JH0009")
        for key, status in (("k1", 200), ("a b", 400), ("x" * 128, 200), ("x" * 129, 400)):
            answer = self.demo.get("/write", sign, "Idempotency-Key: " + key, method="POST",
                                   body=b"{}")
            self.assertEqual(answer.status, status, key)

    def test_json(self):
        """JSON that is too deep or not UTF-8 is refused before a handler sees it"""
        kind = "Content-Type: application/json"
        for body, status in ((b"[" * 32 + b"]" * 32, 200), (b"[" * 33 + b"]" * 33, 400),
                             (b'"' + b"[" * 99 + b'"', 200), (b'"\xff"', 400)):
            answer = self.demo.get("/echo", kind, method="POST", body=body)
            self.assertEqual(answer.status, status, body)

    def test_language(self):
        """?lang, then Accept-Language with its weights, then Chinese"""
        for target, header, lang in (
            ("/who", "en", "en"), ("/who", "en-GB,en;q=0.9,zh;q=0.8", "en"),
            ("/who", "zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("/who", "de, en;q=0.3, zh;q=0.2", "en"),
            ("/who", "fr", "zh"), ("/who", "en;q=0", "zh"), ("/who?lang=zh", "en", "zh"),
            ("/who?lang=en", "zh", "en"), ("/who?lang=de", "en", "en"),
        ):
            answer = self.demo.get(target, "Accept-Language: " + header)
            self.assertEqual(answer.json["lang"], lang, (target, header))

    def test_errors(self):
        """error values become problems"""
        seen = {}
        for number in range(18):
            answer = self.demo.get(f"/fail?err={number}")
            seen[answer.json["code"]] = answer.status
            self.problem(answer, answer.status, answer.json["code"])
        self.assertEqual(seen, {"JH0207": 500, "JH0206": 422, "JH0203": 404, "JH0201": 503,
                                "JH0204": 409, "JH0205": 409, "JH0102": 403})

    def test_gzip(self):
        """large JSON is compressed for those who take it; small is not"""
        plain = self.demo.get("/big?n=5000")
        packed = self.demo.get("/big?n=5000", "Accept-Encoding: br, gzip;q=0.5")
        self.assertIsNone(plain["content-encoding"])
        self.assertEqual(packed["content-encoding"], "gzip")
        self.assertEqual(gzip.decompress(packed.body), plain.body)
        self.assertLess(len(packed.body), len(plain.body) // 2)
        for target, header in (("/big?n=5000", "gzip;q=0"), ("/big?n=5", "gzip")):
            answer = self.demo.get(target, "Accept-Encoding: " + header)
            self.assertIsNone(answer["content-encoding"])

    def test_header_injection(self):
        """a handler cannot be made to split its answer"""
        answer = self.demo.get("/who", "X-Echo: a%0d%0aX-Evil: 1")
        self.assertIsNone(answer["x-evil"])

    def test_ids(self):
        """every request has an id of its own"""
        ids = [self.demo.get("/hello")["x-request-id"] for _ in range(20)]
        self.assertEqual(len(set(ids)), 20)
        for one in ids:
            self.assertRegex(one, "^[0-9a-f]{24}$")

    def test_status(self):
        """/healthz, /readyz and /metrics"""
        self.assertEqual(self.demo.get("/healthz").json, {"status": "ok"})
        self.assertEqual(self.demo.get("/readyz").json, {"ready": True})
        text = self.demo.get("/metrics").body.decode()
        self.assertIn('jifen_http_requests_total{method="GET",route="/healthz",status="200"}', text)
        self.assertIn("demo_asked_total", text)
        for line in text.rstrip("\n").split("\n"):
            self.assertRegex(line, r'^(# (HELP|TYPE) \w+ .+|\w+(\{[^{}]*(\{\w+\})?[^{}]*\})? [0-9.]+)$')
        self.problem(self.demo.get("/healthz", method="PUT"), 404, "JH0004")

    def test_many_at_once(self):
        """slow requests do not keep others from being answered"""
        threads = [threading.Thread(target=self.demo.get, args=("/slow?ms=600",))
                   for _ in range(3)]
        for t in threads:
            t.start()
        started = time.monotonic()
        for _ in range(50):
            self.assertEqual(self.demo.get("/healthz").status, 200)
        self.assertTrue(any(t.is_alive() for t in threads))
        self.assertLess(time.monotonic() - started, 10)
        for t in threads:
            t.join()


class Sessions(Case):
    def asked(self):
        return self.demo.get("/asked").json["asked"]

    def test_bearer(self):
        """a bearer token is asked about once, then known"""
        before = self.asked()
        for _ in range(3):
            answer = self.demo.get("/who/me", "Authorization: Bearer resident-11").json
            self.assertEqual((answer["account"], answer["role"]), (11, "resident"))
            self.assertEqual((answer["office"], answer["cookie"]), ("窗口", False))
        self.assertEqual(self.asked(), before + 1)

    def test_forget(self):
        """a forgotten session is asked about again"""
        sign = "Authorization: Bearer resident-12"
        self.demo.get("/who/me", sign)
        before = self.asked()
        self.assertEqual(self.demo.ask("forget resident-12"), "done")
        self.assertEqual(self.demo.get("/who/me", sign).status, 200)
        self.assertEqual(self.asked(), before + 1)
        self.assertEqual(self.demo.ask("forget-all"), "done")
        self.demo.get("/who/me", sign)
        self.demo.get("/who/me", sign)
        self.assertEqual(self.asked(), before + 2)

    def test_policy(self):
        """the role is checked before the handler: 401 for nobody, 403 for the wrong one"""
        resident, clerk = "Authorization: Bearer resident-13", "Authorization: Bearer clerk-13"
        for target, who, status, code in (
            ("/staff", None, 401, "JH0101"), ("/staff", resident, 403, "JH0102"),
            ("/who/me", clerk, 403, "JH0102"), ("/staff", "Authorization: Bearer gone", 401,
                                                "JH0101"),
        ):
            for _ in range(2):  # not known yet, then known
                answer = self.demo.get(target, *([who] if who else []))
                self.problem(answer, status, code)
        self.assertEqual(self.demo.get("/staff", clerk).status, 200)
        self.assertEqual(self.demo.get("/staff")["www-authenticate"], "Bearer")

    def test_purpose(self):
        """purpose and case come from headers"""
        answer = self.demo.get("/staff", "Authorization: Bearer clerk-14", "X-Purpose: window",
                               "X-Case: A2026000123").json
        self.assertEqual((answer["purpose"], answer["case"]), ("window", "A2026000123"))
        answer = self.demo.get("/staff", "Authorization: Bearer clerk-14").json
        self.assertEqual((answer["purpose"], answer["case"]), ("", ""))

    def test_malformed(self):
        """what is no bearer token counts as none"""
        for value in ("Basic cmVzaWRlbnQtMTphYmM=", "Bearer", "Bearer a b", "Bearer resident-1\t,",
                      "Bearer " + "x" * 600):
            self.problem(self.demo.get("/who/me", "Authorization: " + value), 401, "JH0101")

    def test_cookie(self):
        """a cookie reads; to write it needs its CSRF token"""
        cookie, key = "Cookie: a=b; jifen_session=resident-15; c=d", "Idempotency-Key: k"
        answer = self.demo.get("/who/me", cookie).json
        self.assertEqual((answer["account"], answer["cookie"]), (15, True))
        write = dict(method="POST", body=b"{}")
        self.problem(self.demo.get("/write", cookie, key, **write), 403, "JH0103")
        for token, status in (("csrf-resident-15", 200), ("csrf-resident-16", 403),
                              ("x", 403), ("csrf-resident-15", 200)):
            answer = self.demo.get("/write", cookie, key, "X-CSRF-Token: " + token, **write)
            self.assertEqual(answer.status, status, token)

    def test_csrf_known(self):
        """a CSRF token that was right is not asked about again; a wrong one never passes"""
        cookie, key = "Cookie: jifen_session=resident-16", "Idempotency-Key: k"
        write = dict(method="POST", body=b"{}")
        right = "X-CSRF-Token: csrf-resident-16"
        self.demo.get("/write", cookie, key, right, **write)
        before = self.asked()
        for _ in range(3):
            self.assertEqual(self.demo.get("/write", cookie, key, right, **write).status, 200)
            self.assertEqual(self.demo.get("/who/me", cookie).status, 200)
        self.assertEqual(self.asked(), before)
        wrong = "X-CSRF-Token: csrf-resident-17"
        self.assertEqual(self.demo.get("/write", cookie, key, wrong, **write).status, 403)

    def test_cross_site(self):
        """a cookie that another site sends along does not write"""
        headers = ("Cookie: jifen_session=resident-18", "Idempotency-Key: k",
                   "X-CSRF-Token: csrf-resident-18")
        answer = self.demo.get("/write", *headers, "Sec-Fetch-Site: cross-site", method="POST",
                               body=b"{}")
        self.problem(answer, 403, "JH0103")
        answer = self.demo.get("/write", *headers, "Sec-Fetch-Site: same-origin", method="POST",
                               body=b"{}")
        self.assertEqual(answer.status, 200)

    def test_stale_cookie(self):
        """an old cookie does not keep anybody from signing in"""
        answer = self.demo.get("/who/x", "Cookie: jifen_session=gone", method="DELETE")
        self.assertEqual(answer.json["role"], "nobody")

    def test_two_cookies(self):
        """two cookies of the name count as none"""
        cookie = "Cookie: jifen_session=resident-1; jifen_session=resident-2"
        self.assertEqual(self.demo.get("/who/me", cookie).status, 401)

    def test_set_cookie(self):
        """the session's cookie is for this site and not for scripts"""
        self.assertEqual(self.demo.get("/cookie?token=abc")["set-cookie"],
                         "jifen_session=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=600")
        self.assertIn("Max-Age=0", self.demo.get("/cookie")["set-cookie"])


class Limits(Case):
    settings = {"workers": 1, "queue": 2, "proxy": 1}

    def test_rate_by_address(self):
        """signed out, an address may ask so often a minute"""
        ask = lambda n: self.demo.get("/limited", f"X-Forwarded-For: 203.0.113.{n}")
        for _ in range(6):
            self.assertEqual(ask(1).status, 200)
        answer = ask(1)
        self.problem(answer, 429, "JH0104")
        self.assertIn(int(answer["retry-after"]), range(1, 12))
        self.assertEqual(ask(2).status, 200)

    def test_rate_by_person(self):
        """signed in, a person may ask so often a minute, wherever from"""
        ask = lambda n: self.demo.get("/limited", f"X-Forwarded-For: 203.0.113.{n}",
                                      "Authorization: Bearer resident-21")
        for n in range(6):
            self.assertEqual(ask(100 + n).status, 200)
        self.problem(ask(110), 429, "JH0104")
        answer = self.demo.get("/limited", "X-Forwarded-For: 203.0.113.100",
                               "Authorization: Bearer resident-22")
        self.assertEqual(answer.status, 200)

    def test_guessing(self):
        """an address that guesses tokens is stopped; others are not"""
        ask = lambda n, i: self.demo.get("/who/me", f"X-Forwarded-For: 203.0.113.{n}",
                                         f"Authorization: Bearer guess{i}").status
        statuses = [ask(30, i) for i in range(62)]
        self.assertEqual(statuses[:60], [401] * 60)
        self.assertEqual(statuses[61], 429)
        self.assertEqual(ask(31, 0), 401)

    def test_forwarded(self):
        """behind a proxy the last forwarded address counts, and only an address"""
        for header, address in (("1.2.3.4, 203.0.113.9", "203.0.113.9"), ("::1", "::1"),
                                ("nonsense", "127.0.0.1"), ("203.0.113.9, x", "127.0.0.1")):
            answer = self.demo.get("/who", "X-Forwarded-For: " + header)
            self.assertEqual(answer.json["address"], address)
        answer = self.demo.get("/who", "X-Forwarded-Proto: https")
        self.assertTrue(answer.json["secure"])

    def test_metrics_not_for_all(self):
        """figures are not shown through the proxy"""
        self.assertEqual(self.demo.get("/metrics", "X-Forwarded-For: 203.0.113.9").status, 404)
        self.assertEqual(self.demo.get("/metrics").status, 200)

    def test_queue_full(self):
        """what does not fit the queue is answered 503 at once; the rest is answered"""
        statuses, times = [], []
        lock = threading.Lock()

        def one():
            started = time.monotonic()
            answer = self.demo.get("/slow?ms=700")
            with lock:
                statuses.append(answer.status)
                if answer.status == 503:
                    times.append(time.monotonic() - started)
                    self.problem(answer, 503, "JH0201")
                    self.assertEqual(answer["retry-after"], "1")

        threads = [threading.Thread(target=one) for _ in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        # one runs, two wait; a fourth may slip in when the first is taken before the rest come
        self.assertIn(statuses.count(200), (2, 3))
        self.assertEqual(statuses.count(200) + statuses.count(503), 8)
        self.assertGreaterEqual(client.metric(self.demo, "jifen_http_queue_full_total"), 5)


class Connections(Case):
    settings = {"per_address": 5}

    def test_per_address(self):
        """an address may have so many connections"""
        held = [self.demo.connect() for _ in range(5)]
        try:
            for connection in held:
                connection.sendall(client.request("/hello"))
                self.assertEqual(client.Reader(connection).answer().status, 200)
            with self.demo.connect() as connection:
                connection.settimeout(client.PATIENCE)
                try:
                    connection.sendall(client.request("/hello"))
                    self.assertEqual(connection.recv(10), b"")
                except ConnectionError:
                    pass
        finally:
            for connection in held:
                connection.close()
        # and they are given back
        client.until(lambda: self.try_hello() == 200)

    def try_hello(self):
        try:
            answer = self.demo.get("/hello")
            return answer.status if answer else 0
        except ConnectionError:
            return 0


class Full(Case):
    settings = {"connections": 3, "threads": 2}

    def test_full(self):
        """beyond the limit of connections clients wait, and are served when there is room"""
        held = [self.demo.connect() for _ in range(3)]
        for connection in held:
            connection.sendall(client.request("/hello"))
            self.assertEqual(client.Reader(connection).answer().status, 200)
        with self.demo.connect() as late:
            late.sendall(client.request("/hello"))
            late.settimeout(0.3)
            with self.assertRaises(TimeoutError):
                late.recv(1)
            late.settimeout(client.PATIENCE)
            held.pop().close()
            self.assertEqual(client.Reader(late).answer().status, 200)
        for connection in held:
            connection.close()
        for _ in range(10):
            self.assertEqual(self.demo.get("/hello").status, 200)


class Places(unittest.TestCase):
    def check(self, listen):
        try:
            demo = client.Demo(PROGRAM, listen)
        except RuntimeError as e:
            if "[::1]" in listen:
                self.skipTest(str(e))
            raise
        try:
            self.assertEqual(demo.get("/hello").status, 200)
            return demo.get("/who").json["address"]
        finally:
            self.assertEqual(demo.stop(), 0)

    def test_v6(self):
        """[::1]:0"""
        self.assertEqual(self.check("[::1]:0"), "::1")

    def test_unix(self):
        """unix:PATH, taken away at the end; a file left by a killed server does not matter"""
        with tempfile.TemporaryDirectory() as folder:
            path = folder + "/socket"
            self.check("unix:" + path)
            self.assertFalse(os.path.exists(path))
            demo = client.Demo(PROGRAM, "unix:" + path)
            self.assertEqual(oct(os.stat(path).st_mode & 0o777), "0o660")
            demo.process.kill()
            demo.stop()
            self.assertTrue(os.path.exists(path))
            self.check("unix:" + path)

    def test_unix_taken(self):
        """a socket at which somebody answers is not taken away"""
        with tempfile.TemporaryDirectory() as folder:
            first = client.Demo(PROGRAM, f"unix:{folder}/socket")
            with self.assertRaises(RuntimeError):
                client.Demo(PROGRAM, f"unix:{folder}/socket")
            self.assertEqual(first.get("/hello").status, 200)
            self.assertEqual(first.stop(), 0)

    def test_wrong(self):
        """places that are none are refused with a word"""
        for listen in ("", "8080", "localhost:1", "127.0.0.1:70000", "127.0.0.1", "[::1]", "unix:",
                       "unix:/nowhere/at/all", "192.0.2.1:0"):
            with self.assertRaises(RuntimeError) as caught:
                client.Demo(PROGRAM, listen)
            self.assertTrue(str(caught.exception).strip(), listen)

    def test_settings(self):
        """a missing certificate, key or folder is refused with a word"""
        for settings in ({"cert": "/nowhere.pem", "key": "/nowhere.pem"}, {"cert": "/nowhere.pem"},
                         {"web": "/nowhere"}):
            with self.assertRaises(RuntimeError) as caught:
                client.Demo(PROGRAM, **settings)
            self.assertTrue(str(caught.exception).strip(), settings)


class Files(Case):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.write("index.html", b"<!doctype html>" + b"x" * 1000)
        cls.write("assets/index-AbCd1234.js", b"let a = 1;\n" * 500)
        cls.write("assets/plain.js", b"let b = 1;\n" * 500)
        cls.write("desk/index.html", b"<!doctype html>desk")
        cls.write("desk/assets/index-AbCd1234.js", b"let c = 1;\n" * 500)
        cls.write("ready.css", b"a{}" * 500)
        cls.write("ready.css.gz", gzip.compress(b"a{}" * 500 + b"/* ready */"))
        cls.write("logo.png", os.urandom(3000))
        cls.write("empty.txt", b"")
        cls.write(".hidden", b"secret")
        cls.write("王.txt", "积分".encode())
        os.symlink("/etc/passwd", cls.folder + "/link.txt")
        cls.demo = client.Demo(PROGRAM, web=cls.folder)

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        shutil.rmtree(cls.folder)

    @classmethod
    def write(cls, name, data):
        path = Path(cls.folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def test_index(self):
        """/ is index.html, asked about each time"""
        for target in ("/", "/index.html"):
            answer = self.demo.get(target)
            self.assertEqual((answer.status, len(answer.body)), (200, 1015))
            self.assertEqual(answer["content-type"], "text/html; charset=utf-8")
            self.assertEqual(answer["cache-control"], "no-cache")
            self.assertIn("script-src 'self'", answer["content-security-policy"])
            self.assertEqual(answer["x-content-type-options"], "nosniff")

    def test_folder(self):
        """a folder is its index.html; without the slash it is nothing, and a slash makes no route another"""
        self.assertEqual(self.demo.get("/desk/").body, b"<!doctype html>desk")
        self.assertEqual(self.demo.get("/desk/?lang=en").status, 200)
        self.assertEqual(self.demo.get("/desk/assets/index-AbCd1234.js")["cache-control"], "public, max-age=31536000, immutable")
        for target in ("/desk", "/desk//", "//", "//desk/", "/desk/assets/", "/index.html/", "/healthz/", "/hello/", "/desk%2F"):
            self.assertEqual(self.demo.get(target).status, 404, target)
        for target in ("/desk/../", "/desk/./", "/desk/%2e%2e/"):
            self.assertEqual(self.demo.get(target).status, 400, target)

    def test_immutable(self):
        """a name with a digest is kept for ever, any other is not"""
        answer = self.demo.get("/assets/index-AbCd1234.js")
        self.assertEqual(answer["cache-control"], "public, max-age=31536000, immutable")
        self.assertEqual(answer["content-type"], "text/javascript; charset=utf-8")
        self.assertEqual(self.demo.get("/assets/plain.js")["cache-control"], "no-cache")

    def test_etag(self):
        """a strong tag for each form; 304 when the client has it"""
        plain = self.demo.get("/")
        packed = self.demo.get("/", "Accept-Encoding: gzip")
        self.assertRegex(plain["etag"], '^"[0-9a-f]{32}"$')
        self.assertNotEqual(plain["etag"], packed["etag"])
        for header in (plain["etag"], 'W/' + plain["etag"], '"x", ' + plain["etag"], "*"):
            answer = self.demo.get("/", "If-None-Match: " + header)
            self.assertEqual((answer.status, answer.body), (304, b""))
            self.assertEqual(answer["etag"], plain["etag"])
        for header in ('"x"', packed["etag"], plain["etag"][:-1]):
            self.assertEqual(self.demo.get("/", "If-None-Match: " + header).status, 200)
        answer = self.demo.get("/", "Accept-Encoding: gzip", "If-None-Match: " + packed["etag"])
        self.assertEqual(answer.status, 304)

    def test_gzip(self):
        """compressed where that helps and is taken; a ready NAME.gz is used and not served"""
        answer = self.demo.get("/assets/plain.js", "Accept-Encoding: gzip")
        self.assertEqual(answer["content-encoding"], "gzip")
        self.assertEqual(answer["vary"], "Accept-Encoding")
        self.assertEqual(gzip.decompress(answer.body), b"let b = 1;\n" * 500)
        answer = self.demo.get("/ready.css", "Accept-Encoding: gzip")
        self.assertTrue(gzip.decompress(answer.body).endswith(b"/* ready */"))
        self.assertEqual(self.demo.get("/ready.css.gz").status, 404)
        answer = self.demo.get("/logo.png", "Accept-Encoding: gzip")
        self.assertIsNone(answer["content-encoding"])

    def test_not_served(self):
        """hidden files, links and what is outside are not there"""
        for target in ("/.hidden", "/link.txt", "/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd",
                       "/assets", "/assets/", "/assets%2fplain.js"):
            self.assertIn(self.demo.get(target).status, (400, 404), target)

    def test_others(self):
        """an empty file, a name in Chinese, HEAD, and no other method"""
        self.assertEqual(self.demo.get("/empty.txt").body, b"")
        self.assertEqual(self.demo.get("/%E7%8E%8B.txt").body.decode(), "积分")
        head = self.demo.get("/", method="HEAD")
        self.assertEqual((head.status, head["content-length"]), (200, "1015"))
        answer = self.demo.get("/", method="POST", body=b"a")
        self.assertEqual((answer.status, answer["allow"]), (405, "GET, HEAD"))

    def test_reload(self):
        """files read anew replace the old ones; a folder that cannot be read leaves them"""
        self.assertEqual(self.demo.get("/new.txt").status, 404)
        self.write("new.txt", b"new")
        self.assertEqual(self.demo.get("/new.txt").status, 404)
        self.assertEqual(self.demo.ask("reload"), "done")
        self.assertEqual(self.demo.get("/new.txt").body, b"new")
        os.remove(self.folder + "/new.txt")

    def test_reload_under_way(self):
        """an answer under way while files are exchanged stays whole"""
        self.write("large.bin", bytes(range(256)) * 16384)
        self.assertEqual(self.demo.ask("reload"), "done")
        with self.demo.connect() as connection:
            connection.sendall(client.request("/large.bin"))
            reader = client.Reader(connection)
            reader.more()
            for _ in range(3):
                self.assertEqual(self.demo.ask("reload"), "done")
            self.assertEqual(reader.answer().body, bytes(range(256)) * 16384)


class Log(unittest.TestCase):
    def test_lines(self):
        """a line of JSON for each request, and nothing in it that tells of a person"""
        with tempfile.TemporaryDirectory() as folder:
            path = folder + "/log"
            demo = client.Demo(PROGRAM, log=path, proxy=1)
            demo.get("/who/330381199001011234?name=secret", "X-Forwarded-For: 203.0.113.77",
                     "Authorization: Bearer resident-987654", "User-Agent: secret")
            demo.get("/who/x", "X-Forwarded-For: 2001:db8:1:2:3:4:5:6")
            demo.get("/nothing/330381199001011234")
            demo.get("/hello", method="HEAD")
            for _ in range(200):
                demo.get("/hello")
            self.assertEqual(demo.stop(), 0)
            text = Path(path).read_text()
            rows = [json.loads(line) for line in text.rstrip("\n").split("\n")]
        self.assertEqual(len(rows), 204)
        for word in ("330381199001011234", "secret", "resident-987654", "203.0.113.77", "db8:1:2"):
            self.assertNotIn(word, text)
        # The line follows the answer: lines of different connections may change places.
        first = next(row for row in rows if row["role"] == "resident")
        self.assertEqual(sorted(first), sorted(["time", "id", "method", "route", "status", "ms",
                                                "bytes", "role", "address", "whole"]))
        self.assertEqual((first["route"], first["status"], first["role"], first["address"]),
                         ("/who/{name}", 200, "resident", "203.0.113.0"))
        self.assertRegex(first["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        seen = [(row["method"], row["route"], row["status"], row["address"]) for row in rows]
        for row in (("GET", "/who/{name}", 200, "2001:db8:1::"), ("GET", "none", 404, "127.0.0.0"),
                    ("HEAD", "/hello", 200, "127.0.0.0")):
            self.assertEqual(seen.count(row), 1, row)

    def test_nobody_reads(self):
        """a log that nobody reads does not hold up requests"""
        with tempfile.TemporaryDirectory() as folder:
            path = folder + "/pipe"
            os.mkfifo(path)
            held = os.open(path, os.O_RDWR)
            try:
                demo = client.Demo(PROGRAM, log=path)
                for _ in range(40):
                    self.assertEqual(
                        [a.status for a in demo.requests([client.request("/hello")] * 100)],
                        [200] * 100)
                os.set_blocking(held, False)
                while demo.process.poll() is None:  # read it out so that the server can end
                    demo.process.stdin.close() if not demo.process.stdin.closed else None
                    try:
                        os.read(held, 1 << 16)
                    except BlockingIOError:
                        time.sleep(0.01)
                self.assertEqual(demo.stop(), 0)
            finally:
                os.close(held)


class Drain(unittest.TestCase):
    def run_stop(self, count, ms, stop_ms, **settings):
        """Slow requests, a stop while they run: (answers, seconds of the stop)."""
        demo = client.Demo(PROGRAM, **settings)
        answers = [None] * count

        def one(i):
            answers[i] = demo.get(f"/slow?ms={ms}")

        threads = [threading.Thread(target=one, args=(i,)) for i in range(count)]
        for t in threads:
            t.start()
        client.until(lambda: client.metric(demo, "jifen_http_requests_active") == count + 1)
        idle = demo.connect()
        idle.sendall(client.request("/healthz"))
        self.assertEqual(client.Reader(idle).answer().status, 200)
        started = time.monotonic()
        self.assertEqual(demo.ask(f"stop {stop_ms}"), "done")
        took = time.monotonic() - started
        for t in threads:
            t.join()
        self.assertEqual(demo.stop(), 0)
        self.assertEqual(idle.recv(10), b"")
        idle.close()
        with self.assertRaises(OSError):
            demo.connect().recv(1)
        return answers, took

    def test_drain(self):
        """a stop waits for slow requests and answers every one of them"""
        answers, took = self.run_stop(12, 500, 10000, workers=4)
        self.assertEqual([a.status for a in answers], [200] * 12)
        self.assertEqual([a["connection"] for a in answers[-4:]].count(None), 0)
        self.assertLess(took, 9)

    def test_drain_late(self):
        """what is still queued when the time is over is answered 503; nothing is lost"""
        answers, _ = self.run_stop(6, 600, 100, workers=1)
        statuses = sorted(a.status for a in answers)
        self.assertEqual(statuses[0], 200)
        self.assertEqual(set(statuses[1:]), {503})
        self.assertEqual({a.json["code"] for a in answers if a.status == 503}, {"JH0202"})

    def test_new_during_drain(self):
        """while it drains, a connection that is there is still served, then closed"""
        demo = client.Demo(PROGRAM, workers=2)
        slow = threading.Thread(target=demo.get, args=("/slow?ms=800",))
        slow.start()
        client.until(lambda: client.metric(demo, "jifen_http_requests_active") == 2)
        with demo.connect() as connection:
            reader = client.Reader(connection)
            connection.sendall(client.request("/healthz"))
            self.assertEqual(reader.answer().status, 200)
            demo.process.stdin.write(b"stop 10000\n")
            demo.process.stdin.flush()
            time.sleep(0.2)
            connection.sendall(client.request("/readyz"))
            answer = reader.answer()
            self.assertEqual((answer.status, answer["connection"]), (503, "close"))
            self.assertTrue(reader.is_closed())
        slow.join()
        self.assertEqual(demo.process.stdout.readline(), b"done\n")
        self.assertEqual(demo.stop(), 0)

    def test_under_load(self):
        """stopped under load, every request that was taken is answered whole"""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        demo = client.Demo(PROGRAM, log=folder + "/log")
        torn, done = [], []
        is_over = threading.Event()

        def one():
            while not is_over.is_set():
                try:
                    with demo.connect() as connection:
                        reader = client.Reader(connection)
                        while True:
                            connection.sendall(client.request("/slow?ms=3"))
                            answer = reader.answer()
                            if answer is None:
                                if reader.left:
                                    torn.append(reader.left)
                                return
                            done.append(answer.status)
                            if answer["connection"] == "close":
                                return
                except OSError:
                    return

        threads = [threading.Thread(target=one) for _ in range(16)]
        for t in threads:
            t.start()
        time.sleep(0.5)
        self.assertEqual(demo.ask("stop 10000"), "done")
        is_over.set()
        for t in threads:
            t.join()
        self.assertEqual(demo.stop(), 0)
        self.assertEqual(torn, [])
        self.assertEqual(set(done), {200})
        self.assertGreater(len(done), 100)
        rows = [json.loads(line) for line in Path(folder + "/log").read_text().splitlines()]
        self.assertEqual([row for row in rows if not row["whole"]], [])
        self.assertEqual(len(rows), len(done))

    def test_suspended_and_gone(self):
        """clients that leave while a worker is busy with them harm nobody"""
        demo = client.Demo(PROGRAM, workers=2)
        for _ in range(10):
            connection = demo.connect()
            connection.sendall(client.request("/slow?ms=100"))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            time.sleep(0.01)
            connection.close()
        self.assertEqual(demo.get("/hello").status, 200)
        client.until(lambda: client.metric(demo, "jifen_http_requests_active") == 1)
        self.assertEqual(demo.ask("stop 1000"), "done")
        self.assertEqual(demo.stop(), 0)


tap.main(__name__)
