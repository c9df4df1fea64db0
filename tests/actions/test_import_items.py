import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.actions.import_items import ImportedItems, import_items
from assay.errors import AssayError, ConfigError, LimitError, UsageError
from assay.labels.items import read_pool
from assay.labels.layout import Role, lay_out
from assay.project import find_project
from assay.schemas import load_schema
from projects import write_files

SHARD = "labels/items/mood/new.jsonl"


@pytest.fixture
def bring(project, tmp_path):
    """Imports a file of these bytes."""

    def _bring(content, name="new.jsonl", **more):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return import_items(find_project(project.root), path, pool=more.pop("pool", "mood"), **more)

    return _bring


@pytest.fixture
def shard(root):
    def _shard(name=SHARD):
        return (root / name).read_text(encoding="utf-8")

    return _shard


def test_items_come_into_the_pool_sorted_and_canonical(bring, shard, project):
    imported = bring('{"group":"g","id":"b","data":{"z":1.50,"text":"naïve"}}\n{"id":"a","meta":{"k":1},"data":{}}\n')
    assert imported == ImportedItems(path=SHARD, added=2, there=0, tasks=("mood",))
    assert shard() == '{"id":"a","data":{},"meta":{"k":1}}\n{"id":"b","data":{"text":"naïve","z":1.5},"group":"g"}\n'
    schema = load_schema(project, "mood")
    pool, findings = read_pool(project.snapshot, lay_out(project.snapshot, "mood", "mood").of(Role.ITEMS), schema)
    assert (pool.ids, findings) == (("a", "b"), ())


def test_plain_objects_are_told_apart_by_their_keys(bring, shard):
    bring(
        '{"ticket":17,"text":"t","group":3,"meta.lang":"fr","meta":{"year":2026},"tags":["x"]}\n',
        key="ticket",
        shard="s1",
    )
    assert shard("labels/items/mood/s1.jsonl") == (
        '{"id":"17","data":{"tags":["x"],"text":"t"},"meta":{"lang":"fr","year":2026},"group":"3"}\n'
    )


def test_the_item_form_may_keep_its_id_under_another_key(bring, shard):
    bring('{"uid":"a","data":{"text":"t"}}\n', key="uid")
    assert shard() == '{"id":"a","data":{"text":"t"}}\n'


def test_rows_of_a_csv_are_items_of_text(bring, shard):
    bring(
        '\ufeffid,text,meta.lang,group,note\r\n1,"two\nlines, ""quoted""",fr,g,\r\n2,=1+1,,,naïve\r\n\r\n',
        name="new.csv",
    )
    assert shard() == (
        '{"id":"1","data":{"text":"two\\nlines, \\"quoted\\""},"meta":{"lang":"fr"},"group":"g"}\n'
        '{"id":"2","data":{"note":"naïve","text":"=1+1"}}\n'
    )


def test_gzip_is_read_too(write, project, root):
    path = write([{"id": "a", "text": "t"}], name="Batch 7.jsonl.gz")
    assert import_items(project, path, pool="mood").path == "labels/items/mood/batch-7.jsonl"
    assert (root / "labels/items/mood/batch-7.jsonl").read_text() == '{"id":"a","data":{"text":"t"}}\n'


def test_what_the_pool_has_already_is_counted_and_the_shard_grows(bring, shard, snapshot):
    bring('{"id":"b","text":"t"}\n')
    before = snapshot()
    assert bring('{"text":"t", "id":"b"}\n', name="other.jsonl").there == 1
    assert snapshot() == before
    imported = bring('{"id":"c","text":"t"}\n{"id":"b","text":"t"}\n{"id":"a","text":"t"}\n')
    assert (imported.added, imported.there) == (2, 1)
    assert [json.loads(line)["id"] for line in shard().splitlines()] == ["a", "b", "c"]


def test_what_the_pool_has_with_other_content_is_listed_and_nothing_is_written(bring, snapshot):
    bring("".join(f'{{"id":"i{number}","text":"old"}}\n' for number in range(7)))
    before = snapshot()
    with pytest.raises(UsageError) as caught:
        bring("".join(f'{{"id":"i{number}","text":"new"}}\n' for number in range(8)), name="next.jsonl")
    lines = caught.value.message.splitlines()
    assert lines[0].endswith("next.jsonl: nothing was imported, these lines cannot be taken:")
    assert lines[1].endswith(f"next.jsonl:1 item 'i0' stands with other content in {SHARD}")
    assert len(lines) == 7
    assert lines[-1] == "  … and 2 more"
    assert snapshot() == before


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"id":', "not JSON"),
        (b"[]", "one object in braces"),
        (b'{"text":"t"}', "the id is missing"),
        (b'{"id":"","text":"t"}', "the id is missing"),
        (b'{"id":true,"text":"t"}', "the id is no text"),
        (b'{"id":["a"],"text":"t"}', "the id is no text"),
        (b'{"id":"a"}', "no data"),
        (b'{"id":"a","meta":{"k":1}}', "no data"),
        (b'{"id":"a","text":"\xff"}', "is not UTF-8"),
        (b'{"id":"a","text":"t","text":"u"}', "stands twice"),
        (b'{"id":"a","text":NaN}', "NaN"),
        (b'{"id":"a","data":{},"grup":"g"}', "unknown key 'grup' beside data"),
        (b'{"id":"a","text":"t","meta":3}', "meta: expected an object"),
        (b'{"id":"a","text":"t","meta":{"k":1},"meta.k":2}', "meta: 'k' stands twice"),
        (b'{"id":"a","text":"t","group":[]}', "group is no text"),
        (b'{"id":"ok","text":"t"}', "item 'ok' stands already on line 1"),
        (b'{"id":"a","text":"' + b"x" * 2**20 + b'"}', "longer than"),
    ],
)
def test_a_line_that_is_no_item_is_refused_by_its_number(bring, snapshot, line, message):
    before = snapshot()
    with pytest.raises(UsageError) as caught:
        bring(b'{"id":"ok","text":"t"}\n\n' + line + b"\n")
    assert "new.jsonl:3 " in caught.value.message
    assert message in caught.value.message
    assert snapshot() == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", ":1 no column 'id'"),
        ("name,text\na,t\n", ":1 no column 'id'"),
        ("id,text,text\na,t,u\n", ":1 the column 'text' stands twice"),
        ("id,\na,t\n", ":1 a column has no name"),
        ("id,text\n", " holds no item"),
        ('id,text\n"a\nb",t\nc\n', ":4 1 cells, and the heading has 2"),
        ("id,text\n,t\n", ":2 the id is missing"),
        ("id,text\na,\n", ":2 no data"),
        ('id,text\na,"t"x\n', ":2 not CSV"),
        (b"id,text\na,t\nb,\xe9\n", ":3 byte 15 (0xe9) is not UTF-8"),
    ],
)
def test_a_csv_that_cannot_be_taken_is_refused_by_its_line(bring, snapshot, content, message):
    before = snapshot()
    with pytest.raises(UsageError) as caught:
        bring(content, name="new.csv")
    assert f"new.csv{message}" in caught.value.message
    assert snapshot() == before


def test_items_are_held_against_the_tasks_that_use_the_pool(bring, root):
    schema = "type: object\nproperties: {tone: {enum: [a]}}\nx-item: {type: object, required: [text]}\n"
    write_files(root, {"schemas/mood.yaml": schema})
    with pytest.raises(UsageError, match=r"new\.jsonl:2 item 'b': data: .*text.* \(mood\)"):
        bring('{"id":"a","text":"t"}\n{"id":"b","words":"t"}\n')
    assert bring('{"id":"b","words":"t"}\n', pool="elsewhere").tasks == ()


def test_names_that_cannot_stand_in_a_path_are_refused(bring):
    for more in ({"pool": "No Pool"}, {"shard": "../x"}):
        with pytest.raises(UsageError, match="cannot name a"):
            bring('{"id":"a","text":"t"}\n', **more)


def test_a_pool_that_is_broken_is_mended_first(bring, root):
    write_files(root, {"labels/items/mood/old.jsonl": '{"id":"a"}\n'})
    with pytest.raises(ConfigError, match=r"labels/items/mood/old\.jsonl:1 'data' is missing"):
        bring('{"id":"b","text":"t"}\n')


def test_a_file_that_is_not_there_is_said(project, tmp_path):
    for name in ("no.jsonl", "no.csv"):
        with pytest.raises(UsageError, match=name):
            import_items(project, tmp_path / name, pool="mood")


@pytest.mark.threat(7)
def test_a_shard_that_would_be_too_large_is_refused(bring, monkeypatch, snapshot):
    monkeypatch.setattr("assay.actions.import_items.FILE_LIMIT", 60)
    before = snapshot()
    with pytest.raises(LimitError, match="more than assay reads"):
        bring('{"id":"a","text":"one text"}\n{"id":"b","text":"another text"}\n')
    assert snapshot() == before


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=8,
)
ITEMS = st.dictionaries(
    st.text(min_size=1, max_size=8), st.dictionaries(st.text(max_size=5), VALUES, max_size=3), min_size=1, max_size=5
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(ITEMS)
def test_every_item_comes_back_as_it_was(bring, root, items):
    (root / SHARD).unlink(missing_ok=True)
    lines = [json.dumps({"id": item, "data": data}) for item, data in items.items()]
    try:
        bring("".join(f"{line}\n" for line in lines))
    except AssayError as refused:
        raise AssertionError(refused.message) from refused
    records = [json.loads(line) for line in (root / SHARD).read_text(encoding="utf-8").split("\n")[:-1]]
    assert {record["id"]: record["data"] for record in records} == items
