"""Items of a pool that show the same under several ids: found whatever their form, and nothing besides."""

import json
from hashlib import blake2b

import orjson
from hypothesis import given
from hypothesis import strategies as st

from assay.core.elements import content_digest, content_key
from assay.core.findings import Severity
from assay.git.snapshot import commit_snapshot
from assay.project.config import find_project, project_in
from clones import commit, git, known_as
from pictures import png
from projects import FILES, load, small_project, write_files

MEDIA = "labels/items/texts/media"
SAME = [
    [{"text": "Zoë  said\n“hi”"}, {"text": " Zoe\u0308 said “hi” "}, {"text": "Zoë\u00a0said\t“hi”"}],
    [{"text": "a", "more": [1.0, {"x": 2}]}, {"more": [1, {"x": 2.0}], "text": "a\u2009"}],
    [
        {"shot": "a.png", "text": "p"},
        {"shot": "media/copy of ä.png", "text": "p"},
        {"shot": "media/a.png", "text": "p"},
    ],
    [{"clip": "media/a.wav"}, {"clip": "media/b.wav"}],
]
"""Contents, and others that are the same."""
DIFFERENT = [
    {"text": "zoë said “hi”"}, {"text": "Zoe said “hi”"}, {"text": "ﬁn"}, {"text": "fin"}, {"text": "a"}, {"words": "a"},
    {"text": ["a", "b"]}, {"text": ["b", "a"]}, {"text": "1"}, {"text": 1}, {"text": True}, {"text": None},
    {"shot": "a.png", "text": "q"}, {"shot": "longer.png", "text": "p"}, {"shot": "other.png", "text": "p"},
    {"clip": "media/c.wav"}, {"clip": "media/gone.wav"}, {"clip": "media/gone too.wav"}, {"text": "media/a.txt"},
]  # fmt: skip
SCHEMA = """type: object
properties: {tone: {enum: [good, bad]}}
x-item: {type: object, properties: {shot: {type: string, contentMediaType: image/png}}}
"""
BIG = b"\0" * 70_000
BYTES = {
    "a.png": png(5, 5), "copy of ä.png": png(5, 5), "other.png": png(6, 5), "longer.png": png(5, 5) + b"\0",
    "a.wav": BIG + b"1" + BIG, "b.wav": BIG + b"1" + BIG, "c.wav": BIG[1:] + b"1" + BIG + b"\0",
}  # fmt: skip


def pool(rows):
    return "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)


def test_the_same_content_is_found_in_any_form_and_nothing_besides(tmp_path):
    """Of each content the smallest id is the first, whatever the shard; groups make no difference, and empty data show nothing."""
    same = [(f"s{kind}-{at}", data) for kind, several in enumerate(SAME) for at, data in enumerate(several)]
    other = [(f"x{at:02}", data) for at, data in enumerate([*DIFFERENT, {}, {}])]
    shards = {"one": other, "two": same[1::2], "three": same[0::2]}
    write_files(tmp_path, {
        **FILES, "schemas/mood.yaml": SCHEMA,
        **{f"labels/items/texts/{name}.jsonl": pool({"id": id_, "data": data, "group": id_} for id_, data in sorted(rows))
           for name, rows in shards.items()},
    })  # fmt: skip
    (tmp_path / MEDIA).mkdir()
    for name, data in BYTES.items():
        (tmp_path / MEDIA / name).write_bytes(data)
    git(tmp_path, "init", "-q", "-b", "main")
    made = commit(known_as(tmp_path, "ada"), "items")
    for project in (find_project(tmp_path), project_in(commit_snapshot(tmp_path, made))):
        loaded = load(project)
        found = {one.item: one for one in loaded.findings if one.rule == "item/duplicate"}
        assert set(found) == {id_ for id_, _ in same if not id_.endswith("-0")}
        places = {
            id_: (f"labels/items/texts/{name}.jsonl", line)
            for name, rows in shards.items()
            for line, id_ in enumerate(sorted(id_ for id_, _ in rows), start=1)
        }
        for item, one in found.items():
            first = f"{item.partition('-')[0]}-0"
            assert "item '{}' in {}:{} ".format(first, *places[first]) in one.message
            assert ((one.at.path, one.at.line), one.severity) == (places[item], Severity.WARNING)
        assert len({*loaded.corpus.items.content}) == len(SAME) + len(DIFFERENT) + 1


def test_more_duplicates_than_are_listed_are_counted(tmp_path):
    rows = [{"id": f"d{at:05}", "data": {"text": "all the same"}} for at in range(3000)]
    loaded = load(small_project(tmp_path, {"labels/items/texts/same.jsonl": pool(rows)}))
    assert loaded.report.findings["item/duplicate"] == 2999
    assert loaded.report.errors == 0


TEXT = st.text(st.sampled_from('e\u0301\\".0é\u1e9b\u0323 \t\n\u00a0\u2009\u3000\x85\x1ca'), max_size=8)
NUMBER = st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False), st.booleans())
DATA = st.dictionaries(
    TEXT, st.one_of(TEXT, NUMBER, st.none(), st.lists(st.one_of(TEXT, NUMBER), max_size=3)), max_size=3
)


@given(DATA)
def test_the_short_way_to_a_digest_ends_where_the_long_one_does(data):
    raw = orjson.dumps(data, option=orjson.OPT_SORT_KEYS)
    long = blake2b(content_key(data).encode(), digest_size=16).hexdigest() if data else ""
    assert content_digest(raw) == long
