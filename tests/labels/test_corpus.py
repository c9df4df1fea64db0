import numpy as np
import pytest

from assay.core.people import Kind, Status
from assay.core.table import DecisionKind
from assay.errors import LimitError
from assay.labels.parquet_io import read_corpus, save_corpus
from assay.project.config import find_project
from assay.project.task_schema import load_schema
from projects import FILES, load, plain, small_project, texts, write_files


@pytest.fixture
def project(tmp_path):
    return small_project(tmp_path)


def test_a_sound_project_has_no_findings(project):
    loaded = load(project)
    assert loaded.findings == ()
    report = loaded.report
    assert (report.records, report.valid, report.errors, report.warnings) == (10, 10, 0, 0)
    assert (report.items, report.annotators, report.batches) == (5, 5, 3)


def test_annotations_stand_by_batch_item_and_annotator(project):
    corpus = load(project).corpus
    rows = corpus.annotations
    names = [batch.name for batch in corpus.batches]
    found = [
        (names[batch], corpus.items.ids[item], annotator)
        for batch, item, annotator in zip(rows.batch, rows.item, texts(rows.annotator), strict=True)
    ]
    assert found == [
        ("r1", "i1", "ada"),
        ("r1", "i1", "ben"),
        ("r1", "i1", "bot"),
        ("r1", "i2", "ada"),
        ("r1", "i2", "ben"),
        ("r1", "i3", "ben"),
        ("r2", "i2", "@crowd/W 1"),
        ("r2", "i2", "@crowd/w2"),
        ("r2", "i4", "@crowd/W 1"),
        ("r3", "i5", "ben"),
    ]


def test_fields_hold_values_first_values_and_confidence(project):
    fields = load(project).corpus.annotations.fields
    tone, score, topics = fields["tone"], fields["score"], fields["topics"]
    assert tone.values == ("good", "bad")
    assert tone.codes.tolist() == [0, 1, 0, -1, 0, 0, 1, 0, 1, 0]
    assert tone.first.tolist() == [0, 0, 0, -1, 0, 0, 1, 0, 1, 0]
    assert np.array_equal(tone.confidence[:5], [np.nan, 0.5, 0.9, np.nan, 1.0], equal_nan=True)
    assert (score.values, score.codes[1], score.first[1]) == ((2, 3), 1, 0)
    assert topics.values == (["a", "b"],)
    assert fields["share"].values == (1,)


def test_skips_guidelines_times_and_places_are_kept(project):
    rows = load(project).corpus.annotations
    assert texts(rows.skip)[3] == "unreadable"
    assert texts(rows.guideline) == ["0.1.0"] * 6 + ["0.2.0"] * 4
    assert rows.at[0] == np.datetime64("2026-01-03T10:00:00", "us")
    assert np.isnat(rows.at[1])
    assert (rows.seconds[0], texts(rows.path)[3], rows.line[3]) == (4.5, "labels/mood/r1/ada.jsonl", 2)


def test_flags_are_kept_sorted_and_each_once(tmp_path):
    flagged = '{"item":"i5","label":{"tone":"good"},"flags":["unsure","bad-item","unsure"]}\n'
    rows = load(small_project(tmp_path, {"labels/mood/r3/ben.jsonl": flagged})).corpus.annotations
    assert texts(rows.flags) == [None, None, None, "bad-item", None, "rude unsure", None, None, None, "bad-item unsure"]


def test_models_skips_and_excluded_annotators_do_not_count(project):
    corpus = load(project).corpus
    assert corpus.annotations.counts.tolist() == [True, True, False, False, True, True, True, False, True, True]
    assert corpus.annotators["bot"].kind is Kind.MODEL
    assert corpus.annotators["@crowd/w2"].status is Status.EXCLUDED


def test_the_current_round_is_the_newest_closed_counting_batch_that_holds_the_item(project):
    items = load(project).corpus.items
    assert items.current_batch.tolist() == [0, 1, 0, 1, -1]
    assert items.open_batch.tolist() == [2, 2, 2, 2, 2]


def test_an_open_batch_holds_what_it_asks_for(tmp_path):
    asked = {
        "labels/mood/r3/assignments.jsonl": '{"item":"i3","annotators":["ada"]}\n{"item":"i5","annotators":["ben"]}\n'
    }
    items = load(small_project(tmp_path, asked)).corpus.items
    assert items.open_batch.tolist() == [-1, -1, 2, -1, 2]


def test_an_audit_batch_makes_no_round(tmp_path):
    audit = "purpose: audit\nstatus: closed\ncreated: 2026-02-02\nguideline: 0.2.0\n"
    corpus = load(small_project(tmp_path, {"labels/mood/r2/batch.yaml": audit})).corpus
    assert corpus.items.current_batch.tolist() == [0, 0, 0, -1, -1]


def test_decisions_say_who_made_them(project):
    decisions = load(project).corpus.decisions
    assert [(one.kind, one.item, one.who, one.label) for one in decisions] == [
        (DecisionKind.ADJUDICATION, "i1", "ada", {"tone": "good"}),
        (DecisionKind.GOLD, "i1", "ada", {"tone": "good"}),
        (DecisionKind.GOLD, "i2", "ada", {"tone": "bad"}),
        (DecisionKind.GOLD, "i3", "@crowd", {"tone": "bad"}),
    ]
    assert (decisions[0].batch, decisions[0].reason, decisions[0].guideline) == ("r1", "edge-case", "0.1.0")


def test_a_corpus_is_read_back_as_it_was_saved(project):
    schema = load_schema(project, "mood")
    corpus = load(project).corpus
    save_corpus(project, corpus, schema.fields)
    assert plain(read_corpus(project, "mood", schema.fields)) == plain(corpus)


def test_saving_twice_gives_the_same_bytes(project):
    schema = load_schema(project, "mood")
    saved = []
    for _ in range(2):
        save_corpus(project, load(project).corpus, schema.fields)
        saved.append({path.name: path.read_bytes() for path in (project.root / "build/mood").iterdir()})
    assert saved[0] == saved[1]


@pytest.mark.parametrize(
    "removed",
    [
        ["labels/"],
        ["labels/mood/"],
        ["labels/items/", "labels/mood/"],
        ["labels/mood/r1/a", "labels/mood/r1/b", "labels/mood/r2/@", "labels/mood/r3/b"],
    ],
)
def test_a_task_with_nothing_in_it_is_read_and_saved(tmp_path, removed):
    kept = {
        name: content
        for name, content in FILES.items()
        if name.endswith("batch.yaml") * (len(removed) > 2) or not name.startswith(tuple(removed))
    }
    write_files(tmp_path, kept)
    project = find_project(tmp_path)
    loaded = load(project)
    assert (loaded.findings, loaded.report.records) == ((), 0)
    fields = load_schema(project, "mood").fields
    save_corpus(project, loaded.corpus, fields)
    assert plain(read_corpus(project, "mood", fields)) == plain(loaded.corpus)


def test_empty_label_files_are_fine(tmp_path):
    empty = {"labels/mood/r1/ada.jsonl": "", "labels/mood/r2/@crowd.jsonl": "", "labels/mood/gold/ada.jsonl": ""}
    loaded = load(small_project(tmp_path, empty))
    assert loaded.findings == ()
    assert loaded.report.records == 5


def test_a_file_over_the_limit_stops_the_run(tmp_path):
    project = small_project(tmp_path)
    with (tmp_path / "labels/mood/r1/ben.jsonl").open("wb") as file:
        file.truncate(65 * 2**20)
    with pytest.raises(LimitError):
        load(project)


def test_only_the_named_files_are_answered_for(tmp_path):
    broken = {"labels/mood/r1/ada.jsonl": "{\n", "labels/mood/r1/ben.jsonl": "[]\n"}
    project = small_project(tmp_path, broken)
    loaded = load(project, only=frozenset({"labels/mood/r1/ada.jsonl"}))
    assert [found.at.path for found in loaded.findings] == ["labels/mood/r1/ada.jsonl"]
    assert loaded.report.records == 1


def test_reading_does_not_depend_on_how_items_are_sharded(tmp_path):
    one, two = FILES["labels/items/texts/one.jsonl"], FILES["labels/items/texts/two.jsonl"]
    apart = load(small_project(tmp_path / "apart"))
    together = load(
        small_project(
            tmp_path / "together",
            {
                "labels/items/texts/one.jsonl": "",
                "labels/items/texts/zwei.jsonl": one + two,
                "labels/items/texts/two.jsonl": "",
            },
        )
    )
    assert plain(apart.corpus) == plain(together.corpus)
