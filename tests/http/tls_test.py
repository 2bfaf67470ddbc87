#!/usr/bin/python3
"""TLS 1.3 by the server itself, and the older versions refused: tls_test.py HTTP_DEMO."""
import ssl
import subprocess
import sys
import tempfile
import unittest
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import client
import tap

PROGRAM = sys.argv.pop(1)
warnings.simplefilter("ignore", DeprecationWarning)


def certificate(folder, name="cert"):
    """A self-signed certificate for localhost: paths of certificate and key."""
    cert, key = f"{folder}/{name}.pem", f"{folder}/{name}-key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )
    return cert, key


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.cert, cls.key = certificate(cls.folder.name)
        Path(cls.folder.name, "web").mkdir()
        Path(cls.folder.name, "web", "index.html").write_text("<!doctype html>")
        cls.demo = client.Demo(PROGRAM, cert=cls.cert, key=cls.key, header_ms=1000,
                               web=cls.folder.name + "/web")

    @classmethod
    def tearDownClass(cls):
        status = cls.demo.stop()
        cls.folder.cleanup()
        assert status == 0, status

    def context(self, lowest, highest):
        context = ssl.create_default_context(cafile=self.cert)
        context.minimum_version, context.maximum_version = lowest, highest
        return context

    def test_13(self):
        """TLS 1.3 is spoken, and says that it wants to be for a year"""
        context = self.context(ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3)
        with self.demo.connect(context) as connection:
            self.assertEqual(connection.version(), "TLSv1.3")
        for target in ("/hello", "/"):
            answer = self.demo.get(target, tls=context)
            self.assertEqual(answer.status, 200)
            self.assertTrue(answer["strict-transport-security"].startswith("max-age=31536000"))
        self.assertTrue(self.demo.get("/who", tls=context).json["secure"])

    def test_body(self):
        """bodies over TLS"""
        context = self.context(ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3)
        body = bytes(range(256)) * 2048
        self.assertEqual(self.demo.get("/echo", method="POST", body=body, tls=context).body, body)

    def test_cookie(self):
        """over TLS the cookie's name says that it came over TLS, and no other is taken"""
        context = self.context(ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3)
        self.assertEqual(
            self.demo.get("/cookie?token=a", tls=context)["set-cookie"],
            "__Host-jifen_session=a; Path=/; HttpOnly; SameSite=Lax; Max-Age=600; Secure")
        for name, status in (("__Host-jifen_session", 200), ("jifen_session", 401)):
            answer = self.demo.get("/who/me", f"Cookie: {name}=resident-1", tls=context)
            self.assertEqual(answer.status, status)

    def says_hello(self, context):
        """Does a client with this context send a ClientHello at all?"""
        out = ssl.MemoryBIO()
        try:
            context.wrap_bio(ssl.MemoryBIO(), out, server_hostname="localhost").do_handshake()
        except ssl.SSLWantReadError:
            pass
        return out.read(1) == b"\x16"

    def test_older(self):
        """TLS 1.2 and older are refused"""
        for highest in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_1):
            context = self.context(ssl.TLSVersion.TLSv1, highest)
            context.set_ciphers("ALL:@SECLEVEL=0")
            self.assertTrue(self.says_hello(context), "the client did not even try")
            with self.assertRaises(ssl.SSLError):
                self.demo.connect(context)

    def test_plain(self):
        """plain HTTP at a TLS port is not answered"""
        with self.demo.connect() as connection:
            connection.sendall(client.request("/hello"))
            try:
                self.assertNotIn(b"HTTP", connection.recv(100))
            except ConnectionError:
                pass

    def test_silent(self):
        """a handshake that does not come is cut"""
        with self.demo.connect() as connection:
            self.assertEqual(connection.recv(1), b"")

    def test_wrong_key(self):
        """a key of another certificate is refused at the start"""
        _, key = certificate(self.folder.name, "other")
        with self.assertRaises(RuntimeError):
            client.Demo(PROGRAM, cert=self.cert, key=key)


tap.main(__name__)
