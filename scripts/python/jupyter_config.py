# JupyterLab as scripts/lab starts it: the GoNB kernel alone, no requests to the network, no prompts.
import sys
from pathlib import Path

c = get_config()  # noqa: F821 (Jupyter defines it)

c.ServerApp.allow_root = True  # a container or a test machine: access is by loopback and token all the same
c.ServerApp.port_retries = 0  # scripts/lab says when a port is taken
c.Application.log_level = "WARN"  # the address with its token is printed all the same
c.JupyterApp.answer_yes = not sys.stdin.isatty()  # with nobody to ask, the first Ctrl-C stops the server

c.KernelSpecManager.allowed_kernelspecs = {"gonb"}
c.KernelSpecManager.ensure_native_kernel = False
c.MultiKernelManager.default_kernel_name = "gonb"

c.LabApp.default_url = "/lab/tree/notebooks/README.md"
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"

# What scripts/site wrote, if it did, as /static/site/index.html.
c.ServerApp.extra_static_paths = [str(Path(__file__).resolve().parent.parent.parent / ".lab" / "static")]
