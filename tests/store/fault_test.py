#!/usr/bin/python3
"""Disk full, failing syncs and locks by libfiu, under SQLite: fault_test.py JIFEN CRASH_WRITER

The writer of crash_test.py runs while system calls fail at random; it stops at the first error it is
told. Afterwards, without faults, every acknowledged command is there and nothing is half.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import tap

JIFEN = str(Path(sys.argv.pop(1)).resolve())
WRITER = str(Path(sys.argv.pop(1)).resolve())
ENOSPC, EIO, EAGAIN = 28, 5, 11
RUNS = 6
SECONDS = 4

# what fails, with which error, how often
FAULTS = {
    "disk full": [("posix/io/rw/pwrite", ENOSPC, "0.01")],
    "disk full, and cannot grow": [("posix/io/rw/pwrite", ENOSPC, "0.003"), ("posix/io/dir/ftruncate", ENOSPC, "0.2")],
    "syncs fail": [("posix/io/sync/fdatasync", EIO, "0.05"), ("posix/io/sync/fsync", EIO, "0.05")],
    "reads fail": [("posix/io/rw/pread", EIO, "0.002")],
}


class Faults(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="jifen-fault-")
        self.url = f"sqlite:{self.folder}/jifen.db"
        self.keys = f"{self.folder}/keys"
        self.acks = f"{self.folder}/acks"
        subprocess.run([JIFEN, "keys", "add", self.keys], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([JIFEN, "db", "init", "--db", self.url], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([WRITER, "check", self.url, self.keys, os.devnull], check=False, capture_output=True)

    def tearDown(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def check(self):
        done = subprocess.run([WRITER, "check", self.url, self.keys, self.acks], check=False, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def write(self, seed, faults):
        """Run until the first error; True when there was one, told as an error value."""
        command = ["fiu-run", "-x"]
        for name, errno, probability in faults:
            command += ["-c", f"enable_random name={name},probability={probability},failinfo={errno}"]
        with open(self.acks, "ab") as acks:
            try:
                done = subprocess.run([*command, WRITER, "write", self.url, self.keys, str(seed)], check=False,
                                      stdout=acks, stderr=subprocess.PIPE, timeout=SECONDS)
            except subprocess.TimeoutExpired:
                return False
        self.assertEqual(done.returncode, 1, done.stderr)
        return True

    def test_busy(self):
        """a database that somebody else holds: the command waits or is told, nothing is lost"""
        with open(self.acks, "ab") as acks:
            writers = [subprocess.Popen([WRITER, "write", self.url, self.keys, str(900 + n)], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL) for n in range(4)]
            lines = [w.stdout.readline() for w in writers for _ in range(5)]
            for w in writers:
                w.kill()
                lines.append(w.stdout.read())
                w.wait()
                w.stdout.close()
            acks.write(b"".join(lines))
        self.check()


def add(what, faults):
    def case(self):
        told = sum(self.write(100 + n, faults) for n in range(RUNS))
        self.assertGreater(told, 0, "no fault was met: nothing was tried")
        self.check()

    case.__doc__ = f"{what}: nothing acknowledged is lost, nothing is half"
    setattr(Faults, "test_" + what.replace(" ", "_").replace(",", ""), case)


if shutil.which("fiu-run"):
    for what, faults in FAULTS.items():
        add(what, faults)

if __name__ == "__main__":
    tap.main(__name__)
