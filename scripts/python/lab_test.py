"""Tests of scripts/lab: what it says when it cannot start, and how the server that it starts can be reached."""

import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

LAB = Path(__file__).resolve().parent.parent / "lab"
PLAIN = ["bash", "cat", "cp", "dirname", "env", "mkdir", "rm", "sed", "sh"]


class Refusals(unittest.TestCase):
    """With a tool missing or too old: a sentence that says what to do, and a status other than 0."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.bin = Path(folder.name)
        for name in PLAIN:
            (self.bin / name).symlink_to(shutil.which(name))

    def tool(self, name, script):
        path = self.bin / name
        path.write_text("#!/bin/sh\n" + script, encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def said(self, **env):
        result = subprocess.run([str(LAB), "--setup-only"], env={"PATH": str(self.bin), **env}, capture_output=True, text=True)
        self.assertNotEqual(result.returncode, 0)
        self.assertEqual(result.stdout, "")
        self.assertRegex(result.stderr, r"^lab: .*\.\n$", "not one sentence")
        return result.stderr

    def test_no_go(self):
        self.assertRegex(self.said(), r"Go 1\.26 or newer is needed and there is no go command on PATH: install it")

    def test_old_go(self):
        self.tool("go", "echo go1.25.4")
        self.assertRegex(self.said(), r"Go 1\.26 or newer is needed and .*/go is go1\.25\.4: install")

    def test_no_python(self):
        self.tool("go", "echo go1.26.0")
        self.assertRegex(self.said(), r"Python 3\.9 or newer is needed and there is no python3 on PATH: install")
        self.assertRegex(self.said(PYTHON="python3.99"), r"there is no python3\.99 on PATH")

    def test_old_python(self):
        self.tool("go", "echo go1.26.0")
        self.tool("python3", '[ "$1" != -V ] || echo Python 3.8.2\n[ "$1" = -V ]')
        self.assertRegex(self.said(), r"Python 3\.9 or newer is needed and .*/python3 is Python 3\.8\.2: install")

    def test_python_without_venv(self):
        self.tool("go", "echo go1.26.0")
        self.tool("python3", 'case $3 in *ensurepip*) exit 1 ;; esac\nexec "%s" "$@"' % sys.executable)
        self.assertRegex(self.said(), r"python3 lacks its venv module: .*apt install python3-venv")

    def test_bad_arguments(self):
        for arguments in (["--port", "eighty"], ["--port"], ["--port", "0"], ["--port=70000"], ["--nonsense"]):
            with self.subTest(arguments):
                result = subprocess.run([str(LAB), *arguments], capture_output=True, text=True)
                self.assertEqual(result.returncode, 2)
                self.assertRegex(result.stderr, r"--port")

    def test_tokens_that_are_easy_to_guess(self):
        for token in ("secret", "1" * 40):
            with self.subTest(token):
                result = subprocess.run(
                    [str(LAB), "--ip", "0.0.0.0"], env={**os.environ, "JUPYTER_TOKEN": token}, capture_output=True, text=True, timeout=20
                )
                self.assertEqual(result.returncode, 1)
                self.assertRegex(result.stderr, r"^lab: --ip 0\.0\.0\.0 listens beyond this machine, .* is easy to guess: .*\.\n$")
        for argument in ("--ServerApp.token=", "--ServerApp.ip=0.0.0.0", "--ip=0.0.0.0", "--PasswordIdentityProvider.hashed_password=x"):
            with self.subTest(argument):
                result = subprocess.run([str(LAB), "--", argument], capture_output=True, text=True, timeout=20)
                self.assertEqual(result.returncode, 1)
                self.assertRegex(result.stderr, r"is not handed on to Jupyter: choose the address with --ip and the token with JUPYTER_TOKEN\.\n$")

    def test_the_callers_environment_does_not_matter(self):
        with tempfile.TemporaryDirectory() as folder:
            for module in ("ensurepip", "venv", "json"):
                Path(folder, f"{module}.py").write_text("raise SystemExit('a file of the current folder was executed')", encoding="utf-8")
            environment = {**os.environ, "CDPATH": f".:{LAB.parent}", "GOFLAGS": "-mod=mod", "PYTHONPATH": folder, "GOOS": "plan9"}
            result = subprocess.run([str(LAB), "--setup-only"], cwd=folder, env=environment, capture_output=True, text=True, timeout=600)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(sorted(os.listdir(folder)), ["ensurepip.py", "json.py", "venv.py"])
        root = LAB.parent.parent
        relative = subprocess.run(
            ["bash", "-c", '. scripts/environment.sh && printf %s "$root"'], cwd=root, env={**os.environ, "CDPATH": ".:.."}, capture_output=True, text=True
        )
        self.assertEqual(relative.stdout, str(root.resolve()))

    def test_help(self):
        result = subprocess.run([str(LAB), "--help"], capture_output=True, text=True)
        self.assertEqual(result.returncode, 0)
        self.assertTrue(result.stdout.startswith("usage: scripts/lab "))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(address):
    """Status and body."""
    try:
        with urllib.request.urlopen(address, timeout=5) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as e:
        return e.code, e.read()


class Server(unittest.TestCase):
    def start(self, command=(str(LAB), "--no-browser", "--port={port}"), path="", **env):
        port = free_port()
        log = tempfile.TemporaryFile("w+")
        self.addCleanup(log.close)
        began = time.monotonic()
        clean = {k: v for k, v in os.environ.items() if not k.startswith("JUPYTER_")}
        process = subprocess.Popen(
            [word.format(port=port) for word in command],
            env={**clean, **env},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            # As at a terminal: a shell that runs the tests in the background has them, and what they start, ignore Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self.addCleanup(process.wait)
        self.addCleanup(self.stop, process)
        while True:
            try:
                if get(f"http://127.0.0.1:{port}{path}/api")[0] == 200:
                    break
            except OSError:
                pass
            self.assertIsNone(process.poll(), "scripts/lab ended")
            self.assertLess(time.monotonic() - began, 60, "JupyterLab does not answer")
            time.sleep(0.1)
        time.sleep(0.5)
        log.seek(0)
        return port, log.read(), process

    def stop(self, process):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)

    def test_the_printed_address_opens_and_no_other(self):
        port, printed, process = self.start()
        token = re.search(rf"http://127\.0\.0\.1:{port}/lab\S*\?token=([0-9a-f]{{32,}})", printed)
        self.assertIsNotNone(token, printed)
        base = f"http://127.0.0.1:{port}"
        self.assertEqual(get(f"{base}/api/contents")[0], 403)
        self.assertEqual(get(f"{base}/api/contents?token=0123")[0], 403)
        self.assertEqual(get(f"{base}/api/contents?token={token[1]}")[0], 200)
        self.assertEqual(get(token[0])[0], 200)
        status, body = get(f"{base}/api/kernelspecs?token={token[1]}")
        specs = json.loads(body)
        self.assertEqual((list(specs["kernelspecs"]), specs["default"]), (["gonb"], "gonb"))
        with self.assertRaises(OSError):  # on 127.0.0.1 alone: not on the other loopback addresses, so on no other at all
            socket.create_connection(("127.0.0.2", port), timeout=2).close()
        _, second, _ = self.start()
        self.assertNotIn(token[1], second, "two starts share a token")
        # A port that is taken.
        result = subprocess.run([str(LAB), "--no-browser", "--port", str(port)], capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, rf"lab: port {port} cannot be listened on: .* scripts/lab --port {port + 1}\.\n")
        # Ctrl-C, with nobody to ask.
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=20), 0)

    def test_a_chosen_token(self):
        port, printed, _ = self.start(JUPYTER_TOKEN="a-token-that-is-chosen")
        self.assertIn(f"http://127.0.0.1:{port}/lab, with the token that JUPYTER_TOKEN holds", printed)
        self.assertEqual(get(f"http://127.0.0.1:{port}/api/contents?token=a-token-that-is-chosen")[0], 200)
        self.assertEqual(get(f"http://127.0.0.1:{port}/api/contents?token=other")[0], 403)

    def test_as_binder_starts_the_image(self):
        command = [str(LAB.with_name("entrypoint")), "jupyter", "notebook", "--ip=127.0.0.1", "--port={port}", "--no-browser",
                   "--NotebookApp.base_url=/user/someone/", "--NotebookApp.token=a-token-of-the-hub", "--NotebookApp.trust_xheaders=True"]
        port, _, _ = self.start(command, "/user/someone")
        base = f"http://127.0.0.1:{port}/user/someone"
        self.assertEqual(get(f"{base}/api/contents?token=a-token-of-the-hub")[0], 200)
        self.assertEqual(get(f"{base}/api/contents?token=other")[0], 403)
        self.assertEqual(list(json.loads(get(f"{base}/api/kernelspecs?token=a-token-of-the-hub")[1])["kernelspecs"]), ["gonb"])
        self.assertEqual(get(f"{base}/lab?token=a-token-of-the-hub")[0], 200)


if __name__ == "__main__":
    unittest.main()
