#!/usr/bin/python3
"""Every command that docs/OPERATE.md marks with `sh` works: operate_test.py JIFEN.

The blocks of the page run in one shell, in order, with the folders of a real machine put into a
temporary one, `jifen serve` in the background, and a made-up county as the data of departments.
"""
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import tap

JIFEN = str(Path(sys.argv.pop(1)).resolve())
WAIT = """{line} > server.out 2> server.log & server=$!
for i in $(seq 200); do [ -s server.out ] && break; sleep 0.05; done"""


def blocks(name):
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    return re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Operate(unittest.TestCase):
    def test_same(self):
        """both languages have the same commands"""
        self.assertGreater(len(blocks("OPERATE.md")), 8)
        self.assertEqual(blocks("OPERATE.md"), blocks("OPERATE.en.md"))

    def test_commands(self):
        """the commands work, in their order"""
        port = free_port()
        with tempfile.TemporaryDirectory(prefix="jifen-operate-") as scratch:
            for name in ("etc", "lib", "backups", "bin", "work"):
                os.mkdir(f"{scratch}/{name}", 0o700)
            os.symlink(JIFEN, f"{scratch}/bin/jifen")
            work = f"{scratch}/work"
            subprocess.run([JIFEN, "sample", "--rules", ROOT / "rules", "--persons", "200",
                            "--identity", "--on", "2026-11-01", "-o", f"{work}/data"], check=True,
                           stdout=subprocess.DEVNULL)
            script = "set -e -o pipefail\n" + "".join(blocks("OPERATE.md"))
            for old, new in (("/etc/jifen", f"{scratch}/etc"), ("/var/lib/jifen", f"{scratch}/lib"),
                             ("/var/backups/jifen", f"{scratch}/backups"),
                             ("/usr/local/share/jifen/rules", str(ROOT / "rules")),
                             ("sudo systemctl reload jifen", "kill -HUP $server; sleep 1"),
                             ("127.0.0.1:8080", f"127.0.0.1:{port}")):
                script = script.replace(old, new)
            script = re.sub(r"^(jifen serve .*)$", lambda m: WAIT.format(line=m[1]), script,
                            flags=re.M) + "kill -TERM $server\nwait $server\n"
            env = {**os.environ, "LC_ALL": "C.UTF-8", "PATH": f"{scratch}/bin:{os.environ['PATH']}"}
            shell = subprocess.Popen(["bash", "-s"], cwd=work, env=env, stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                     start_new_session=True)
            try:
                out, _ = shell.communicate(script, timeout=120)
            finally:
                try:
                    os.killpg(shell.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass  # all of it has ended, as it should
            log = Path(work, "server.log")
            self.assertEqual(shell.returncode, 0,
                             out + (log.read_text(encoding="utf-8") if log.exists() else ""))
            self.assertIn("jifen_database_up 1", out)
            self.assertEqual(out.count("完好"), 3)  # of what was restored, of what is, with a head
            self.assertIn('{"seq":10,', out)


tap.main(__name__)
