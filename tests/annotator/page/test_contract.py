import json
import re

from projects import SCHEMA

GOOD = {"label": {"tone": "good"}}


def test_the_open_page_holds_no_data_and_needs_no_cookie(page):
    client = page()
    client.cookie = ""
    reply = client.get("/")
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert b"i1" not in reply.body
    assert client.token.encode() not in reply.body


def test_the_token_is_traded_for_a_cookie_and_any_other_is_refused(page):
    client = page()
    assert re.fullmatch(rf"assay-{client.port}=[\w-]{{43}}", client.cookie)
    assert client.cookie.partition("=")[2] != client.token
    reply = client.ask("POST", "/session", {"token": client.token})
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(reply.headers["Set-Cookie"].split("; "))
    wrong = client.ask("POST", "/session", {"token": f"{client.token}x"})
    assert wrong.status == 403
    assert "Set-Cookie" not in wrong.headers
    assert client.ask("POST", "/session", {"token": "né"}).status == 403


def test_every_response_carries_the_strict_headers(page):
    client = page()
    replies = [
        client.get(path) for path in ("/", "/label", "/items/0", "/nothing", "/static/open.js", "/static/none.js")
    ]
    replies.append(client.get("/label", host="evil.example"))
    assert [reply.status for reply in replies] == [200, 200, 200, 404, 200, 404, 421]
    for reply in replies:
        assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
        assert "unsafe" not in reply.headers["Content-Security-Policy"]
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Referrer-Policy"] == "no-referrer"
        assert reply.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert reply.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert not [name for name in reply.headers if name.lower().startswith("access-control")]
        assert reply.headers.get_all("Cache-Control") == ["no-cache" if reply is replies[4] else "no-store"]


def test_the_label_page_has_its_configuration_as_data(page):
    reply = page().get("/label")
    assert reply.status == 200
    config = json.loads(re.search(rb'<script type="application/json" id="config">(.*?)</script>', reply.body)[1])
    assert config["task"] == "mood"
    assert (config["batch"], config["who"], config["purpose"], config["total"]) == ("r4", "ben", "label", 5)
    assert config["flags"] == ["unsure", "guideline-gap", "bad-item", "rude"]
    assert [field["widget"] for field in config["form"]] == ["choice", "rating", "number", "choices", "spans"]
    assert (config["guideline_version"], config["batch_guideline"]) == ("0.2.0", "0.2.0")


def test_markup_in_a_schema_is_text_on_the_page(page):
    schema = SCHEMA.replace("type: object\n", "type: object\ntitle: </script><img src=x onerror=alert(1)>\n", 1)
    body = page({"schemas/mood.yaml": schema}).get("/label").body
    assert b"<img" not in body
    assert b"&lt;img src=x" in body
    assert body.count(b"</script>") == 2


def test_changes_since_the_last_label_are_told_and_none_to_a_newcomer(page):
    config = re.search(rb'id="config">(.*?)</script>', page(who="ada").get("/label").body)[1]
    assert [change[0] for change in json.loads(config)["changes"]] == ["0.2.0"]
    other = re.search(rb'id="config">(.*?)</script>', page(who="ben").get("/label").body)[1]
    assert json.loads(other)["changes"] == []


def test_an_item_comes_with_its_data_and_never_with_meta_gold_or_peers(page):
    client = page({"labels/mood/r4/ada.jsonl": '{"item":"i1","label":{"tone":"bad"},"note":"peer"}\n'})
    reply = client.get(f"/items/{client.place('i1')}")
    assert reply.json == {
        "n": client.place("i1"),
        "item": "i1",
        "parts": [{"kind": "text", "key": "text", "title": "text", "value": "naïve 😀 day"}],
        "record": None,
        "tag": "",
        "returned": None,
        "suggestion": None,
        "swap": None,
        "feedback": None,
        "locked": False,
    }
    everything = b"".join(client.get(f"/items/{n}").body for n in range(5)) + client.get("/label").body
    assert not [word for word in (b"peer", b'"lang"', b'"g1"', b'"tone":"bad"') if word in everything]


def test_there_is_no_item_beyond_the_last(page):
    client = page()
    assert [client.get(f"/items/{n}").status for n in ("5", "-1", "x", "1.0", "9" * 5000, "%D9%A1")] == [404] * 6
    assert client.put(5, GOOD).status == 404


def test_the_progress_shows_each_item_by_one_sign(page):
    client = page()
    tags = {}
    for n, answer in enumerate((GOOD, {"skip": "language"}, {**GOOD, "flags": ["rude"], "seconds": 6}, GOOD)):
        tags[n] = client.put(n, {"seconds": 2, **answer}).json["tag"]
    assert client.ask("DELETE", "/items/3/answer", {"tag": tags[3]}).status == 200
    assert client.get("/progress").json == {
        "states": "xsf..",
        "done": 3,
        "total": 5,
        "median_seconds": 2.0,
        "seconds_left": 4,
    }


def test_a_suggested_change_to_the_guideline_is_kept_in_this_clone(page, tmp_path):
    client = page()
    for text in ("say more", "اكتب أكثر 😀"):
        assert client.ask("POST", "/suggestions", {"text": text, "section": "g-good", "n": 0}).status == 204
    lines = (tmp_path / ".assay/suggestions/mood.jsonl").read_text(encoding="utf-8").splitlines()
    first, second = map(json.loads, lines)
    assert second["text"] == "اكتب أكثر 😀"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", first.pop("at"))
    item = client.get("/items/0").json["item"]
    expected = {"by": "ben", "task": "mood", "version": "0.2.0", "section": "g-good", "item": item, "text": "say more"}
    assert first == expected
    assert client.ask("POST", "/suggestions", {"text": ""}).status == 422


def test_static_files_are_our_own_and_cached_by_their_content(page):
    client = page()
    reply = client.get("/static/open.js")
    assert reply.headers["Content-Type"] == "text/javascript; charset=utf-8"
    again = client.get("/static/open.js", if_none_match=reply.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    for name in ("__init__.py", "..%2fapp.py", "%2e%2e/app.py", "open.js%00", "OPEN.JS", ".hidden.js", "x/open.js"):
        assert client.get(f"/static/{name}").status == 404


def test_what_is_no_route_or_method_is_told_as_json(page):
    client = page()
    for method, path, status in (
        ("GET", "/other", 404),
        ("POST", "/label", 405),
        ("PATCH", "/items/0", 405),
        ("OPTIONS", "/label", 405),
        ("GET", "/label/", 404),
    ):
        reply = client.ask(method, path)
        assert reply.status == status
        assert set(reply.json) == {"error", "fix"}
