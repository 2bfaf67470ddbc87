#!/usr/bin/python3
"""What `./dev run` stands on: demo_test.py JIFEN."""
import json
import os
import shutil
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


class Demo(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="jifen-demo-")
        self.addCleanup(self.scratch.cleanup)
        self.folder = Path(self.scratch.name, "demo")
        self.rules = Path(self.scratch.name, "rules")
        shutil.copytree(ROOT / "rules", self.rules)

    def make(self, persons=40):
        done = subprocess.run(["bash", ROOT / "tools/demo.sh", JIFEN, self.rules, self.folder,
                               str(persons)], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stderr

    def test_again(self):
        """the second time there is nothing to do; other rules or people make it anew"""
        self.assertIn("40", self.make())
        before = (self.folder / "keys").read_bytes()
        self.assertEqual(self.make(), "")
        self.assertEqual((self.folder / "keys").read_bytes(), before)
        self.assertIn("41", self.make(41))
        self.assertNotEqual((self.folder / "keys").read_bytes(), before)
        with open(self.rules / "zhejiang.md", "a", encoding="utf-8") as file:
            file.write("\n一句说明。\n")
        self.assertNotEqual(self.make(41), "")

    def test_interrupted(self):
        """what was half made is made anew"""
        self.make()
        (self.folder / "ready").unlink()
        self.assertNotEqual(self.make(), "")

    def test_accounts(self):
        """the accounts are listed with their roles; secrets are their owner's alone"""
        self.make(300)
        accounts = json.loads((self.folder / "accounts.json").read_text(encoding="utf-8"))
        roles = [a["role"] for a in accounts]
        self.assertEqual(roles, ["resident"] * 3 + ["clerk", "reviewer", "department",
                                                    "department", "auditor", "rule_owner"])
        people = [a["person"] for a in accounts if a["role"] == "resident"]
        self.assertEqual(len(set(people)), 3)
        for name in ("keys", "signing.pem"):
            self.assertEqual(os.stat(self.folder / name).st_mode & 0o777, 0o600)
        shown = subprocess.run([sys.executable, ROOT / "tools/show_accounts.py", "http://x:1",
                                self.folder / "accounts.json"], capture_output=True, text=True,
                               check=True).stdout
        for text in ["http://x:1", *[a["login"] for a in accounts], accounts[0]["password"]]:
            self.assertIn(text, shown)

    def test_port(self):
        """a port that is taken is said in both languages before anything is built"""
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            done = subprocess.run(["bash", ROOT / "dev", "run"], capture_output=True, text=True,
                                  env={**os.environ, "JIFEN_PORT": str(port)}, check=False,
                                  timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"端口 {port} 已被占用", done.stderr)
        self.assertIn(f"port {port} is taken", done.stderr)


tap.main(__name__)
