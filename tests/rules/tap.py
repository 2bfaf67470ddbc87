"""A little of the Test Anything Protocol: one line per case, the plan at the end."""

import subprocess
import sys


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def case(self, title, problem):
        """`problem` is None or what is wrong."""
        self.count += 1
        title = title.replace("#", "").replace("\n", " ")
        if problem is None:
            print("ok %d - %s" % (self.count, title))
        else:
            self.failed += 1
            print("not ok %d - %s" % (self.count, title))
            for line in str(problem).splitlines()[:60]:
                print("# " + line)
        sys.stdout.flush()

    def end(self):
        print("1..%d" % self.count)
        return 1 if self.failed else 0


def run(*args):
    """(exit code, both outputs together)."""
    done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def wrong(args, code, out, expected="exit code 0"):
    return "%s\nexpected %s, got exit code %d\n%s" % (" ".join(args), expected, code, out)


def must(*args):
    """None when the command ends with 0, else the problem."""
    code, out = run(*args)
    return None if code == 0 else wrong(args, code, out)
