"""Executes the notebooks in fresh kernels: writes them back with an HTML page of each, or checks them against what is committed.

Jupyter's own tools report success when a shell command in a cell fails, a magic is unknown or a display is lost on the way,
so the executed notebook itself is judged here, cell by cell:

  - no error output, unless the cell is tagged raises-exception, and then there must be one;
  - no shell command that exited with a status other than 0, no unknown magic;
  - an image from every cell whose code, below its %% line, shows one, and from every cell that had one when it was committed;
  - with --check, the committed outputs.

Two runs of a cell are equal when their standard output, their standard error and their sequence of displays are: these three come
through pipes of their own, so their order among each other is chance. A display that is updated counts in its last state, a PNG by
its pixels, and GoNB's random names not at all. In a cell tagged volatile, which measures time, only the kinds of its outputs count.
What is equal stays as it is committed, so that a notebook executed again has the same bytes.
"""

import argparse
import asyncio
import base64
import contextlib
import copy
import difflib
import json
import os
import re
import shutil
import signal
import struct
import sys
import tempfile
import time
import zlib
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert import HTMLExporter

sys.path.insert(0, str(Path(__file__).resolve().parent))
from servers import kill_servers  # noqa: E402

KERNEL = {"display_name": "Go (gonb)", "language": "go", "name": "gonb"}
LANGUAGE = {"file_extension": ".go", "mimetype": "text/x-go", "name": "go"}
CELL_METADATA = {"tags", "jupyter", "slideshow", "editable", "deletable"}

FAILED_COMMAND = re.compile(r"^(?:exit status [1-9]\d*|signal: .+)$", re.M)
UNKNOWN_MAGIC = re.compile(r'^"%(.*)" unknown or not implemented yet\.', re.M)
RANDOM_NAME = re.compile(r"gonb_[0-9a-f]{8}\b")
TOP_LEVEL = re.compile(r"^\s*(?://gonb:)?%(?:%|main\b|test\b|exec\b)", re.M)
SHOWS = re.compile(r"\bnb\.Show\w*\(|\bgonbui\.Display(?:PNG|Png|SVG|Svg|Image)\(|\bprotocol\.MIMEImage")
HTML_IMAGE = re.compile(r"<(?:svg|img|canvas)\b", re.I)


def join(text):
    return "".join(text) if isinstance(text, list) else text


def scrub(text):
    return RANDOM_NAME.sub("gonb_*", text)


def tags(cell):
    return cell.metadata.get("tags", [])


# What a cell gave


def pixels(png):
    """The header and scan lines of a PNG: equal for equal pictures, however they were compressed."""
    at, parts, header = 8, [], b""
    while at + 8 <= len(png):
        (size,), kind = struct.unpack(">I", png[at : at + 4]), png[at + 4 : at + 8]
        body = png[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            header = body
        elif kind == b"IDAT":
            parts.append(body)
        at += size + 12
    return header + zlib.decompress(b"".join(parts))


def content(mime, data):
    """What of a display's data is compared."""
    if mime == "image/png":
        raw = base64.b64decode(join(data))
        try:
            return pixels(raw)
        except (struct.error, zlib.error):
            return raw
    if isinstance(data, (str, list)) and not mime.endswith("json"):
        return scrub(join(data))
    return json.dumps(data, sort_keys=True, indent=1)


def stream(outputs, name):
    return scrub("".join(join(o.text) for o in outputs if o.output_type == "stream" and o.name == name))


def displays(outputs):
    return [o for o in outputs if o.output_type in ("display_data", "execute_result")]


def is_image(display):
    data = display.data
    return any(m.startswith("image/") for m in data) or bool(HTML_IMAGE.search(join(data.get("text/html", ""))))


def images(outputs):
    return sum(map(is_image, displays(outputs)))


def parts(outputs, kinds_only=False):
    """The outputs of a cell as {what: {form: content}}: what does not depend on the order of the pipes that they came through."""
    named = {}
    for name in ("stdout", "stderr"):
        if text := stream(outputs, name):
            named[f"its {name}"] = {"text": text}
    for i, display in enumerate(displays(outputs), 1):
        forms = {mime: content(mime, data) for mime, data in display.data.items()}
        if display.get("metadata"):
            forms["metadata"] = content("application/json", display.metadata)
        named[f"its display {i}"] = forms
    for error in (o for o in outputs if o.output_type == "error"):
        named["its error"] = {"text": scrub(f"{error.ename}: {error.evalue}")}
    if kinds_only:
        return {what: dict.fromkeys(forms) for what, forms in named.items()}
    return named


# What is wrong with it


def clip(line, width=160):
    return line if len(line) <= width else line[: width - 1] + "…"


def count(n, what):
    return f"{n} {what}{'s' * (n != 1)}"


def first_line(cell):
    return clip(next((l.strip() for l in cell.source.splitlines() if l.strip()), ""), 60)


def tail(text, lines=10):
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return "\n".join([clip(l) for l in plain.splitlines() if l.strip()][-lines:])


def diff(old, new):
    """How two texts differ, in a few lines: fewer if it is a picture's."""
    lines = 4 if "<svg" in old + new else 12
    changed = [
        clip(l.rstrip("\n"))
        for l in difflib.unified_diff(old.splitlines(), new.splitlines(), "committed", "executed", lineterm="", n=1)
    ][2:]
    more = [f"… and {len(changed) - lines} lines more"] if len(changed) > lines else []
    return "\n".join(changed[:lines] + more)


def faults(cell):
    """What is wrong with an executed cell, whatever was committed."""
    found = []
    errors = [o for o in cell.outputs if o.output_type == "error"]
    printed = [stream(cell.outputs, "stdout"), stream(cell.outputs, "stderr")]
    if "raises-exception" in tags(cell):
        if not errors:
            found.append("it is tagged raises-exception and raised none")
    else:
        for error in errors:
            found.append("it ended in an error\n" + tail(printed[1] + "\n" + ("\n".join(error.traceback) or error.evalue)))
        for text in printed:
            if not errors and (hit := FAILED_COMMAND.search(text)):
                found.append(f"a command in it failed ({hit.group()})\n" + tail(text))
    for hit in UNKNOWN_MAGIC.finditer(printed[1]):
        found.append(f"GoNB knows no magic %{hit.group(1)}")
    body = TOP_LEVEL.split(cell.source, maxsplit=1)
    if not errors and len(body) == 2 and SHOWS.search(body[1]) and not images(cell.outputs):
        found.append("it shows a figure and no image came of it")
    return found


def differences(old, new):
    """How the outputs of an executed cell differ from the committed ones."""
    kinds_only = "volatile" in tags(new)
    before, after = parts(old.outputs, kinds_only), parts(new.outputs, kinds_only)
    found = []
    if (had := images(old.outputs)) > (has := images(new.outputs)):
        found.append(f"{count(had, 'image')} committed, {has or 'none'} this time")
    for what in dict.fromkeys([*before, *after]):
        was, now = before.get(what, {}), after.get(what, {})
        if was == now:
            continue
        forms = [f for f in dict.fromkeys([*was, *now]) if was.get(f, 0) != now.get(f, 0)]
        kinds = "" if forms == ["text"] else f" ({', '.join(sorted(forms))})"
        how = "differs from the committed" if was and now else "is committed and did not come this time" if was else "is not in the committed notebook"
        # The form that is easiest to read stands for all.
        text = min((f for f in forms if isinstance(was.get(f, ""), str) and isinstance(now.get(f, ""), str)), key=readable, default=None)
        found.append(f"{what}{kinds} {how}" + (f"\n{diff(was.get(text, ''), now.get(text, ''))}" if text and not kinds_only else ""))
    return found


def readable(form):
    return (["text", "text/markdown", "text/plain", "text/html"] + [form]).index(form)


# Executing


def code_cells(notebook):
    """(number among the code cells, cell), as JupyterLab numbers them after Run All."""
    return list(enumerate((c for c in notebook.cells if c.cell_type == "code" and c.source.strip()), 1))


def tools(scratch):
    """PATH with goimports and without our gopls, which GoNB would start. gopls reads all packages, and an execution asks for no completion."""
    folder = Path(scratch, "bin")
    folder.mkdir()
    if goimports := shutil.which("goimports"):
        (folder / "goimports").symlink_to(goimports)
    ours = os.path.join(os.path.dirname(sys.prefix), "bin")
    return os.pathsep.join([str(folder), *(f for f in os.environ["PATH"].split(os.pathsep) if f != ours)])


async def execute(notebook, folder, timeout):
    """Runs a notebook in place in a fresh kernel. Returns the cells that began, each with when it began and ended, and what stopped the
    last of them if that is not in its outputs."""
    begun, group = [], []
    # GoNB's cache is under TMPDIR too, and so is that of nb.Cached: nothing is left over from an earlier run.
    with tempfile.TemporaryDirectory(prefix="nb-") as scratch, open(Path(scratch, "kernel.log"), "wb+") as log:
        client = NotebookClient(
            notebook,
            timeout=timeout,
            startup_timeout=120,
            kernel_name=KERNEL["name"],
            extra_arguments=["-raw_error=true"],  # compile errors as text, not as a table in HTML
            resources={"metadata": {"path": str(folder)}},
            record_timing=False,
            coalesce_streams=True,
            store_widget_state=False,
            on_notebook_start=lambda notebook: group.append(client.km.provisioner.pgid),
            on_cell_execute=lambda cell, cell_index: begun.append([cell, time.monotonic(), None]),
            on_cell_executed=lambda cell, cell_index, execute_reply: begun[-1].__setitem__(2, time.monotonic()),
        )
        try:
            # GOGC gives memory for time: half of it goes into building cells.
            env = {**os.environ, "TMPDIR": scratch, "NATSPIKE_CACHE": str(Path(scratch, "cache")), "GOGC": "400", "PATH": tools(scratch)}
            await client.async_execute(env=env, stdout=log, stderr=log)
        except CellExecutionError:
            pass
        except CellTimeoutError:
            return begun, f"it ran for more than {timeout} s"
        except (DeadKernelError, RuntimeError) as e:
            log.seek(0)
            return begun, f"the kernel died ({e})\n" + tail(log.read().decode(errors="replace"))
        finally:
            for pgid in filter(None, group):  # a cell's program outlives a kernel that is killed
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pgid, signal.SIGKILL)
            kill_servers(scratch)
    return begun, None


def tidy(executed, committed):
    """The notebook to write: without what chance or the clock put in, and as committed where it is equal to that."""
    notebook = copy.deepcopy(executed)
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": LANGUAGE})
    before = {c.id: c for c in committed.cells if c.cell_type == "code"}
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k in CELL_METADATA})
    for number, cell in code_cells(notebook):
        old = before[cell.id]
        if old.outputs and not differences(old, cell):
            cell.outputs = copy.deepcopy(old.outputs)
        cell.execution_count = number
        for output in cell.outputs:
            output.pop("transient", None)
            if output.output_type == "execute_result":
                output.execution_count = number
    return notebook


def load(text):
    """A notebook of the newest format, each cell with an id: its own, or one that its place gives it."""
    raw = json.loads(text)
    taken = {c.get("id") for c in raw.get("cells", [])}
    for i, cell in enumerate(raw.get("cells", []), 1):
        if "id" not in cell:
            cell["id"] = next(n for n in (f"cell-{i}{'x' * k}" for k in range(len(taken) + 1)) if n not in taken)
    raw["nbformat_minor"] = max(5, raw.get("nbformat_minor", 0))
    return nbformat.reads(json.dumps(raw), as_version=4)


def write(notebook):
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def replace(path, text):
    """Writes a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def page(notebook, name):
    exporter = HTMLExporter()
    return exporter.from_notebook_node(notebook, resources={"metadata": {"name": name}})[0]


class Run:
    """One notebook, executed and judged."""

    def __init__(self, path, args):
        self.path, self.args, self.findings, self.page, self.seconds, self.times = path, args, [], None, 0.0, []

    def find(self, number, cell, what):
        self.findings.append(f"{self.path.name}, cell [{number}] {first_line(cell)}\n" + what)

    async def __call__(self):
        began = time.monotonic()
        try:
            self.text = self.path.read_text(encoding="utf-8")
            self.committed = load(self.text)
        except (ValueError, nbformat.ValidationError) as e:
            self.findings.append(f"{self.path.name}\nit is not a valid notebook: {clip(str(e).splitlines()[0])}")
            return
        self.notebook = copy.deepcopy(self.committed)
        for cell in self.notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        begun, stopped = await execute(self.notebook, self.path.parent, self.args.timeout)
        for (number, cell), (_, old) in zip(code_cells(self.notebook), code_cells(self.committed)):
            times = next(((t0, t1) for c, t0, t1 in begun if c is cell), None)
            if not times:
                break
            self.times.append((times[1] or time.monotonic()) - times[0])
            wrong = faults(cell)
            if stopped and cell is begun[-1][0]:
                wrong.insert(0, stopped)
            if not wrong and self.args.check:
                wrong = differences(old, cell)
            for what in wrong:
                self.find(number, cell, what)
        if stopped and not begun:
            self.findings.append(f"{self.path.name}\n{stopped}")
        self.done = tidy(self.notebook, self.committed)
        if self.args.check and not self.findings and write(self.done) != self.text:
            self.findings.append(f"{self.path.name}\nits outputs are right but the file is not as scripts/notebooks {self.path.stem} writes it: run that")
        self.seconds = time.monotonic() - began
        self.keep()

    def keep(self):
        if self.args.html and (self.findings or not self.args.check):
            self.page = self.args.html / f"{self.path.stem}{'.failed' * bool(self.findings)}.html"
            replace(self.page, page(self.done, self.path.stem))
        if not self.findings and not self.args.check and write(self.done) != self.text:
            replace(self.path, write(self.done))

    def report(self):
        name = self.path.stem
        cells = code_cells(self.notebook) if self.times else []
        figures = sum(images(c.outputs) for _, c in cells)
        print(f"{'FAIL' if self.findings else 'ok  '}  {name}  {count(len(cells), 'cell')}, {count(figures, 'figure')}, {self.seconds:.1f} s")
        if self.args.times:
            for (number, cell), seconds in zip(cells, self.times):
                shown = count(images(cell.outputs), "figure") if images(cell.outputs) else ""
                print(f"      {f'[{number}]':>4} {seconds:7.2f} s  {shown:10} {first_line(cell)}")
        for finding in self.findings:
            where, _, what = finding.partition("\n")
            print(f"  {where}: " + what.replace("\n", "\n      "))
        if self.page and self.findings:
            kept = "" if self.args.check else f"; {self.path.name} is left as it was"
            print(f"  What came out: {os.path.relpath(self.page)}{kept}.")
        sys.stdout.flush()


async def run_all(runs, jobs):
    gate = asyncio.Semaphore(jobs)

    async def one(run):
        async with gate:
            await run()
        run.report()

    await asyncio.gather(*map(one, runs))


def arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/notebooks",
        description="Executes the notebooks in fresh kernels and writes them back, with an HTML page of each in .lab/html/.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="a notebook, as in 01-langevin-dynamics (all of them)")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a cell does, or differs from what is committed")
    parser.add_argument("--times", action="store_true", help="say how long each cell took")
    parser.add_argument("--jobs", type=int, default=0, metavar="N", help="notebooks at once (one more than there are processors, at most 4)")
    parser.add_argument("--timeout", type=int, default=900, metavar="S", help="seconds that one cell may take (900)")
    parser.add_argument("--folder", type=Path, default=Path("notebooks"), help="where the notebooks are (notebooks)")
    parser.add_argument("--html", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    args = arguments()
    there = sorted(args.folder.glob("*.ipynb"))
    by_name = {p.stem: p for p in there}
    wanted = [Path(n).stem if n.endswith(".ipynb") else Path(n).name for n in args.names]
    for name in wanted:
        if name not in by_name:
            sys.exit(f"notebooks: there is no {name} in {args.folder}/: there are {', '.join(by_name) or 'none at all'}.")
    runs = [Run(by_name[n], args) for n in (dict.fromkeys(wanted) or by_name)]
    if not runs:
        sys.exit(f"notebooks: there are none in {args.folder}/.")
    jobs = args.jobs or min(4, (os.cpu_count() or 1) + 1)  # a notebook that waits leaves its processor to another
    asyncio.run(run_all(runs, jobs))
    failed = sum(bool(r.findings) for r in runs)
    if args.html and not args.check and failed < len(runs):
        print(f"Pages to read: {os.path.relpath(args.html)}/")
    print(f"notebooks: {len(runs) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
