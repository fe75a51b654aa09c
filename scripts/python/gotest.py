"""go test, without the race detector and with it at once, printed as usual, with a closing line that counts the tests: gotest.py ./...

A test counts once. It fails if it fails in either run, and is skipped if it passes in neither.
"""

import json
import os
import subprocess
import sys
import threading

# Each run has half of the processors. One test at a time, so that racetest.Sequential knows whose goroutines it counts.
RUNS = {"": ["-parallel=1"], " (race)": ["-race"]}


class Runs:
    """What the runs print and what they come to. One at a time handles an event, so that nothing is printed amid something else."""

    def __init__(self):
        self.lock, self.status = threading.Lock(), 0
        self.outcomes, self.skips, self.broken = {}, {}, set()

    def go(self, note, flags):
        process = subprocess.Popen(["go", "test", "-json", *flags], stdout=subprocess.PIPE, text=True)
        held = {}
        for line in process.stdout:
            with self.lock:
                try:
                    self.handle(json.loads(line), note, held)
                except ValueError:  # not from go test -json, so from whatever it ran
                    print(line, end="")
        status = process.wait()
        with self.lock:
            self.status = max(self.status, status)

    def handle(self, event, note, held):
        action, package, test, output = event["Action"], event.get("Package", ""), event.get("Test"), event.get("Output", "")
        key = package, test
        if action == "build-output":
            print(output, end="", flush=True)
        elif action == "output" and test:
            held.setdefault(key, []).append(output)
        elif action == "output":
            if output != "PASS\n":
                print(output.rstrip("\n") + note if output.startswith(("ok  \t", "FAIL\t")) else output.rstrip("\n"), flush=True)
        elif action in ("pass", "fail", "skip") and test:
            self.outcomes.setdefault(key, set()).add(action)
            text = "".join(held.pop(key, []))
            if action == "fail":  # why it failed
                print(text, end="", flush=True)
            elif action == "skip":
                if not note or key not in self.skips:  # under the race detector tests are skipped for its sake
                    self.skips[key] = text
        elif action == "fail":
            self.broken.add(package)
            # What a test had printed when its package ended without it: a panic, a timeout.
            for key in [k for k in held if k[0] == package]:
                print("".join(held.pop(key)), end="", flush=True)
                self.outcomes.setdefault(key, set()).add("fail")

    def count(self):
        """Prints why tests are skipped in both runs, and the closing line."""
        verdicts = {key: next(a for a in ("fail", "pass", "skip") if a in actions) for key, actions in self.outcomes.items()}
        for key, text in self.skips.items():
            if verdicts[key] == "skip":
                print(text, end="")
        count = {a: sum(v == a for v in verdicts.values()) for a in ("pass", "fail", "skip")}
        # A package that does not compile, or that fails outside its tests, counts as one test.
        failed = {package for (package, _), v in verdicts.items() if v == "fail"}
        count["fail"] += len(self.broken - failed)
        print(f"go test: {count['pass']} passed, {count['fail']} failed, {count['skip']} skipped", flush=True)


def main():
    runs = Runs()
    share = f"-p={max(1, (os.cpu_count() or 1) // len(RUNS))}"
    threads = [threading.Thread(target=runs.go, args=(note, [share, *flags, *sys.argv[1:]])) for note, flags in RUNS.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    runs.count()
    sys.exit(runs.status)


if __name__ == "__main__":
    main()
