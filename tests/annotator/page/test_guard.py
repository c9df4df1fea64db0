import asyncio
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest
from starlette.responses import PlainTextResponse

from assay.annotator.page.guard import Guard, Secrets

pytestmark = pytest.mark.threat(21)

ANSWER = b'{"label":{"tone":"good"}}'
ROUTES = (
    ("GET", "/", b""),
    ("GET", "/static/open.js", b""),
    ("GET", "/label", b""),
    ("GET", "/items/0", b""),
    ("GET", "/progress", b""),
    ("PUT", "/items/0/answer", ANSWER),
    ("POST", "/alive", b"{}"),
    ("POST", "/session", b""),
)
OPEN = {"/", "/static/open.js", "/session"}


def hosts(port):
    """Twelve names to call a server by; the first two are right."""
    return (
        f"127.0.0.1:{port}",
        f"localhost:{port}",
        "127.0.0.1",
        "localhost",
        f"127.0.0.1:{port + 1}",
        f"rebound.example:{port}",
        f"127.0.0.1.nip.io:{port}",
        f"localhost.:{port}",
        f"LOCALHOST:{port}",
        f"0.0.0.0:{port}",
        f"[::1]:{port}",
        f"user@127.0.0.1:{port}",
    )


def origins(port):
    """Six origins; none, and the two of the page, are right."""
    return (
        None,
        f"http://127.0.0.1:{port}",
        f"http://localhost:{port}",
        "null",
        f"https://127.0.0.1:{port}",
        f"http://127.0.0.1:{port + 1}",
    )


def test_of_1152_requests_only_the_right_ones_succeed(page):
    client = page()
    cookie = client.cookie
    good = passed = asked = 0
    for host, origin, route, cookies in product(hosts(client.port), origins(client.port), ROUTES, (cookie, None)):
        method, path, body = route
        headers = {"Host": host, "Origin": origin, "Cookie": cookies, "Content-Type": "application/json"}
        content = body or (b'{"token":"%s"}' % client.token.encode() if path == "/session" else b"")
        client.send(method, path, [(name, value) for name, value in headers.items() if value is not None], content)
        succeeded = 200 <= client.reply().status < 300
        right_origins = origins(client.port)[0 if method == "GET" else 1 : 3]
        right = host in hosts(client.port)[:2] and origin in right_origins and (cookies or path in OPEN)
        assert succeeded == bool(right), (host, origin, route, cookies)
        asked, good, passed = asked + 1, good + bool(right), passed + succeeded
    assert (asked, good) == (1152, passed)
    assert passed == 58


@pytest.mark.parametrize(
    ("site", "read", "written"),
    [("same-origin", 200, 204), ("none", 200, 403), ("same-site", 403, 403), ("cross-site", 403, 403), ("x", 403, 403)],
)
def test_what_the_browser_says_of_where_a_request_comes_from_counts(untouched, site, read, written):
    client = untouched
    assert client.get("/label", sec_fetch_site=site).status == read
    assert client.ask("POST", "/alive", sec_fetch_site=site).status == written


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_json_changes_anything(untouched, kind):
    assert untouched.put(0, ANSWER, content_type=kind).status == 415
    assert untouched.ask("POST", "/stop", content_type=kind).status == 415
    assert untouched.ask("POST", "/alive", content_type="application/json; charset=utf-8").status == 204


def test_repeated_headers_are_refused(untouched):
    client = untouched
    host, origin = ("Host", f"127.0.0.1:{client.port}"), ("Origin", client.origin)
    rest = [("Cookie", client.cookie), ("Content-Type", "application/json")]
    for extra, status in (
        (("Origin", "http://evil.example"), 403),
        (("Content-Type", "text/plain"), 415),
    ):
        client.send("POST", "/alive", [host, origin, *rest, extra], b"{}")
        assert client.reply().status == status


@pytest.mark.parametrize("cookie", ["", "assay-1=x", "assay-{port}=", "assay-{port}=x; a=b", "{whole}x", "x{whole}"])
def test_another_cookie_opens_nothing(untouched, cookie):
    other = cookie.format(port=untouched.port, whole=untouched.cookie)
    assert untouched.get("/label", cookie=other).status == 401


def test_other_cookies_beside_ours_do_no_harm(untouched):
    tossed = f"assay-{untouched.port}=tossed"
    for other in (
        tossed,
        "theme=dark",
        "assay-1=other",
        'state={"a":[1,"b"]}',
        "bad name=1",
        "alone",
        "=",
        "x=a=b",
        "",
    ):
        assert untouched.get("/label", cookie=f"{other}; {untouched.cookie};{other}").status == 200


def test_more_than_a_mebibyte_is_not_read_also_when_its_end_never_comes(page):
    client = page()
    assert client.put(0, b'{"note":"' + b"x" * 2**20 + b'"}').status == 413
    client.link.close()
    client.link.putrequest("PUT", "/items/0/answer")
    for name, value in (("Cookie", client.cookie), ("Origin", client.origin), ("Content-Type", "application/json")):
        client.link.putheader(name, value)
    client.link.putheader("Transfer-Encoding", "chunked")
    client.link.endheaders()
    for _ in range(3):
        client.link.send(b"80000\r\n" + b"x" * 2**19 + b"\r\n")
    assert client.reply().status == 413
    client.link.close()
    assert client.put(0, ANSWER).status == 200


def test_two_starts_have_different_secrets_and_ports(start, page):
    first = page()
    second = start(first.root, "mood", "r4", "--as", "ada")
    assert len({first.token, second.token}) == 2
    assert first.port != second.port
    assert second.ask("POST", "/session", {"token": first.token}).status == 403


def test_only_a_request_that_is_let_through_counts_as_use():
    touched, statuses = [], []
    keys = Secrets(token="t", cookie="c", port=1)
    guard = Guard(PlainTextResponse("here"), keys, lambda: touched.append(len(statuses)))

    async def ask(host):
        async def said(message):
            statuses.append(message.get("status"))

        headers = [(b"host", host), (b"cookie", b"assay-1=c")]
        scope = {"type": "http", "method": "GET", "path": "/label", "headers": headers}
        await guard(scope, lambda: None, said)

    with ThreadPoolExecutor() as thread:  # where the browser's tests ran before, this thread has a loop already
        for host in (b"evil.example:1", b"127.0.0.1:1"):
            thread.submit(asyncio.run, ask(host)).result()
    assert [status for status in statuses if status] == [421, 200]
    assert touched == [2]


def test_a_web_socket_is_not_opened(untouched):
    upgrade = {"upgrade": "websocket", "connection": "Upgrade", "sec_websocket_version": "13"}
    reply = untouched.get("/label", **upgrade, sec_websocket_key="AAAAAAAAAAAAAAAAAAAAAA==")
    assert (reply.status, reply.headers["Upgrade"]) == (200, None)
