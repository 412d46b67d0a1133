"""Runs the attacks and then schemathesis against both APIs. Prints "N passed, M failed" at the end.

    check.py ENV REPORTS
"""

import concurrent.futures
import json
import os
import random
import re
import subprocess
import sys
import urllib.request
import xml.etree.ElementTree as tree

from keys import ALL, Keys

HERE = os.path.dirname(os.path.abspath(__file__))
CHECKS = ("not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
          "response_schema_conformance,ignored_auth")
# Both APIs together; fewer would mean that something kept the requests from being made.
REQUESTS_WANTED = 10_000
REQUESTS_MIN = 8_000


def read_env(path):
    with open(path, encoding="utf-8") as file:
        return dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line)


def requests_answered(url):
    """As the service itself counts them."""
    with urllib.request.urlopen(url + "/metrics", timeout=60) as answer:
        lines = answer.read().decode().splitlines()
    return int(sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("tidings_http_requests_total{")))


def operations(url):
    with urllib.request.urlopen(url + "/openapi.json", timeout=60) as answer:
        return sum(len(item) for item in json.load(answer)["paths"].values())


def explore(name, url, key, examples, seed, reports, extra=()):
    """One run of schemathesis: how many operations passed and failed."""
    report = f"{reports}/{name}.xml"
    command = [
        os.path.join(os.path.dirname(sys.executable), "schemathesis"), "--config-file", f"{HERE}/schemathesis.toml", "run", url + "/openapi.json",
        "--header", f"Authorization: Bearer {key}", "--checks", CHECKS, "--seed", str(seed),
        "--max-examples", str(examples), "--phases", "examples,coverage,fuzzing", "--workers", "1",
        "--generation-database", "none", "--suppress-health-check", "all", "--no-shrink", "--continue-on-failure",
        "--request-timeout", "60", "--warnings", "off", "--no-color", "--report-junit-path", report, *extra]
    with open(f"{reports}/{name}.txt", "w", encoding="utf-8") as log:
        status = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False, cwd=reports).returncode
    passed = failed = 0
    if os.path.exists(report):
        for case in tree.parse(report).iter("testcase"):
            faults = list(case.findall("failure")) + list(case.findall("error"))
            if faults:
                failed += 1
                for fault in faults:
                    text = re.sub(r"\s+", " ", f"{fault.get('message') or ''} {fault.text or ''}")
                    print(f"FAILED {name} {case.get('name')}: {text[:900]}")
            elif case.find("skipped") is None:
                passed += 1
    if passed + failed == 0 or (status != 0 and failed == 0):
        print(f"FAILED {name}: schemathesis ended with {status}; see {name}.txt")
        with open(f"{reports}/{name}.txt", encoding="utf-8") as log:
            print(log.read()[-3000:])
        failed += 1
    return passed, failed


def attack(env_file):
    """The attacks that know what they want: how many passed and failed."""
    done = subprocess.run(
        [sys.executable, f"{HERE}/attack.py", env_file], stdout=subprocess.PIPE, text=True, check=False)
    lines = done.stdout.strip().splitlines()
    print("\n".join(lines[:-1]), flush=True)
    counts = re.fullmatch(r"(\d+) passed, (\d+) failed", lines[-1] if lines else "")
    if counts:
        return int(counts[1]), int(counts[2])
    print(f"FAILED the attacks did not end: {done.stdout[-2000:]}")
    return 0, 1


def main():
    env, reports = read_env(sys.argv[1]), sys.argv[2]
    seed = int(os.environ.get("API_SEED") or random.SystemRandom().randrange(1, 2**31))
    print(f"seed {seed}; to repeat: API_SEED={seed} Tests/API/run", flush=True)
    keys = Keys(env["DATABASE_URL"])
    # The second business is for trying things out: what is deleted there is missed by nobody.
    tenant_key = keys.make(env["SECOND_DEMO_TENANT_ID"], ALL)
    admin_key = keys.make_admin("admin@tidings.example")
    sizes = {name: operations(env[name]) for name in ("INGEST_URL", "MONITOR_URL")}
    # Beside these come the cases at the bounds of every field, some sixty an operation.
    examples = max(20, REQUESTS_WANTED // sum(sizes.values()) - 60)
    # First what knows what it wants: what schemathesis leaves behind is nobody's business any more.
    passed, failed = attack(sys.argv[1])
    before = sum(requests_answered(env[name]) for name in sizes)
    is_admin = "^/(v1/admin|api/admin)"
    # At the same time, as processes: within one, its threads would wait for each other. The administration comes last,
    # since it suspends and deletes whatever business it learns of. There so many wrong keys in a row are answered with
    # 429; the attack has tried them on every one of its operations.
    for runs in (
        [("ingest-api", env["INGEST_URL"], tenant_key, []),
         ("monitor", env["MONITOR_URL"], tenant_key, ["--exclude-path-regex", is_admin])],
        [("monitor-admin", env["MONITOR_URL"], admin_key,
          ["--include-path-regex", is_admin, "--exclude-checks", "ignored_auth"])],
    ):
        with concurrent.futures.ThreadPoolExecutor(len(runs)) as pool:
            outcomes = pool.map(lambda run: explore(run[0], run[1], run[2], examples, seed, reports, run[3]), runs)
            for (name, *_), (good, bad) in zip(runs, outcomes):
                print(f"{name}: {good} operations passed, {bad} failed", flush=True)
                passed, failed = passed + good, failed + bad
    requests = sum(requests_answered(env[name]) for name in sizes) - before
    print(f"{requests} requests", flush=True)
    if requests < REQUESTS_MIN:
        print(f"FAILED only {requests} requests were made; {REQUESTS_MIN} are the least")
        failed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
