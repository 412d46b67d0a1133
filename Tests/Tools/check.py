"""Holds Prometheus, its rules and the dashboard against the running system. The last line is "N passed, M failed"."""

import json
import math
import pathlib
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

SERVICES = ["ingest-api", "dispatcher", "retry-scheduler", "webhook-receiver", "monitor", "alerter"]
# What a scrape adds by itself.
OF_PROMETHEUS = {"up"}
WAIT_SECONDS_MAX = 90
NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")

deploy, env_file, prometheus = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
env = dict(line.split("=", 1) for line in pathlib.Path(env_file).read_text().splitlines() if "=" in line)
results = {"passed": 0, "failed": 0}


def check(what, problem):
    """One promise; `problem` says why it does not hold."""
    results["failed" if problem else "passed"] += 1
    print(f"FAILED  {what}\n    | {problem}" if problem else f"passed  {what}")


def promtool(*arguments, text=None):
    done = subprocess.run(["promtool", *arguments], input=text, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else (done.stdout + done.stderr).strip().replace("\n", "\n    | ")


def fetch(url, **arguments):
    with urllib.request.urlopen(urllib.request.Request(url, **arguments), timeout=60) as answer:
        return answer.read().decode()


def ask(path, **parameters):
    url = f"{prometheus}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
    try:
        return json.loads(fetch(url))
    except urllib.error.HTTPError as error:
        return json.loads(error.read())


def values(expression):
    answer = ask("query", query=expression)
    if answer["status"] != "success":
        raise ValueError(answer["error"])
    return [float(sample["value"][1]) for sample in answer["data"]["result"]]


def eventually(condition):
    """The last problem that was left when the time was over; empty when there was none."""
    end = time.monotonic() + WAIT_SECONDS_MAX
    while True:
        try:
            problem = condition()
        except OSError as error:
            problem = str(error)
        if not problem or time.monotonic() > end:
            return problem
        time.sleep(0.25)


def send(number):
    """One in five is refused for good."""
    recipient = f"+39347{number:04d}{'131' if number % 5 == 0 else 200 + number % 100}"
    body = {
        "to": recipient, "type": "template", "kind": "confirmation",
        "template": {"name": "event_reminder_24h", "language": "en", "variables": {"attendee_name": "Ada"}},
    }
    headers = {"Authorization": f"Bearer {env['DEMO_API_KEY']}", "Content-Type": "application/json"}
    fetch(env["INGEST_URL"] + "/v1/messages", data=json.dumps(body).encode(), headers=headers)


def addresses():
    targets = ask("targets", state="active")["data"]["activeTargets"]
    return {target["labels"]["service"]: target for target in targets}


def targets_down():
    found = addresses()
    return [name for name in SERVICES if found.get(name, {}).get("health") != "up"]


def recording_rules():
    groups = ask("rules")["data"]["groups"]
    return [rule for group in groups for rule in group["rules"]]


def without_value():
    names = {rule["name"] for rule in recording_rules() if rule["type"] == "recording"}
    return sorted(name for name in names if not any(math.isfinite(value) for value in values(name)))


def questions():
    board = json.loads((deploy / "grafana" / "tidings.json").read_text())
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"].replace("$service", ".*")


def main():
    files = deploy / "prometheus"
    rules = sorted(str(path) for path in (files / "rules").glob("*.yml"))
    check("the configuration is one", promtool("check", "config", str(files / "prometheus.yml")))
    check("the rules are rules", promtool("check", "rules", *rules))
    for tests in sorted((files / "tests").glob("*.yml")):
        check(f"the rules do what {tests.name} says", promtool("test", "rules", str(tests)))

    check("Prometheus finds all six services up", eventually(targets_down))
    # Over several looks of Prometheus, so that there is something to take rates of.
    for number in range(40):
        send(number)
        time.sleep(0.1)
    check("every recording rule has a value", eventually(without_value))
    wrong = [f"{rule['name']}: {rule.get('lastError')}" for rule in recording_rules() if rule["health"] != "ok"]
    check("every rule can be evaluated", wrong)
    alerts = [alert["labels"]["alertname"] for alert in ask("alerts")["data"]["alerts"] if alert["state"] == "firing"]
    check("nothing fires while all is well", alerts)

    for service, target in sorted(addresses().items()):
        text = fetch(target["scrapeUrl"])
        check(f"the names of {service}'s metrics follow the conventions", promtool("check", "metrics", text=text))

    known = set(ask("label/__name__/values")["data"]) | OF_PROMETHEUS
    for title, expression in questions():
        answer = ask("query", query=expression)
        problem = answer.get("error", "")
        ours = {name for name in NAME.findall(expression) if "tidings_" in name or "tidings:" in name or "process_" in name}
        check(f"the dashboard's {title}: {expression}", problem or sorted(ours - known))
    print(f"{results['passed']} passed, {results['failed']} failed")
    return 1 if results["failed"] else 0


sys.exit(main())
