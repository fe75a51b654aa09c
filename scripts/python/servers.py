"""The language servers that GoNB starts: they leave their kernel's process group, and outlive it."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path


def processes():
    """The number, the parent's number and the command of each process."""
    if not Path("/proc/self/stat").exists():  # macOS
        listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,command="], capture_output=True, text=True).stdout
        for line in listing.splitlines():
            pid, parent, *command = line.split(None, 2)
            yield int(pid), int(parent), "".join(command)
        return
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended
            # The second field, a name in parentheses, may hold anything.
            parent = int((folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            yield int(folder.name), parent, command


def kill_servers(folder):
    """Ends the language servers that listen in a folder, and their children."""
    listed = list(processes())
    doomed = {pid for pid, _, command in listed if f"gopls -listen unix;{folder}/" in command}
    doomed |= {pid for pid, parent, _ in listed if parent in doomed}
    for pid in doomed:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
