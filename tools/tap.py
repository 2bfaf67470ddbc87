"""unittest cases as a TAP stream, so that meson counts each of them.

A test file ends with `tap.main(__name__)`; its own arguments go through `tap.arguments`.
"""
import sys
import unittest


class TapResult(unittest.TestResult):
    """Prints one line a case; what went wrong goes to standard error."""

    def __init__(self):
        super().__init__()
        self.number = 0

    def _line(self, good, test, note=""):
        self.number += 1
        title = test.shortDescription() or str(test).split()[0]
        print(f"{'' if good else 'not '}ok {self.number} - {title}{note}", flush=True)

    def addSuccess(self, test):
        self._line(True, test)

    def addSkip(self, test, reason):
        self._line(True, test, f" # SKIP {reason}")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._bad(test, self.failures)

    def addError(self, test, err):
        super().addError(test, err)
        self._bad(test, self.errors)

    def addSubTest(self, test, subtest, err):
        """Each subtest counts by itself."""
        super().addSubTest(test, subtest, err)
        if err is None:
            self._line(True, subtest)
        else:
            self._bad(subtest, self.failures if self.failures else self.errors)

    def _bad(self, test, where):
        self._line(False, test)
        if where:
            print(where[-1][1], file=sys.stderr, flush=True)


def run(suite):
    result = TapResult()
    suite.run(result)
    print(f"1..{result.number}", flush=True)
    return 0 if result.wasSuccessful() and result.number else 1


def main(module):
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[module])
    sys.exit(run(suite))
