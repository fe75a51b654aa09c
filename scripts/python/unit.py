"""Runs the tests of the scripts, *_test.py in this folder, with a closing line that counts them: unit.py [PATTERN]."""

import sys
import unittest
from pathlib import Path


def main():
    here = str(Path(__file__).resolve().parent)
    sys.path.insert(0, here)
    suite = unittest.defaultTestLoader.discover(here, sys.argv[1] if len(sys.argv) > 1 else "*_test.py")
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    # A subtest that fails is its test's failure, and counts once.
    bad = {str(getattr(t, "test_case", t)) for t, _ in result.failures + result.errors}
    bad |= {str(t) for t in result.unexpectedSuccesses}
    passed = result.testsRun - len(bad) - len(result.skipped)
    print(f"scripts: {max(0, passed)} passed, {len(bad)} failed, {len(result.skipped)} skipped", flush=True)
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    main()
