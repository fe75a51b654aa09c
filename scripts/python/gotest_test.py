"""Tests of gotest.py: what it counts, and what of go test's output it prints."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

GOTEST = Path(__file__).resolve().parent / "gotest.py"
FILES = {
    "go.mod": "module example\n\ngo 1.26\n",
    "good/good_test.go": """package good
import "testing"
func TestOne(t *testing.T) { t.Run("sub", func(t *testing.T) {}) }
func TestSkipped(t *testing.T) { t.Skip("not today") }
""",
    "bad/bad_test.go": """package bad
import "testing"
func TestGood(t *testing.T) { t.Log("unseen") }
func TestBad(t *testing.T) { t.Error("seen") }
""",
    "panics/panics_test.go": """package panics
import "testing"
func TestPanics(t *testing.T) { panic("help") }
""",
    "uncompiled/uncompiled_test.go": """package uncompiled
var s string = 3
""",
}


def run(folder, *packages):
    env = {**os.environ, "GOWORK": "off", "GOFLAGS": ""}
    return subprocess.run([sys.executable, "-I", str(GOTEST), *packages], cwd=folder, env=env, capture_output=True, text=True)


class GoTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.path = Path(folder.name)
        for name, text in FILES.items():
            (cls.path / name).parent.mkdir(exist_ok=True)
            (cls.path / name).write_text(text, encoding="utf-8")

    def test_passing_package(self):
        result = run(self.path, "./good")
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stdout, r"(?s)^.*not today.*ok  \texample/good\t.*\ngo test: 2 passed, 0 failed, 1 skipped\n$")

    def test_failing_packages(self):
        result = run(self.path, "./...")
        self.assertEqual(result.returncode, 1)
        self.assertIn("seen", result.stdout)
        self.assertNotIn("unseen", result.stdout)
        self.assertIn("panic: help", result.stdout)
        self.assertIn("cannot use 3", result.stdout)
        # bad's TestGood passes beside the two of good; TestBad, TestPanics and the package that does not compile fail.
        self.assertEqual(result.stdout.splitlines()[-1], "go test: 3 passed, 3 failed, 1 skipped")


if __name__ == "__main__":
    unittest.main()
