"""Sends broken HTTP to a server over loopback: real requests, cut, joined, repeated and overwritten at random.

The seed decides every byte that is sent. What the network makes of it in time is not repeatable, so a finding is kept
as the exact bytes of the connections just before it.
"""

import argparse
import collections
import os
import random
import socket
import subprocess
import sys
import time

HOST = b"Host: a\r\n"
POST = b"POST /echo HTTP/1.1\r\n" + HOST
GET = b"GET /health HTTP/1.1\r\n" + HOST
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"

REQUESTS = [
    GET + b"\r\n",
    b"GET /items/a%2Fb HTTP/1.1\r\n" + HOST + b"X-Request-Id: abc-1\r\n\r\n",
    b"GET /query?a=1&b=%26+x&&c HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /reflect?value=a%0d%0aSet-Cookie:%20b HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /headers HTTP/1.1\r\n" + HOST + b"A: b\r\nC:d\r\nE:  f  \r\n\r\n",
    b"GET /events HTTP/1.1\r\n" + HOST + b"\r\n",
    b"HEAD /health HTTP/1.1\r\n" + HOST + b"Connection: keep-alive, close\r\n\r\n",
    b"GET http://b/health HTTP/1.1\r\n" + HOST + b"\r\n",
    b"POST /echo HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc",
    POST + b"Content-Length: 2\r\n\r\nAB",
    POST + b"Content-Length: 5000\r\n\r\n" + b"x" * 5000,
    POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\nAB",
    POST + b"Content-Length: 4\r\n" + CHUNKED + b"1\r\nA\r\n0\r\n\r\n",
    POST + CHUNKED + b"1\r\nA\r\n0\r\n\r\n",
    POST + CHUNKED + b"a\r\n0123456789\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n",
    POST + CHUNKED + b"1;a=\"b\"\r\nA\r\n0\r\n\r\n",
    POST + CHUNKED + b"1000\r\n" + b"y" * 4096 + b"\r\n0\r\n\r\n",
    b"GET /health HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n",
    b"GET /health HTTP/1.1\r\n" + HOST + b"".join(b"X%d: a\r\n" % n for n in range(90)) + b"\r\n",
]

PIECES = [
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\0", b":", b" ", b"\t", b";", b"chunked", b"Content-Length: ",
    b"Content-Length: 18446744073709551616\r\n", b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", b"ffffffff\r\n",
    b"ffffffffffffffff\r\n", b";a=\"", b"HTTP/1.1", b"HTTP/2.0", b"\xff", b"\xc0\x80", HOST, b"-1", b"%", b"%00",
    b"%2e%2e/", b"Expect: 100-continue\r\n", b"Connection: close\r\n", b"a" * 300, b"A" * 9000,
]

# What a server may say to any of this. An answer of any other status is a finding.
STATUSES = {100, 200, 400, 404, 405, 408, 413, 414, 417, 429, 431, 500, 501, 503, 505}
KEPT = 40


def mutated(random_source, request):
    data = bytearray(request)
    for _ in range(random_source.choice((0, 1, 1, 2, 3, 5, 8))):
        place = random_source.randrange(len(data) + 1)
        kind = random_source.random()
        if kind < 0.35:
            data[place:place] = random_source.choice(PIECES)
        elif kind < 0.55 and data:
            data[place % len(data)] = random_source.randrange(256)
        elif kind < 0.75:
            del data[place:place + random_source.randint(1, 12)]
        elif kind < 0.9:
            data[place:place] = data[max(0, place - random_source.randint(1, 60)):place]
        else:
            other = random_source.choice(REQUESTS)
            data[place:] = other[random_source.randrange(len(other)):]
    return bytes(data)


def pieces_of(random_source, data):
    """How the bytes are cut into sends: mostly whole, sometimes into crumbs."""
    if random_source.random() < 0.7:
        return [data]
    pieces = []
    start = 0
    while start < len(data):
        end = start + random_source.choice((1, 2, 3, 17, 200, 4000))
        pieces.append(data[start:end])
        start = end
    return pieces


def converse(random_source, port, requests, statuses):
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(0.015)
        try:
            for request in requests:
                for piece in pieces_of(random_source, request):
                    connection.sendall(piece)
            if random_source.random() < 0.3:
                connection.shutdown(socket.SHUT_WR)
            # Some leave without having read a word.
            if random_source.random() < 0.2:
                return
            received = connection.recv(65536)
        except (socket.timeout, ConnectionError, OSError):
            return
    if received.startswith(b"HTTP/1.1 ") and received[9:12].isdigit():
        statuses[int(received[9:12])] += 1
    elif received:
        statuses["not HTTP"] += 1


def reported(log):
    with open(log, "rb") as file:
        text = file.read().decode(errors="replace")
    marks = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:", "Fatal error", "Crash:")
    return text if any(mark in text for mark in marks) else None


def is_healthy(port):
    """Asked for a while: the fuzzer's own connections may still hold all places."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as connection:
                connection.settimeout(5)
                connection.sendall(GET + b"Connection: close\r\n\r\n")
                if connection.recv(4096).startswith(b"HTTP/1.1 200 "):
                    return True
        except OSError:
            pass
        time.sleep(0.1)
    return False


def fuzz(arguments, server, port):
    random_source = random.Random(arguments.seed)
    statuses = collections.Counter()
    recent = collections.deque(maxlen=KEPT)
    connections = requests_sent = 0
    problem = None
    deadline = time.monotonic() + arguments.seconds
    while time.monotonic() < deadline and problem is None:
        requests = [
            mutated(random_source, random_source.choice(REQUESTS)) for _ in range(random_source.randint(1, 3))
        ]
        recent.append(requests)
        connections += 1
        requests_sent += len(requests)
        try:
            converse(random_source, port, requests, statuses)
        except OSError as error:
            if server.poll() is None and is_healthy(port):
                continue
            problem = f"no connection: {error}"
        if server.poll() is not None:
            problem = f"the server died with {server.returncode}"
    strange = [status for status in statuses if status not in STATUSES]
    if problem is None and strange:
        problem = f"answers that should not be: {strange}"
    if problem is None and not is_healthy(port):
        problem = "the server no longer answers a plain request"
    told = ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items(), key=str))
    print(f"connections {connections}, requests {requests_sent}, answers by status: {told}")
    return problem, recent


def stop(server):
    """The target drains when its input ends; leaks are looked for as it exits."""
    if server.poll() is None:
        server.stdin.close()
    try:
        return server.wait(60)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
        return "a hang"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--target", required=True)
    parser.add_argument("--log", required=True)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    if arguments.seed is None:
        arguments.seed = int.from_bytes(os.urandom(4), "big")
    print(f"seed {arguments.seed}, {arguments.seconds:g} s")
    with open(arguments.log, "wb") as log:
        server = subprocess.Popen(
            [arguments.target], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
    first = server.stdout.readline().split()
    if len(first) != 2 or first[0] != "port":
        print(f"the server did not start; see {arguments.log}")
        stop(server)
        return 1
    problem, recent = fuzz(arguments, server, int(first[1]))
    ended = stop(server)
    if problem is None and ended != 0:
        problem = f"the server ended with {ended}"
    report = reported(arguments.log)
    if problem is None and report is not None:
        problem = "the sanitizer reported"
    if problem is None:
        print("no finding")
        return 0
    print(f"FOUND: {problem}")
    if report is not None:
        print(report[:6000])
    kept = arguments.log + ".requests"
    with open(kept, "w") as file:
        for requests in recent:
            file.write(repr(requests) + "\n")
    print(f"the last connections are in {kept}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
