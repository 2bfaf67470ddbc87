"""A small county with its server, for tests that speak to the whole program.

    world = World(jifen_path)            rules, a sample of residents, a database, keys; in a temporary folder
    world.serve(oidc=SETTINGS)           starts `jifen serve` on a free port
    world.browser()                      something that keeps cookies and follows no redirect by itself
    world.close()
"""
import csv
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
DAY = "2026-11-01"
PATIENCE_S = 30
CHINESE = {"LC_ALL": "zh_CN.UTF-8"}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(what, is_so):
    """Poll: servers come up when they do."""
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.02)


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def location(self):
        return self.headers.get("Location", "")


class Browser:
    """Cookies by host and port, as much of them as these tests need; no redirects followed. Each has
    an address of its own, as if a proxy said so: rates are counted by address."""
    made = 0

    def __init__(self, **headers):
        Browser.made += 1
        self.cookies = {}
        self.headers = {"X-Forwarded-For": f"10.1.{Browser.made // 250}.{Browser.made % 250 + 1}", **headers}

    def _keep(self, host, answer):
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.split(";")[0].partition("=")
            jar = self.cookies.setdefault(host, {})
            jar[name] = value
            if "max-age=0" in line.lower().replace(" ", ""):
                del jar[name]

    def call(self, method, url, body=None, **headers):
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE_S)
        jar = self.cookies.get(parts.netloc, {})
        send = {**self.headers, **{k.replace("_", "-"): v for k, v in headers.items()}}
        if jar:
            send["Cookie"] = "; ".join(f"{k}={v}" for k, v in jar.items())
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            send.setdefault("Content-Type", "application/json")
        path = parts.path + ("?" + parts.query if parts.query else "")
        connection.request(method, path, body=body, headers=send)
        answer = Answer(connection.getresponse())
        connection.close()
        self._keep(parts.netloc, answer)
        return answer

    def get(self, url, **headers):
        return self.call("GET", url, **headers)

    def post(self, url, body=None, **headers):
        return self.call("POST", url, body, **headers)


class World:
    def __init__(self, jifen, persons=8):
        self.jifen = jifen
        self.dir = Path(tempfile.mkdtemp(prefix="jifen-world-"))
        self.server = self.port = None
        self.log = self.dir / "log"
        self.db = f"sqlite:{self.dir}/county.db"
        self.keys = self.dir / "keys"
        self.run("sample", "--rules", ROOT / "rules", "--on", DAY, "--persons", persons,
                 "--division", "330381", "--identity", "-o", self.dir / "data")
        self.run("db", "init", "--db", self.db)
        self.run("keys", "add", self.keys)
        self.run("import", "--rules", ROOT / "rules", "--db", self.db, "--keys", self.keys,
                 self.dir / "data/identity.csv", self.dir / "data/person.csv")
        with open(self.dir / "data/identity.csv", encoding="utf-8") as f:
            self.people = list(csv.DictReader(f))

    def run(self, *args, text=""):
        done = subprocess.run([self.jifen, *map(str, args)], input=text.encode(), capture_output=True,
                              timeout=60, env={**os.environ, **CHINESE})
        if done.returncode != 0:
            raise RuntimeError(f"{args}: {done.stdout.decode()} {done.stderr.decode()}")
        return done.stdout.decode()

    def account(self, login, role, password="", **more):
        args = [x for key, value in more.items() for x in ([f"--{key}"] if value is True else (f"--{key}", value))]
        return self.run("account", "add", "--db", self.db, "--keys", self.keys, "--login", login,
                        "--role", role, *args, text=password + "\n")

    def audit(self, prefix="session."):
        """Records of the log: (kind, office), and its text."""
        text = self.run("audit", "list", "--db", self.db)
        records = [json.loads(line) for line in text.splitlines()]
        return [(x["kind"], x["office"]) for x in records if x["kind"].startswith(prefix)], text

    def serve(self, oidc=None, demo=None, options=(), base=None):
        """`oidc`: text of the settings file; `demo`: list of the accounts shown; `base`: its address outside."""
        self.served = {"oidc": oidc, "demo": demo, "options": options, "base": base}
        if not self.port:
            self.port = free_port()
            self.url = f"http://127.0.0.1:{self.port}"
        args = [self.jifen, "serve", "--db", self.db, "--rules", str(ROOT / "rules"), "--keys",
                str(self.keys), "--listen", f"127.0.0.1:{self.port}", "--base-url", base or self.url,
                "--behind-proxy", *options]
        if oidc:
            path = self.dir / "sign-in"
            path.write_text(oidc, encoding="utf-8")
            path.chmod(0o600)
            args += ["--oidc", str(path)]
        if demo:
            path = self.dir / "demo.json"
            path.write_text(json.dumps(demo), encoding="utf-8")
            args += ["--demo", str(path)]
        env = {**os.environ, **CHINESE, "http_proxy": "http://127.0.0.1:1", "https_proxy": "http://127.0.0.1:1"}
        with open(self.log, "ab") as log:
            self.server = subprocess.Popen(args, stdout=subprocess.DEVNULL, stderr=log, env=env)
        wait_until("the server", lambda: listens(self.port) or self.server.poll() is not None)
        if self.server.poll() is not None:
            self.server = None
            raise RuntimeError(self.log.read_text(encoding="utf-8"))

    def restart(self):
        """The same again, at the same address, with an empty memory."""
        self.stop()
        self.serve(**self.served)

    def stop(self):
        """It must end well: a sanitizer's finding is an exit status too."""
        if self.server is None:
            return
        server, self.server = self.server, None
        server.send_signal(signal.SIGTERM)
        status = server.wait(timeout=PATIENCE_S)
        if status != 0:
            raise RuntimeError(f"the server ended with {status}\n" + self.logged()[-4000:])

    def logged(self):
        return self.log.read_text(encoding="utf-8")

    def close(self):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)


class Peer:
    """A real HTTP (or HTTPS) server in this process: answer(method, path, headers, body) gives
    (status, headers, bytes) or None, which hangs up."""

    def __init__(self, answer, certificate=None):
        self.answer = answer
        self.calls = []
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(64)
        self.port = self.socket.getsockname()[1]
        self.tls = None
        if certificate:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(*certificate)
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection:
                self._one(connection)
        except (OSError, ssl.SSLError):
            pass

    def _one(self, connection):
        stream = connection.makefile("rb")
        words = stream.readline().decode("latin-1").split()
        if len(words) != 3:
            return
        headers = {}
        while (line := stream.readline().decode("latin-1").strip()):
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", 0)))
        self.calls.append((words[0], words[1], headers, body))
        answer = self.answer(words[0], words[1], headers, body)
        if answer is None:
            return
        status, more, text = answer
        head = {"Content-Type": "application/json", "Content-Length": str(len(text)),
                "Connection": "close", **more}
        lines = "".join(f"{k}: {v}\r\n" for k, v in head.items())
        connection.sendall(f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + text)

    def close(self):
        self.socket.close()


def make_certificate(folder, name="127.0.0.1"):
    """A self-signed certificate of this machine: (certificate, key)."""
    cert, key = folder / "peer.pem", folder / "peer.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-subj", "/CN=peer", "-addext", f"subjectAltName=IP:{name}", "-keyout", key,
                    "-out", cert], check=True, capture_output=True)
    return str(cert), str(key)
