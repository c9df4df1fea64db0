"""What a forge's event states of a pull request: who asks, who pushed, and what was opened."""

import json

import pytest

from assay.errors import UsageError
from assay.reviewer.event import ForgeEvidence, Push, event_of

HEAD = "a" * 40


def asked(tmp_path, **event):
    request = {
        "number": 7,
        "user": {"login": "ada"},
        "title": "T",
        "head": {"ref": "B", "sha": HEAD},
        "base": {"ref": "main"},
    }
    path = tmp_path / "event.json"
    path.write_text(json.dumps({"pull_request": {**request, **event.pop("request", {})}, **event}))
    return event_of(path)


@pytest.mark.parametrize(
    ("action", "sender", "actors", "by"),
    [
        ("opened", "ada", ("ada",), ""),
        ("opened", "ben", ("ada", "ben"), ""),
        ("synchronize", "ada", ("ada",), ""),
        ("synchronize", "ben", ("ada", "ben"), "ben"),
        ("labeled", "ben", ("ada",), "ben"),
        ("", "ben", ("ada",), "ben"),
        ("synchronize", "", ("ada",), ""),
    ],
)
def test_who_opened_it_asks_and_who_pushed_to_it_with_them(tmp_path, action, sender, actors, by):
    found = asked(tmp_path, action=action, sender={"login": sender})
    assert (found.actors, found.sender) == (actors, by)
    opened = Push(before="", after=HEAD, actor=sender) if action == "opened" else None
    assert found.forge == ForgeEvidence(action=action or "without an action", opened=opened)
    assert found.forge.spoke
    assert (found.ticket, found.title, found.branch) == ("pull request 7\nmain", "T", "B")
    assert (found.base, found.head, found.reviews) == (None, None, None)


def test_an_event_without_a_login_asks_for_nobody_and_proves_no_push(tmp_path):
    nobody = asked(tmp_path, action="opened", request={"user": {}})
    assert (nobody.actors, nobody.sender, nobody.forge.opened) == ((), "", None)
    headless = asked(tmp_path, action="opened", sender={"login": "ada"}, request={"head": {}})
    assert (headless.actors, headless.forge.opened, headless.branch) == (("ada",), None, "")


def test_a_forge_spoke_where_it_gave_an_event_or_a_list_even_an_empty_one():
    assert not ForgeEvidence().spoke
    assert ForgeEvidence(pushes=()).spoke
    assert ForgeEvidence(action="labeled").spoke


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pull_request": {"number": 7}}', '{"pull_request": {"user": {}}}'])
def test_another_file_is_no_event(tmp_path, text):
    path = tmp_path / "event.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"^event\.json is not a pull request's event: "):
        event_of(path)
    with pytest.raises(UsageError, match=r"^none\.json is not a pull request's event: "):
        event_of(tmp_path / "none.json")
