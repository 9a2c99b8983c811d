#!/usr/bin/env python3
"""End-to-end tests of the programs that tune: fmnist_tune, and hone_tune on the same data.

  tune_test.py PROGRAM [GROUP[.Class[.test]]...]

GROUP is a file <group>_cases.py beside this one. Without groups: everything but the long ones.
"""
import sys
import time
import unittest
from pathlib import Path

import harness

GROUPS = ["run", "folder", "search", "interrupt", "input", "storage", "terminal", "predict", "replay"]


class Timed(unittest.TextTestResult):
    """Says how long each test took."""

    def startTest(self, test):
        self.begin = time.monotonic()
        super().startTest(test)

    def addSuccess(self, test):
        self.stream.write(f"{time.monotonic() - self.begin:.1f} s ")
        super().addSuccess(test)


def main():
    harness.PROGRAM = str(Path(sys.argv[1]).resolve())
    names = sys.argv[2:] or GROUPS
    names = [name.replace(".", "_cases.", 1) if "." in name else name + "_cases" for name in names]
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    result = unittest.TextTestRunner(verbosity=2, resultclass=Timed).run(suite)
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
