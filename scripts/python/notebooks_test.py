"""Tests of notebooks.py with the real kernel: a good notebook passes, and each way to be bad, one notebook for each, is caught.

Run by scripts/test, in the environment that scripts/environment.sh sets up.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest
import zlib
from base64 import b64encode
from pathlib import Path
from struct import pack

import nbformat

HERE = Path(__file__).resolve().parent
SETUP = '!*rm -f go.work && go work init . "$NATSPIKE_ROOT"\n%noautoget\n%goflags -ldflags=-w'
SETUP_OUTPUT = [{"output_type": "stream", "name": "stdout", "text": '%goflags=["-ldflags=-w"]\n'}]


def chunk(kind, body):
    return pack(">I", len(body)) + kind + body + pack(">I", zlib.crc32(kind + body))


def png(gray, level=9):
    """A picture of one pixel."""
    header = pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes([0, gray]), level)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def show(picture):
    literal = ", ".join(map(str, picture))
    return f'import "github.com/janpfeifer/gonb/gonbui"\n\n%%\ngonbui.DisplayPng([]byte{{{literal}}})\ngonbui.Sync()'


def image(picture):
    return [{"output_type": "display_data", "metadata": {}, "data": {"image/png": b64encode(picture).decode()}}]


def stdout(text):
    return [{"output_type": "stream", "name": "stdout", "text": text}]


def stderr(text):
    return [{"output_type": "stream", "name": "stderr", "text": text}]


def notebook(*cells):
    """Each cell is (source, committed outputs) or (source, committed outputs, tags)."""
    made = []
    for i, (source, outputs, *tags) in enumerate(cells, 1):
        metadata = {"tags": tags[0]} if tags else {}
        made.append({"cell_type": "code", "execution_count": i, "id": f"c{i}", "metadata": metadata, "outputs": outputs, "source": source})
    kernel = {"display_name": "Go (gonb)", "language": "go", "name": "gonb"}
    language = {"file_extension": ".go", "mimetype": "text/x-go", "name": "go"}
    return {"cells": made, "metadata": {"kernelspec": kernel, "language_info": language}, "nbformat": 4, "nbformat_minor": 5}


def as_text(book):
    return nbformat.writes(nbformat.from_dict(book)) + "\n"


def run(folder, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-I", str(HERE / "notebooks.py"), "--folder", str(folder), *arguments],
        env={**os.environ, **environment, "NATSPIKE_ROOT": str(HERE.parent.parent), "NATSPIKE_CACHE": "/nonexistent"},
        capture_output=True,
        text=True,
    )


def reports(output):
    """What was said of each notebook, by name."""
    blocks = re.split(r"^(?=(?:ok   |FAIL) )", output, flags=re.M)[1:]
    return {b.split()[1]: b for b in blocks}


SMALL, OTHER = png(10), png(200)

# name: (cells, what the report of --check must say)
BAD = {
    "panic": ([("%%\npanic(\"boom\")", [])], r"cell \[1\] %%: it ended in an error(.|\n)*boom"),
    "exit-status": ([("%%\nos.Exit(3)", [])], r"cell \[1\] %%: it ended in an error"),
    "not-go": ([("!true", []), ("func f( {", [])], r"cell \[2\] func f\( \{: it ended in an error"),
    "does-not-compile": ([("%%\nvar s string = 3\nfmt.Println(s)", [])], r"cell \[1\] %%: it ended in an error"),
    "false": ([("!false", [])], r"cell \[1\] !false: a command in it failed \(exit status 1\)"),
    "false-committed": ([("!false", stderr("exit status 1\n"))], r"a command in it failed \(exit status 1\)"),
    "false-in-setup": ([("!*rm -f go.work && go work init . /nonexistent", [])], r"a command in it failed(.|\n)*nonexistent"),
    "magic": ([("%nosuchmagic", [])], r"cell \[1\] %nosuchmagic: GoNB knows no magic %nosuchmagic"),
    "magic-committed": ([("%nosuchmagic", stderr('"%nosuchmagic" unknown or not implemented yet.'))], r"knows no magic"),
    "lost-image": ([("!echo no image", image(SMALL))], r"1 image committed, none this time"),
    # A display with metadata of this type is lost between gonbui and the kernel, which both report success.
    "lost-display": (
        [
            (SETUP, SETUP_OUTPUT),
            (
                'import "github.com/janpfeifer/gonb/gonbui"\nimport "github.com/janpfeifer/gonb/gonbui/protocol"\n\n%%\n'
                "gonbui.SendData(&protocol.DisplayData{Data: map[protocol.MIMEType]any{protocol.MIMEImagePNG: []byte{1}},\n"
                '\tMetadata: map[string]any{"image/png": map[string]any{"width": 1}}})',
                [],
            ),
        ],
        r"cell \[2\] import .*: it shows a figure and no image came of it",
    ),
    "other-image": ([(SETUP, SETUP_OUTPUT), (show(SMALL), image(OTHER))], r"cell \[2\] .*: its display 1 \(image/png\) differs from the committed"),
    "other-text": ([("!echo 1; echo 3", stdout("1\n2\n"))], r"its stdout differs from the committed\n.*@@.*\n +1\n +-2\n +\+3"),
    "new-text": ([("!echo 1", [])], r"its stdout is not in the committed notebook\n.*@@.*\n +\+1"),
    "gone-text": ([("!true", stdout("1\n"))], r"its stdout is committed and did not come this time\n.*@@.*\n +-1"),
    "new-warning": ([("!echo careful >&2", [])], r"its stderr is not in the committed notebook"),
    "volatile-kind": ([("!true", stdout("3 ms\n"), ["volatile"])], r"its stdout is committed and did not come"),
    "should-raise": ([("!true", [], ["raises-exception"])], r"tagged raises-exception and raised none"),
    "hangs": ([("!sleep 1000", [])], r"cell \[1\] !sleep 1000: it ran for more than 20 s"),
    "kernel-dies": ([("!kill -9 $PPID", [])], r"cell \[1\] !kill -9 \$PPID: the kernel died"),
}

GOOD = [
    (SETUP, SETUP_OUTPUT),
    ("func three() int { return 3 }", []),
    ("%%\nfmt.Println(three())", stdout("3\n")),
    (show(SMALL), image(png(10, level=0))),  # the same picture, compressed differently
    ("%%\nfmt.Fprintln(os.Stderr, 1)\nfmt.Println(2)", stdout("2\n") + stderr("1\n")),  # in whichever order they come
    ("!date +%N", stdout("123456789\n"), ["volatile"]),
    ("!echo $GONB_TMP_DIR | sed 's:.*/::'", stdout("gonb_01234567\n")),
    ("!false || echo 'an exit status of 1'", stdout("an exit status of 1\n")),
    ("!echo ${NATSPIKE_CACHE#$TMPDIR}", stdout("/cache\n")),  # whatever is set outside
]


class Check(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.path = Path(cls.folder.name)
        for name, (cells, _) in BAD.items():
            (cls.path / f"{name}.ipynb").write_text(as_text(notebook(*cells)), encoding="utf-8")
        (cls.path / "good.ipynb").write_text(as_text(notebook(*GOOD)), encoding="utf-8")
        untidy = notebook(*GOOD[:3])
        untidy["metadata"]["language_info"]["version"] = "go1.26.8"
        untidy["cells"][1]["metadata"]["execution"] = {"iopub.execute_input": "2024-01-01T00:00:00Z"}
        (cls.path / "untidy.ipynb").write_text(as_text(untidy), encoding="utf-8")
        (cls.path / "broken.ipynb").write_text("{", encoding="utf-8")
        cls.before = {p.name: p.read_bytes() for p in cls.path.iterdir()}
        scratch = tempfile.TemporaryDirectory()  # others may execute notebooks meanwhile
        cls.addClassCleanup(scratch.cleanup)
        cls.scratch = scratch.name
        cls.result = run(cls.path, "--check", "--timeout", "20", "--html", str(cls.path / "html"), TMPDIR=cls.scratch)
        cls.said = reports(cls.result.stdout)

    def test_every_bad_notebook_is_caught(self):
        for name, (_, pattern) in BAD.items():
            with self.subTest(name):
                self.assertTrue(self.said[name].startswith("FAIL"), self.said[name])
                self.assertRegex(self.said[name], rf"{name}\.ipynb, cell ")
                self.assertRegex(self.said[name], pattern)
        self.assertIn("it is not a valid notebook", self.said["broken"])
        self.assertIn("not as scripts/notebooks untidy writes it", self.said["untidy"])

    def test_good_notebook_passes(self):
        self.assertRegex(self.said["good"], r"^ok    good  9 cells, 1 figure, ")

    def test_status_and_closing_line(self):
        self.assertEqual(self.result.returncode, 1)
        self.assertEqual(self.result.stdout.splitlines()[-1], f"notebooks: 1 passed, {len(BAD) + 2} failed")

    def test_nothing_is_written(self):
        self.assertEqual(self.before, {p.name: p.read_bytes() for p in self.path.iterdir() if p.is_file()})
        self.assertTrue((self.path / "html" / "other-text.failed.html").exists())

    def test_no_process_is_left(self):
        time.sleep(0.2)
        left = subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, text=True).stdout
        self.assertNotIn("sleep 1000", left.splitlines())
        self.assertNotIn(f"gopls -listen unix;{self.scratch}/nb-", left)


class Write(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name)

    def put(self, name, book):
        (self.path / f"{name}.ipynb").write_text(as_text(book), encoding="utf-8")

    def get(self, name):
        return (self.path / f"{name}.ipynb").read_bytes()

    def test_executed_again_it_has_the_same_bytes(self):
        fresh = notebook(*((source, [], *tags) for source, _, *tags in GOOD))
        self.put("new", fresh)
        first = run(self.path, "new", "--html", str(self.path / "html"))
        self.assertEqual(first.returncode, 0, first.stdout + first.stderr)
        executed = self.get("new")
        self.assertIn("image/png", executed.decode())
        self.assertIn("image/png", (self.path / "html" / "new.html").read_text(encoding="utf-8"))
        # Saved by JupyterLab after a run of its own, on another day.
        saved = json.loads(executed)
        saved["metadata"]["language_info"].update(version="go1.99", codemirror_mode="")
        for i, cell in enumerate(saved["cells"]):
            cell["execution_count"] = 40 + i
            cell["metadata"].update(execution={"shell.execute_reply": "2024-01-01T00:00:00Z"}, scrolled=True)
        saved["cells"][4]["outputs"].reverse()
        self.put("new", saved)
        self.assertEqual(run(self.path, "new").returncode, 0)
        again = json.loads(self.get("new"))
        again["cells"][4]["outputs"].reverse()  # the committed order of equal outputs is kept
        self.assertEqual(again, json.loads(executed))
        once_more = self.get("new")
        self.assertEqual(run(self.path, "new").returncode, 0)
        self.assertEqual(self.get("new"), once_more)
        self.assertEqual(run(self.path, "--check", "new").returncode, 0)

    def test_stale_outputs_are_replaced(self):
        self.put("stale", notebook(("!echo 3", stdout("2\n"))))
        self.assertEqual(run(self.path).returncode, 0)
        self.assertEqual(json.loads(self.get("stale"))["cells"][0]["outputs"], [{**stdout(0)[0], "text": ["3\n"]}])

    def test_a_notebook_that_fails_is_left_as_it_was(self):
        self.put("bad", notebook(("!echo 1", []), ("!false", [])))
        before = self.get("bad")
        result = run(self.path)
        self.assertEqual(result.returncode, 1)
        self.assertIn("bad.ipynb, cell [2] !false", result.stdout)
        self.assertEqual(self.get("bad"), before)

    def test_unknown_name(self):
        self.put("one", notebook(("!true", [])))
        result = run(self.path, "two")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"^notebooks: there is no two in .*: there are one\.\n$")


if __name__ == "__main__":
    unittest.main()
