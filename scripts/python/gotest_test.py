"""Tests of gotest.py: what it counts, and what of go test's output it prints."""

import os
import re
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
    # One test skips itself in one run, one in both, and one fails under the race detector alone.
    "twice/race_test.go": "//go:build race\n\npackage twice\nconst race = true\n",
    "twice/norace_test.go": "//go:build !race\n\npackage twice\nconst race = false\n",
    "twice/twice_test.go": """package twice
import "testing"
func TestHere(t *testing.T) { if race { t.Skip("not here") } }
func TestNowhere(t *testing.T) { if race { t.Skip("not under the race detector") }; t.Skip("nowhere") }
func TestRaces(t *testing.T) {
	n, done := 0, make(chan int)
	go func() { n++; close(done) }()
	n++
	<-done
}
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
        lines = result.stdout.splitlines()
        self.assertEqual(sorted(re.sub(r"\t([0-9.]+s|\(cached\))", "", line) for line in lines[:2]), ["ok  \texample/good", "ok  \texample/good (race)"])
        self.assertEqual(result.stdout.count("not today"), 1)
        self.assertEqual(lines[-1], "go test: 2 passed, 0 failed, 1 skipped")

    def test_two_runs(self):
        result = run(self.path, "./twice")
        self.assertEqual(result.returncode, 1)
        self.assertIn("DATA RACE", result.stdout)
        self.assertNotIn("not here", result.stdout)
        self.assertNotIn("not under", result.stdout)
        self.assertIn("nowhere", result.stdout)
        self.assertEqual(result.stdout.splitlines()[-1], "go test: 1 passed, 1 failed, 1 skipped")

    def test_failing_packages(self):
        result = run(self.path, "./...")
        self.assertEqual(result.returncode, 1)
        self.assertIn("seen", result.stdout)
        self.assertNotIn("unseen", result.stdout)
        self.assertIn("panic: help", result.stdout)
        self.assertIn("cannot use 3", result.stdout)
        # bad's TestGood passes beside the two of good and TestHere; TestBad, TestPanics, TestRaces and the package that does not compile fail.
        self.assertEqual(result.stdout.splitlines()[-1], "go test: 4 passed, 4 failed, 2 skipped")


if __name__ == "__main__":
    unittest.main()
