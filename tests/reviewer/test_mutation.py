"""Every key of the policy, changed one by one in the head: the verdict on the labels stays, and the change is flagged."""

from collections.abc import Iterator, Mapping
from functools import cache

import pytest
import yaml

from assay.reviewer.result import ReviewOutcome
from proposing import BASE, VOTE, Edit, commit_all, judged, prepared

pytestmark = pytest.mark.threat(2)

POLICY = tuple(
    path for path in BASE if path.startswith(("checks/", "schemas/", "releases/", "labels/annotators/", "dvc"))
)
ATTEMPTS = {
    "own": ("ada", {"labels/mood/r3/ada.jsonl": VOTE}),
    "another's": ("ada", {"labels/mood/r3/ben.jsonl": VOTE}),
    "unqualified": ("cleo", {"labels/mood/r3/cleo.jsonl": VOTE}),
    "gold": ("ada", {"labels/mood/gold/ada.jsonl": VOTE}),
    "large": ("ada", {"labels/mood/r3/ada.jsonl": VOTE * 400}),
}


def _paths(value, at=()) -> Iterator[tuple]:
    inside = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inside:
        yield (*at, key)
        yield from _paths(part, (*at, key))


def _mutated(value, at):
    key, *rest = at
    changed = dict(value) if isinstance(value, Mapping) else list(value)
    changed[key] = _mutated(value[key], rest) if rest else _other(value[key])
    return changed


def _other(value):
    swaps = {"annotator": "lead", "reviewer": "lead", "lead": "annotator", "paused": "active", "model": "person"}
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value * 1000
    if isinstance(value, str):
        return swaps.get(value, f"{value}x")
    return [*value, "mood"] if isinstance(value, list) else {}


MUTATIONS = [(path, at) for path in POLICY for at in _paths(yaml.safe_load(BASE[path]))]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = prepared(tmp_path_factory.mktemp("mutation") / "clone")
    branches = {f"plain-{number}": [Edit(files=files, by=who)] for number, (who, files) in enumerate(ATTEMPTS.values())}
    for mutation, (path, at) in enumerate(MUTATIONS):
        who, files = list(ATTEMPTS.values())[mutation % len(ATTEMPTS)]
        text = yaml.safe_dump(_mutated(yaml.safe_load(BASE[path]), at))
        branches[f"mutation-{mutation}"] = [Edit(files={path: text}, by=who), Edit(files=files, by=who)]
    commit_all(root, branches)
    return root


def test_there_is_something_to_mutate():
    assert len(MUTATIONS) >= 40


@cache
def _plain(root, number, actor):
    return judged(root, f"plain-{number}", actor=actor)


@pytest.mark.parametrize(
    "mutation", range(len(MUTATIONS)), ids=[f"{path}:{'/'.join(map(str, at))}" for path, at in MUTATIONS]
)
def test_a_changed_policy_key_is_flagged_and_judges_nothing(root, mutation):
    number = mutation % len(ATTEMPTS)
    who, files = list(ATTEMPTS.values())[number]
    actor = {"ada": "Ada-X"}.get(who, f"{who}-x")
    plain = _plain(root, number, actor)
    mutated = judged(root, f"mutation-{mutation}", actor=actor)
    assert [file for file in mutated.files if file.path in files] == list(plain.files)
    assert mutated.policy_change
    assert mutated.outcome is ReviewOutcome.REFUSED
    assert [file.path for file in mutated.files if file.policy] == [MUTATIONS[mutation][0]]
