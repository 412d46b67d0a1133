"""What the attacks share: a connection that stays open, the description, and the count of what passed."""

import http.client
import json
import threading
import time
import urllib.parse
import uuid

UNKNOWN = "0199aaaa-0000-7000-8000-00000000dead"


class Answer:
    def __init__(self, status, headers, body, seconds):
        self.status, self.headers, self.body, self.seconds = status, headers, body, seconds

    @property
    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def code(self):
        return self.json.get("code") if isinstance(self.json, dict) else None

    def without_request_id(self):
        """The answer as far as it can tell one caller more than another."""
        found = self.json
        if isinstance(found, dict):
            found.pop("request_id", None)
            return json.dumps(found, sort_keys=True)
        return self.body


class Server:
    """One connection for each thread; opened again when the server has closed it."""

    def __init__(self, url):
        self.address = urllib.parse.urlsplit(url).netloc
        self.local = threading.local()

    def send(self, method, target, body=None, key=None, headers=None):
        headers = dict(headers or {})
        if key is not None:
            headers["Authorization"] = "Bearer " + key
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        for last in (False, True):
            connection = getattr(self.local, "connection", None)
            is_used = connection is not None
            if not is_used:
                connection = self.local.connection = http.client.HTTPConnection(self.address, timeout=60)
            begun = time.monotonic()
            try:
                connection.request(method, target, body, headers)
                answer = connection.getresponse()
                text = answer.read()
                if answer.will_close:
                    self.local.connection = None
                return Answer(answer.status, answer.headers, text, time.monotonic() - begun)
            except (http.client.HTTPException, OSError):
                # A connection that rested may have been closed; a new one that is cut is an answer of its own.
                connection.close()
                self.local.connection = None
                if last or not is_used:
                    return Answer(0, {}, b"", time.monotonic() - begun)


class Results:
    def __init__(self):
        self.passed, self.failures, self.lock = 0, [], threading.Lock()

    def check(self, name, holds, saw=""):
        with self.lock:
            if holds:
                self.passed += 1
            elif len(self.failures) < 500:
                self.failures.append(f"{name}: {saw}"[:600])

    def report(self):
        for failure in self.failures:
            print("FAILED", failure)
        print(f"{self.passed} passed, {len(self.failures)} failed")
        return 1 if self.failures or not self.passed else 0


class Operation:
    def __init__(self, document, path, method, written):
        self.document, self.path, self.method, self.written = document, path, method.upper(), written
        self.name = f"{self.method} {path}"
        self.is_public = written.get("security") == []
        self.scope = written.get("x-scope")
        content = (written.get("requestBody") or {}).get("content", {})
        self.body = content.get("application/json")
        self.other_bodies = {kind: part for kind, part in content.items() if kind != "application/json"}
        self.parameters = [document.resolve(one) for one in written.get("parameters", [])]
        self.places = [piece[1:-1] for piece in path.split("/") if piece.startswith("{")]

    def example(self):
        if not self.body:
            return None
        if "example" in self.body:
            return json.loads(json.dumps(self.body["example"]))
        for one in self.body.get("examples", {}).values():
            return json.loads(json.dumps(one["value"]))
        return {}

    def target(self, ids, query=None):
        path = self.path
        for place in self.places:
            path = path.replace("{" + place + "}", urllib.parse.quote(ids.get(place, UNKNOWN), safe=""), 1)
        return path + ("?" + urllib.parse.urlencode(query) if query else "")

    @property
    def query_names(self):
        return [one["name"] for one in self.parameters if one["in"] == "query"]


class Description:
    def __init__(self, document):
        self.document = document
        self.operations = [
            Operation(self, path, method, written)
            for path, item in document["paths"].items() for method, written in item.items()]

    def resolve(self, value):
        while isinstance(value, dict) and "$ref" in value:
            found = self.document
            for piece in value["$ref"][2:].split("/"):
                found = found[piece]
            value = found
        return value

    def properties(self, schema):
        """Every property that an object of this shape may have, with its shape."""
        schema = self.resolve(schema)
        found = dict(schema.get("properties", {}))
        for part in schema.get("allOf", []) + schema.get("oneOf", []) + schema.get("anyOf", []):
            for name, shape in self.properties(part).items():
                found.setdefault(name, shape)
        return found

    def string_places(self, schema, depth=0):
        """The paths of every field that may hold a text."""
        places = []
        if depth > 4:
            return places
        for name, shape in self.properties(schema).items():
            shape = self.resolve(shape)
            types = shape.get("type", "object")
            types = [types] if isinstance(types, str) else types
            if "string" in types:
                places.append([name])
            if "object" in types or "oneOf" in shape or "allOf" in shape:
                places += [[name] + rest for rest in self.string_places(shape, depth + 1)]
            if "array" in types:
                items = self.resolve(shape.get("items", {}))
                if items.get("type") == "string":
                    places.append([name, 0])
                else:
                    places += [[name, 0] + rest for rest in self.string_places(items, depth + 1)]
        return places


def put(body, path, value):
    """The same body with the value at the path; what is missing on the way is made."""
    body = json.loads(json.dumps(body))
    if not isinstance(body, dict):
        body = {}
    here = body
    for index, piece in enumerate(path):
        if index == len(path) - 1:
            if isinstance(piece, int):
                del here[:]
                here.append(value)
            else:
                here[piece] = value
            break
        wanted = [] if isinstance(path[index + 1], int) else {}
        if isinstance(piece, int):
            if not here or type(here[0]) is not type(wanted):
                here[:] = [wanted]
            here = here[0]
        else:
            if type(here.get(piece)) is not type(wanted):
                here[piece] = wanted
            here = here[piece]
    return body


def is_id(text):
    try:
        return isinstance(text, str) and str(uuid.UUID(text)) == text
    except ValueError:
        return False
