"""Attacks the live API as strangers, other businesses and careless programs would. Prints "N passed, M failed".

    attack.py ENV        the file with the addresses and keys of the running system
"""

import concurrent.futures
import json
import re
import sys
import urllib.request

from client import UNKNOWN, Description, Results, Server, is_id, put
from keys import ALL, Keys, made_up

SQL = [
    "'; DROP TABLE messages; --",
    "' OR '1'='1",
    "\") OR 1=1 --",
    "\\'; SELECT pg_sleep(25); --",
    "x' UNION SELECT hash::text FROM api_keys --",
    "$1; COPY api_keys TO STDOUT; --",
    "%27%3B%20DELETE%20FROM%20tenants--",
]
# What no answer may ever hold: the insides of the database and of the program.
INSIDES = re.compile(
    rb"syntax error at|SQLSTATE|PSQLException|pg_[a-z]+_|relation \"|column \"[a-z_]+\" |libpq|Fatal error|"
    rb"/Shared/|/Services/|\.swift|stack trace", re.I)


class Attack:
    def __init__(self, env):
        self.results = Results()
        self.ingest, self.monitor = Server(env["INGEST_URL"]), Server(env["MONITOR_URL"])
        self.keys = Keys(env["DATABASE_URL"])
        self.first, self.second = env["DEMO_TENANT_ID"], env["SECOND_DEMO_TENANT_ID"]
        self.key = self.keys.make(self.first, ALL)
        self.other = self.keys.make(self.second, ALL)
        self.description = Description(self.read(env["INGEST_URL"]))
        self.monitoring = Description(self.read(env["MONITOR_URL"]))
        self.operations = [one for one in self.description.operations if not one.is_public]
        self.catalogue = [
            entry["code"] for entry in self.ingest.send("GET", "/v1/errors?source=tidings").json["data"]]
        self.ids = {}

    @staticmethod
    def read(url):
        with urllib.request.urlopen(url + "/openapi.json", timeout=60) as answer:
            return json.load(answer)

    # What holds for every answer whatever was asked.
    def sane(self, name, answer, seconds=20):
        is_ours = 200 <= answer.status < 500
        self.results.check(f"{name} is answered", is_ours, f"status {answer.status} {answer.body[:200]!r}")
        self.results.check(f"{name} is quick", answer.seconds < seconds, f"{answer.seconds:.1f} s")
        leak = INSIDES.search(answer.body)
        self.results.check(f"{name} keeps our insides to itself", leak is None, leak and answer.body[:300])
        if answer.status >= 400:
            kind = answer.headers.get("Content-Type", "")
            self.results.check(f"{name} is a problem", kind == "application/problem+json", f"{answer.status} {kind}")
            self.results.check(f"{name} has a code of the catalogue", self.is_listed(answer.code), answer.code)

    def is_listed(self, code):
        def covers(entry):
            head, _, rest = entry.partition("<")
            tail = rest.partition(">")[2]
            return code == entry or ("<" in entry and code.startswith(head) and code.endswith(tail))
        return isinstance(code, str) and any(covers(entry) for entry in self.catalogue)

    def each(self, jobs):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(job) for job in jobs]:
                done.result()

    # --- keys ---------------------------------------------------------------------------------------------------

    def bad_keys(self):
        good = self.key
        bad = {
            "no key": None,
            "a forged key": made_up(),
            "a key with its last letter changed": good[:-1] + ("A" if good[-1] != "A" else "B"),
            "an expired key": self.keys.make(self.first, ALL, expires="now() - interval '1 second'"),
            "a revoked key": self.keys.make(self.first, ALL, revoked="now()"),
            "no letters of a key": "../../etc/passwd",
            "SQL as a key": "' OR 1=1 --",
            "a key without end": "tdg_" + "a" * 4000,
        }
        for operation in self.operations:
            answers = set()
            for name, key in bad.items():
                answer = self.ingest.send(operation.method, operation.target({}), operation.example(), key)
                self.sane(f"{operation.name} with {name}", answer)
                self.results.check(f"{operation.name} with {name} is 401", answer.status == 401, answer.status)
                if key is not None:
                    answers.add(answer.without_request_id())
            self.results.check(f"{operation.name} tells bad keys apart from none only", len(answers) == 1, answers)

    def small_keys(self):
        idle = self.keys.make(self.first, [])
        reading = self.keys.make(self.first, [f"{area}:read" for area in ALL])
        for operation in self.operations:
            wanted = operation.scope
            area = (wanted or "").partition(":")[0]
            # Who may send may see templates; everything else stays what it says.
            others = self.keys_without(area)
            for name, key in [("no scope", idle), (f"every scope but {area}", others)]:
                answer = self.ingest.send(operation.method, operation.target({}), operation.example(), key)
                may_read = wanted == "templates:read" and name != "no scope"
                self.results.check(
                    f"{operation.name} with {name} is refused",
                    (answer.status, answer.code) == (403, "scope_missing") or may_read, f"{answer.status} {answer.code}")
            answer = self.ingest.send(operation.method, operation.target({}), operation.example(), reading)
            is_refused = (answer.status, answer.code) == (403, "scope_missing")
            self.results.check(
                f"{operation.name} with scopes to read only", is_refused != wanted.endswith(":read"),
                f"needs {wanted}, answers {answer.status} {answer.code}")

    def keys_without(self, area):
        made = self.__dict__.setdefault("made", {})
        if area not in made:
            made[area] = self.keys.make(self.first, [one for one in ALL if one != area])
        return made[area]

    # --- other businesses ---------------------------------------------------------------------------------------

    def make_things(self):
        """Something of the first business behind every path that names something, made by the examples."""
        for operation in self.operations:
            if operation.method != "POST" or operation.places:
                continue
            answer = self.ingest.send("POST", operation.path, operation.example(), self.key)
            self.sane(f"the example of {operation.name}", answer)
            found = answer.json if isinstance(answer.json, dict) and answer.status < 300 else {}
            for name in ("id", "batch_id", "plan_id"):
                if is_id(found.get(name)):
                    base = "/v1/batches" if name == "batch_id" else operation.path
                    self.ids.setdefault(base, found[name])
        for operation in self.operations:
            if operation.method != "GET" or operation.places:
                continue
            found = self.ingest.send("GET", operation.path, key=self.key).json
            rows = found.get("data") if isinstance(found, dict) else None
            for row in rows if isinstance(rows, list) else []:
                if isinstance(row, dict) and is_id(row.get("id")):
                    self.ids.setdefault(operation.path, row["id"])

    def ids_for(self, operation, otherwise):
        """For each place in the path an id of the first business, by the path before it."""
        ids, base = {}, ""
        for piece in operation.path.split("/")[1:]:
            if piece.startswith("{"):
                ids[piece[1:-1]] = self.ids.get(base, otherwise)
            base += "/" + piece
        return ids

    def foreign_ids(self):
        for operation in self.operations:
            if not operation.places:
                continue
            theirs = self.ids_for(operation, UNKNOWN)
            is_known = UNKNOWN not in theirs.values()
            body = operation.example()
            foreign = self.ingest.send(operation.method, operation.target(theirs), body, self.other)
            unknown = self.ingest.send(operation.method, operation.target({}), body, self.other)
            name = f"{operation.name} with another business's id"
            self.sane(name, foreign)
            same = foreign.without_request_id() == unknown.without_request_id()
            self.results.check(f"{name} answers as for an unknown id", same, f"{foreign.body[:200]} / {unknown.body[:200]}")
            self.results.check(f"{name} is 404", foreign.status == 404, f"{foreign.status} {foreign.code}")
            if operation.method == "GET" and is_known:
                own = self.ingest.send("GET", operation.target(theirs), None, self.key)
                self.results.check(f"{operation.name} with an own id is there", own.status < 300, f"{own.status} {own.code}")
        # All of it is still there for its owner.
        for path, known in self.ids.items():
            reading = [one for one in self.operations if one.method == "GET" and one.path.startswith(path + "/{")]
            for operation in reading[:1]:
                if len(operation.places) == 1:
                    own = self.ingest.send("GET", operation.target({operation.places[0]: known}), None, self.key)
                    self.results.check(f"{path} has outlived the attack", own.status < 300, own.status)

    def foreign_ids_in_bodies(self):
        theirs = sorted(set(self.ids.values()) | {self.first})
        for operation in self.operations:
            if not operation.body:
                continue
            properties = self.description.properties(operation.body["schema"])
            names = [name for name, shape in properties.items() if shape.get("$ref", "").endswith("/Id")]
            for name in names:
                answers = set()
                for value in theirs + [UNKNOWN]:
                    answer = self.ingest.send(
                        operation.method, operation.target({}), put(operation.example(), [name], value), self.other)
                    self.sane(f"{operation.name} with another's `{name}`", answer)
                    text = answer.without_request_id()
                    text = text if isinstance(text, str) else text.decode(errors="replace")
                    answers.add((answer.status, text.replace(value, "<id>")))
                self.results.check(f"{operation.name} with another's `{name}` as with an unknown one", len(answers) == 1, answers)

    def foreign_ids_in_queries(self):
        for operation in self.operations:
            if operation.method != "GET":
                continue
            ids = [one["name"] for one in operation.parameters
                   if one["in"] == "query" and (one["name"].endswith("_id") or one["schema"].get("$ref", "").endswith("/Id"))]
            for name in ids:
                answers = set()
                for value in sorted(set(self.ids.values())) + [UNKNOWN]:
                    answer = self.ingest.send("GET", operation.target({}, {name: value}), None, self.other)
                    self.sane(f"{operation.name} with another's `{name}`", answer)
                    found = answer.json
                    rows = found.get("data") if isinstance(found, dict) else None
                    answers.add((answer.status, answer.code, len(rows) if isinstance(rows, list) else None))
                self.results.check(f"{operation.name} with another's `{name}` as with an unknown one", len(answers) == 1, answers)

    def nothing_of_the_other(self):
        """Everything the second business can list, against every id of the first."""
        for operation in self.operations:
            if operation.method != "GET" or operation.places:
                continue
            answer = self.ingest.send("GET", operation.target({}), None, self.other)
            self.sane(f"{operation.name} of the second business", answer)
            seen = [known for known in list(self.ids.values()) + [self.first] if known.encode() in answer.body]
            self.results.check(f"{operation.name} shows nothing of the first business", not seen, seen)

    # --- texts --------------------------------------------------------------------------------------------------

    def sql_in_fields(self):
        def fields(operation):
            for place in self.description.string_places(operation.body["schema"]):
                for text in SQL:
                    answer = self.ingest.send(
                        operation.method, operation.target(self.ids_for(operation, UNKNOWN)),
                        put(operation.example(), place, text), self.key)
                    self.sane(f"{operation.name} with SQL in {place}", answer)

        def parameters(operation):
            for name in operation.query_names:
                for text in SQL:
                    answer = self.ingest.send(
                        operation.method, operation.target(self.ids_for(operation, UNKNOWN), {name: text}),
                        operation.example(), self.key)
                    self.sane(f"{operation.name} with SQL in ?{name}", answer)
            for name in operation.places:
                for text in SQL:
                    answer = self.ingest.send(operation.method, operation.target({name: text}), operation.example(), self.key)
                    self.sane(f"{operation.name} with SQL in {{{name}}}", answer)
                    is_refused = answer.status in (400, 404, 422)
                    self.results.check(f"{operation.name} with SQL in {{{name}}} finds nothing", is_refused, answer.status)
        # What ends a key or a sender would end the attack itself.
        harmless = [one for one in self.operations if not one.path.startswith("/v1/keys/")]
        self.each([lambda one=one: fields(one) for one in harmless if one.body]
                  + [lambda one=one: parameters(one) for one in harmless])

    def malformed_bodies(self):
        bodies = {
            "nothing": b"",
            "half an object": b'{"to": "+39340',
            "a list": b"[1, 2, 3]",
            "a number": b"7",
            "null": b"null",
            "a text": b'"hello"',
            "no UTF-8": b'{"to": "\xff\xfe"}',
            "a lone surrogate": b'{"to": "\\ud800"}',
            "the character U+0000": b'{"to": "a\\u0000b"}',
            "a key twice": b'{"to": "1", "to": "2"}',
            "a number beyond all": b'{"to": 1e999999, "priority": ' + b"9" * 4000 + b"}",
            "nesting without end": b'{"a":' * 30000 + b"1" + b"}" * 30000,
            "a list of lists": b"[" * 30000 + b"]" * 30000,
            "ten thousand fields": json.dumps({f"field{number}": number for number in range(10000)}).encode(),
            "a text of a megabyte": b'{"to": "' + b"x" * 1_000_000 + b'"}',
        }

        def attack(operation):
            for name, body in bodies.items():
                answer = self.ingest.send(operation.method, operation.target(self.ids_for(operation, UNKNOWN)), body, self.key)
                self.sane(f"{operation.name} with {name}", answer)
                may_be_empty = name == "nothing"
                self.results.check(
                    f"{operation.name} with {name} is refused",
                    answer.status in (400, 404, 409, 413, 415, 422) or may_be_empty, answer.status)
            for kind in ("text/plain", "application/xml", "multipart/form-data; boundary=x", ""):
                answer = self.ingest.send(
                    operation.method, operation.target({}), b"<x/>", self.key, {"Content-Type": kind})
                self.sane(f"{operation.name} as {kind!r}", answer)
            # Larger than the server reads: it answers, or closes while the body is still coming.
            answer = self.ingest.send(operation.method, operation.target({}), b'{"x":"' + b"x" * (40 << 20) + b'"}', self.key)
            self.results.check(
                f"{operation.name} with forty megabytes is refused", answer.status in (0, 413, 422, 404), answer.status)
        # A body is read by kind; a fifth of the routes with the very large ones says as much as all of them.
        self.each([lambda one=one: attack(one) for one in self.operations if one.body])

    def escalation(self):
        making = next((one for one in self.operations if one.name == "POST /v1/keys"), None)
        if making is None:
            return
        small = self.keys.make(self.first, ["keys", "messages:read"])
        for scopes in (["messages"], ["settings"], ALL, ["audit"], ["*"], ["admin"]):
            answer = self.ingest.send("POST", "/v1/keys", {"name": "more", "scopes": scopes}, small)
            self.sane(f"a key that hands on {scopes}", answer)
            self.results.check(f"a key cannot hand on {scopes}", answer.status in (403, 422), f"{answer.status} {answer.code}")

    # --- monitor ------------------------------------------------------------------------------------------------

    def monitor_routes(self):
        """A business's key opens nothing of the administration, and no key opens nothing at all."""
        for operation in [one for one in self.monitoring.operations if not one.is_public]:
            for name, key in [("no key", None), ("a forged key", made_up()), ("a forged admin key", made_up("tda_")),
                              ("SQL", "' OR 1=1 --")]:
                answer = self.monitor.send(operation.method, operation.target({}), operation.example(), key)
                self.sane(f"monitor {operation.name} with {name}", answer)
                # Who tries too many keys is locked out for a while, which is as good.
                self.results.check(f"monitor {operation.name} with {name} is 401", answer.status in (401, 429), answer.status)
            if operation.scope is None:
                answer = self.monitor.send(operation.method, operation.target({}), operation.example(), self.key)
                self.sane(f"monitor {operation.name} with a business's key", answer)
                self.results.check(
                    f"monitor {operation.name} is not for a business's key", answer.status in (401, 403, 404, 429), answer.status)

    def everything_stands(self):
        for table in ("tenants", "api_keys", "messages", "senders", "templates"):
            count = int(self.keys.execute(f"SELECT count(*) FROM {table}"))
            self.results.check(f"{table} has its rows", count > 0, count)
        self.results.check("the key still works", self.ingest.send("GET", "/v1/limits", key=self.key).status == 200)
        self.results.check("the other one too", self.ingest.send("GET", "/v1/limits", key=self.other).status == 200)
        for server in (self.ingest, self.monitor):
            self.results.check("the service is ready", server.send("GET", "/readyz").status == 200)

    def run(self):
        for step in (self.bad_keys, self.small_keys, self.make_things, self.foreign_ids, self.foreign_ids_in_bodies,
                     self.foreign_ids_in_queries, self.nothing_of_the_other, self.escalation, self.sql_in_fields,
                     self.malformed_bodies, self.monitor_routes, self.everything_stands):
            before, failed = self.results.passed, len(self.results.failures)
            step()
            print(f"{step.__name__}: {self.results.passed - before} passed, {len(self.results.failures) - failed} failed",
                  flush=True)
        return self.results.report()


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        env = dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line)
    sys.exit(Attack(env).run())


if __name__ == "__main__":
    main()
