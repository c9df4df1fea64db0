"""The annotator's page as its tests see it: an open batch, and a browser's side of the conversation."""

import contextlib
import http.client
import json
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path

OPEN = (
    "purpose: {purpose}\nstatus: open\ncreated: 2026-04-02\nguideline: 0.2.0\nannotators: [ada, ben]\nseed: 7\n{more}"
)
ITEMS = ("i1", "i2", "i3", "i4", "i5")


def planned(purpose="label", more="", items=ITEMS, who=("ada", "ben"), batch="r4"):
    """An open batch of the mood project."""
    plan = [json.dumps({"item": item, "annotators": list(who)}, separators=(",", ":")) for item in sorted(items)]
    return {
        f"labels/mood/{batch}/batch.yaml": OPEN.format(purpose=purpose, more=more),
        f"labels/mood/{batch}/assignments.jsonl": "".join(f"{line}\n" for line in plan),
    }


@dataclass(frozen=True)
class Reply:
    """What the server answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Client:
    """A browser's side of the conversation, without the browser."""

    root: Path
    pid: int
    address: str
    errors: Path
    cookie: str = ""
    link: http.client.HTTPConnection = field(init=False)

    def __post_init__(self):
        self.link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    @property
    def port(self):
        return int(self.address.partition("/#")[0].rpartition(":")[2])

    @property
    def token(self):
        return self.address.partition("#")[2]

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.port}"

    def send(self, method, path, headers, body=b""):
        """One request with exactly these headers; a list of pairs may repeat a name."""
        self.link.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            self.link.putheader(name, value)
        self.link.putheader("Content-Length", str(len(body)))
        self.link.endheaders(body)

    def reply(self):
        got = self.link.getresponse()
        return Reply(got.status, got.headers, got.read())

    def ask(self, method, path, body=None, **headers):
        """One request as the page makes it."""
        usual = {"Host": f"127.0.0.1:{self.port}", "Cookie": self.cookie}
        if method != "GET":
            usual |= {"Origin": self.origin, "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}
        named = {**usual, **{name.replace("_", "-").title(): value for name, value in headers.items()}}
        content = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
        self.send(method, path, [(n, v) for n, v in named.items() if v], b"" if method == "GET" else content)
        return self.reply()

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def put(self, n, answer, **headers):
        return self.ask("PUT", f"/items/{n}/answer", answer, **headers)

    def enter(self):
        """Trades the token for the cookie."""
        reply = self.ask("POST", "/session", {"token": self.token})
        assert reply.status == 204
        self.cookie = reply.headers["Set-Cookie"].partition(";")[0]
        return self

    def place(self, item):
        """Where an item stands in this annotator's order."""
        total = self.get("/progress").json["total"]
        return next(n for n in range(total) if self.get(f"/items/{n}").json["item"] == item)

    def kill(self):
        """Ends the server as a power cut would."""
        self.link.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
