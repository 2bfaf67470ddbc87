#!/usr/bin/python3
"""deploy/nginx in front of the server: nginx_test.py HTTP_DEMO.

The configuration is taken as it is; only places (ports, folders, certificate) are put in, and each
of them must be found.
"""
import gzip
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import client
import probes
import tap

PROGRAM = sys.argv.pop(1)
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"

MAIN = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 1024; }}
http {{
    types {{ text/html html; text/javascript js; text/css css; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    include {folder}/jifen.conf;
}}
"""


def free_ports(count):
    held = [socket.socket() for _ in range(count)]
    for s in held:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


class Nginx(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        os.chmod(cls.folder, 0o755)
        cls.demo = client.Demo(PROGRAM, f"unix:{cls.folder}/http.sock", proxy=1, workers=2,
                               log=cls.folder + "/access.log")
        web = Path(cls.folder, "web")
        (web / "assets").mkdir(parents=True)
        (web / "index.html").write_text("<!doctype html>" + " " * 2000)
        (web / "assets/index-AbCd1234.js").write_text("let a = 1;\n" * 300)
        (web / "assets/index-AbCd1234.js.gz").write_bytes(gzip.compress(b"let a = 1;\n" * 300))
        (web / ".hidden").write_text("secret")
        cls.port, cls.plain_port = free_ports(2)
        cls.configure()
        cls.nginx = subprocess.Popen([NGINX, "-c", cls.folder + "/nginx.conf", "-p", cls.folder],
                                     stderr=subprocess.PIPE)
        cls.context = ssl.create_default_context(cafile=cls.folder + "/cert.pem")
        client.until(cls.answers)

    @classmethod
    def configure(cls):
        folder = cls.folder
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-keyout", folder + "/key.pem", "-out", folder + "/cert.pem", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
            check=True, capture_output=True)
        text = (client.ROOT / "deploy/nginx/jifen.conf").read_text()
        for old, new in (
            ("    listen [::]:80;\n", ""), ("    listen [::]:443 ssl http2;\n", ""),
            ("    listen [::]:443 ssl http2 default_server;\n", ""),
            ("listen 443 ", f"listen 127.0.0.1:{cls.port} "),
            ("listen 80;", f"listen 127.0.0.1:{cls.plain_port};"),
            ("server_name jifen.example;", "server_name localhost;"),
            ("unix:/run/jifen/http.sock;", f"unix:{folder}/http.sock;"),
            ("root /usr/local/share/jifen/web;", f"root {folder}/web;"),
            ("/etc/jifen/tls/fullchain.pem", folder + "/cert.pem"),
            ("/etc/jifen/tls/key.pem", folder + "/key.pem"),
            ("/var/log/nginx/jifen-error.log", folder + "/jifen-error.log"),
            ("include /etc/nginx/jifen-proxy.conf", f"include {folder}/jifen-proxy.conf"),
            ("location /api/ {", "location ~ ^/(hello|echo|who|slow|big|cookie|limited) {"),
        ):
            assert old in text, old
            text = text.replace(old, new)
        Path(folder, "jifen.conf").write_text(text)
        shutil.copy(client.ROOT / "deploy/nginx/jifen-proxy.conf", folder)
        user = "user root;" if os.getuid() == 0 else ""
        Path(folder, "nginx.conf").write_text(MAIN.format(folder=folder, user=user))

    @classmethod
    def answers(cls):
        try:
            return cls.get("/healthz").status == 200
        except (OSError, AttributeError):
            assert cls.nginx.poll() is None, cls.nginx.stderr.read().decode()
            return False

    @classmethod
    def tearDownClass(cls):
        cls.nginx.terminate()
        cls.nginx.wait(client.PATIENCE)
        cls.nginx.stderr.close()
        status = cls.demo.stop()
        shutil.rmtree(cls.folder)
        assert status == 0, status

    @classmethod
    def connect(cls):
        connection = socket.create_connection(("127.0.0.1", cls.port), client.PATIENCE)
        return cls.context.wrap_socket(connection, server_hostname="localhost")

    @classmethod
    def get(cls, target, *headers, **more):
        with cls.connect() as connection:
            text = client.request(target, *headers, **more)
            connection.sendall(text)
            return client.Reader(connection).answer(is_head=text.startswith(b"HEAD "))

    def curl(self, *arguments):
        done = subprocess.run(
            ["curl", "-s", "--cacert", self.folder + "/cert.pem", *arguments],
            capture_output=True, check=True, timeout=client.PATIENCE)
        return done.stdout.decode()

    def test_http2(self):
        """HTTP/2 and 1.1 over TLS reach the server"""
        url = f"https://localhost:{self.port}/who"
        for option, version in (("--http2", "2"), ("--http1.1", "1.1")):
            out = self.curl(option, "-w", " %{http_version} %{http_code}", url)
            self.assertTrue(out.endswith(f" {version} 200"), out)
        self.assertTrue(self.get("/who").json["secure"])

    def test_client_address(self):
        """the address is the client's, whatever the client says"""
        for header in ("X-Forwarded-For: 203.0.113.9", "X-A: b"):
            self.assertEqual(self.get("/who", header).json["address"], "127.0.0.1")

    def test_plain(self):
        """plain HTTP is sent to HTTPS"""
        with socket.create_connection(("127.0.0.1", self.plain_port), client.PATIENCE) as c:
            c.sendall(client.request("/who?a=b"))
            answer = client.Reader(c).answer()
        self.assertEqual((answer.status, answer["location"]), (301, "https://localhost/who?a=b"))

    def test_tls_versions(self):
        """TLS 1.2 and 1.3, nothing older; a name that is not ours is not answered"""
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = ssl.create_default_context(cafile=self.folder + "/cert.pem")
            context.minimum_version = context.maximum_version = version
            raw = socket.create_connection(("127.0.0.1", self.port), client.PATIENCE)
            with context.wrap_socket(raw, server_hostname="localhost") as connection:
                self.assertIsNotNone(connection.version())
        raw = socket.create_connection(("127.0.0.1", self.port), client.PATIENCE)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with raw, self.assertRaises(ssl.SSLError):
            context.wrap_socket(raw, server_hostname="other.example")

    def test_files(self):
        """files with their headers, precompressed where taken"""
        answer = self.get("/")
        self.assertEqual((answer.status, answer["cache-control"]), (200, "no-cache"))
        self.assertIn("script-src 'self'", answer["content-security-policy"])
        self.assertEqual(answer["x-content-type-options"], "nosniff")
        self.assertTrue(answer["strict-transport-security"])
        tag = answer["etag"]
        self.assertEqual(self.get("/", "If-None-Match: " + tag).status, 304)
        answer = self.get("/assets/index-AbCd1234.js", "Accept-Encoding: gzip")
        self.assertEqual(answer["content-encoding"], "gzip")
        self.assertEqual(gzip.decompress(answer.body), b"let a = 1;\n" * 300)
        self.assertEqual(answer["cache-control"], "public, max-age=31536000, immutable")
        for target in ("/.hidden", "/assets/index-AbCd1234.js.gz", "/metrics", "/readyz",
                       "/%2e%2e/etc/passwd"):
            self.assertIn(self.get(target).status, (400, 404), target)
        self.assertEqual(self.get("/", method="POST", body=b"a").status, 403)

    def test_same_policy(self):
        """nginx and the server say the same about what a page may load"""
        text = (client.ROOT / "src/http/server_answer.c").read_text().replace('"\n           "', "")
        self.assertIn(self.get("/")["content-security-policy"], text)

    def test_headers_once(self):
        """no header of an answer comes twice"""
        with self.connect() as connection:
            connection.sendall(client.request("/hello", "Connection: close"))
            head = b""
            while True:
                piece = connection.recv(1 << 16)
                if not piece:
                    break
                head += piece
        names = [line.split(b":")[0].lower() for line in head.split(b"\r\n\r\n")[0].split(b"\r\n")]
        self.assertEqual(len(names), len(set(names)), names)
        self.assertIn(b"strict-transport-security", names)

    def test_undecoded(self):
        """a path arrives as it was sent"""
        answer = self.get("/who/%E7%8E%8B%2Fx?a=%2B").json
        self.assertEqual(answer["path"], "/who/%E7%8E%8B%2Fx")
        self.assertEqual(answer["segments"], ["who", "王/x"])

    def test_bodies(self):
        """a body up to the limit; beyond it 413"""
        self.assertEqual(self.get("/echo", method="POST", body=b"x" * 900000).status, 200)
        self.assertEqual(self.get("/echo", method="POST", body=b"x" * 1100000).status, 413)

    def test_kept(self):
        """connections to the server are kept: many requests, few connections"""
        for _ in range(50):
            self.assertEqual(self.get("/hello").status, 200)
        with self.demo.connect() as connection:
            connection.sendall(client.request("/metrics"))
            text = client.Reader(connection).answer().body.decode()
        count = next(line for line in text.split("\n") if line.startswith("jifen_http_connections "))
        self.assertLess(int(count.split()[1]), 10)

    def test_slow_header(self):
        """a header that does not come is cut by nginx, not by the server"""
        self.assertIn("client_header_timeout 10s;", Path(self.folder, "jifen.conf").read_text())

    def test_many(self):
        """sixteen clients at once"""
        bad = []

        def one():
            for _ in range(10):
                answer = self.get("/hello")
                if answer is None or answer.status not in (200, 429):
                    bad.append(answer and answer.status)

        threads = [threading.Thread(target=one) for _ in range(16)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(bad, [])


def smuggling_case(data):
    def case(self):
        with self.connect() as connection:
            connection.sendall(data)
            found, _ = client.Reader(connection).rest()
        self.assertLessEqual(len(found), 1, found)
        for status in found:
            self.assertGreaterEqual(status, 400)
        text = Path(self.folder, "access.log").read_text()
        self.assertNotIn('"route":"none"', text, "the second request arrived")
    return case


for number, (what, data, _) in enumerate(probes.FRAMING):
    case = smuggling_case(data)
    case.__doc__ = "not smuggled through: " + what
    setattr(Nginx, f"test_0_{number:02}", case)

tap.main(__name__)
