import numpy as np
import pytest

from assay.core.people import Kind, Status
from assay.core.table import DecisionKind
from assay.errors import LimitError
from assay.project.config import find_project
from projects import FILES, GUIDELINE, SCHEMA, load, plain, saved, small_project, texts, write_files


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


def test_items_stand_by_id_with_their_data_metadata_and_group(tmp_path):
    moved = {
        "labels/items/texts/two.jsonl": '{"id":"i0","data":{},"meta":{},"group":"a"}\n{"id":"i4","data":{"text":"x"},"group":"g1"}\n'
    }
    items = load(small_project(tmp_path, moved)).corpus.items
    assert items.ids == ("i0", "i1", "i2", "i3", "i4")
    assert items.meta == (b"{}", b'{"lang":"en"}', b"{}", b"{}", b"{}")
    assert items.data[1:3] == ('{"text":"naïve 😀 day"}'.encode(), b'{"text":"plain"}')
    assert (items.group.values, texts(items.group)) == (("a", "g1"), ["a", "g1", None, "g1", "g1"])


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
    assert plain(saved(project)) == plain(load(project).corpus)


def test_all_that_is_known_of_people_batches_and_items_is_read_back(tmp_path):
    more = {
        "labels/annotators/ada.yaml": (
            "kind: person\nrole: reviewer\nstatus: paused\nsince: 2026-06-01\nreason: away\nhandle: ada-x\n"
            "emails: [a@x.example, b@x.example]\ngroups: {dialect: north, year: 2}\nqualified: [mood]\n"
        ),
        "labels/annotators/ben.yaml": "qualified: []\n",
        "labels/mood/r3/batch.yaml": FILES["labels/mood/r3/batch.yaml"]
        + "annotators: [ben, ada]\noverlap: 2\nseed: 7\nprelabels: bot\n",
    }
    project = small_project(tmp_path, more)
    corpus, back = load(project).corpus, saved(project)
    assert plain(back) == plain(corpus)
    assert (back.annotators, back.batches, back.decisions) == (corpus.annotators, corpus.batches, corpus.decisions)
    assert back.items.content == (corpus.items.content or ("",) * 5)
    ada, ben, bot = (back.annotators[who] for who in ("ada", "ben", "bot"))
    assert (ada.qualified, ben.qualified, bot.qualified) == (("mood",), (), None)
    assert (ada.emails, dict(ada.groups)) == (("a@x.example", "b@x.example"), {"dialect": "north", "year": 2})


SPLITS = {
    "schemas/mood.yaml": SCHEMA.replace("[good, bad]", "[good, sad, low, grim]"),
    "schemas/migrations/mood/0001-split.yaml": (
        "reason: r\nguideline: 0.2.0\nsteps: [{split_value: {field: tone, value: bad, into: [awful, sad]}}]\n"
    ),
    "schemas/migrations/mood/0002-split.yaml": (
        "reason: r\nguideline: 0.3.0\nsteps: [{split_value: {field: tone, value: awful, into: [low, grim]}}]\n"
    ),
    "guidelines/mood.md": GUIDELINE.replace("version: 0.2.0\n", "version: 0.3.0\n", 1).replace(
        "---\nRead", "  - {version: 0.3.0, date: 2026-03-01, summary: third}\n---\nRead"
    ),
    "labels/mood/r1/ada.jsonl": (
        '{"item":"i1","label":{"score":1,"tone":"awful"},"guideline":"0.2.0","confidence":{"score":0.5,"tone":0.9}}\n'
        '{"item":"i2","label":{"tone":"bad"}}\n'
    ),
    "labels/mood/r1/ben.jsonl": (
        '{"item":"i1","label":{"score":3,"tone":"bad"},"confidence":0.5}\n'
        '{"item":"i2","label":{"tone":"good"},"guideline":"0.3.0"}\n{"item":"i3","skip":"unreadable"}\n'
    ),
    **{name: text.replace('"bad"', '"good"') for name, text in FILES.items() if "/mood/r2/@" in name or "/gold/" in name},
}  # fmt: skip


def test_what_waits_since_which_version_is_kept_and_read_back(tmp_path):
    project = small_project(tmp_path, SPLITS)
    corpus = load(project).corpus
    rows, tone = corpus.annotations, corpus.annotations.fields["tone"]
    waits = {
        (corpus.items.ids[rows.item[row]], texts(rows.annotator)[row]): since
        for row, since in zip(tone.waiting.rows.tolist(), texts(tone.waiting.since), strict=True)
    }
    assert waits == {("i1", "ada"): "0.3.0", ("i1", "ben"): "0.2.0", ("i2", "ada"): "0.2.0"}
    assert tone.waiting.since.values == ("0.2.0", "0.3.0")
    assert (tone.codes[tone.waiting.rows] < 0).all()
    assert np.isnan(tone.confidence[tone.waiting.rows]).all()
    score = rows.fields["score"]
    assert (score.waiting.rows.tolist(), score.confidence[:2].tolist()) == ([], [0.5, 0.5])
    assert plain(saved(project)) == plain(corpus)


def test_a_decision_of_an_older_version_waits_in_the_fields_that_it_lost(tmp_path):
    rename = "reason: r\nguideline: 0.2.0\nsteps: [{rename_field: {from: mood, to: tone}}, {split_value: {field: tone, value: bad, into: [awful, sad]}}]\n"
    said = (
        '{"item":"i1","label":{"mood":"bad","score":2},"reason":"other"}\n'
        '{"item":"i2","label":{"tone":"awful"},"reason":"other","guideline":"0.2.0"}\n'
        '{"item":"i3","label":{"tone":"sad"},"reason":"other","guideline":"0.2.0"}\n'
    )
    gold = '{"item":"i4","label":{"tone":"bad"}}\n{"item":"i5","label":{"tone":"good"}}\n'
    added = SPLITS["schemas/migrations/mood/0002-split.yaml"].replace("}}]", "}}, {add_field: {field: why}}]")
    files = {
        **SPLITS,
        "schemas/migrations/mood/0002-split.yaml": added,
        "schemas/mood.yaml": SPLITS["schemas/mood.yaml"] + "  why: {type: string}\n",
        "schemas/migrations/mood/0001-split.yaml": rename, "labels/mood/r1/ada.adjudicated.jsonl": said,
        "labels/mood/gold/ada.jsonl": gold, "labels/mood/gold/@crowd.jsonl": "",
        "labels/mood/r1/ada.jsonl": "", "labels/mood/r1/ben.jsonl": "", "labels/mood/r1/bot.jsonl": "",
    }  # fmt: skip
    project = small_project(tmp_path, files)
    corpus = load(project).corpus
    assert [(one.item, one.label, dict(one.waiting), one.lost) for one in corpus.decisions] == [
        ("i1", {"score": 2}, {"tone": "0.2.0", "why": "0.3.0"}, ("tone",)),
        ("i2", {}, {"tone": "0.3.0", "why": "0.3.0"}, ("tone",)),
        ("i3", {"tone": "sad"}, {"why": "0.3.0"}, ()),
        ("i4", {}, {"tone": "0.2.0", "why": "0.3.0"}, ("tone",)),
        ("i5", {"tone": "good"}, {}, ()),
    ]
    assert saved(project).decisions == corpus.decisions


def test_a_first_label_with_other_fields_is_kept_and_read_back(tmp_path):
    ben = '{"item":"i1","label":{"share":1,"tone":"bad"},"first":{"score":2,"tone":"bad"}}\n{"item":"i2","skip":"x"}\n'
    project = small_project(tmp_path, {"labels/mood/r1/ben.jsonl": ben})
    back = saved(project)
    assert plain(back) == plain(load(project).corpus)
    assert texts(back.annotations.annotator)[1] == "ben"
    first = {name: (int(column.codes[1]), int(column.first[1])) for name, column in back.annotations.fields.items()}
    assert first == {"tone": (1, 1), "score": (-1, 0), "share": (0, -1), "topics": (-1, -1), "names": (-1, -1)}


def test_only_what_waits_may_lack_what_the_schema_requires(tmp_path):
    ben = (
        '{"item":"i1","label":{"score":1},"guideline":"0.3.0"}\n'
        '{"item":"i2","label":{"score":1}}\n'
        '{"item":"i3","label":{"score":1,"tone":"bad"}}\n'
    )
    loaded = load(small_project(tmp_path, {**SPLITS, "labels/mood/r1/ben.jsonl": ben}))
    assert [(one.rule, one.at.path.rpartition("/")[2], one.at.line) for one in loaded.findings] == [
        ("label/schema", "ben.jsonl", 1),
        ("label/schema", "ben.jsonl", 2),
    ]


def test_the_order_of_lines_in_a_plan_changes_nothing(tmp_path):
    plans = [name for name in FILES if name.endswith("/assignments.jsonl")]
    turned = {name: "".join(reversed(FILES[name].splitlines(keepends=True))) for name in plans}
    turned = {name: text.replace('["ada","ben"]', '["ben","ada"]') for name, text in turned.items()}
    loaded = load(small_project(tmp_path / "turned", turned))
    corpus = load(small_project(tmp_path / "plain")).corpus
    assert {one.rule for one in loaded.findings} == {"label/not-canonical"}
    assert plain(loaded.corpus) == plain(corpus)
    asked = corpus.assignments
    assert [*zip(asked.batch.tolist(), asked.item.tolist(), texts(asked.annotator), strict=True)] == [
        *((0, item, who) for item, people in enumerate((("ada", "ben"), ("ada", "ben"), ("ben",))) for who in people),
        *((2, item, who) for item in range(5) for who in ("ada", "ben")),
    ]


def test_a_batch_that_cannot_be_read_is_left_out_with_its_plan_and_votes(tmp_path):
    corpus = load(small_project(tmp_path, {"labels/mood/r1/batch.yaml": "purpose: ?\n"})).corpus
    assert [one.name for one in corpus.batches] == ["r2", "r3"]
    assert {corpus.batches[code].name for code in corpus.annotations.batch.tolist()} == {"r2", "r3"}
    assert {corpus.batches[code].name for code in corpus.assignments.batch.tolist()} == {"r3"}
    assert [*corpus.annotators] == ["@crowd/W 1", "@crowd/w2", "ada", "ben"]


def test_who_is_asked_decides_or_is_named_by_a_batch_is_among_the_annotators(tmp_path):
    roster = {f"labels/annotators/{who}.yaml": "kind: person\n" for who in ("cy", "dan", "eve", "fay")}
    named = {
        "labels/mood/gold/cy.jsonl": '{"item":"i5","label":{"tone":"good"}}\n',
        "labels/mood/r3/assignments.jsonl": '{"item":"i1","annotators":["dan","nobody"]}\n',
        "labels/mood/r3/ben.jsonl": "",
        "labels/mood/r3/batch.yaml": FILES["labels/mood/r3/batch.yaml"] + "annotators: [eve, noone]\n",
    }
    corpus = load(small_project(tmp_path, {**roster, **named})).corpus
    assert [*corpus.annotators] == ["@crowd/W 1", "@crowd/w2", "ada", "ben", "bot", "cy", "dan", "eve"]


def test_saving_twice_gives_the_same_bytes(project):
    written = []
    for _ in range(2):
        saved(project)
        written.append({path.name: path.read_bytes() for path in (project.root / "build/mood").iterdir()})
    assert written[0] == written[1]


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
    assert plain(saved(project)) == plain(loaded.corpus)


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
