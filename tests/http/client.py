"""A server to be tested, and a client that says exactly the bytes it is told to."""
import json
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
PATIENCE = 20  # seconds after which something that must happen has not


class Demo:
    """tests/http/demo.c at work; `settings` as its head says."""

    def __init__(self, program, listen="127.0.0.1:0", **settings):
        arguments = [f"{name}={value}" for name, value in settings.items()]
        self.process = subprocess.Popen(
            [program, listen, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.log = settings.get("log")
        line = self.process.stdout.readline().decode()
        if not line.startswith("port "):
            self.process.stdin.close()
            self.process.wait(PATIENCE)
            raise RuntimeError(line + self.process.stderr.read().decode())
        self.port = int(line.split()[1])
        host = listen.rsplit(":", 1)[0].strip("[]")
        self.place = listen[5:] if listen.startswith("unix:") else (host, self.port)

    def ask(self, command):
        self.process.stdin.write(command.encode() + b"\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().decode().strip()

    def stop(self):
        """Its exit status; what it wrote to standard error is checked to be empty."""
        if self.process.poll() is None:
            self.process.stdin.close()
        status = self.process.wait(PATIENCE)
        complaint = self.process.stderr.read().decode()
        for stream in (self.process.stdout, self.process.stderr):
            stream.close()
        if complaint:
            print(complaint, file=sys.stderr)
        return status if not complaint else complaint

    def rss_kb(self):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().split("\n"):
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise RuntimeError("no VmRSS")

    def connect(self, tls=None):
        is_path = isinstance(self.place, str)
        family = socket.AF_UNIX if is_path else (
            socket.AF_INET6 if ":" in self.place[0] else socket.AF_INET)
        connection = socket.socket(family, socket.SOCK_STREAM)
        connection.settimeout(PATIENCE)
        connection.connect(self.place)
        return tls.wrap_socket(connection, server_hostname="localhost") if tls else connection

    def get(self, target, *headers, method="GET", body=b"", version="1.1", tls=None):
        """One request on a connection of its own."""
        return self.requests([request(target, *headers, method=method, body=body,
                                      version=version)], tls=tls)[0]

    def requests(self, texts, tls=None):
        """Requests one after the other on one connection."""
        with self.connect(tls) as connection:
            reader = Reader(connection)
            answers = []
            for text in texts:
                try:
                    connection.sendall(text)
                except ConnectionError:
                    pass  # refused before the end of the body: the answer is there to be read
                answers.append(reader.answer(is_head=text.startswith(b"HEAD ")))
            return answers


def request(target, *headers, method="GET", body=b"", version="1.1"):
    lines = [f"{method} {target} HTTP/{version}", "Host: localhost", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def __getitem__(self, name):
        return self.headers.get(name.lower())

    @property
    def json(self):
        return json.loads(self.body)


class Reader:
    """Answers from a stream of bytes."""

    def __init__(self, connection):
        self.connection, self.left = connection, b""

    def more(self):
        try:
            piece = self.connection.recv(1 << 16)
        except (ConnectionResetError, ssl.SSLEOFError):
            piece = b""
        self.left += piece
        return piece != b""

    def answer(self, is_head=False):
        """The next answer; None when the connection ends before it."""
        while b"\r\n\r\n" not in self.left:
            if not self.more():
                return None
        head, self.left = self.left.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split()[1])
        headers = {}
        for line in lines[1:]:
            name, value = line.split(":", 1)
            headers[name.lower()] = value.strip()
        if status == 100:
            return self.answer(is_head)
        length = int(headers.get("content-length", 0))
        if is_head or status in (204, 304):
            length = 0
        while len(self.left) < length:
            if not self.more():
                return None
        body, self.left = self.left[:length], self.left[length:]
        return Answer(status, headers, body)

    def is_closed(self):
        """Nothing more comes, and the other side ends the connection."""
        while self.more():
            pass
        return self.left == b""

    def rest(self):
        """All answers until the connection ends or says nothing for a while."""
        self.connection.settimeout(0.4)
        found = []
        try:
            while True:
                answer = self.answer()
                if answer is None:
                    return [a.status for a in found], True
                found.append(answer)
        except socket.timeout:
            return [a.status for a in found], False


def probe(place, data, pieces=0):
    """Statuses of all answers to these bytes, and whether the connection was ended."""
    with place.connect() as connection:
        connection.sendall(data)
        return Reader(connection).rest()


def until(condition):
    """Wait for what must come true."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it did not come true")
        time.sleep(0.01)


def metric(demo, name):
    for line in demo.get("/metrics").body.decode().split("\n"):
        if line.startswith(name + " "):
            return int(line.split()[1])
    raise AssertionError(f"no {name}")
