"""What a record claims counts only where somebody else's file bears it out; what it claims in vain changes no figure."""

import pytest

from assay.agreement.corpus import measure_corpus
from assay.core.findings import Severity
from assay.labels.assignment import load_assignment
from assay.labels.media import Gallery
from assay.labels.record_check import judged_record
from assay.labels.records import ANNOTATION, dump_records
from assay.labels.times import latest_past
from assay.lead.batch_state import load_batch_state
from assay.project.roster import load_roster
from projects import FILES, load, plain, schema_of, small_project, texts

ADA, BEN, BOT, CROWD = (f"labels/mood/r1/{who}.jsonl" for who in ("ada", "ben", "bot", "@crowd"))
ASSIGNED = "labels/mood/r1/assignments.jsonl"
RETURNED = "labels/mood/r1/ada.returned.jsonl"
REVIEWER = {"labels/annotators/bea.yaml": "role: reviewer\n"}
CLOSED = "purpose: relabel\nstatus: closed\ncreated: 2026-06-01\nguideline: 0.2.0\n"


def told(loaded):
    return [(one.rule, one.at.path, one.at.line) for one in loaded.findings]


def columns(corpus):
    """Everything that is measured: all but the place of each row."""
    values = plain(corpus)
    return {**values, "arrays": values["arrays"][:-1]}


def with_vote(path, item, tone="bad", **more):
    extra = "".join(f',"{key}":{value}' for key, value in more.items())
    line = f'{{"item":"{item}","label":{{"tone":"{tone}"}}{extra}}}'
    kept = [old for old in FILES.get(path, "").splitlines() if not old.startswith(f'{{"item":"{item}"')]
    return {path: "".join(f"{one}\n" for one in sorted([*kept, line]))}


# --- what a batch holds


@pytest.mark.parametrize(
    "changed",
    [
        with_vote(BEN, "i4"),  # on an item that the batch does not name
        with_vote(ADA, "i3"),  # by a person who is not asked for it
        with_vote(BOT, "i5"),  # a model's
        {"labels/mood/r1/ada.jsonl": FILES[ADA] + '{"item":"i3","skip":"tired"}\n'},
        {"labels/annotators/eve.yaml": "kind: person\n", **with_vote("labels/mood/r1/eve.jsonl", "i1")},
    ],
)
@pytest.mark.threat(1)
def test_a_vote_that_was_not_asked_for_is_an_error_and_changes_no_figure(tmp_path, changed):
    sound = load(small_project(tmp_path / "sound"))
    forged = load(small_project(tmp_path / "forged", changed))
    (path,) = (path for path in changed if path.endswith(".jsonl"))
    assert [(rule, at) for rule, at, _ in told(forged)] == [("label/not-assigned", path)]
    assert forged.findings[0].severity is Severity.ERROR
    assert forged.report.valid == sound.report.valid
    assert forged.report.records == sound.report.records + 1
    assert columns(forged.corpus) == columns(sound.corpus)


def test_a_model_needs_the_item_alone(tmp_path):
    loaded = load(small_project(tmp_path, with_vote(BOT, "i3")))
    assert loaded.findings == ()
    assert loaded.report.valid == 11


def test_votes_that_nobody_asked_for_make_no_batch_current_and_replace_no_label(tmp_path):
    forged = {
        "labels/mood/r9/batch.yaml": CLOSED,
        "labels/mood/r9/assignments.jsonl": '{"item":"i3","annotators":["ben"]}\n',
        **with_vote("labels/mood/r9/ada.jsonl", "i1"),
        "labels/mood/r9/ben.jsonl": '{"item":"i1","label":{"tone":"bad"}}\n{"item":"i3","label":{"tone":"bad"}}\n',
        **with_vote("labels/mood/r9/bot.jsonl", "i2"),
    }
    before, after = load(small_project(tmp_path / "before")), load(small_project(tmp_path / "after", forged))
    assert [rule for rule, _, _ in told(after)] == ["label/not-assigned"] * 3
    names = [batch.name for batch in after.corpus.batches]
    batches = dict(zip(after.corpus.items.ids, (names[code] for code in after.corpus.items.current_batch), strict=True))
    assert (batches["i1"], batches["i2"], batches["i3"]) == ("r1", "r2", "r9")
    fields = schema_of(small_project(tmp_path / "fields")).fields
    only_i3 = {**forged, "labels/mood/r9/ada.jsonl": "", "labels/mood/r9/bot.jsonl": ""}
    only_i3["labels/mood/r9/ben.jsonl"] = with_vote("x", "i3")["x"]
    honest = load(small_project(tmp_path / "honest", only_i3))
    assert measure_corpus(after.corpus, fields).report == measure_corpus(honest.corpus, fields).report
    assert before.corpus.items.current_batch.tolist()[:2] == after.corpus.items.current_batch.tolist()[:2]


def test_what_a_new_batch_may_ask_for_follows_the_plans(tmp_path):
    forged = {**with_vote(ADA, "i5"), **with_vote(BOT, "i4")}
    state = load_batch_state(small_project(tmp_path, forged), "mood")
    assert state.items_of(["r1"]) == {"i1", "i2", "i3"}
    assert state.items_of(["r2"]) == {"i2", "i4"}


def test_an_empty_plan_asks_nobody(tmp_path):
    loaded = load(small_project(tmp_path, {ASSIGNED: ""}))
    back = "labels/mood/r1/ada.returned.jsonl"
    wanted = [(ADA, 1), (ADA, 2), (back, 1), (BEN, 1), (BEN, 2), (BEN, 3), (BOT, 1)]
    found = [("label/not-assigned", path, line) for path, line in wanted]
    gone = ("batch/emptied", ASSIGNED, 0)
    assert sorted(told(loaded)) == sorted([gone, *found, ("label/first-not-returned", BEN, 1)])
    assert "r1" not in {loaded.corpus.batches[code].name for code in loaded.corpus.annotations.batch}


def test_a_batch_without_a_plan_holds_what_was_imported_and_what_models_answered(tmp_path):
    sound = load(small_project(tmp_path / "sound"))
    model = with_vote("labels/mood/r2/bot.jsonl", "i4")
    answered = load(small_project(tmp_path / "answered", model))
    assert answered.findings == ()
    assert answered.report.valid == sound.report.valid + 1
    own = {**with_vote("labels/mood/r2/ada.jsonl", "i3"), **with_vote("labels/mood/r2/ben.jsonl", "i4")}
    forged = load(small_project(tmp_path / "forged", {**model, **own}))
    assert told(forged) == [("label/not-assigned", path, 1) for path in own]
    assert forged.findings[0].severity is Severity.ERROR
    assert forged.findings[0].message == "the batch has no assignments.jsonl, so item 'i3' is assigned to no one"
    assert forged.report.valid == answered.report.valid
    assert columns(forged.corpus) == columns(answered.corpus)


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        (with_vote("labels/mood/r2/eve.jsonl", "i1"), "label/unknown-annotator"),
        (
            {"labels/annotators/bot.yaml": "kind: robot\n", **with_vote("labels/mood/r2/bot.jsonl", "i1")},
            "roster/entry",
        ),
    ],
)
def test_a_file_of_somebody_unknown_makes_a_batch_without_a_plan_no_items_current_one(tmp_path, changed, rule):
    loaded = load(small_project(tmp_path, changed))
    assert [one for one, _, _ in told(loaded)] == [rule]
    assert loaded.corpus.items.current_batch.tolist() == [0, 1, 0, 1, -1]
    assert not any(
        path.startswith("labels/mood/r2/") and "@" not in path for path in texts(loaded.corpus.annotations.path)
    )


def test_without_its_plan_no_own_file_of_a_batch_counts(tmp_path):
    project = small_project(tmp_path)
    (tmp_path / ASSIGNED).unlink()
    loaded = load(project)
    back = "labels/mood/r1/ada.returned.jsonl"
    wanted = [(ADA, 1), (ADA, 2), (back, 1), (BEN, 1), (BEN, 2), (BEN, 3)]
    found = [("label/not-assigned", path, line) for path, line in wanted]
    gone = ("batch/emptied", ASSIGNED, 0)
    assert sorted(told(loaded)) == sorted([gone, *found, ("label/first-not-returned", BEN, 1)])
    assert loaded.report.valid == 5
    assert not {ADA, BEN} & set(texts(loaded.corpus.annotations.path))
    assert loaded.corpus.items.current_batch.tolist()[1:3] == [1, -1]


@pytest.mark.parametrize("line", ["{", '{"item":"i3"}', '{"item":"i3","annotators":["ben","ben"]}', "<<<<<<< HEAD"])
def test_a_broken_line_of_the_plan_names_nobody_and_lifts_nothing(tmp_path, line):
    whole = FILES[ASSIGNED].splitlines()
    broken = {ASSIGNED: "\n".join([*whole[:2], line, ""]), **with_vote(ADA, "i5")}
    loaded = load(small_project(tmp_path, broken))
    assert ("label/not-assigned", ADA, 3) in told(loaded)
    rows = loaded.corpus.annotations
    assert not {(ADA, 3), (BEN, 3)} & set(zip(texts(rows.path), rows.line.tolist(), strict=True))
    assert loaded.report.valid == 9


@pytest.mark.parametrize("way", ["link", "folder"])
def test_a_plan_that_is_no_file_asks_nobody(tmp_path, way):
    project = small_project(tmp_path / "project")
    plan = tmp_path / "project" / ASSIGNED
    plan.rename(tmp_path / "elsewhere")
    plan.symlink_to(tmp_path / "elsewhere") if way == "link" else plan.mkdir()
    loaded = load(project)
    assert sum(rule == "label/not-assigned" for rule, _, _ in told(loaded)) == 7


def test_an_imported_file_of_people_has_no_place_in_a_batch_with_a_plan(tmp_path):
    lines = [f'{{"annotator":"{who}","item":"{item}","label":{{"tone":"bad"}}}}' for who, item in
             (("W 1", "i1"), ("W 1", "i2"), ("robo", "i1"), ("robo", "i4"), ("w2", "i1"))]  # fmt: skip
    sources = FILES["labels/sources/crowd.jsonl"].replace("\n", '\n{"annotator":"robo","kind":"model"}\n', 1)
    changed = {CROWD: "".join(f"{line}\n" for line in lines), "labels/sources/crowd.jsonl": sources}
    loaded = load(small_project(tmp_path, changed))
    found = [one for one in told(loaded) if one[0] != "label/not-canonical"]
    assert found == [("batch/import-with-assignments", CROWD, 1), ("label/not-assigned", CROWD, 4)]
    assert loaded.findings[0].message.startswith("3 records of people")
    rows = loaded.corpus.annotations
    kept = [line for path, line in zip(texts(rows.path), rows.line.tolist(), strict=True) if path == CROWD]
    assert kept == [3]


# --- what was sent back

SENT = '{"item":"i3","annotator":"ben","why":"look again","at":"2026-05-01T10:00:00Z"}\n'
BATCH_OF = "purpose: {}\nstatus: {}\ncreated: {}\nguideline: 0.2.0\n"


def asked(name, purpose="relabel", status="open", created="2026-03-02", item="i3", who="ben"):
    return {
        f"labels/mood/{name}/batch.yaml": BATCH_OF.format(purpose, status, created),
        f"labels/mood/{name}/assignments.jsonl": f'{{"item":"{item}","annotators":["{who}"]}}\n',
    }


@pytest.mark.parametrize(
    ("changed", "told_of"),
    [
        ({}, True),
        (asked("r4"), False),
        (asked("r4", status="closed"), False),
        (asked("r4", created="2026-01-02"), False),  # of one day the name decides
        (asked("r0", created="2026-01-02"), True),
        (asked("r4", created="2026-01-01"), True),
        (asked("r4", purpose="label"), True),
        (asked("r4", purpose="audit"), True),
        (asked("r4", item="i2"), True),
        (asked("r4", who="ada"), True),
        ({"labels/mood/r1/batch.yaml": FILES["labels/mood/r1/batch.yaml"].replace("closed", "open")}, False),
        ({"labels/mood/r1/batch.yaml": FILES["labels/mood/r1/batch.yaml"].replace("label", "audit")}, False),
        ({"labels/annotators/ben.yaml": "status: trainee\n"}, True),
        ({"labels/annotators/ben.yaml": "{status: left, since: 2026-06-01}\n"}, False),
        ({"labels/annotators/ben.yaml": "{status: paused, since: 2026-06-01}\n"}, False),
        ({"labels/annotators/ben.yaml": "status: excluded\n"}, False),
        ({BEN: "".join(FILES[BEN].splitlines(keepends=True)[:2])}, False),  # there is no answer
        (with_vote(BEN, "i3", at='"2026-05-01T10:00:01Z"'), False),
        (with_vote(BEN, "i3", at='"2026-05-01T10:00:00Z"'), True),
    ],
)
def test_what_was_sent_back_and_not_settled_is_told_unless_it_cannot_be_or_is_asked_again(tmp_path, changed, told_of):
    loaded = load(small_project(tmp_path, {RETURNED: FILES[RETURNED] + SENT, **changed}))
    found = [one for one in loaded.findings if one.rule == "batch/unsettled"]
    assert [(one.at.path, one.at.line, one.item, one.annotator) for one in found] == [
        (RETURNED, 2, "i3", "ben")
    ] * told_of
    assert all("assay batch reopen mood r1" in one.fix and "'i3'" in one.message for one in found)


def test_of_several_returns_of_one_answer_the_latest_is_told(tmp_path):
    later = SENT.replace("05-01T10", "05-01T12")
    for number, (first, second) in enumerate(((SENT, later), (later, SENT), (SENT, SENT))):
        files = {RETURNED: FILES[RETURNED] + first, "labels/mood/r1/bea.returned.jsonl": second, **REVIEWER}
        loaded = load(small_project(tmp_path / str(number), files))
        [found] = [one for one in loaded.findings if one.rule == "batch/unsettled"]
        assert found.at.path == (RETURNED if first == later else "labels/mood/r1/bea.returned.jsonl")


@pytest.mark.parametrize(
    ("line", "rule", "counts"),
    [
        ('{"item":"i2","annotator":"ben","why":"?"}', None, True),
        ('{"item":"i3","annotator":"ada","why":"?"}', "label/not-assigned", False),
        ('{"item":"i1","annotator":"eve","why":"?"}', "label/not-assigned", False),
        ('{"item":"i2","annotator":"ben","why":"?","at":"today"}', "label/bad-time", False),
        ('{"item":"i1","annotator":"ben","why":"?"}', "label/duplicate-item", False),
        ('{"item":"i1","annotator":"ada","why":"?"}', "label/not-canonical", True),  # the same item, of somebody else
        ('{"item":"i2","annotator":"ben","why":"?","at":"2025-01-01T00:00:00Z"}', "label/before-batch", True),
    ],
)
def test_a_return_counts_of_what_was_assigned_to_that_annotator(tmp_path, line, rule, counts):
    loaded = load(small_project(tmp_path, {RETURNED: f"{FILES[RETURNED]}{line}\n"}))
    found = [
        (one.rule, one.at.line) for one in loaded.findings if one.at.path == RETURNED and "unsettled" not in one.rule
    ]
    assert found == [(rule, 2)] * bool(rule)
    told_of = {(one.item, one.annotator) for one in loaded.findings if one.rule == "batch/unsettled"}
    if counts and '"ben"' in line:
        assert told_of == {("i2", "ben")}
    else:
        assert told_of == ({("i1", "ada")} if counts else set())


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({ASSIGNED: ""}, "assignments.jsonl lists no items, and annotators have answered"),
        ({ASSIGNED: " \n\n"}, "assignments.jsonl lists no items, and annotators have answered"),
        ({ASSIGNED: "", ADA: None, BEN: None, BOT: None}, "assignments.jsonl lists no items, and batch.yaml names annotators"),
        ({ASSIGNED: None}, "assignments.jsonl is missing, and annotators have answered"),
        ({ASSIGNED: None, ADA: None, BEN: None, BOT: None}, None),
        ({ASSIGNED: None, "labels/mood/r1/batch.yaml": BATCH_OF.format("label", "closed", "2026-01-02")}, None),
        ({ASSIGNED: "", "labels/mood/r1/batch.yaml": BATCH_OF.format("label", "closed", "2026-01-02")},
         "assignments.jsonl lists no items, and annotators have answered"),
        ({ASSIGNED: "", ADA: None, BEN: None, BOT: None, "labels/mood/r1/batch.yaml": BATCH_OF.format("label", "closed", "2026-01-02")}, None),
        ({ASSIGNED: "oops\n"}, None),
    ],
)  # fmt: skip
def test_a_batch_whose_plan_was_lost_is_told_where_people_were_asked(tmp_path, changed, says):
    project = small_project(tmp_path, {path: text for path, text in changed.items() if text is not None})
    for path, text in changed.items():
        if text is None:
            (tmp_path / path).unlink()
    found = [one for one in load(project).findings if one.rule == "batch/emptied"]
    assert [(one.at.path, one.message, one.batch) for one in found] == [(ASSIGNED, says, "r1")] * bool(says)


# --- first


def test_a_first_that_was_never_sent_back_is_not_measured(tmp_path):
    forged = with_vote(BEN, "i2", "good", first='{"tone":"bad"}')
    loaded = load(small_project(tmp_path, forged))
    assert told(loaded) == [("label/first-not-returned", BEN, 2)]
    tone = loaded.corpus.annotations.fields["tone"]
    assert (
        tone.first.tolist() == load(small_project(tmp_path / "sound")).corpus.annotations.fields["tone"].first.tolist()
    )
    assert loaded.report.valid == 10


@pytest.mark.parametrize(
    "sent",
    [
        "",
        '{"item":"i1","annotator":"ada","why":"another"}\n',
        '{"item":"i2","annotator":"ben","why":"another"}\n',
        '{"item":"i1","annotator":"ben"}\n',
    ],
)
def test_only_a_sound_return_of_that_item_to_that_annotator_lets_a_first_count(tmp_path, sent):
    loaded = load(small_project(tmp_path, {RETURNED: sent}))
    assert ("label/first-not-returned", BEN, 1) in told(loaded)
    score = loaded.corpus.annotations.fields["score"]
    assert score.first[1] == score.codes[1]


def test_a_return_counts_in_its_own_batch_and_by_somebody_known(tmp_path):
    sent = FILES[RETURNED]
    elsewhere = load(small_project(tmp_path / "1", {RETURNED: "", "labels/mood/r3/ada.returned.jsonl": sent}))
    nobody = load(small_project(tmp_path / "2", {RETURNED: "", "labels/mood/r1/eve.returned.jsonl": sent}))
    several = load(small_project(tmp_path / "3", {RETURNED: "", "labels/mood/r1/ben.returned.jsonl": sent}))
    assert ("label/first-not-returned", BEN, 1) in told(elsewhere)
    assert ("label/first-not-returned", BEN, 1) in told(nobody)
    assert several.findings == ()


def test_what_two_reviewers_send_back_to_one_annotator_counts_together(tmp_path):
    other = '{"item":"i2","annotator":"ben","why":"this one too"}\n'
    kept = FILES[BEN].replace('"confidence":1}', '"confidence":1,"first":{"tone":"bad"}}')
    loaded = load(small_project(tmp_path, {BEN: kept, "labels/mood/r1/bea.returned.jsonl": other, **REVIEWER}))
    assert loaded.findings == ()
    tone = loaded.corpus.annotations.fields["tone"]
    assert {row for row in range(len(tone.codes)) if tone.first[row] != tone.codes[row]} == {1, 4}


def test_an_imported_first_counts_as_it_is(tmp_path):
    crowd = "labels/mood/r2/@crowd.jsonl"
    first = FILES[crowd].replace('"tone":"bad"}}', '"tone":"bad"},"first":{"tone":"good"}}', 1)
    loaded = load(small_project(tmp_path, {crowd: first}))
    assert loaded.findings == ()
    tone = loaded.corpus.annotations.fields["tone"]
    assert (tone.codes[6], tone.first[6]) == (1, 0)


# --- times, versions, suggestions

AT = "2026-05-01T10:00:00Z"
STATED = {
    "vote": with_vote(BEN, "i2", "good", at=f'"{AT}"'),
    "import": {
        "labels/mood/r2/@crowd.jsonl": f'{{"annotator":"W 1","item":"i2","label":{{"tone":"bad"}},"at":"{AT}"}}\n'
    },
    "gold": {"labels/mood/gold/ada.jsonl": f'{{"item":"i1","label":{{"tone":"good"}},"at":"{AT}"}}\n'},
    "adjudication": {
        "labels/mood/r1/ada.adjudicated.jsonl": f'{{"item":"i1","label":{{"tone":"good"}},"reason":"other","at":"{AT}"}}\n'
    },
    "return": {RETURNED: f'{{"item":"i1","annotator":"ben","why":"look","at":"{AT}"}}\n'},
}


@pytest.mark.parametrize("kind", STATED)
@pytest.mark.parametrize(
    ("now", "late"), [("2026-05-01T09:54:59Z", True), ("2026-05-01T09:55:00Z", False), (None, False)]
)
@pytest.mark.threat(3)
def test_a_time_more_than_five_minutes_ahead_is_told_where_there_is_a_clock(tmp_path, kind, now, late):
    loaded = load(small_project(tmp_path, STATED[kind]), now=now)
    (path,) = STATED[kind]
    assert [(one.rule, one.at.path, one.at.pointer) for one in loaded.findings] == [
        ("label/future-time", path, "/at")
    ] * late
    assert loaded.report.valid == loaded.report.records


def test_a_clock_that_says_nothing_is_refused():
    with pytest.raises(ValueError, match="yesterday"):
        latest_past("yesterday")


@pytest.mark.parametrize("kind", STATED)
@pytest.mark.parametrize(
    ("created", "early"), [("2026-05-01", False), ("2026-05-01T10:00:00Z", False), ("2026-05-02", True), ("2026-05-01T10:00:01Z", True)]
)  # fmt: skip
@pytest.mark.threat(3)
def test_nothing_is_older_than_its_batch_but_what_was_imported(tmp_path, kind, created, early):
    batches = {
        path: FILES[path].replace(f"created: {day}", f"created: {created}")
        for path, day in (("labels/mood/r1/batch.yaml", "2026-01-02"), ("labels/mood/r2/batch.yaml", "2026-02-02"))
    }
    ada = FILES[ADA].replace('"at":"2026-01-03T10:00:00Z",', "")
    loaded = load(small_project(tmp_path, {**batches, ADA: ada, **STATED[kind]}))
    (path,) = STATED[kind]
    expected = early and kind not in {"import", "gold"}
    assert [(one.rule, one.at.path) for one in loaded.findings] == [("label/before-batch", path)] * expected


@pytest.mark.parametrize(("version", "told_of"), [("0.1.0", True), ("0.2.0", False), ("0.10.0", False)])
def test_a_batch_allows_its_own_version_and_later_ones(tmp_path, version, told_of):
    guideline = FILES["guidelines/mood.md"].replace("version: 0.2.0\nchanges:\n", "version: 0.10.0\nchanges:\n").replace(
        "---\nRead", "  - {version: 0.10.0, date: 2026-03-01, summary: third}\n---\nRead"
    )  # fmt: skip
    open_batch = {
        "guidelines/mood.md": guideline,
        "labels/mood/r3/ben.jsonl": f'{{"item":"i5","label":{{"tone":"good"}},"guideline":"{version}"}}\n',
        "labels/mood/r3/ada.adjudicated.jsonl": (
            f'{{"item":"i5","label":{{"tone":"good"}},"reason":"other","guideline":"{version}"}}\n'
        ),
        "labels/mood/r2/@crowd.jsonl": (
            f'{{"annotator":"W 1","item":"i2","label":{{"tone":"bad"}},"guideline":"{version}"}}\n'
        ),
    }
    loaded = load(small_project(tmp_path, open_batch))
    assert (
        told(loaded)
        == [
            ("label/other-guideline", "labels/mood/r3/ada.adjudicated.jsonl", 1),
            ("label/other-guideline", "labels/mood/r3/ben.jsonl", 1),
        ]
        * told_of
    )


@pytest.mark.parametrize(
    ("suggestion", "why"),
    [
        ('{"by":"bot","shown":{"tone":"good"}}', ""),
        ('{"by":"bot","shown":{"tone":"bad"}}', "has another answer"),
        ('{"by":"ada","shown":{"tone":"good"}}', "not a model"),
        ('{"by":"gpt","shown":{"tone":"good"}}', "not a model"),
        ('{"by":"bot"}', "needs `by`"),
        ('{"shown":{"tone":"good"}}', "needs `by`"),
        ('{"by":["bot"],"shown":{"tone":"good"}}', "needs `by`"),
    ],
)
def test_a_suggestion_is_what_the_models_file_says(tmp_path, suggestion, why):
    first = FILES[ADA].splitlines()[0].replace('"seconds":4.5}', f'"seconds":4.5,"suggestion":{suggestion}}}')
    project = small_project(tmp_path, {ADA: f"{first}\n"})
    loaded = load(project)
    assert told(loaded) == [("label/unknown-suggestion", ADA, 1)] * bool(why)
    assert all(why in one.message for one in loaded.findings)
    assert load(project, only=frozenset({ADA})).findings == loaded.findings


def test_a_suggestion_on_an_item_that_the_model_did_not_answer_is_unknown(tmp_path):
    changed = with_vote(BEN, "i3", suggestion='{"by":"bot","shown":{"tone":"good"}}')
    project = small_project(tmp_path, changed)
    assert told(load(project)) == [("label/unknown-suggestion", BEN, 3)]
    (tmp_path / BOT).unlink()
    assert told(load(project)) == [("label/unknown-suggestion", BEN, 3)]


def test_of_two_answers_of_a_model_the_first_was_shown(tmp_path):
    twice = '{"item":"i1","label":{"tone":"good"}}\n{"item":"i1","label":{"tone":"bad"}}\n{"item":"i2","skip":"x"}\n'
    for tone, why in (("good", []), ("bad", ["bot.jsonl of this batch has another answer to item 'i1'"])):
        vote = with_vote(ADA, "i1", suggestion=f'{{"by":"bot","shown":{{"tone":"{tone}"}}}}')
        found = load(small_project(tmp_path / tone, {BOT: twice, **vote})).findings
        assert [one.message for one in found if one.at.path == ADA] == [f"suggestion: {one}" for one in why]
    skipped = with_vote(BEN, "i2", suggestion='{"by":"bot","shown":{}}')
    found = load(small_project(tmp_path / "skipped", {BOT: twice, **skipped})).findings
    [one] = [one for one in found if one.at.path == BEN]
    assert one.message == "suggestion: bot.jsonl of this batch has no answer to item 'i2'"


def test_a_suggestion_is_compared_however_both_are_written(tmp_path):
    changed = {
        RETURNED: "",
        BOT: '{"label": {"tone":"good", "score": 3.0}, "item":"i1"}\n',
        BEN: with_vote(BEN, "i1")[BEN].replace('"bad"}}', '"bad"},"suggestion":{"by":"bot","shown":{"tone":"g\\u006fod","score":3.0}}}', 1),
    }  # fmt: skip
    assert {rule for rule, _, _ in told(load(small_project(tmp_path, changed)))} == {"label/not-canonical"}


def test_one_record_of_the_page_or_a_sheet_is_held_by_errors_alone(tmp_path):
    project = small_project(
        tmp_path, {"labels/mood/r1/batch.yaml": FILES["labels/mood/r1/batch.yaml"].replace("closed", "open")}
    )
    schema, roster, versions = schema_of(project), load_roster(project), frozenset({"0.1.0", "0.2.0"})
    assignment = load_assignment(project, schema, versions, roster, "r1", "ben")
    record = {"item": "i2", "label": {"tone": "good"}, "at": "2025-01-01T00:00:00Z", "first": {"tone": "bad"},
              "suggestion": {"by": "gpt", "shown": {"tone": "bad"}}}  # fmt: skip
    warned = load(small_project(tmp_path, {BEN: dump_records(ANNOTATION, [record])})).findings
    assert {one.rule for one in warned} == {
        "label/before-batch",
        "label/first-not-returned",
        "label/unknown-suggestion",
    }
    gallery = Gallery(project.snapshot, "texts", schema)
    assert judged_record(record, assignment, schema, versions, roster, gallery) == ((), ())
    (fault,), _ = judged_record({**record, "label": {"tone": "god"}}, assignment, schema, versions, roster, gallery)
    assert fault.rule == "label/schema"
