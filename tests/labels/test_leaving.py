"""Votes of people who left or are paused: those made before count to the digit, later ones do not and are kept."""

import json

import numpy as np
import pytest

from assay.agreement.corpus import measure_corpus
from assay.consensus.votes import poll
from assay.core.people import Annotator, Batch, Kind, Purpose, Status
from assay.core.table import Column
from assay.labels.times import counting_rows, created_of, made_at
from assay.project.config import find_project
from projects import FILES, load, plain, saved, schema_of, texts, write_files

PEOPLE = ("ada", "ben", "chen", "dana", "eli", "fay")
ITEMS = tuple(f"i{number}" for number in range(1, 31))
PLAN = "".join(f'{{"item":"{item}","annotators":{json.dumps(PEOPLE)}}}\n'.replace(", ", ",") for item in sorted(ITEMS))
LATE = "2026-05-01T00:00:00Z"


def votes(who, month, items=ITEMS):
    tones = {item: "good" if (int(item[1:]) * (PEOPLE.index(who) + 3)) % 7 else "bad" for item in sorted(items)}
    return "".join(
        f'{{"item":"{item}","label":{{"tone":"{tone}"}},"at":"2026-{month}-03T10:00:00Z"}}\n'
        for item, tone in tones.items()
    )


def batch(name, created, status="closed"):
    statement = f"purpose: label\nstatus: {status}\ncreated: {created}\nguideline: 0.1.0\n"
    return {f"labels/mood/{name}/batch.yaml": statement, f"labels/mood/{name}/assignments.jsonl": PLAN}


def team(root, **changed):
    """Six people who answered all items in April."""
    pool = "".join(f'{{"id":"{item}","data":{{"text":"{item}"}}}}\n' for item in sorted(ITEMS))
    kept = {path: text for path, text in FILES.items() if not path.startswith(("labels/mood", "labels/items"))}
    files = {
        "labels/items/texts/one.jsonl": pool,
        **{f"labels/annotators/{who}.yaml": "kind: person\n" for who in PEOPLE},
        **batch("spring", "2026-04-01"),
        **{f"labels/mood/spring/{who}.jsonl": votes(who, "04") for who in PEOPLE},
    }
    write_files(root, {**kept, **files, **changed})
    return find_project(root)


def measured(project):
    loaded, schema = load(project), schema_of(project)
    ballots = [poll(loaded.corpus, field) for field in schema.fields]
    figures = [[repr(one.values), *map(np.ndarray.tolist, (one.items, one.value, one.count))] for one in ballots]
    return measure_corpus(loaded.corpus, schema.fields), figures, loaded


def test_when_two_of_six_leave_the_figures_of_before_stay_to_the_digit(tmp_path):
    before = measured(team(tmp_path / "all"))
    gone = {
        "labels/annotators/eli.yaml": "{status: left, since: 2026-05-01}\n",
        "labels/annotators/fay.yaml": "kind: person\nstatus: paused\nsince: 2026-04-04\n",
    }
    after = measured(team(tmp_path / "four", **gone))
    assert after[:2] == before[:2]
    assert after[2].findings == ()
    corpus = after[2].corpus
    assert [corpus.annotators[who].since for who in ("eli", "fay")] == ["2026-05-01", "2026-04-04"]

    excluded = dict.fromkeys(gone, "status: excluded\n")
    assert measured(team(tmp_path / "out", **excluded))[0] != before[0]


@pytest.mark.parametrize(
    ("entry", "counted", "rules"),
    [
        ("status: active", True, set()),
        ("{status: active, since: 2026-05-01}", True, set()),
        ("{status: trainee, since: 2027-05-01}", False, set()),
        ("status: trainee", False, set()),
        ("{status: paused, since: 2026-05-01}", True, set()),
        ("{status: left, since: 2126-05-01}", True, set()),
        ("{status: left, since: 2026-04-03}", False, {"label/after-leaving"}),
        ("status: paused", False, {"roster/since"}),
        ("status: left", False, {"roster/since"}),
        ("{status: left, since: 2026-02-30}", False, {"roster/since"}),
        ("{status: left, since: soon}", False, {"roster/entry"}),
        ("status: excluded", False, set()),
        ("{status: excluded, since: 2126-05-01}", False, {"roster/since"}),
        ("{kind: model, status: left, since: 2126-05-01}", False, set()),
    ],
)
def test_each_status_with_and_without_a_date(tmp_path, entry, counted, rules):
    loaded = load(team(tmp_path, **{"labels/annotators/ada.yaml": f"{entry}\n"}))
    rows = loaded.corpus.annotations
    mine = np.array([who == "ada" for who in texts(rows.annotator)])
    assert set(rows.counts[mine].tolist()) == {counted}
    assert rows.counts[~mine].all()
    assert {one.rule for one in loaded.findings} == rules


def test_the_day_begins_at_midnight_utc_and_a_vote_without_a_time_is_as_old_as_its_batch(tmp_path):
    lines = {
        "i1": (',"at":"2026-04-30T23:59:59.999999Z"', True),
        "i2": (f',"at":"{LATE}"', False),
        "i3": (',"at":"2026-05-01T00:00:00.000001Z"', False),
        "i4": ("", True),
        "i5": (',"at":"2027-01-01T00:00:00Z"', False),
    }
    text = "".join(f'{{"item":"{item}","label":{{"tone":"good"}}{at}}}\n' for item, (at, _) in lines.items())
    undated = "".join(f'{{"item":"{item}","label":{{"tone":"good"}}}}\n' for item in ("i6", "i7"))
    project = team(
        tmp_path,
        **{"labels/annotators/ada.yaml": "{status: left, since: 2026-05-01}\n", "labels/mood/spring/ada.jsonl": text},
        **{**batch("may", LATE, "open"), "labels/mood/may/ada.jsonl": undated},
    )
    loaded = load(project)
    rows, names = loaded.corpus.annotations, loaded.corpus.items.ids
    counted = {
        names[item]: bool(counts)
        for item, who, counts in zip(rows.item.tolist(), texts(rows.annotator), rows.counts, strict=True)
        if who == "ada"
    }
    assert counted == {**{item: want for item, (_, want) in lines.items()}, "i6": False, "i7": False}
    told = [
        (one.rule, one.at.path, one.at.line, one.severity, one.message.partition(" made")[0]) for one in loaded.findings
    ]
    assert told == [
        ("label/after-leaving", "labels/mood/may/ada.jsonl", 1, "warning", "2 votes"),
        ("label/after-leaving", "labels/mood/spring/ada.jsonl", 2, "warning", "3 votes"),
    ]
    assert plain(saved(project)) == plain(loaded.corpus)


def test_annotators_of_a_source_leave_each_on_a_day_of_their_own(tmp_path):
    crowd = "".join(
        f'{{"annotator":"{who}","status":"{status}","since":"{since}"}}\n'
        for who, status, since in (
            ("a", "left", "2026-04-02"),
            ("b", "paused", "2026-04-20"),
            ("c", "active", "2026-04-01"),
        )
    )
    records = "".join(
        f'{{"annotator":"{who}","item":"{item}","label":{{"tone":"good"}},"at":"2026-04-{day}T08:00:00Z"}}\n'
        for item, day in (("i1", "01"), ("i2", "19"), ("i3", "20"))
        for who in "abc"
    )
    statement = FILES["labels/mood/r2/batch.yaml"]
    project = team(
        tmp_path,
        **{"labels/sources/crowd.jsonl": crowd, "labels/mood/import/batch.yaml": statement},
        **{"labels/mood/import/@crowd.jsonl": records},
    )
    loaded = load(project)
    rows = loaded.corpus.annotations
    counted = [
        (who[-1], loaded.corpus.items.ids[item])
        for who, item, counts in zip(texts(rows.annotator), rows.item.tolist(), rows.counts, strict=True)
        if counts and who.startswith("@")
    ]
    assert sorted(counted) == [("a", "i1"), ("b", "i1"), ("b", "i2"), ("c", "i1"), ("c", "i2"), ("c", "i3")]
    (found,) = loaded.findings
    assert (found.at.line, found.annotator) == (4, "@crowd/a")
    assert (
        found.message
        == "3 votes made after @crowd/a and 1 more left or paused (@crowd/a: since 2026-04-02): not counted"
    )


def test_what_counts_is_what_a_plain_recount_says():
    rng = np.random.default_rng(7)
    days = ("", "2026-03-01", "2026-03-02")
    people = {
        f"p{number}": Annotator(id=f"p{number}", status=status, since=since, kind=kind)
        for number, (status, since, kind) in enumerate(
            (status, since, kind) for status in Status for since in days for kind in Kind
        )
    }
    batches = tuple(
        Batch(name=name, purpose=Purpose.LABEL, closed=True, created=created, guideline="0.1.0")
        for name, created in (("a", "2026-02-28"), ("b", "2026-03-01T12:00:00Z"), ("c", "2026-03-02"))
    )
    start = np.datetime64("2026-03-01", "us").astype(np.int64)
    size = 4000
    at = start + rng.integers(-2, 3, size) * 86_400_000_000 + rng.integers(-1, 2, size)
    at = np.where(rng.random(size) < 0.3, np.iinfo(np.int64).min, at)
    batch_of, codes = rng.integers(0, 3, size).astype(np.int32), rng.integers(0, len(people), size).astype(np.int32)
    column = Column(values=tuple(people), codes=codes)
    found = counting_rows(people, column, made_at(at, created_of(batches, batch_of)))

    def expected(row):
        one, created = people[column.values[codes[row]]], batches[batch_of[row]].created
        stated = at[row] != np.iinfo(np.int64).min
        made = np.datetime64(int(at[row]), "us") if stated else np.datetime64(created.removesuffix("Z"), "us")
        if one.kind is Kind.MODEL or one.status in {Status.TRAINEE, Status.EXCLUDED}:
            return False
        return one.status is Status.ACTIVE or (bool(one.since) and bool(made < np.datetime64(one.since, "us")))

    assert found.tolist() == [expected(row) for row in range(size)]
