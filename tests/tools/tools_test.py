#!/usr/bin/python3
"""The checks of tools/ hold for this repository, and each of them finds what it is for."""
import contextlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import check_clauses
import check_layers
import count_tests
import lint
import source
import tap

TEST = "TEST" + "-OF:"  # in pieces, so that this file bears no mark itself


@contextlib.contextmanager
def tree(**texts):
    """A folder with these files; `__` in a name stands for `/`, a last `_` for the dot."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            stem, suffix = name.rsplit("_", 1)
            path = Path(folder) / (stem.replace("__", "/") + "." + suffix)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        yield Path(folder)


class ThisRepository(unittest.TestCase):
    def clean(self, check):
        findings = check.check(ROOT)
        if findings:
            self.fail("\n" + "\n".join(findings))

    def test_layers(self):
        """imports run one way"""
        self.clean(check_layers)

    def test_clauses(self):
        """every clause has its test"""
        self.clean(check_clauses)

    def test_lint(self):
        """lint finds nothing"""
        self.clean(lint)

    @unittest.skipUnless(shutil.which("clang-format"), "clang-format is not installed")
    def test_format(self):
        """the C sources are formatted"""
        sources = source.files(ROOT, ["src", "tests", "bench", "include"], (".c", ".h"))
        done = subprocess.run(
            ["clang-format", "--dry-run", "-Werror", *map(str, sources)],
            capture_output=True, check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr.decode("utf-8", "replace")[:4000])


class Layers(unittest.TestCase):
    def found(self, words, **texts):
        with tree(**texts) as root:
            findings = check_layers.check(root)
        self.assertEqual(len(findings), 1, findings)
        self.assertIn(words, findings[0])

    def test_clean(self):
        """a clean tree has no findings"""
        with tree(
            src__base__a_h="/* a */\n",
            src__lang__b_c='#include "lang/b.h"\n#include "base/a.h"\n',
            src__lang__b_h='#include "base/a.h"\n',
            src__cli__c_c='#include <time.h>\n#include "lang/b.h"\nint x = time(0);\n',
        ) as root:
            self.assertEqual(check_layers.check(root), [])

    def test_upwards(self):
        """base may not include lang"""
        self.found("base may not include lang", src__base__a_c='#include "lang/b.h"\n')

    def test_past_a_room(self):
        """http may not reach past service"""
        self.found("http may not include engine", src__http__a_c='#include "engine/score.h"\n')

    def test_unknown_room(self):
        """a header in no room"""
        self.found("is in no room", src__lang__a_c='#include "util/b.h"\n')

    def test_internal(self):
        """X_internal.h stays in its folder"""
        self.found(
            "stays in src/lang",
            src__engine__a_c='#include "lang/check_internal.h"\n',
            src__lang__check_internal_h="/* x */\n",
        )

    def test_internal_in_tests(self):
        """the tests of another room do not see X_internal.h either; its own do"""
        self.found(
            "stays in src/lang",
            tests__unit__check__t_c='#include "lang/check_internal.h"\n',
            tests__unit__vm__t_c='#include "lang/check_internal.h"\n',
        )

    def test_sql(self):
        """only store speaks SQL"""
        self.found("only store speaks SQL", src__service__a_c="#include <sqlite3.h>\n")

    def test_http(self):
        """only http speaks HTTP"""
        self.found("only http speaks HTTP", src__cli__a_c="#include <microhttpd.h>\n")

    def test_clock(self):
        """the engine reads no clock"""
        self.found("reads no clock", src__engine__a_c="void f(void)\n{\n    g(time(NULL));\n}\n")

    def test_clock_header(self):
        """lang does not even include <time.h>"""
        self.found("reads no clock", src__lang__a_c="#include <time.h>\n")

    def test_file(self):
        """lang opens no file"""
        self.found("input or output", src__lang__a_c='#include "base/file.h"\n')

    def test_floating(self):
        """no floating point in engine, but the word may stand in comments and strings"""
        self.found(
            "has no floating point",
            src__engine__a_c='/* no double */\nconst char *s = "float";\ndouble x;\n',
        )

    def test_cycle(self):
        """headers that include each other"""
        self.found(
            "cycle",
            src__lang__a_h='#include "lang/b.h"\n',
            src__lang__b_h='#include "lang/a.h"\n',
        )

    def test_own_header_first(self):
        """a .c file includes its own header first"""
        self.found(
            "must be the first include",
            src__lang__a_h="/* a */\n",
            src__lang__a_c='#include "base/err.h"\n#include "lang/a.h"\n',
            src__base__err_h="/* e */\n",
        )


class Clauses(unittest.TestCase):
    def test_pair(self):
        """a mark on both sides, wrapped differently, is a pair"""
        with tree(
            src__base__a_h='/* CLAUSE: registers §3 reading 1  "age" */\n',
            tests__t_c=f"/* {TEST}  registers §3 reading 1. */\n",
        ) as root:
            self.assertEqual(check_clauses.check(root), [])

    def test_missing_test(self):
        """a clause without a test"""
        with tree(src__base__a_h="/* CLAUSE: 38 3(1) */\n", tests__t_c="/* none */\n") as root:
            self.assertIn("no TEST-OF", check_clauses.check(root)[0])

    def test_longer(self):
        """reading 1 is not tested by a test of reading 10"""
        with tree(
            src__base__a_h="/* CLAUSE: registers §3 reading 1: age */\n",
            tests__t_c=f"/* {TEST} registers §3 reading 10 */\n",
        ) as root:
            self.assertEqual(len(check_clauses.check(root)), 1)

    def test_more_words(self):
        """a test may say more than the citation"""
        with tree(
            src__base__a_h="/* CLAUSE: registers §3 reading 1. Whole years. */\n",
            tests__t_c=f"/* {TEST} registers §3 reading 1, the birthday itself */\n",
        ) as root:
            self.assertEqual(check_clauses.check(root), [])


class Lint(unittest.TestCase):
    def found(self, words, **texts):
        with tree(**texts) as root:
            findings = lint.check(root)
        self.assertEqual(len(findings), 1, findings)
        self.assertIn(words, findings[0])

    def long_function(self, name, lines):
        return f"/* x */\nstatic int {name}(int a,\n        int b)\n{{\n" + "    a++;\n" * lines + "}\n"

    def test_length(self):
        """a function of 71 lines; one of 70 is well"""
        text = self.long_function("fine", 70) + self.long_function("too_long", 71)
        self.found("too_long: 71 lines", src__base__a_c=text)

    def test_exception(self):
        """a named exception, and one that nobody needs"""
        long = self.long_function("vm_loop", 90)
        self.found(
            "gone: no longer needed",
            src__base__a_c=long,
            tools__lint_exceptions_txt="src/base/a.c vm_loop the loop\nsrc/base/a.c gone it was long\n",
        )

    def test_file_length(self):
        """a file of more than 1,500 lines"""
        self.found("lines; 1500 at most", src__base__a_h="/* x */\n" * 1501)

    def test_line_length(self):
        """a line of 101 characters, Chinese ones counted like others"""
        self.found(
            "101 characters", src__base__a_h="/* " + "分" * 94 + " */\n/* " + "分" * 95 + " */\n"
        )

    def test_banned(self):
        """strcpy in code, not in a comment"""
        self.found("strcpy: banned", src__base__a_c="/* strcpy(a, b) */\nint x = strcpy(a, b);\n")

    def test_typedef(self):
        """typedef struct"""
        self.found("typedef", src__base__a_h="typedef struct x { int a; } x;\n")

    def test_head(self):
        """a source file without a comment at its top"""
        self.found("no comment", src__base__a_c="int x;\n")

    def test_private(self):
        """a path of somebody's machine"""
        self.found("of one machine only", docs__a_md="see /ho" + "me/somebody/x\n")


class Count(unittest.TestCase):
    def total(self, *entries):
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "testlog.json"
            log.write_text("".join(json.dumps(e) + "\n" for e in entries), encoding="utf-8")
            return count_tests.count([log])

    def check(self, total, passed, failed, skipped=0):
        self.assertEqual((total.passed, total.failed, total.skipped), (passed, failed, skipped))

    def test_tap(self):
        """subtests count singly"""
        out = "1..4\nok 1 - a\nnot ok 2 - b\nok 3 - c # SKIP not here\n  ok 9 - nested\nok 4 - d\n"
        self.check(self.total({"name": "t", "result": "FAIL", "stdout": out}), 2, 1, 1)

    def test_tap_crash(self):
        """a test that stops early fails"""
        out = "1..3\nok 1 - a\n"
        self.check(self.total({"name": "t", "result": "ERROR", "stdout": out}), 1, 1)

    def test_tap_exit(self):
        """all subtests well, but the program ended badly (a leak found at exit)"""
        out = "1..1\nok 1 - a\n"
        self.check(self.total({"name": "t", "result": "ERROR", "stdout": out}), 1, 1)

    def test_plain(self):
        """a test without TAP counts once"""
        self.check(
            self.total(
                {"name": "t", "result": "OK", "stdout": ""},
                {"name": "u", "result": "TIMEOUT", "stdout": "hello"},
                {"name": "v", "result": "SKIP"},
            ),
            1,
            1,
            1,
        )

    def test_missing_log(self):
        """a log that is not there is a failure"""
        self.check(count_tests.count(["no/such/testlog.json"]), 0, 1)

    def test_nothing_ran(self):
        """no test at all is not a success"""
        with contextlib.redirect_stdout(io.StringIO()) as out:
            sys.argv = ["count_tests.py"]
            self.assertEqual(count_tests.main(), 1)
        self.assertEqual(out.getvalue(), "0 passed, 0 failed\n")


tap.main(__name__)
