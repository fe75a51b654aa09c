"""Checks the form of the lessons, the numbered notebooks: what a reader meets in every one of them, and what would make a cell hard to read.

  - it begins with a title, links to its neighbours and to the notation, a question, what one can do afterwards, what one needs, and times;
  - then comes one folded cell that sets the notebook up and imports;
  - a visible cell of code has at most 15 lines and 100 columns, and half of them have at most 10 lines;
  - every exercise has a hint and a solution, and there are three questions to check oneself;
  - links to other files of the repository lead somewhere;
  - every letter in a formula, here and on the other pages, is one that notation.md defines, and no local letter has a fixed meaning there too.
"""

import json
import re
import statistics
import sys
from pathlib import Path

SERIES = r"\d\d"  # the lessons; others are templates and reports
LINES, COLUMNS, MEDIAN = 15, 100, 10
GREEK = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho sigma "
    "tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar"
).split()
FRONT = ("**Question.**", "**Afterwards you can**", "**You need**", "**Time:**", "(README.md)", "(notation.md)")


def source(cell):
    return "".join(cell["source"])


def hidden(cell):
    return cell["metadata"].get("jupyter", {}).get("source_hidden", False)


def lines(cell):
    return [l for l in source(cell).split("\n") if l.strip() and l.strip() != "%%"]


def letters(text, but=""):
    """The letters in the formulas of a text, but for those in words, in upright signs, and in what the pattern `but` matches."""
    text, found = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.S), set()
    for formula in re.findall(r"\$\$.+?\$\$|\$[^$\n]+\$", text, flags=re.S):
        formula = re.sub(r"\\(text|operatorname|begin|end) *\{[^}]*\}|\\math(rm|cal) *(\{[^}]*\}|[A-Za-z])", "", formula)
        names = re.findall(r"\\[A-Za-z]+|[A-Za-z]", re.sub(but, "", formula))
        found |= {n for n in names if len(n) == 1 or n[1:] in GREEK}
    return found


def prose(path):
    """The text of a page: of a notebook, that of its Markdown cells."""
    text = path.read_text(encoding="utf-8")
    return text if path.suffix == ".md" else "\n".join(source(c) for c in json.loads(text)["cells"] if c["cell_type"] == "markdown")


def undefined(path):
    """What is wrong with the letters of a page, or with notation.md itself."""
    notation = (path.parent / "notation.md").read_text(encoding="utf-8")
    for letter in sorted(letters(prose(path)) - letters(notation)):
        yield f"{letter} is in a formula, and notation.md does not define it"
    if path.name == "notation.md":
        part = {p.partition("\n")[0]: p for p in notation.split("\n## ")}
        fixed = letters("\n".join(re.findall(r"^\|([^|]*)\|", part.get("Symbols", ""), flags=re.M)), but=r"_(\{[^}]*\}|\\?\w+)")
        for letter in sorted(fixed & letters(part.get("Local letters", ""))):
            yield f"{letter} is local, and has a meaning in the table of symbols"


def faults(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [c for c in cells if c["cell_type"] == "code"]
    text = prose(path)
    title = source(cells[0])
    for what in FRONT:
        if what not in title:
            yield f"its title has no {what}"
    if not code or not hidden(code[0]) or "go work init" not in source(code[0]) or "import (" not in source(code[0]):
        yield "its first cell of code is not a folded one that sets up and imports"
    shown = [c for c in code if not hidden(c)]
    for cell in shown:
        n, width = len(lines(cell)), max(len(l.expandtabs(4)) for l in lines(cell))
        if n > LINES:
            yield f"cell {cell['id']} has {n} lines: fold it, or make it at most {LINES}"
        if width > COLUMNS:
            yield f"cell {cell['id']} is {width} columns wide: fold it, or make it at most {COLUMNS}"
    if shown and (m := statistics.median(len(lines(c)) for c in shown)) > MEDIAN:
        yield f"half of its visible cells have {m} lines or more; at most {MEDIAN} are easy to read"
    if text.count("<summary>Answer</summary>") < 3:
        yield "it has fewer than three questions to check oneself"
    hints, solutions = text.count("<summary>Hint</summary>"), text.count("<summary>Solution</summary>")
    if not solutions or hints != solutions:
        yield f"its exercises have {hints} hints and {solutions} solutions"
    for link in re.findall(r"\]\(([^)#\s]+)\)|href=\"([^\"#]+)\"", text):
        target = link[0] or link[1]
        if "://" not in target and not (path.parent / target).exists():
            yield f"it links to {target}, which does not exist"


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("notebooks")
    for path in sorted(p for p in folder.glob("*.ipynb") if re.match(SERIES, p.name)):
        for fault in faults(path):
            print(f"{path.name}: {fault}")
    for path in sorted([*folder.glob("*.ipynb"), *folder.glob("*.md")]):
        for fault in undefined(path):
            print(f"{path.name}: {fault}")
    for path in [*sorted(folder.glob("*.md")), folder.parent / "README.md"]:
        for target in re.findall(r"\]\(([^)#\s]+)\)", path.read_text(encoding="utf-8")) if path.exists() else []:
            if "://" not in target and not (path.parent / target).exists():
                print(f"{path.name}: it links to {target}, which does not exist")


if __name__ == "__main__":
    main()
