import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.errors import AssayError, ConfigError, LimitError, UsageError
from assay.labels.items import read_pool
from assay.labels.paths import FileRole, lay_out
from assay.lead.item_import import ImportedItems, import_items
from assay.project.config import find_project
from assay.project.task_schema import load_schema
from fresh import examples
from pictures import png
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
    pool, findings = read_pool(project.snapshot, lay_out(project.snapshot, "mood", "mood").of(FileRole.ITEMS), schema)
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


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", '\ufeffid;text\r\n001;hello, you\r\n7;"b;c"\r\n', "semicolons, UTF-8"),
        ("a.csv", "sep=;\r\nid;text\r\n001;hello, you\r\n7;b;c\r\n".replace("b;c", '"b;c"'), "semicolons, UTF-8"),
        ("a.tsv", "id\ttext\n001\thello, you\n7\tb;c\n", "tabs, UTF-8"),
        ("a.csv", "id|text\n001|hello, you\n7|b;c\n", "bars, UTF-8"),
        ("a.csv", 'id,text\n001,"hello, you"\n7,b;c\n,\n', "commas, UTF-8"),
        ("a.txt", "\ufeffid\ttext\r\n001\thello, you\r\n7\tb;c\r\n".encode("utf-16-le"), "tabs, UTF-16"),
        ("a.csv", 'id;text\n001;hello, you\n7;"b;c"\n'.encode("utf-16-le"), "semicolons, UTF-16"),
    ],
)
def test_the_cells_of_a_table_are_told_apart_and_how_is_told(bring, shard, name, content, said):
    told = []
    bring(content, name=name, notify=told.append)
    assert told == [f"read as CSV separated by {said}; columns: 'id', 'text'"]
    assert shard("labels/items/mood/a.jsonl") == (
        '{"id":"001","data":{"text":"hello, you"}}\n{"id":"7","data":{"text":"b;c"}}\n'
    )


def test_ids_and_cells_of_a_spreadsheet_stand_as_they_were(bring, shard):
    cells = {"007": "line one\r\nline two", "7": 'a "q" b', "01": "x", "9007199254740993": "y", "1E+05": "w"}
    rows = "".join(f'{item},"{text.replace(chr(34), chr(34) * 2)}"\r\n' for item, text in cells.items())
    bring(f"\ufeffid,text\r\n{rows}", name="new.csv")
    records = map(json.loads, shard().splitlines())
    assert {record["id"]: record["data"]["text"] for record in records} == cells


def test_rows_without_an_id_are_numbered_and_again_they_are_the_same(bring, shard, snapshot):
    bring("id;text, or so\nx;a, b\n;\n;c\n", name="new.csv", key=None)
    numbered = '{"id":"new-1","data":{"id":"x","text, or so":"a, b"}}\n{"id":"new-2","data":{"text, or so":"c"}}\n'
    assert shard() == numbered
    assert bring("id;text, or so\nx;a, b\n;c\n;d\n", name="new.csv", key=None).there == 2
    before = snapshot()
    with pytest.raises(UsageError, match="'new-1' has other content"):
        bring("id;text, or so\n;first\nx;a, b\n", name="new.csv", key=None)
    with pytest.raises(UsageError, match="an item with an id"):
        bring('{"id":"a","data":{}}\n', key=None)
    assert snapshot() == before
    bring('{"text":"t"}\n{"data":{"text":"u"}}\n', key=None, shard="s")
    assert shard("labels/items/mood/s.jsonl").count('"id":"s-') == 2


def test_media_that_an_item_names_are_looked_at_as_it_comes_in(bring, root):
    write_files(
        root, {"labels/items/mood/media/a.png": png(2, 2), "labels/items/mood/media/cut.png": png(2, 2, end=False)}
    )
    names = ("a", "cut", "no")
    lines = [json.dumps({"id": name, "text": "t", "shot": f"media/{name}.png"}) for name in names]
    imported = bring("\n".join(lines))
    found = [(one.rule, one.at.line, one.at.pointer, one.item) for one in imported.media]
    assert found == [("item/media", 2, "/data/shot", "cut"), ("item/no-media", 3, "/data/shot", "no")]
    assert (imported.added, bring("\n".join(lines)).media) == (3, ())
    assert [one.rule for one in bring('{"id":"x","at":"media/cut.png"}\n', pool="mood2").media] == ["item/no-media"]


def test_one_column_of_text_is_a_table_too(bring, shard):
    bring("text\nhello, you; there\nb\n", name="new.csv", key=None)
    assert '"data":{"text":"hello, you; there"}' in shard()


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
    assert lines[0].endswith("next.jsonl: nothing was imported, these lines cannot be imported:")
    assert lines[1].endswith(f"next.jsonl:1 item 'i0' has other content in {SHARD}")
    assert len(lines) == 7
    assert lines[-1] == "  … and 2 more"
    assert snapshot() == before


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"id":', "not JSON"),
        (b"[]", "must be one JSON object"),
        (b'{"text":"t"}', "the id is missing"),
        (b'{"id":"","text":"t"}', "the id is missing"),
        (b'{"id":true,"text":"t"}', "the id is neither text nor an integer"),
        (b'{"id":["a"],"text":"t"}', "the id is neither text nor an integer"),
        (b'{"id":"a"}', "no data"),
        (b'{"id":"a","meta":{"k":1}}', "no data"),
        (b'{"id":"a","text":"\xff"}', "is not UTF-8"),
        (b'{"id":"a","text":"t","text":"u"}', "duplicate key"),
        (b'{"id":"a","text":NaN}', "NaN"),
        (b'{"id":"a","data":{},"grup":"g"}', "unknown key 'grup' beside data"),
        (b'{"id":"a","text":"t","meta":3}', "meta: expected an object"),
        (b'{"id":"a","text":"t","meta":{"k":1},"meta.k":2}', "meta: duplicate key 'k'"),
        (b'{"id":"a","text":"t","group":[]}', "group is neither text"),
        (b'{"id":"ok","text":"t"}', "duplicate item 'ok', first on line 1"),
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
        ("id,text,text\na,t,u\n", ":1 duplicate column 'text'"),
        ("id,\na,t\n", ":1 a column has no name"),
        ("id,text\n", " has no items"),
        ('id,text\n"a\nb",t\nc\n', ":4 1 cells, but the heading has 2"),
        ("id,text\n,t\n", ":2 the id is missing"),
        ("id,text\na,\n", ":2 no data"),
        ('id,text\na,"t"x\n', ":2 not CSV"),
        (b"id,text\na,t\nb,\xe9\n", ":3 byte 15 (0xe9) is not UTF-8"),
        (b"PK\x03\x04 a workbook", " it is a workbook"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", " it is a Git LFS pointer"),
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
    monkeypatch.setattr("assay.files.FILE_LIMIT", 60)
    before = snapshot()
    with pytest.raises(LimitError, match="more than the limit"):
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


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(40))
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


def test_ids_that_look_like_others_are_told_and_kept_as_they_are(bring):
    bring('{"id":"Item-1","text":"a"}\n{"id":"item-l","text":"b"}\n')
    found = bring('{"id":"item-1","text":"c"}\n{"id":"item-2","text":"d"}\n{"id":"item-2 ","text":"e"}\n')
    assert [(one.rule, one.item, one.at.line) for one in found.alike] == [
        ("item/look-alike", "item-1", 1),
        ("item/look-alike", "item-2 ", 3),
    ]
    assert found.added == 3
