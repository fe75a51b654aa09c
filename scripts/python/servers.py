"""The language servers that GoNB starts: they leave their kernel's process group, and outlive it."""

import contextlib
import os
import signal
import subprocess


def kill_servers(folder):
    """Ends the language servers that listen in a folder, and their children."""
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,command="], capture_output=True, text=True).stdout
    processes = [(int(pid), int(parent), command) for pid, parent, command in (line.split(None, 2) for line in listing.splitlines() if len(line.split()) > 2)]
    doomed = {pid for pid, _, command in processes if f"gopls -listen unix;{folder}/" in command}
    doomed |= {pid for pid, parent, _ in processes if parent in doomed}
    for pid in doomed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
