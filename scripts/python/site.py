"""Writes the notebooks as pages of the site that scripts/site makes, and its front page: site.py FOLDER.

A page needs no network and runs no script: formulas are MathML, pictures are in it.
"""

import base64
import html
import json
import re
import shutil
import sys
from pathlib import Path

from latex2mathml.converter import convert
from nbconvert.filters import ansi2html
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import GoLexer

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="{up}style.css">
<header><nav><a href="{up}index.html">natspike</a> <a href="{up}index.html#notebooks">notebooks</a> <a href="{up}packages/index.html">packages</a> <a href="{up}playground/index.html">playground</a></nav></header>
<main>
{body}
</main>
</html>
"""
FRONT = """<h1>natspike</h1>
<p>Sampling in spiking neural networks: how a network of neurons can hold a probability distribution, why most of them are slow, and what makes one fast.</p>
<p><a href="playground/index.html"><img class="picture" src="notebooks/images/{picture}" alt="Samples of a network fill the ellipse of their target"></a></p>
<p><a href="playground/index.html"><strong>Play with a network</strong></a>: it runs in this browser. Or open one that
<a href="playground/index.html?network=metropolis&amp;rho=0.95&amp;geometry=naive">falls silent</a> and the same one with the
<a href="playground/index.html?network=metropolis&amp;rho=0.95&amp;geometry=natural">natural geometry</a>.</p>
<h2 id="notebooks">The notebooks</h2>
{table}
<p>To run them and to change them: <code>./scripts/lab</code>. <a href="notebooks/messages.html">What the compiler says</a>, and what it means.</p>
<h2 id="contest">The contest</h2>
<p><a href="contest.html">Every circuit on every target that it can sample</a>, with a line by which a network of your own joins, and the gradients that each kernel takes.</p>
<h2 id="packages">The packages</h2>
<p><a href="packages/index.html">Every exported name, with examples</a>:</p>
{packages}
"""


def mathml(formula, display):
    # The converter takes \big and its kin before every delimiter but braces.
    return convert(re.sub(r"\\[bB]igg?[lr]?(?=\\[{}])", "", formula.strip()), display=display)


class Renderer(IPythonRenderer):
    """Markdown as HTML, with formulas as MathML."""

    def block_math(self, body):
        return mathml(body, "block")

    def inline_math(self, body):
        return mathml(body, "inline")

    def heading(self, text, level, **attrs):
        plain = re.sub(r"<annotation.*?</annotation>|<[^>]+>", "", text, flags=re.S)
        name = re.sub(r"[^\w]+", "-", html.unescape(plain).lower()).strip("-")
        self.headings.append((level, name, text))
        return f'<h{level} id="{name}">{text}<a class="anchor" href="#{name}" aria-label="Link to this section">¶</a></h{level}>\n'


def moved(link):
    """Where the site has what a notebook links to."""
    url = "../index.html#notebooks" if link[1] == "README.md" else link[1]
    url = re.sub(r"^([\w-]+)\.(?:ipynb|md)(#.*)?$", lambda m: f"{m[1]}.html{(m[2] or '').lower()}", url)
    return 'href="' + re.sub(r"^\.\./pkg/([\w/]+)(?:/\w+\.go)?$", lambda m: f"../packages/{m[1].replace('/', '.')}.html", url) + '"'


def markdown(text, headings, attachments=None):
    renderer = Renderer(escape=False, attachments=attachments or {})
    renderer.headings = headings
    return re.sub(r'href="([^"]+)"', moved, MarkdownWithMath(renderer=renderer).render(text))


def joined(text):
    return "".join(text) if isinstance(text, list) else text


def picture(kind, data, alt):
    return f'<p><img src="data:{kind};base64,{data}" alt="{html.escape(alt, quote=True)}"></p>'


def output(o):
    """One output of a cell, in the form that says most."""
    if o["output_type"] == "stream":
        return f"<pre>{ansi2html(joined(o['text']))}</pre>"
    if o["output_type"] == "error":
        return f"<pre>{ansi2html(chr(10).join(o['traceback']) or o['evalue'])}</pre>"
    data = {kind: joined(text) if kind != "application/json" else text for kind, text in o["data"].items()}
    alt = data.get("text/plain", "")
    if "text/html" in data:
        return f"<div>{data['text/html']}</div>"
    if "image/svg+xml" in data:
        return picture("image/svg+xml", base64.b64encode(data["image/svg+xml"].encode()).decode(), alt)
    for kind in ("image/png", "image/gif", "image/jpeg"):
        if kind in data:
            return picture(kind, data[kind].strip().replace("\n", ""), alt)
    if "text/markdown" in data:
        return markdown(data["text/markdown"], [])
    return f"<pre>{html.escape(alt)}</pre>" if alt else ""


def cell(c, headings):
    source = joined(c["source"])
    if c["cell_type"] == "markdown":
        attached = {name: {k: joined(v) for k, v in forms.items()} for name, forms in c.get("attachments", {}).items()}
        return markdown(source, headings, attached)
    if c["cell_type"] != "code" or not source.strip():
        return ""
    code = highlight(source, GoLexer(), HtmlFormatter(cssclass="hl"))
    hidden = c["metadata"].get("jupyter", {}).get("source_hidden") or "hide-input" in c["metadata"].get("tags", [])
    if hidden or source.lstrip().startswith(("import (", "!*rm")):
        code = f"<details><summary>Code</summary>{code}</details>"
    return code + '<div class="outputs">' + "".join(map(output, c["outputs"])) + "</div>"


def contents(headings):
    items = "".join(f'<li><a href="#{name}">{re.sub("</?a[^>]*>", "", text)}</a></li>' for level, name, text in headings if level == 2)
    return f'<nav aria-label="Contents"><ul class="contents">{items}</ul></nav>' if items else ""


def title_of(headings, fallback):
    return next((re.sub(r"<[^>]+>", "", text) for level, _, text in headings if level == 1), fallback)


def pager(before, after):
    link = lambda p, arrow: f'<a href="{p}.html">{arrow.format(p)}</a>' if p else "<span></span>"  # noqa: E731
    return f'<nav class="pager">{link(before, "← {}")}{link(after, "{} →")}</nav>'


def main():
    site = Path(sys.argv[1])
    folder = site / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "notebooks" / "images", folder / "images", dirs_exist_ok=True)
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    for i, path in enumerate(paths):
        headings = []
        cells = [cell(c, headings) for c in json.loads(path.read_text(encoding="utf-8"))["cells"]]
        # The list of sections follows the first cell, which has the title and says what it is about.
        body = "\n".join([cells[0], contents(headings), *cells[1:], pager(*((paths[j].stem if 0 <= j < len(paths) else None) for j in (i - 1, i + 1)))])
        (folder / f"{path.stem}.html").write_text(PAGE.format(title=title_of(headings, path.stem), up="../", body=body), encoding="utf-8")
    for path in sorted((ROOT / "notebooks").glob("*.md")):
        if path.stem != "README":
            headings = []
            body = markdown(path.read_text(encoding="utf-8"), headings)
            (folder / f"{path.stem}.html").write_text(PAGE.format(title=title_of(headings, path.stem), up="../", body=body), encoding="utf-8")
    rows = [line for line in (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    table = markdown("\n".join(rows), [])
    table = re.sub(r'href="([\w-]+\.html)', r'href="notebooks/\1', table)
    listed = re.search(r"<dl.*?</dl>", (site / "packages" / "index.html").read_text(encoding="utf-8"), re.S)[0]
    drawn = next(name for name in ("cloud.svg", "network.svg") if (folder / "images" / name).exists())
    front = FRONT.format(picture=drawn, table=table, packages=re.sub(r'href="', 'href="packages/', listed))
    (site / "index.html").write_text(PAGE.format(title="natspike: sampling in spiking neural networks", up="", body=front), encoding="utf-8")


if __name__ == "__main__":
    main()
