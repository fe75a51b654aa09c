"""Opens notebooks in JupyterLab in a real browser, headless Chromium, runs all their cells and looks at what appears.

It works on a copy of the checkout, so that nothing that JupyterLab saves lands in it. A notebook passes when, after Run All on cleared
outputs, every code cell has run, none shows an error, and every image that the committed notebook has is there on the page, drawn:
with a size, and if it is a bitmap, decoded. Of each it leaves .lab/browser/NAME.png, the whole notebook as the browser drew it.
"""

import argparse
import base64
import html
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

import websocket

sys.path.insert(0, str(Path(__file__).resolve().parent))
from servers import kill_servers  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]


class Page:
    """A page of a browser, by the Chrome DevTools Protocol."""

    def __init__(self, address):
        self.socket = websocket.create_connection(address, timeout=60, suppress_origin=True)
        self.sent = 0

    def call(self, method, **params):
        self.sent += 1
        self.socket.send(json.dumps({"id": self.sent, "method": method, "params": params}))
        while True:
            reply = json.loads(self.socket.recv())
            if reply.get("id") == self.sent:
                if "error" in reply:
                    raise RuntimeError(f"{method}: {reply['error']['message']}")
                return reply["result"]

    def run(self, script):
        """The value, awaited, of a JavaScript expression."""
        reply = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in reply:
            raise RuntimeError(reply["exceptionDetails"].get("exception", {}).get("description", "JavaScript error"))
        return reply["result"].get("value")

    def until(self, script, seconds, what):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if value := self.run(script):
                return value
            time.sleep(0.25)
        raise TimeoutError(f"{what} did not happen within {seconds} s")

    def screenshot(self, path):
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(address, process, seconds=60):
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5) as reply:
                return reply.read()
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"nothing answers at {address.split('?')[0]}") from None
            time.sleep(0.1)


def start(command, **options):
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, **options)


def stop(process):
    """Ends a process that start began, and what it started."""
    for kind, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
        try:
            os.killpg(process.pid, kind)
            process.wait(seconds)
            return
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


# What is looked at, in the page: jupyterapp is there because JupyterLab is started with --LabApp.expose_app_in_browser. The status of
# a GoNB kernel is unknown until it has run a cell.
PANEL = '[...jupyterapp.shell.widgets("main")].find(w => w.context && w.sessionContext)'
READY = f"""(() => {{
  const panel = window.jupyterapp && {PANEL};
  return !!(panel && panel.context && panel.context.isReady && panel.sessionContext && panel.sessionContext.session
    && panel.sessionContext.session.kernel && panel.sessionContext.session.kernel.connectionStatus === "connected"
    && panel.content.widgets.length > 0);
}})()"""
RUN_ALL = f"""(async () => {{
  jupyterapp.shell.activateById({PANEL}.id);
  await jupyterapp.commands.execute("notebook:clear-all-cell-outputs");
  window.ranAll = undefined;
  jupyterapp.commands.execute("notebook:run-all-cells").then(() => {{ window.ranAll = true }});
}})()"""
DONE = f'window.ranAll === true && {PANEL}.sessionContext.session.kernel.status === "idle"'
CELLS = f"""(async () => {{
  const cells = [];
  for (const [i, cell] of {PANEL}.content.widgets.entries()) {{
    if (cell.model.type !== "code" || !cell.model.sharedModel.getSource().trim()) continue;
    {PANEL}.content.scrollToItem ? await {PANEL}.content.scrollToItem(i, "start") : cell.node.scrollIntoView();
    await cell.ready;
    cell.node.scrollIntoView();
    const drawn = () => [...cell.node.querySelectorAll(".jp-OutputArea-output img, .jp-OutputArea-output svg, .jp-OutputArea-output canvas")]
      .filter(e => !e.parentElement.closest("svg"))
      .map(e => {{ const box = e.getBoundingClientRect(); return {{
        kind: e.tagName.toLowerCase(), width: Math.round(box.width), height: Math.round(box.height),
        ok: box.width > 50 && box.height > 50 && (e.tagName !== "IMG" || (e.complete && e.naturalWidth > 0))}} }});
    for (let k = 0; k < 40 && drawn().some(d => !d.ok); k++) await new Promise(r => setTimeout(r, 50));
    const outputs = cell.model.outputs.toJSON();
    cells.push({{count: cell.model.executionCount, source: cell.model.sharedModel.getSource(), drawn: drawn(),
      errors: outputs.filter(o => o.output_type === "error").map(o => o.ename + ": " + o.evalue),
      stderr: outputs.filter(o => o.output_type === "stream" && o.name === "stderr").map(o => [].concat(o.text).join("")).join("")}});
  }}
  return cells;
}})()"""
# The notebook whole: as high as all its cells, without what is around it.
HEIGHT = f"""(() => {{
  const cells = {PANEL}.content.widgets, box = {PANEL}.content.node.getBoundingClientRect();
  return Math.ceil(box.top + cells.reduce((h, c) => h + c.node.getBoundingClientRect().height + 10, 60));
}})()"""


def committed_images(path):
    """For each code cell, how many images the committed notebook has."""
    counts = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code" or not "".join(cell["source"]).strip():
            continue
        n = 0
        for data in (o.get("data", {}) for o in cell["outputs"]):
            html = "".join(data.get("text/html", ""))
            n += any(m.startswith("image/") for m in data) or bool(re.search(r"<(?:svg|img|canvas)\b", html))
        counts.append(n)
    return counts


def welcome(page, names, shots):
    """What is wrong with the page that scripts/lab opens: the reading order, as a page, with a link to each notebook."""
    page.call("Emulation.setDeviceMetricsOverride", width=1280, height=1000, deviceScaleFactor=1, mobile=False)
    try:
        page.until('!!document.querySelector(".jp-MarkdownViewer a")', 30, "the reading order as a page")
    except TimeoutError as e:
        return [str(e)]
    finally:
        page.screenshot(shots / "first-page.png")
    links = page.run('[...document.querySelectorAll(".jp-MarkdownViewer a")].map(a => decodeURIComponent(a.href))')
    return [f"the reading order does not link to {n}.ipynb" for n in names if not any(f"{n}.ipynb" in l for l in links)]


def look(page, base, name, expected, shots, seconds):
    """What is wrong with the notebook in the browser, as sentences; and a line on what was seen."""
    page.call("Emulation.setDeviceMetricsOverride", width=1280, height=1000, deviceScaleFactor=1, mobile=False)
    page.call("Page.navigate", url=f"{base}/doc/tree/notebooks/{name}.ipynb")
    page.until(READY, 120, "a notebook with its kernel")
    began = time.monotonic()
    page.run(RUN_ALL)
    page.until(DONE, seconds, "the end of Run All")
    took = time.monotonic() - began
    cells = page.run(CELLS)
    wrong, figures = [], 0
    for i, (cell, images) in enumerate(zip(cells, expected), 1):
        where = f"cell [{i}] {cell['source'].strip().splitlines()[0][:60]}"
        good = [d for d in cell["drawn"] if d["ok"]]
        figures += len(good)
        wrong += [f"{where}: {e}" for e in cell["errors"]]
        if cell["count"] is None:
            wrong.append(f"{where}: it did not run")
        if re.search(r"^exit status|unknown or not implemented", cell["stderr"], re.M):
            wrong.append(f"{where}: {cell['stderr'].strip()[:200]}")
        if len(good) < images:
            wrong.append(f"{where}: {images} images expected, {len(good)} drawn, of {cell['drawn']}")
    if len(cells) != len(expected):
        wrong.append(f"{len(expected)} code cells committed, {len(cells)} in the browser")
    page.call("Emulation.setDeviceMetricsOverride", width=1280, height=min(16000, page.run(HEIGHT)), deviceScaleFactor=1, mobile=False)
    page.run(f"""(async () => {{
      {PANEL}.content.activeCellIndex = 0;
      await {PANEL}.content.scrollToItem(0, "start");
      {PANEL}.content.node.querySelectorAll(".jp-WindowedPanel-outer").forEach(e => {{ e.scrollTop = 0 }});
      await new Promise(r => setTimeout(r, 1500));
    }})()""")
    page.screenshot(shots / f"{name}.png")
    if not expected or not sum(expected):
        wrong.append("the committed notebook has no figure to look for")
    return wrong, f"{len(cells)} cells, {figures} figures, {took:.1f} s"


# A notebook with what moves: frames that were drawn ahead, and a figure that is drawn anew for each position of its knobs.
MOVING = [
    """!*rm -f go.work && go work init . "${GONB_DIR}/.."
%noautoget""",
    """import (
	"context"
	"fmt"

	"natspike/pkg/figure"
	"natspike/pkg/nb"
)

func line(v float64, way string) *figure.Panel {
	return figure.New("", "x", "y").Line("", []float64{0, 1}, []float64{0, v}).Alt(fmt.Sprint(way, " ", v))
}""",
    """%%
nb.Frames("v", []float64{1, 2, 4}, func(v float64) figure.Drawing { return line(v, "frame") }, 1)""",
    """import "time"

%%
n := 0
for range nb.Live(500, func() figure.Drawing { return line(float64(n), "live") }) {
	n++
	time.Sleep(10 * time.Millisecond)
}""",
    """%%
v, way := nb.Slider("v", 0, 10, 2), nb.Menu("way", "naive", "natural")
nb.Explore(func(context.Context) figure.Drawing { return line(v.Value(), way.Value()) }, v, way)""",
]
SEEN = """(() => ["[data-frames]", "[data-knobs]"].map(q => [...document.querySelectorAll(q + " output")].map(o => o.textContent).join())
  .concat([...document.querySelectorAll("[data-frames] img, .jp-RenderedSVG img")].filter(i => !i.src.includes("live")).map(i => i.alt || (decodeURIComponent(i.src).match(/<desc>(.*?)<.desc>/) || [])[1])).join("; "))()"""


def moving(page, base, folder, shots):
    """What is wrong with sliders and menus, turned by keys in a notebook of their own; and a line on what was seen."""
    cells = [{"cell_type": "code", "source": c, "metadata": {}, "outputs": [], "execution_count": None, "id": f"c{i}"} for i, c in enumerate(MOVING)]
    kernel = {"kernelspec": {"name": "gonb", "display_name": "Go", "language": "go"}}
    (folder / "moving.ipynb").write_text(json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")

    def press(selector, key, code):
        page.run(f"document.querySelector('{selector}').focus()")
        for kind in ("keyDown", "keyUp"):
            page.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    page.call("Emulation.setDeviceMetricsOverride", width=1280, height=1400, deviceScaleFactor=1, mobile=False)
    page.call("Page.navigate", url=f"{base}/doc/tree/notebooks/moving.ipynb")
    page.until(READY, 120, "a notebook with its kernel")
    began = time.monotonic()
    page.run(RUN_ALL)
    live = "+((document.querySelector('.jp-RenderedSVG img')?.src && decodeURIComponent(document.querySelector('.jp-RenderedSVG img').src).match(/<desc>live (\\d+)/)) || [])[1]"
    button = "document.querySelectorAll('[data-live] button')"
    page.until(f"{live} > 0 && {live} < 400", 60, "a figure while a loop runs")
    page.run(f"{button}[0].click()")
    time.sleep(1)
    paused = page.run(live)
    time.sleep(1)
    if page.run(live) != paused or page.run(f"{button}[0].textContent") != "go on":
        return [f"a loop goes on from {paused} to {page.run(live)} after its pause was pressed"], ""
    page.run(f"{button}[0].click()")
    page.until(f"{live} > {paused}", 60, "another figure after the pause")
    page.run(f"{button}[1].click()")
    page.until("document.body.textContent.includes('stopped after') && !document.querySelector('[data-live]')", 60, "the end of a loop that was stopped")
    for turn, want in (
        (lambda: None, "2; 2; frame 2; naive 2"),
        (lambda: press("[data-frames] input", "ArrowRight", 39), "4; 2; frame 4; naive 2"),
        (lambda: press("[data-frames] input", "Home", 36), "1; 2; frame 1; naive 2"),
        (lambda: press("[data-knobs] input", "End", 35), "1; 10; frame 1; naive 10"),
        (lambda: press("[data-knobs] select", "ArrowDown", 40), "1; 10; frame 1; natural 10"),
    ):
        turn()
        try:
            page.until(f"{SEEN} === {json.dumps(want)}", 60, want)
        except TimeoutError as e:
            page.screenshot(shots / "moving.png")
            return [f"{e}: there is {page.run(SEEN)}"], ""
    page.screenshot(shots / "moving.png")
    page.run("document.querySelector('[data-knobs] button').click()")
    page.until(DONE, 60, "the end of the cell after its button was pressed")
    if page.run("!!document.querySelector('[data-knobs]')"):
        return ["the controls are still there after the end"], ""
    page.run(RUN_ALL)
    page.until(DONE, 120, "the end of a cell that nobody touches")
    page.run('jupyterapp.commands.execute("docmanager:save").then(() => true)')  # else Chromium asks whether to leave a page that keys have touched
    return [], f"a live loop, frames and knobs, {time.monotonic() - began:.1f} s"


# A reader's own notebook: cells as they type them, and what Tab and Shift-Tab answer at the end of each before it is run.
OWN = [
    ('import "natspike/pkg/density"\n\n%%\ng, err := density.Equic', "Equicorrelated", "func density.Equicorrelated(dim int, rho float64"),
    ('import "gonum.org/v1/gonum/floats"\n\nfunc total(x []float64) float64 { return floats.Su', "Sum", "func floats.Sum(s []float64) float64"),
    ('%%\ng, err := density.Equicorrelated(2, 0.5, 1)\nn := g.Di', "Dim", "Dim() int"),
]
REST = ["(2, 0.5, 1)\nprintln(g.Dim(), err == nil)", "(x) }", "()\nprintln(n, err == nil, int(total([]float64{1, 2})))"]


def own(page, base, shots):
    """What is wrong with a notebook that a reader begins from the launcher, without the first cell of ours; and a line on what was seen."""
    page.call("Emulation.setDeviceMetricsOverride", width=1280, height=1000, deviceScaleFactor=1, mobile=False)
    page.call("Page.navigate", url=f"{base}/lab?reset")
    page.until('!!document.querySelector(".jp-LauncherCard[data-category=Notebook]")', 60, "a launcher")
    page.run('document.querySelector(".jp-LauncherCard[data-category=Notebook]").click()')
    page.until(READY, 120, "a notebook with its kernel")
    page.run(f"{PANEL}.content.mode = 'edit'")
    began, waits = time.monotonic(), []

    def press(key, code, modifiers=0):
        for kind in ("keyDown", "keyUp"):
            page.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, modifiers=modifiers)

    for (text, completed, documented), rest in zip(OWN, REST):
        page.run(f"{PANEL}.content.activeCell.editor.focus()")
        page.call("Input.insertText", text=text)
        asked = time.monotonic()
        press("Tab", 9)
        page.until(f"{PANEL}.content.activeCell.model.sharedModel.getSource().endsWith({json.dumps(completed)})"
                   f" || [...document.querySelectorAll('.jp-Completer-item')].some(i => i.textContent.includes({json.dumps(completed)}))", 70, f"{completed} after Tab")
        waits.append(time.monotonic() - asked)
        if page.run("!!document.querySelector('.jp-Completer-item')"):
            press("Enter", 13)
        page.until(f"{PANEL}.content.activeCell.model.sharedModel.getSource().endsWith({json.dumps(completed)})", 10, f"{completed} in the cell")
        press("Tab", 9, modifiers=8)
        page.until(f"(document.querySelector('.jp-Tooltip')?.textContent || '').includes({json.dumps(documented)})", 70, f"the documentation of {completed} after Shift-Tab")
        page.screenshot(shots / "own.png")
        press("Escape", 27)
        page.run(f"{PANEL}.content.activeCell.editor.focus()")
        page.call("Input.insertText", text=rest)
        page.run(f"window.ran = undefined; jupyterapp.commands.execute('notebook:run-cell-and-select-next').then(() => {{ window.ran = true }})")
        page.until("window.ran", 60, "the end of the cell")
    # A cell that is interrupted leaves the kernel as it was.
    page.run(f"{PANEL}.content.activeCell.editor.focus()")
    page.call("Input.insertText", text='import "time"\n\n%%\ntime.Sleep(time.Hour)')
    page.run("window.ran = undefined; jupyterapp.commands.execute('notebook:run-cell-and-insert-below').then(() => { window.ran = true }); 0")
    time.sleep(3)
    page.run("jupyterapp.commands.execute('notebook:interrupt-kernel').then(() => true)")
    page.until("window.ran", 60, "the end of a cell that was interrupted")
    page.run(f"{PANEL}.content.activeCellIndex = {PANEL}.content.widgets.length - 1; {PANEL}.content.mode = 'edit'; {PANEL}.content.activeCell.editor.focus()")
    page.call("Input.insertText", text="%%\nprintln(int(total([]float64{3, 4})))")
    page.run("window.ran = undefined; jupyterapp.commands.execute('notebook:run-cell-and-select-next').then(() => { window.ran = true })")
    page.until("window.ran", 60, "a cell after one that was interrupted")
    printed = page.run(f"{PANEL}.content.widgets.filter(c => c.model.type === 'code').map(c => c.model.outputs.toJSON().map(o => o.text || o.evalue).join('')).join('')")
    page.screenshot(shots / "own.png")
    page.run(f"{PANEL}.context.save().then(() => true)")  # the command would ask for a name
    wrong = [] if printed.replace("signal: interrupt", " ").split() == "2 true 2 true 3 7".split() else [f"its cells print {printed!r}"]
    return wrong, f"Tab and Shift-Tab in a new notebook, first answer after {waits[0]:.1f} s, {time.monotonic() - began:.1f} s"


QUERIES = ["network=balanced&geometry=natural", "network=metropolis&rho=0.9&geometry=natural"]
# Of a page: pictures that are not there, what it loads from a network, formulas that were not understood, and whether it is wider than the window.
FAULTS = """(async () => {
  await Promise.all([...document.images].map(i => i.decode().catch(() => {})));
  return [
    ...[...document.images].filter(i => !i.naturalWidth).map(i => "a picture is lost: " + i.src.slice(0, 80)),
    ...performance.getEntriesByType("resource").filter(e => /^http/.test(e.name)).map(e => "it asks the network for " + e.name),
    ...[...document.querySelectorAll("merror")].map(e => "a formula is wrong: " + e.textContent),
    ...[...document.querySelectorAll("math")].filter(m => m.textContent.includes("\\\\")).slice(0, 3).map(m => "a formula is raw: " + m.textContent.slice(0, 80)),
    ...(document.documentElement.scrollWidth > innerWidth ? [`it is ${document.documentElement.scrollWidth} px wide in ${innerWidth}`] : []),
    ...(document.querySelector("h1") ? [] : ["it has no title"])];
})()"""


def dead_links(folder):
    """The links between pages that lead nowhere."""
    pages = {p: p.read_text(encoding="utf-8") for p in folder.rglob("*.html")}
    names = {p: {html.unescape(n) for n in re.findall(r'\sid="([^"]+)"', text)} for p, text in pages.items()}
    for p, text in pages.items():
        for link in map(html.unescape, re.findall(r'<(?:a|link|script|img)\b[^>]*?\s(?:href|src)="([^"]+)"', text)):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, name = link.partition("#")
            to = (p.parent / urllib.parse.unquote(path.partition("?")[0])).resolve() if path else p
            if not to.exists() or name and to in names and urllib.parse.unquote(name) not in names[to]:
                yield f"{p.relative_to(folder)} links to {link}, which is not there"


def site(page, folder, shots):
    """What is wrong with the site that scripts/site writes, opened as files, without a server; and a line on what was seen."""
    subprocess.run([str(ROOT / "scripts" / "site"), str(folder)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wrong = list(dead_links(folder))
    pages = sorted(folder.rglob("*.html"))

    def open_page(path, query=""):
        page.call("Page.navigate", url="about:blank")
        page.call("Page.navigate", url=path.as_uri() + query)
        page.until('location.protocol === "file:" && document.readyState === "complete"', 60, f"{path.name} loaded")

    for width, scheme in ((1280, "light"), (390, "dark")):
        page.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
        page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        for path in pages:
            open_page(path)
            wrong += [f"{path.relative_to(folder)} at {width} px: {what}" for what in page.run(FAULTS)]
            if path == folder / "index.html":
                page.screenshot(shots / f"site-{scheme}.png")
                dark = page.run("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).reduce((a, b) => a + +b, 0)") < 300
                if dark != (scheme == "dark"):
                    wrong.append(f"the front page is not {scheme}")
    page.call("Emulation.setDeviceMetricsOverride", width=1280, height=1300, deviceScaleFactor=1, mobile=False)
    page.call("Emulation.setEmulatedMedia", features=[])
    loads = []
    for query in QUERIES:
        began = time.monotonic()
        open_page(folder / "playground" / "index.html", "?" + query)
        digest = page.until("document.documentElement.dataset.digest", 60, "a network in the page")
        loads.append(time.monotonic() - began)
        native = subprocess.run(["go", "run", "./scripts/playground", query], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
        if digest != native:
            wrong.append(f"playground {query}: its digest is {digest}, that of a native program {native}")
        page.until("+document.documentElement.dataset.seen > 0.02", 60, "20 ms of the network")
        page.screenshot(shots / f"playground-{'metropolis' if 'metropolis' in query else 'balanced'}.png")
        for name in ("raster", "cloud", "mean", "rates"):
            if not page.run(f"(c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v))(document.getElementById('{name}'))"):
                wrong.append(f"playground {query}: nothing is drawn in its {name}")
    page.run("(r => { r.value = 0.5; r.dispatchEvent(new Event('input')) })([...document.querySelectorAll('#knobs input')][0])")
    page.until(f"document.documentElement.dataset.digest !== {json.dumps(digest)} && location.search.includes('rho=0.5')", 30, "another network after a knob was turned")
    open_page(folder / "playground" / "index.html", "?network=metropolis&rho=0.99&geometry=naive")
    page.until("[...document.querySelectorAll('#words li')].some(l => l.textContent.includes('silent'))", 60, "a silent network that is called silent")
    page.screenshot(shots / "playground-silent.png")
    open_page(folder / "playground" / "index.html", "?rho=7")
    page.until("document.getElementById('problem').textContent.includes('rho = 7')", 60, "a sentence on a parameter that is not allowed")
    return wrong, f"{len(pages)} pages, a network in the page within {max(loads):.1f} s"


def chromium_page(program, scratch, log, shots):
    """A headless Chromium, as a process, and its page."""
    profile = scratch / "profile"
    browser = start(
        [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-features=OnDeviceModelService,OptimizationHints", "--disable-dev-shm-usage", "--hide-scrollbars",
         f"--user-data-dir={profile}", "--remote-debugging-port=0", "about:blank"],
        stdout=log, stderr=log,
    )
    end = time.monotonic() + 60
    while not ((profile / "DevToolsActivePort").exists() and (profile / "DevToolsActivePort").read_text().count("\n")):
        if browser.poll() is not None or time.monotonic() > end:
            stop(browser)
            raise RuntimeError(f"Chromium did not start: see {os.path.relpath(shots)}/server.log")
        time.sleep(0.1)
    devtools = (profile / "DevToolsActivePort").read_text().split()[0]
    targets = json.loads(wait_for(f"http://127.0.0.1:{devtools}/json", browser))
    page = Page(next(t["webSocketDebuggerUrl"] for t in targets if t["type"] == "page"))
    page.call("Page.enable")
    page.call("Emulation.setFocusEmulationEnabled", enabled=True)
    return browser, page


def main():
    parser = argparse.ArgumentParser(prog="scripts/browser", description="Runs notebooks in JupyterLab in headless Chromium and checks that their figures appear.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a notebook, as in 01-langevin-dynamics, or first-page, own (a new notebook), moving (sliders and menus), site (all of them)")
    parser.add_argument("--timeout", type=int, default=900, metavar="S", help="seconds that one notebook may take (900)")
    args = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if not chromium:
        sys.exit("browser: there is no Chromium on PATH: install it (on Debian: apt install chromium) and run this again.")
    there = {p.stem: p for p in sorted((ROOT / "notebooks").glob("*.ipynb"))}
    if not there:
        sys.exit("browser: there is no notebook in notebooks/.")
    known = ["first-page", "own", "moving", "site", *there]
    names = args.names or known
    for name in names:
        if name not in known:
            sys.exit(f"browser: there is no {name}: there are {', '.join(known)}.")
    shots = ROOT / ".lab" / "browser"
    shots.mkdir(parents=True, exist_ok=True)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="nb-") as scratch:
        scratch = Path(scratch)
        copy, token, port = scratch / "natspike", os.urandom(24).hex(), free_port()
        for part in ("pkg", "notebooks"):
            shutil.copytree(ROOT / part, copy / part)
        for part in ("go.mod", "go.sum"):
            shutil.copy(ROOT / part, copy / part)
        (scratch / "tmp").mkdir()
        log = open(shots / "server.log", "w")
        lab = start(
            [str(ROOT / "scripts" / "lab"), "--no-browser", f"--port={port}", "--", f"--ServerApp.root_dir={copy}", "--LabApp.expose_app_in_browser=True",
             f"--LabApp.workspaces_dir={scratch / 'workspaces'}", f"--LabApp.user_settings_dir={scratch / 'settings'}"],
            stdout=log, stderr=log, env={**os.environ, "JUPYTER_TOKEN": token, "TMPDIR": str(scratch / "tmp")},
        )
        browser = None
        try:
            base = f"http://127.0.0.1:{port}"
            wait_for(f"{base}/api", lab)
            browser, page = chromium_page(chromium, scratch, log, shots)
            # As scripts/lab prints it. The token is there this once: a cookie stands for it from then on.
            page.call("Page.navigate", url=f"{base}/lab/tree/notebooks/README.md?token={token}")
            page.until("!!window.jupyterapp", 60, "JupyterLab")
            checks = {
                "first-page": lambda: (welcome(page, there, shots), ""),
                "own": lambda: own(page, base, shots),
                "moving": lambda: moving(page, base, copy / "notebooks", shots),
                "site": lambda: site(page, scratch / "site", shots),
            }
            for name in names:
                try:
                    wrong, seen = checks[name]() if name in checks else look(page, base, name, committed_images(there[name]), shots, args.timeout)
                except (RuntimeError, TimeoutError, subprocess.CalledProcessError, websocket.WebSocketException) as e:
                    wrong, seen = [str(e)], ""
                    page.screenshot(shots / f"{name}.png")
                print(f"{'FAIL' if wrong else 'ok  '}  {name}  {seen}  {os.path.relpath(shots)}/{name}.png", flush=True)
                for what in wrong:
                    print(f"      {what}")
                failed += bool(wrong)
        finally:
            if browser:
                stop(browser)
            stop(lab)
            kill_servers(scratch)
            log.close()
    print(f"browser: {len(names) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
