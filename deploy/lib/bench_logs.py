"""Measures the log page over HTTP: each filter on its first page, again and again, and on the pages after it.

    bench_logs.py MONITOR_URL API_KEY [PAGES]     prints a table and, last, one JSON line

The business should have been filled by deploy/lib/fill-logs.sql.
"""

import html
import http.client
import json
import re
import sys
import time
import urllib.parse

LIST = "/dashboard/whatsapp-logs"
REPEATS = 20


class Pages:
    def __init__(self, url, key):
        self.host = urllib.parse.urlsplit(url).netloc
        self.connection = http.client.HTTPConnection(self.host, timeout=60)
        body = urllib.parse.urlencode({"key": key})
        self.connection.request("POST", "/sign-in", body, {
            "Content-Type": "application/x-www-form-urlencoded", "Origin": "http://" + self.host})
        answer = self.connection.getresponse()
        answer.read()
        self.cookie = answer.getheader("Set-Cookie", "").split(";")[0]
        if answer.status != 303:
            sys.exit(f"signing in was answered {answer.status}")

    def get(self, path):
        """The page and how long it took to come, in milliseconds."""
        begun = time.perf_counter()
        self.connection.request("GET", path, headers={"Cookie": self.cookie})
        answer = self.connection.getresponse()
        text = answer.read().decode()
        took = (time.perf_counter() - begun) * 1000
        if answer.status != 200:
            sys.exit(f"{path} was answered {answer.status}")
        return text, took


def option(text, label):
    """The value of a choice, by what people read there."""
    found = re.search(r'<option value="([^"]+)"[^>]*>' + label, text)
    return html.unescape(found.group(1)) if found else ""


def older(text):
    found = re.search(r'rel="next" href="([^"]+)"', text)
    return html.unescape(found.group(1)) if found else None


def share(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def measure(pages, query, count):
    path = LIST + ("?" + urllib.parse.urlencode(query) if query else "")
    first = [pages.get(path)[1] for _ in range(REPEATS)]
    walked, rows, number = [], 0, 0
    while path and number < count:
        text, took = pages.get(path)
        rows += text.count("<tr id=")
        walked.append(took)
        path = older(text)
        number += 1
    return {
        "first_p50": share(first, 0.5), "first_p95": share(first, 0.95), "pages": number, "rows": rows,
        "walk_p50": share(walked, 0.5), "walk_p95": share(walked, 0.95), "last": walked[-1]}


def main():
    pages = Pages(sys.argv[1], sys.argv[2])
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 100
    form = pages.get(LIST)[0]
    template = re.search(r'<option value="((?!seldom)[a-z_0-9]+)"', form.split('id="template"')[1])
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 15 * 86400))
    seldom = option(form, "Seldom")
    kinds = {
        "no filter": {},
        "oldest first": {"sort": "oldest"},
        "status read": {"status": "read"},
        "status sent": {"status": "sent"},
        "status failed": {"status": "failed"},
        "status undelivered (rare)": {"status": "undelivered"},
        "status expired (none)": {"status": "expired"},
        "not sent": {"status": "not_sent"},
        "on its way (rare)": {"status": "on_its_way"},
        "critical": {"status": "critical"},
        "3 retries or more": {"minRetries": "3"},
        "full number": {"phone": "+393401234567"},
        "last 4 digits": {"phone": "4567"},
        "last 3 digits, failed": {"phone": "567", "status": "failed"},
        "template": {"template": template.group(1)},
        "template (rare)": {"template": "seldom_used"},
        "template (rare), failed": {"template": "seldom_used", "status": "failed"},
        "sender (rare)": {"sender": seldom},
        "kind (rare)": {"kind": "seldom"},
        "one day": {"from": day, "to": day},
        "one day, failed": {"from": day, "to": day, "status": "failed"},
        "one day, kind (rare)": {"from": day, "to": day, "kind": "seldom"},
        "kind (none), sent": {"kind": "nothing", "status": "sent"},
    }
    print(f"    {'filter':28}{'first p50':>10}{'p95':>8}{'pages':>7}{'rows':>7}{'all p50':>9}{'p95':>8}   ms")
    figures = {}
    for name, query in kinds.items():
        found = figures[name] = measure(pages, query, count)
        print(f"    {name:28}{found['first_p50']:10.1f}{found['first_p95']:8.1f}{found['pages']:7}{found['rows']:7}"
              f"{found['walk_p50']:9.1f}{found['walk_p95']:8.1f}", flush=True)
    worst = max(max(one["first_p95"], one["walk_p95"]) for one in figures.values())
    print(json.dumps({"worst_p95_ms": round(worst, 1), "filters": {
        name: {key: round(value, 1) for key, value in one.items()} for name, one in figures.items()}}))


main()
