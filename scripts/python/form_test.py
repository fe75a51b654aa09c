"""Tests of form.py: a notebook in form passes, and each fault is found. Run by scripts/test."""

import copy
import json
import tempfile
import unittest
from pathlib import Path

import form

TITLE = (
    "# Title\n\n[all notebooks](README.md) · [notation](notation.md)\n\n**Question.** Why?\n\n"
    "**Afterwards you can**\n\n- answer.\n\n**You need** nothing. **Time:** a minute."
)
QUESTION = "1. What?\n   <details><summary>Answer</summary>That.</details>\n"
EXERCISE = "<details><summary>Hint</summary>Try.</details>\n<details><summary>Solution</summary>So.</details>\n"


def markdown(text):
    return {"cell_type": "markdown", "id": "m", "metadata": {}, "source": text}


def code(text, cell="c", fold=False):
    metadata = {"jupyter": {"source_hidden": True}} if fold else {}
    return {"cell_type": "code", "id": cell, "metadata": metadata, "source": text}


GOOD = [
    markdown(TITLE),
    code("!*go work init\nimport (\n)", fold=True),
    code("const rho = 0.75", "knobs"),
    code("\n".join(["x()"] * 15), "long"),
    code("x()", "short"),
    code("\n".join(["x()"] * 40), fold=True),
    markdown(3 * QUESTION + EXERCISE),
]


class Form(unittest.TestCase):
    def found(self, cells):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("README.md", "notation.md"):
                Path(folder, name).write_text("# A page\n", encoding="utf-8")
            path = Path(folder, "00-a.ipynb")
            path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
            return list(form.faults(path))

    def test_good(self):
        self.assertEqual(self.found(GOOD), [])

    def test_faults(self):
        for what, cell, change in (
            ("no **Question.**", 0, lambda c: c.update(source=TITLE.replace("**Question.**", "Question."))),
            ("sets up and imports", 1, lambda c: c.update(metadata={})),
            ("has 16 lines", 3, lambda c: c.update(source=c["source"] + "\nx()")),
            ("101 columns wide", 4, lambda c: c.update(source="x" * 101)),
            ("half of its visible cells have 15 lines", 2, lambda c: c.update(source="\n".join(["y()"] * 15))),
            ("fewer than three questions", 6, lambda c: c.update(source=2 * QUESTION + EXERCISE)),
            ("1 hints and 0 solutions", 6, lambda c: c.update(source=3 * QUESTION + EXERCISE.replace("Solution", "S"))),
            ("links to gone.ipynb", 6, lambda c: c.update(source=c["source"] + "\n[there](gone.ipynb)")),
        ):
            with self.subTest(what):
                cells = copy.deepcopy(GOOD)
                change(cells[cell])
                self.assertEqual([what in f for f in self.found(cells)], [True])

    def test_letters(self):
        self.assertEqual(form.letters(r"$\mathrm d\mathbf z = \gamma_v\,\text{for x}$ `$y$` and $$\hat R$$"), {"z", r"\gamma", "v", "R"})
        notation = "# Notation\n\n## Symbols\n\n| $z_u$ | what $a$ is |\n\n## Local letters\n\n$a$, $u$\n"
        for text, page, found in (
            (notation, "It is $a_u = z$.", []),
            (notation, "It is $\\kappa$.", [r"\kappa is in a formula, and notation.md does not define it"]),
            (notation.replace("$u$", "$z$"), None, ["z is local, and has a meaning in the table of symbols"]),
        ):
            with self.subTest(page), tempfile.TemporaryDirectory() as folder:
                Path(folder, "notation.md").write_text(text, encoding="utf-8")
                path = Path(folder, "a.md" if page else "notation.md")
                path.write_text(page or text, encoding="utf-8")
                self.assertEqual(list(form.undefined(path)), found)


if __name__ == "__main__":
    unittest.main()
