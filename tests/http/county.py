"""A made-up county served by the real program: what tools/demo.sh makes, with accounts of all roles.

usage: with county.County(jifen) as c: c.call("GET", "/api/v1/rules", …)
"""
import base64
import hmac
import http.client
import itertools
import json
import os
import signal
import subprocess
import tempfile
import time
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "jifen-demo-2026"
PERSONS = 400

# Accounts that tools/demo.sh does not make: login -> options of `jifen account add`.
MORE = {
    "security": ["--role", "security", "--division", "330000", "--office", "安全"],
    "operator": ["--role", "operator", "--division", "330000", "--office", "运维"],
    "elsewhere": ["--role", "clerk", "--division", "330106", "--office", "西湖窗口"],
    "elsewhere_reviewer": ["--role", "reviewer", "--division", "330106", "--office", "西湖审核"],
}


def one_time_code(secret):
    """RFC 6238 with SHA-1, 30 seconds, 6 digits."""
    step = int(time.time() // 30).to_bytes(8, "big")
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, step, "sha1").digest()
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at:at + 4], 'big') & 0x7fffffff) % 1000000:06d}"


def draft(name="志愿服务加分", old=None, new=None):
    """What a rule owner sends: Rui'an's rules with a small change."""
    text = (ROOT / "rules/ruian.md").read_text(encoding="utf-8")
    if old:
        assert old in text
        text = text.replace(old, new, 1)
    return {"name": name, "files": [{"name": "ruian.md", "text": text}]}


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:400]!r}"


class County:
    def __init__(self, jifen, persons=PERSONS, database=None, options=()):
        self.jifen = str(Path(jifen).resolve())
        self.scratch = tempfile.TemporaryDirectory(prefix="jifen-county-")
        self.folder = Path(self.scratch.name)
        self.database = database or f"sqlite:{self.folder}/jifen.db"
        self.options = list(options)
        self.numbers = itertools.count(1)
        self.tokens = {}
        self.process = None
        self.run("bash", ROOT / "tools/demo.sh", self.jifen, ROOT / "rules", self.folder, persons,
                 self.database)
        for login, more in MORE.items():
            self.add_account(login, *more)
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def run(self, *args, text=None):
        done = subprocess.run([str(a) for a in args], input=text, capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{args}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def add_account(self, login, *options):
        self.run(self.jifen, "account", "add", "--db", self.database, "--keys",
                 self.folder / "keys", "--login", login, *options, text=PASSWORD + "\n")

    def account(self, event, login, *options, text=""):
        """An account changed from the command line."""
        self.run(self.jifen, "account", event, "--db", self.database, "--keys",
                 self.folder / "keys", "--login", login, *options, text=text)

    # --- the server ---

    def start(self):
        self.log = open(self.folder / "server.log", "ab")
        self.process = subprocess.Popen(
            [self.jifen, "serve", "--db", self.database, "--rules", str(self.rules()), "--keys",
             str(self.folder / "keys"), "--signing-key", str(self.folder / "signing.pem"),
             "--demo", str(self.folder / "accounts.json"), "--listen", "127.0.0.1:0",
             *self.options], stdout=subprocess.PIPE, stderr=self.log, text=True)
        address = self.process.stdout.readline().strip()
        if not address:
            raise RuntimeError((self.folder / "server.log").read_text())
        self.address = urllib.parse.urlsplit(address)

    def rules(self):
        return ROOT / "rules"

    def stop(self):
        """Its exit status."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(30)
        self.process.stdout.close()
        self.log.close()
        self.process = None
        return status

    def close(self):
        status = self.stop()
        self.scratch.cleanup()
        if status not in (0, None):
            raise AssertionError(f"the server ended with {status}")

    def log_lines(self):
        return (self.folder / "server.log").read_text(encoding="utf-8").split("\n")

    # --- requests ---

    def call(self, method, path, body=None, login=None, query=None, headers=None, key=None,
             purpose=None, lang=None):
        """One request; `login` signs in first and is remembered."""
        sent = {"Accept-Language": lang or "zh"}
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        if login:
            sent["Authorization"] = "Bearer " + self.token(login)
        if key:
            sent["Idempotency-Key"] = key
        if purpose:
            sent["X-Purpose"] = purpose
        sent.update(headers or {})
        if query:
            path += "?" + urllib.parse.urlencode(query)
        connection = http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=60)
        try:
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            return Answer(answer.status, dict((k.lower(), v) for k, v in answer.getheaders()),
                          answer.read())
        finally:
            connection.close()

    def sign_in(self, login, mode="bearer", **more):
        n = next(self.numbers)  # behind a proxy each sign-in comes from an address of its own
        return self.call("POST", "/api/v1/session",
                         {"login": login, "password": PASSWORD, "mode": mode, **more},
                         headers={"X-Forwarded-For": f"10.0.{n // 250}.{n % 250 + 1}"})

    def token(self, login):
        if login not in self.tokens:
            answer = self.sign_in(login)
            if answer.status != 200:
                raise AssertionError(f"{login}: {answer}")
            self.tokens[login] = answer.json["token"]
        return self.tokens[login]

    def key(self):
        return f"test-key-{os.getpid()}-{next(self.numbers)}"

    def simulated(self, number, state="done", patience=30):
        """The simulation once it is in this state."""
        end = time.monotonic() + patience
        while True:
            now = self.call("GET", f"/api/v1/simulations/{number}", login="rule_owner", purpose="rules").json
            if now["state"] == state:
                return now
            if now["is_end"] or time.monotonic() > end:
                raise AssertionError(f"not {state}: {now}")
            time.sleep(0.05)

    # --- people ---

    def code(self, login):
        for account in json.loads((self.folder / "accounts.json").read_text(encoding="utf-8")):
            if account["login"] == login:
                return account["person"]
        raise KeyError(login)

    def identity(self, code):
        """Columns of identity.csv."""
        for line in (self.folder / "identity.csv").read_text(encoding="utf-8").split("\n"):
            if line.startswith(code + ","):
                return dict(zip(("code", "id_number", "name", "phone"), line.split(",")))
        raise KeyError(code)

    def holders(self):
        """Codes of residents with a permit that is valid now, but for those with accounts."""
        taken = (self.folder / "accounts.json").read_text(encoding="utf-8")
        rows = (self.folder / "data/permit.csv").read_text(encoding="utf-8").split("\n")[1:-1]
        return [code for code, _, status, _, to in (r.split(",") for r in rows)
                if status == "valid" and not to and f'"{code}"' not in taken]

    def person(self, code):
        """The number that the server gives a resident, found by a clerk."""
        found = self.call("POST", "/api/v1/staff/persons/find",
                          {"id_number": self.identity(code)["id_number"]}, login="clerk",
                          purpose="window")
        return found.json["matches"][0]["person"]
