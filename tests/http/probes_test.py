#!/usr/bin/python3
"""Unusual and hostile requests, byte for byte: probes_test.py HTTP_DEMO.

A request whose end can be read in two ways is refused and the connection ended; what stands behind
it is never taken for another request.
"""
import os
import sys
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import client
import tap
from probes import REFUSED, lines

PROGRAM = sys.argv.pop(1)
# A sanitizer keeps what was given back for a while.
SPARE_KB = 500000 if os.environ.get("JIFEN_SANITIZED") else 0
# (what, bytes, statuses of all answers). The connection stays.
ANSWERED = [
    ("%00 does not cut a path", client.request("/hello%00x"), [404]),
    ("%01 in a path", client.request("/hello%01"), [404]),
    ("%7F in a path", client.request("/who/a%7f"), [404]),
    ("a % without digits", client.request("/who/%zz"), [400]),
    ("a % at the end", client.request("/who/a%4"), [400]),
    ("a path that is not UTF-8", client.request("/who/%ff"), [400]),
    ("an overlong slash", client.request("/who/%c0%af"), [400]),
    ("..", client.request("/who/../hello"), [400]),
    ("%2e%2e", client.request("/who/%2e%2e"), [400]),
    (".", client.request("/./hello"), [400]),
    ("two slashes", client.request("//hello"), [404]),
    ("a slash at the end", client.request("/hello/"), [404]),
    ("more segments than any route", client.request("/a" * 20), [404]),
    ("a query that is not UTF-8", client.request("/who?a=%ff"), [400]),
    ("a NUL in a query", client.request("/who?a=%00"), [400]),
    ("33 parameters", client.request("/who?" + "&".join("a=b" for _ in range(33))), [400]),
    ("32 parameters", client.request("/who?" + "&".join("a=b" for _ in range(32))), [200]),
    ("Upgrade: h2c",
     client.request("/hello", "Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings",
                    "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"), [200]),
    ("absolute form", client.request("http://localhost/hello"), [200]),
    ("a body where none is taken", client.request("/hello", body=b"hello"), [413]),
    ("a method nobody has", client.request("/hello", method="PURGE"), [405]),
    ("a refused body is dropped, the next request answered",
     client.request("/nothing", method="POST", body=b"x" * 70000)
     + client.request("/hello"), [404, 200]),
    ("ten pipelined", client.request("/hello") * 10, [200] * 10),
    ("ten pipelined with bodies", client.request("/echo", method="POST", body=b"abc") * 10,
     [200] * 10),
    # What the library itself tolerates and the guard cannot see; the framing stays as it is.
    ("a header without a name is dropped",
     lines("GET /hello HTTP/1.1", "Host: a", ": b") + client.request("/hello"), [200, 200]),
    ("lines that end in LF alone",
     b"GET /hello HTTP/1.1\nHost: a\n\n" + client.request("/hello"), [200, 200]),
    ("a folded header",
     lines("GET /hello HTTP/1.1", "Host: a", "X-A: b", " c") + client.request("/hello"),
     [200, 200]),
    ("chunks",
     lines("POST /echo HTTP/1.1", "Host: a", "Transfer-Encoding: chunked")
     + b"5\r\nhello\r\n0\r\n\r\n" + client.request("/hello"), [200, 200]),
]


class Case(unittest.TestCase):
    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.demo = client.Demo(PROGRAM, **cls.settings)

    @classmethod
    def tearDownClass(cls):
        status = cls.demo.stop()
        assert status == 0, status


class Probes(Case):
    """The cases of the two tables."""


def refused_case(data, statuses):
    def case(self):
        found, is_closed = client.probe(self.demo, data)
        self.assertEqual(len(found), 1, found)
        self.assertIn(found[0], statuses)
        self.assertTrue(is_closed, "the connection stays open")
    return case


def answered_case(data, statuses):
    def case(self):
        found, is_closed = client.probe(self.demo, data)
        self.assertEqual(found, statuses)
        self.assertFalse(is_closed, "the connection was ended")
    return case


for number, (what, data, statuses) in enumerate(REFUSED):
    case = refused_case(data, statuses)
    case.__doc__ = "refused: " + what
    setattr(Probes, f"test_refused_{number:02}", case)
for number, (what, data, statuses) in enumerate(ANSWERED):
    case = answered_case(data, statuses)
    case.__doc__ = "answered: " + what
    setattr(Probes, f"test_answered_{number:02}", case)


class More(Case):
    def test_nul(self):
        """a NUL in a header hides nothing that a handler then sees"""
        with self.demo.connect() as connection:
            connection.sendall(lines("GET /who HTTP/1.1", "Host: a", "X-Echo: b\x00c"))
            answer = client.Reader(connection).answer()
            self.assertTrue(answer.status == 400 or answer["x-echo"] in ("b", None, ""))

    def test_http10(self):
        """HTTP/1.0 is answered and the connection ended"""
        with self.demo.connect() as connection:
            connection.sendall(b"GET /hello HTTP/1.0\r\n\r\n")
            reader = client.Reader(connection)
            self.assertEqual(reader.answer().status, 200)
            self.assertTrue(reader.is_closed())

    def test_large_body(self):
        """64 MiB refused: the client sees 413 and memory does not grow"""
        self.demo.get("/hello")
        before = self.demo.rss_kb()
        for _ in range(3):
            with self.demo.connect() as connection:
                reader = client.Reader(connection)
                connection.sendall(lines("POST /echo HTTP/1.1", "Host: a",
                                         f"Content-Length: {64 << 20}"))
                try:
                    for _ in range(1024):
                        connection.sendall(b"x" * 65536)
                except (BrokenPipeError, ConnectionResetError):
                    pass
                answer = reader.answer()
                self.assertTrue(answer is None or answer.status == 413)
        self.assertLess(self.demo.rss_kb() - before, 4096 + SPARE_KB)

    def test_large_body_chunked(self):
        """64 MiB in chunks: dropped as it comes, 413 at the end, memory does not grow"""
        before = self.demo.rss_kb()
        with self.demo.connect() as connection:
            reader = client.Reader(connection)
            connection.sendall(lines("POST /echo HTTP/1.1", "Host: a",
                                     "Transfer-Encoding: chunked"))
            piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
            for _ in range(1024):
                connection.sendall(piece)
            connection.sendall(b"0\r\n\r\n")
            self.assertEqual(reader.answer().status, 413)
            self.assertTrue(reader.is_closed())
        self.assertLess(self.demo.rss_kb() - before, 8192 + SPARE_KB)

    def test_large_body_given_back(self):
        """64 MiB accepted by a route is given back when it is answered"""
        body = b"x" * (64 << 20)
        before = self.demo.rss_kb()
        for _ in range(3):
            answer = self.demo.get("/count", method="POST", body=body)
            self.assertEqual(answer.json, {"bytes": 64 << 20})
        end = time.monotonic() + 10  # given back after the answer has left, on another thread
        while self.demo.rss_kb() - before >= 16384 + SPARE_KB and time.monotonic() < end:
            time.sleep(0.05)
        self.assertLess(self.demo.rss_kb() - before, 16384 + SPARE_KB)

    def test_expect(self):
        """Expect: 100-continue before a body that is too large: refused without it"""
        with self.demo.connect() as connection:
            connection.sendall(lines("POST /echo HTTP/1.1", "Host: a", "Content-Length: 2000000",
                                     "Expect: 100-continue"))
            reader = client.Reader(connection)
            self.assertEqual(reader.answer().status, 413)
            self.assertTrue(reader.is_closed())

    def test_expect_continue(self):
        """Expect: 100-continue before a body that fits: asked for, then answered"""
        with self.demo.connect() as connection:
            connection.sendall(lines("POST /echo HTTP/1.1", "Host: a", "Content-Length: 3",
                                     "Expect: 100-continue"))
            self.assertIn(b"100 Continue", connection.recv(1000))
            connection.sendall(b"abc")
            self.assertEqual(client.Reader(connection).answer().body, b"abc")

    def test_refusals_counted(self):
        """what the guard refuses is counted"""
        before = client.metric(self.demo, "jifen_http_guard_refusals_total")
        client.probe(self.demo, lines("GET /hello HTTP/1.1"))
        client.probe(self.demo, lines("GET /hello HTTP/1.1", "Host: a", "Host: b"))
        after = client.metric(self.demo, "jifen_http_guard_refusals_total")
        self.assertIn(after - before, (1, 2))  # the library refuses one of them by itself


class Slow(Case):
    """Connections that take their time are cut by the reaper."""

    settings = {"header_ms": 500}

    def trickle(self, first, piece):
        """Bytes one by one until the connection is cut."""
        with self.demo.connect() as connection:
            connection.sendall(first)
            end = time.monotonic() + client.PATIENCE
            while time.monotonic() < end:
                try:
                    connection.sendall(piece)
                    connection.settimeout(0.05)
                    if connection.recv(1000) == b"":
                        return
                except (BrokenPipeError, ConnectionResetError):
                    return
                except TimeoutError:
                    pass
        self.fail("still open")

    def test_trickled_header(self):
        """a header that trickles in is cut"""
        before = client.metric(self.demo, "jifen_http_reaped_total")
        self.trickle(b"GET /hello HTTP/1.1\r\nHost: a\r\nX-A: ", b"a")
        self.assertEqual(client.metric(self.demo, "jifen_http_reaped_total"), before + 1)

    def test_trickled_line(self):
        """a request line that trickles in is cut"""
        self.trickle(b"GET /", b"a")

    def test_silence(self):
        """a connection that says nothing is cut"""
        with self.demo.connect() as connection:
            self.assertEqual(connection.recv(1), b"")

    def test_slow_handler(self):
        """a request that is long in its handler is not cut"""
        self.assertEqual(self.demo.get("/slow?ms=1500").status, 200)

    def test_kept(self):
        """a connection between two requests is not cut by the time limit for a header"""
        with self.demo.connect() as connection:
            reader = client.Reader(connection)
            for _ in range(2):
                connection.sendall(client.request("/hello"))
                self.assertEqual(reader.answer().status, 200)
                time.sleep(1.2)

    def test_many(self):
        """a hundred trickling connections are cut while others are served"""
        failures = []

        def one():
            try:
                self.trickle(b"GET /hello HTTP/1.1\r\n", b"a")
            except BaseException as e:
                failures.append(e)

        threads = [threading.Thread(target=one) for _ in range(100)]
        for t in threads:
            t.start()
        for _ in range(20):
            self.assertEqual(self.demo.get("/hello").status, 200)
        for t in threads:
            t.join()
        self.assertEqual(failures, [])


tap.main(__name__)
