"""What open pages cost the monitor: a hundred of them listen and ask for themselves again while messages move.

Asked for by `deploy/bench pages`; the system's addresses come from its env file. Pages behave as PageScript's: they ask
when they are told, and not before half a second after the last answer. With --eager they ask every half second without
being told, which is what every page would do if the feed held nothing back.
"""

import argparse
import asyncio
import json
import os
import time
import urllib.parse
import urllib.request

PAUSE = 0.5


def read_env(path):
    with open(path, encoding="utf-8") as file:
        return dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line)


def sign_in(monitor, key):
    class NoRedirect(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    body = urllib.parse.urlencode({"key": key}).encode()
    request = urllib.request.Request(monitor + "/sign-in", data=body, headers={"Origin": monitor})
    try:
        urllib.request.build_opener(NoRedirect).open(request, timeout=10)
    except urllib.error.HTTPError as answer:
        return answer.headers["Set-Cookie"].split(";")[0]
    raise SystemExit("the monitor let nobody in")


class Connection:
    """One kept connection, on which requests follow each other."""

    def __init__(self, url, cookie):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port, self.cookie = parts.hostname, parts.port, cookie
        self.reader = self.writer = None

    async def request(self, path, *headers):
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        lines = [f"GET {path} HTTP/1.1", f"Host: {self.host}:{self.port}", f"Cookie: {self.cookie}", *headers, "", ""]
        self.writer.write("\r\n".join(lines).encode())
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
        return int(head[0].split(" ")[1]), fields

    async def get(self, path):
        status, fields = await self.request(path, "Accept: text/html", "Tidings-Live: 1")
        body = await self.reader.readexactly(int(fields["content-length"]))
        if status != 200:
            raise SystemExit(f"a page answers {status}")
        return len(body)


class Figures:
    def __init__(self):
        self.milliseconds, self.bytes, self.ages = [], 0, []

    def percentile(self, share, of=None):
        values = sorted(self.milliseconds if of is None else of)
        return round(values[min(len(values) - 1, int(len(values) * share))], 1) if values else None


async def listen(url, cookie, stale):
    connection = Connection(url, cookie)
    status, _ = await connection.request("/dashboard/events", "Accept: text/event-stream")
    if status != 200:
        raise SystemExit(f"the stream of events answers {status}")
    while line := await connection.reader.readline():
        if line.startswith(b"event: changed"):
            stale.set()


async def show(url, cookie, path, stale, is_eager, figures):
    connection = Connection(url, cookie)
    while True:
        if not is_eager:
            await stale.wait()
            stale.clear()
        begun = time.monotonic()
        figures.bytes += await connection.get(path)
        figures.milliseconds.append((time.monotonic() - begun) * 1000)
        await asyncio.sleep(PAUSE)


async def send(env, rate):
    """Messages of the demo business, in batches ten times a second."""
    loop = asyncio.get_running_loop()

    def batch(number):
        messages = [
            {"to": f"+39340{1000000 + (number * 97 + index) % 8999999}", "type": "template", "kind": "confirmation",
             "template": {"name": "event_reminder_24h", "language": "en", "variables": {"attendee_name": "Ada"}}}
            for index in range(rate // 10)]
        request = urllib.request.Request(
            env["INGEST_URL"] + "/v1/messages/batch", data=json.dumps({"messages": messages}).encode(),
            headers={"Authorization": "Bearer " + env["DEMO_API_KEY"], "Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=10).read()

    number, begun = 0, time.monotonic()
    while True:
        await loop.run_in_executor(None, batch, number)
        number += 1
        await asyncio.sleep(max(0, begun + number / 10 - time.monotonic()))


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(options, env, pid):
    cookie = sign_in(env["MONITOR_URL"], env["DEMO_API_KEY"])
    figures = Figures()
    tasks = [asyncio.create_task(send(env, options.rate))] if options.rate else []
    for _ in range(options.pages):
        stale = asyncio.Event()
        tasks.append(asyncio.create_task(listen(env["MONITOR_URL"], cookie, stale)))
        tasks.append(asyncio.create_task(
            show(env["MONITOR_URL"], cookie, options.path, stale, options.eager, figures)))
    await asyncio.sleep(options.warm_up)
    figures.milliseconds.clear()
    figures.bytes = 0
    before, begun = processor_seconds(pid), time.monotonic()
    finished, _ = await asyncio.wait(tasks, timeout=options.seconds, return_when=asyncio.FIRST_COMPLETED)
    spent, passed = processor_seconds(pid) - before, time.monotonic() - begun
    for task in finished:
        task.result()
    for task in tasks:
        task.cancel()
    asked = len(figures.milliseconds)
    return {
        "pages": options.pages, "messages_per_second": options.rate, "is_eager": options.eager, "path": options.path,
        "seconds": round(passed, 1), "core_percent": round(100 * spent / passed, 1),
        "asked_per_second": round(asked / passed, 1),
        "seconds_between": round(options.pages * passed / asked, 2) if asked else None,
        "answer_ms_p50": figures.percentile(0.5), "answer_ms_p99": figures.percentile(0.99),
        "kilobytes_per_second": round(figures.bytes / passed / 1000, 1),
    }


def main():
    parser = argparse.ArgumentParser(prog="deploy/bench pages", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--rate", type=int, default=200, help="messages a second")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--warm-up", type=float, default=5)
    parser.add_argument("--eager", action="store_true", help="pages ask every half second, whatever they are told")
    parser.add_argument("--path", default="/dashboard/whatsapp-logs")
    options = parser.parse_args()
    directory = os.environ["SYSTEM_DIRECTORY"]
    with open(f"{directory}/monitor.pid", encoding="ascii") as file:
        pid = int(file.read())
    print(json.dumps(asyncio.run(measure(options, read_env(f"{directory}/env"), pid))))


if __name__ == "__main__":
    main()
