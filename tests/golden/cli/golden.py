#!/usr/bin/python3
"""Scripts of the command line with their expected output.

usage: golden.py --jifen JIFEN [--accept] [NAME ...]

NAME.t is prose with indented commands:

      $ jifen version          a command; `> ` continues it on the next line
      jifen 0.1.0              what it prints, standard error included
      [2]                      its exit code when it is not 0

Commands of a file run in one shell, in an empty directory that holds a copy of rules/ only.
--accept writes what was printed into the files, for review in the difference.
Besides: every code of the message tables of service and cli stands in some expected output.
"""
import argparse
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import tap

ARGS = None
MARK = "-- end of command --"
DIFFERENCE_LINES_MAX = 60


def parse(text):
    """Lines of the file as a list of ("prose", line) and ("command", lines); output is dropped."""
    parts = []
    for line in text.splitlines():
        if line.startswith("  $ "):
            parts.append(("command", [line[4:]]))
        elif line.startswith("  > ") and parts and parts[-1][0] == "command":
            parts[-1][1].append(line[4:])
        elif not line.startswith("  "):
            parts.append(("prose", line))
    return parts


def run(commands):
    """Output and exit code of each command."""
    script = "".join(
        "\n".join(lines) + f"\nprintf '\\n%s %d\\n' '{MARK}' $?\n" for lines in commands
    )
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        (scratch / "bin").mkdir()
        (scratch / "bin" / "jifen").symlink_to(Path(ARGS.jifen).resolve())
        work = scratch / "work"
        shutil.copytree(HERE / "rules", work / "rules")
        env = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG"))}
        env["PATH"] = f"{scratch / 'bin'}:{env['PATH']}"
        env["LC_CTYPE"] = "C.UTF-8"
        done = subprocess.run(
            ["bash", "-s"], cwd=work, env=env, input=script.encode(), stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=120, check=False,
        )
    text = done.stdout.decode("utf-8", "backslashreplace")
    pieces = re.split(rf"\n{re.escape(MARK)} (\d+)\n", text)
    outputs = [(pieces[i], int(pieces[i + 1])) for i in range(0, len(pieces) - 1, 2)]
    if len(outputs) != len(commands):
        raise AssertionError(f"the shell ended early:\n{text}")
    return outputs


def render(parts, outputs):
    lines, results = [], iter(outputs)
    for kind, part in parts:
        if kind == "prose":
            lines.append(part)
            continue
        lines.append("  $ " + part[0])
        lines.extend("  > " + more for more in part[1:])
        text, code = next(results)
        lines.extend("  " + line for line in text.splitlines())
        if code:
            lines.append(f"  [{code}]")
    return "\n".join(lines) + "\n"


class Golden(unittest.TestCase):
    @staticmethod
    def add(path):
        def case(self):
            expected = path.read_text(encoding="utf-8")
            parts = parse(expected)
            got = render(parts, run([part for kind, part in parts if kind == "command"]))
            if ARGS.accept:
                path.write_text(got, encoding="utf-8")
            elif expected != got:
                difference = list(difflib.unified_diff(
                    expected.splitlines(), got.splitlines(), "expected", "got", lineterm=""))
                self.fail("\n" + "\n".join(difference[:DIFFERENCE_LINES_MAX]))

        case.__doc__ = f"golden: {path.stem}"
        setattr(Golden, f"test_{path.stem}", case)


class Codes(unittest.TestCase):
    """Every message has been seen."""

    # what a script cannot bring about in every kind of build, and where it is tested instead
    ELSEWHERE = {
        "JC0029": "memory runs out: tests/unit/cli",
        "JC0034": "an error value nobody expects: tests/unit/cli",
        "JC0042": "a database of another version: tests of the store",
        "JC0044": "a database that says no, as on a full disk: tests of the store",
        "JC0043": "another writer at the same moment: tests of the store",
        "JC0070": "no such database on a server that is there: tests/store/away_test.py",
        "JC0093": "a server that refuses a user: tests/store/away_test.py",
    }

    @staticmethod
    def add(path):
        def case(self):
            seen = "".join(p.read_text(encoding="utf-8") for p in HERE.glob("*.t"))
            codes = re.findall(r'^MSG\(\w+, "(\w+)"', path.read_text(encoding="utf-8"), re.M)
            self.assertTrue(codes)
            # a list (`jifen help data-errors`) is no sight of a message: there the code is indented
            missing = [c for c in codes if not re.search(rf"(?m)^  \S.*\b{c}\b", seen)]
            self.assertEqual([], [c for c in missing if c not in self.ELSEWHERE])

        case.__doc__ = f"golden: every code of {path.name} stands in an expected output"
        setattr(Codes, f"test_{path.stem}", case)


def main():
    global ARGS
    parser = argparse.ArgumentParser()
    parser.add_argument("--jifen", required=True)
    parser.add_argument("--accept", action="store_true")
    parser.add_argument("names", nargs="*")
    ARGS = parser.parse_args()
    for path in sorted(HERE.glob("*.t")):
        if not ARGS.names or path.stem in ARGS.names:
            Golden.add(path)
    if not ARGS.names and not ARGS.accept:
        Codes.add(ROOT / "src/service/data_msg.def")
        Codes.add(ROOT / "src/cli/cli_msg.def")
        Codes.add(ROOT / "src/store/fault.def")
    tap.main(__name__)


if __name__ == "__main__":
    main()
