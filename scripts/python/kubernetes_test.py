"""Tests of kubernetes/sweep.yaml: its pods meet the "restricted" Pod Security Standard, and the shards that it names agree."""

import copy
import unittest
from pathlib import Path

import yaml

MANIFEST = Path(__file__).resolve().parent.parent / "kubernetes" / "sweep.yaml"
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}


def violations(pod):
    """What a pod does against the standard, https://kubernetes.io/docs/concepts/security/pod-security-standards, and what we add."""
    own = pod.get("securityContext", {})
    found = []
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(name):
            found.append(name)
    for volume in pod.get("volumes", []):
        if not set(volume) - {"name"} <= VOLUMES:
            found.append(f"volume {volume['name']}")
    if pod.get("automountServiceAccountToken", True):
        found.append("automountServiceAccountToken")
    for container in pod["containers"] + pod.get("initContainers", []):
        context = own | container.get("securityContext", {})
        for name, good in (
            ("runAsNonRoot", context.get("runAsNonRoot") is True),
            ("runAsUser", context.get("runAsUser") != 0),
            ("allowPrivilegeEscalation", context.get("allowPrivilegeEscalation") is False),
            ("privileged", not context.get("privileged")),
            ("readOnlyRootFilesystem", context.get("readOnlyRootFilesystem") is True),
            ("seccompProfile", context.get("seccompProfile", {}).get("type") in ("RuntimeDefault", "Localhost")),
            ("capabilities", context.get("capabilities", {}) == {"drop": ["ALL"]}),
            ("hostPort", not any(port.get("hostPort") for port in container.get("ports", []))),
            ("limits", "memory" in container.get("resources", {}).get("limits", {})),
        ):
            if not good:
                found.append(name)
        if not any(mount["mountPath"] == "/tmp" for mount in container.get("volumeMounts", [])):
            found.append("/tmp")
    return found


class Manifest(unittest.TestCase):
    def setUp(self):
        self.jobs = {d["metadata"]["name"]: d["spec"] for d in yaml.safe_load_all(MANIFEST.read_text()) if d["kind"] == "Job"}

    def test_pods_are_restricted(self):
        self.assertEqual(sorted(self.jobs), ["sweep", "sweep-merge"])
        for name, job in self.jobs.items():
            self.assertEqual(violations(job["template"]["spec"]), [], name)

    def test_violations_are_found(self):
        pod = self.jobs["sweep"]["template"]["spec"]
        for where, name in [
            ((), "automountServiceAccountToken"),
            (("securityContext",), "runAsNonRoot"),
            (("securityContext",), "seccompProfile"),
            (("containers", 0, "securityContext"), "allowPrivilegeEscalation"),
            (("containers", 0, "securityContext"), "readOnlyRootFilesystem"),
            (("containers", 0, "securityContext"), "capabilities"),
            (("containers", 0, "resources"), "limits"),
        ]:
            bad = copy.deepcopy(pod)
            part = bad
            for key in where:
                part = part[key]
            del part[name]
            self.assertEqual(violations(bad), [name])

    def test_shards_agree(self):
        sweep, merge = self.jobs["sweep"], self.jobs["sweep-merge"]
        shards = {env["value"] for job in (sweep, merge) for env in job["template"]["spec"]["containers"][0]["env"] if env["name"] == "SHARDS"}
        self.assertEqual(shards, {str(sweep["completions"])})
        self.assertLessEqual(sweep["parallelism"], sweep["completions"])


if __name__ == "__main__":
    unittest.main()
