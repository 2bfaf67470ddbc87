#!/usr/bin/python3
"""TLS 1.3 by the server itself, and the older versions refused: tls_test.py HTTP_DEMO."""
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
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

    def shown(self, demo):
        """The certificate that a new connection is shown."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with demo.connect(context) as connection:
            return connection.getpeercert(binary_form=True)

    def test_reload(self):
        """a reload shows the new certificate to new connections, and open ones go on"""
        folder = self.folder.name
        cert, key = certificate(folder, "first")
        other, other_key = certificate(folder, "next")
        demo = client.Demo(PROGRAM, cert=cert, key=key)
        self.addCleanup(lambda: self.assertEqual(demo.stop(), 0))
        first = self.shown(demo)
        context = ssl.create_default_context(cafile=cert)
        with demo.connect(context) as early:
            shutil.copy(other, cert)
            self.assertEqual(demo.ask("reload"), f"failed TLS 证书不能用：{key}：这个私钥不是该证书的")
            self.assertEqual(self.shown(demo), first)
            shutil.copy(other_key, key)
            self.assertEqual(demo.ask("reload"), "done")
            self.assertEqual(self.shown(demo), ssl.PEM_cert_to_DER_cert(Path(other).read_text()))
            early.sendall(client.request("/hello"))
            self.assertIn(b"200 OK", early.recv(1000))

    def test_broken(self):
        """what is wrong with certificate or key is said, and the old pair stays"""
        folder = self.folder.name
        cert, key = certificate(folder, "whole")
        good = Path(cert).read_text(), Path(key).read_text()
        demo = client.Demo(PROGRAM, cert=cert, key=key, lang="en")
        self.addCleanup(lambda: self.assertEqual(demo.stop(), 0))
        first = self.shown(demo)
        locked = subprocess.run(["openssl", "pkey", "-in", key, "-aes256", "-passout", "pass:secret"],
                                check=True, capture_output=True, text=True).stdout
        no_cert, no_key = "it is no certificate in PEM form", \
            "it is no key in PEM form without a password"
        for path, text, why in (
                (cert, "", no_cert), (cert, good[0][:200], no_cert), (cert, good[1], no_cert),
                (cert, good[0] * 17, no_cert), (key, "", no_key), (key, good[0], no_key),
                (key, locked, no_key), (cert, None, "it cannot be read"),
                (key, None, "it cannot be read")):
            with self.subTest(why=why, path=path):
                Path(cert).write_text(good[0])
                Path(key).write_text(good[1])
                Path(path).unlink() if text is None else Path(path).write_text(text)
                self.assertEqual(demo.ask("reload"),
                                 f"failed the TLS certificate cannot be used: {path}: {why}")
                self.assertEqual(self.shown(demo), first)

    def test_many_reloads(self):
        """handshakes while the certificate is exchanged again and again"""
        folder = self.folder.name
        cert, key = certificate(folder, "often")
        demo = client.Demo(PROGRAM, cert=cert, key=key, threads=2)
        self.addCleanup(lambda: self.assertEqual(demo.stop(), 0))
        seen, stop = [], threading.Event()

        def shake():
            while not stop.is_set():
                seen.append(self.shown(demo))

        threads = [threading.Thread(target=shake) for _ in range(3)]
        for t in threads:
            t.start()
        for _ in range(200):
            self.assertEqual(demo.ask("reload"), "done")
        stop.set()
        for t in threads:
            t.join()
        self.assertEqual(len(set(seen)), 1)

    def test_wrong_key(self):
        """a key of another certificate is refused at the start"""
        _, key = certificate(self.folder.name, "other")
        with self.assertRaises(RuntimeError):
            client.Demo(PROGRAM, cert=self.cert, key=key)


tap.main(__name__)
