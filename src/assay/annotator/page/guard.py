"""Access control of the page's server: only the page itself, opened with the address that was printed."""

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT = 1024 * 1024
_READS = frozenset({"GET", "HEAD"})
_FROM_HERE = frozenset({"same-origin", "none"})
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_MEDIA_POLICY = "default-src 'none'; script-src 'none'; frame-ancestors 'none'; sandbox"
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """The two secrets of a start, one in the address and one in the cookie, and their port."""

    token: str
    cookie: str
    port: int

    @property
    def cookie_name(self) -> str:
        """The cookie of this port; a browser shares cookies between the ports of a host."""
        return f"assay-{self.port}"

    @property
    def hosts(self) -> frozenset[str]:
        """The host names that this server accepts."""
        return frozenset({f"127.0.0.1:{self.port}", f"localhost:{self.port}"})


_Refusal: TypeAlias = tuple[int, str, str]
"""The status of a refused request, the error and the fix."""


class Guard:
    """Passes a request on to `app`, after calling `touched`, or refuses it; sets the headers of every response."""

    def __init__(self, app: ASGIApp, keys: Secrets, touched: Callable[[], None]) -> None:
        self._app = app
        self._keys = keys
        self._touched = touched
        self._origins = frozenset(f"http://{host}" for host in keys.hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request; the server that calls it opens no web sockets."""
        reply = _with_headers(send, scope["path"])
        refusal = self._refusal(scope)
        body = None if refusal else await _body(scope, receive)
        if body is None:
            status, error, fix = refusal or _TOO_LONG
            content = orjson.dumps({"error": error, "fix": fix})
            await Response(content, status, media_type="application/json")(scope, receive, reply)
            return
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return waiting.pop() if waiting else await receive()

        self._touched()
        await self._app(scope, replay, reply)

    def _refusal(self, scope: Scope) -> _Refusal | None:
        headers, path = Headers(scope=scope), scope["path"]
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        sites = headers.getlist("sec-fetch-site")
        reads = scope["method"] in _READS
        if len(hosts) != 1 or hosts[0] not in self._keys.hosts:
            return _HOST
        if (origins and (len(origins) > 1 or origins[0] not in self._origins)) or not (reads or origins):
            return _ORIGIN
        if not _FROM_HERE.issuperset(sites) or (not reads and "none" in sites):
            return _ORIGIN
        is_open = path == "/" or path.startswith("/static/") or (scope["method"] == "POST" and path == "/session")
        if not is_open and not self._knows(headers.getlist("cookie")):
            return _COOKIE
        kinds = [kind.partition(";")[0].strip().lower() for kind in headers.getlist("content-type")]
        return None if reads or kinds == ["application/json"] else _TYPE

    def _knows(self, cookies: Iterable[str]) -> bool:
        # A Cookie header also has what other servers on this computer set, in any form.
        pairs = (pair.strip().partition("=") for text in cookies for pair in text.split(";"))
        values = [value for key, _, value in pairs if key == self._keys.cookie_name]
        return any(hmac.compare_digest(value.encode(), self._keys.cookie.encode()) for value in values)


async def _body(scope: Scope, receive: Receive) -> bytes | None:
    """The whole body of a request; None where it is too long."""
    if scope["method"] in _READS:
        return b""
    stated = Headers(scope=scope).get("content-length", "0")
    if not stated.isdecimal() or int(stated) > BODY_LIMIT:
        return None
    parts = bytearray()
    more = True
    while more and len(parts) <= BODY_LIMIT:
        message = await receive()
        parts += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(parts) if len(parts) <= BODY_LIMIT else None


def _with_headers(send: Send, path: str) -> Send:
    is_static = path.startswith("/static/")

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            if path.startswith("/media/"):
                headers["Content-Security-Policy"] = _MEDIA_POLICY
            headers["Cache-Control"] = "no-cache" if is_static and message["status"] in {200, 304} else "no-store"
        await send(message)

    return sent


_OWN = "use the address that `assay annotate` printed"
_HOST = (421, "unknown host name for this server", _OWN)
_ORIGIN = (403, "only the page itself may send this request", _OWN)
_COOKIE = (401, "this browser has not opened the page", _OWN)
_TYPE = (415, "only application/json is accepted", "send JSON")
_TOO_LONG = (413, "the request is larger than 1 MiB", "shorten the answer")
