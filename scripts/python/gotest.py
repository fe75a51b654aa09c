"""go test, printed as usual, with a closing line that counts the tests: gotest.py -race ./..."""

import json
import subprocess
import sys


def main():
    process = subprocess.Popen(["go", "test", "-json", *sys.argv[1:]], stdout=subprocess.PIPE, text=True)
    outcomes, held, broken = {}, {}, set()
    for line in process.stdout:
        try:
            event = json.loads(line)
        except ValueError:  # not from go test -json, so from whatever it ran
            print(line, end="")
            continue
        action, package, test = event["Action"], event.get("Package", ""), event.get("Test")
        if action == "build-output":
            print(event["Output"], end="", flush=True)
        elif action == "output" and test:
            held.setdefault((package, test), []).append(event["Output"])
        elif action == "output":
            if event["Output"] != "PASS\n":
                print(event["Output"], end="", flush=True)
        elif action in ("pass", "fail", "skip") and test:
            outcomes[package, test] = action
            output = held.pop((package, test), [])
            if action != "pass":  # why it failed, or was skipped
                print("".join(output), end="", flush=True)
        elif action == "fail":
            broken.add(package)
            # What a test had printed when its package ended without it: a panic, a timeout.
            for key in [k for k in held if k[0] == package]:
                print("".join(held.pop(key)), end="", flush=True)
                outcomes.setdefault(key, "fail")
    status = process.wait()
    count = {a: sum(o == a for o in outcomes.values()) for a in ("pass", "fail", "skip")}
    # A package that does not compile, or that fails outside its tests, counts as one test.
    count["fail"] += sum(not any(p == package and o == "fail" for (p, _), o in outcomes.items()) for package in broken)
    print(f"go test: {count['pass']} passed, {count['fail']} failed, {count['skip']} skipped")
    sys.exit(status)


if __name__ == "__main__":
    main()
