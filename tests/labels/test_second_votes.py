"""One person is one rater, under however many names; two votes on an item of a batch are one vote and a finding."""

from assay.agreement.corpus import measure_corpus
from projects import FILES, load, schema_of, small_project, texts

IDENTITIES = "labels/sources/identities.yaml"
BATCH = "purpose: label\nstatus: closed\ncreated: 2026-04-02\nguideline: 0.2.0\n"
APART = "Rene\u0301"


def votes(*lines):
    return "".join(
        f'{{"annotator":"{who}","item":"{item}","label":{{"tone":"{tone}"}}}}\n' for who, item, tone in lines
    )


def names(*them):
    return "".join(f'{{"annotator":"{one}"}}\n' for one in them)


def rows_of(loaded, batch):
    code = [one.name for one in loaded.corpus.batches].index(batch)
    rows = loaded.corpus.annotations
    told = zip(rows.batch.tolist(), texts(rows.annotator), texts(rows.path), rows.line.tolist(), strict=True)
    return [(who, path.rpartition("/")[2], line) for at, who, path, line in told if at == code]


def second(loaded):
    return [(one.at.path.split("/", 2)[2], one.at.line) for one in loaded.findings if one.rule == "label/two-votes"]


def measured(root, changed):
    gone = dict.fromkeys((name for name in FILES if name.startswith("labels/mood/r") and name.endswith(".jsonl")), "")
    project = small_project(root, {**gone, **changed})
    loaded = load(project)
    return measure_corpus(loaded.corpus, schema_of(project).fields).report.fields["tone"], loaded


def test_with_the_map_alpha_is_that_of_the_two_people(tmp_path):
    one = [("i1", "good"), ("i2", "bad"), ("i3", "bad"), ("i4", "good"), ("i5", "good")]
    two = [("i1", "good"), ("i2", "bad"), ("i3", "good"), ("i4", "good"), ("i5", "bad")]
    spelled = ("Ada", "ada ", "\uff21da", "\u0410da", "Ada")
    rene = ("Ren\u00e9", APART, "Ren\u00e9", "REN\u00c9", APART)
    many = [
        (who, *vote) for whose, said in ((spelled, one), (rene, two)) for who, vote in zip(whose, said, strict=True)
    ]
    people = [("one", *vote) for vote in one] + [("two", *vote) for vote in two]
    batch = {"labels/mood/r9/batch.yaml": BATCH}
    crowd = {"labels/sources/crowd.jsonl": names(*{*spelled, *rene}), "labels/mood/r9/@crowd.jsonl": votes(*many)}
    mapped = "".join(f'  "{name}": {"ada" if name in spelled else "ben"}\n' for name in {*spelled, *rene})
    apart, unmapped = measured(tmp_path / "unmapped", {**batch, **crowd})
    told, loaded = measured(tmp_path / "mapped", {**batch, **crowd, IDENTITIES: f"crowd:\n{mapped}"})
    wanted, _ = measured(
        tmp_path / "people",
        {**batch, "labels/sources/crowd.jsonl": names("one", "two"), "labels/mood/r9/@crowd.jsonl": votes(*people)},
    )
    assert told == wanted != apart
    assert {who for who, _, _ in rows_of(loaded, "r9")} == {"ada", "ben"}
    assert loaded.corpus.annotators.keys() >= {"ada", "ben"}
    assert [one.rule for one in loaded.findings if "look-alike" in one.rule or "two" in one.rule] == []
    assert sum(one.rule == "roster/look-alike" for one in unmapped.findings) == 6


def test_of_two_votes_of_one_person_one_counts_and_the_other_is_a_finding(tmp_path):
    changed = {
        "labels/sources/crowd.jsonl": names("W 1", "w2", "Ben", "Beno"),
        "labels/sources/other.jsonl": names("B", "C"),
        IDENTITIES: "crowd: {Ben: ben, Beno: ben}\nother: {B: ben}\n",
        # Two names in one file, in another order than by letter; two sources; and what another batch says is no second vote.
        "labels/mood/r4/batch.yaml": BATCH,
        "labels/mood/r4/@crowd.jsonl": votes(("Beno", "i1", "bad"), ("Ben", "i1", "good"), ("Beno", "i2", "bad")),
        "labels/mood/r4/@other.jsonl": votes(("B", "i1", "bad"), ("C", "i1", "bad"), ("B", "i2", "bad")),
        # A person's own file beside a source's.
        "labels/mood/r3/@crowd.jsonl": votes(("Ben", "i5", "bad"), ("Ben", "i4", "bad")),
    }
    loaded = load(small_project(tmp_path, changed))
    assert second(loaded) == [
        ("r3/@crowd.jsonl", 1),
        ("r4/@crowd.jsonl", 1),
        ("r4/@other.jsonl", 1),
        ("r4/@other.jsonl", 3),
    ]
    assert rows_of(loaded, "r4") == [
        ("@other/C", "@other.jsonl", 2),
        ("ben", "@crowd.jsonl", 2),
        ("ben", "@crowd.jsonl", 3),
    ]
    assert rows_of(loaded, "r3") == [("ben", "ben.jsonl", 1)]
    [own, twice, *_] = [one for one in loaded.findings if one.rule == "label/two-votes"]
    assert "labels/mood/r3/ben.jsonl:1" in own.message
    assert (twice.annotator, twice.item) == ("@crowd/Beno", "i1")
    assert "labels/mood/r4/@crowd.jsonl:2 as '@crowd/Ben'" in twice.message
    without = load(small_project(tmp_path / "without", {**changed, IDENTITIES: ""}))
    assert second(without) == []
    assert loaded.report.valid == without.report.valid - 3


def test_a_vote_that_the_batch_asks_for_counts_before_one_in_the_persons_own_file(tmp_path):
    changed = {
        "labels/sources/crowd.jsonl": names("W 1", "w2", "Ben"),
        IDENTITIES: "crowd: {Ben: ben}\n",
        "labels/mood/r4/batch.yaml": BATCH,
        "labels/mood/r4/@crowd.jsonl": votes(("Ben", "i1", "good")),
        "labels/mood/r4/ben.jsonl": '{"item":"i1","label":{"tone":"bad"}}\n{"item":"i2","label":{"tone":"bad"}}\n',
    }
    loaded = load(small_project(tmp_path, changed))
    assert rows_of(loaded, "r4") == [("ben", "@crowd.jsonl", 1)]
    assert second(loaded) == [("r4/ben.jsonl", 1)], "what nobody asked for is no second vote by itself"
    [one] = [one for one in loaded.findings if one.rule == "label/two-votes"]
    assert "labels/mood/r4/@crowd.jsonl:1 as '@crowd/Ben'" in one.message


def test_status_and_day_are_those_of_the_person(tmp_path):
    changed = {
        "labels/annotators/ben.yaml": "status: left\nsince: 2026-04-03\n",
        "labels/sources/crowd.jsonl": names("W 1", "w2", "Ben"),
        IDENTITIES: "crowd: {Ben: ben}\n",
        "labels/mood/r4/batch.yaml": BATCH,
        "labels/mood/r4/@crowd.jsonl": votes(("Ben", "i1", "good"), ("Ben", "i2", "good")).replace(
            '"item":"i2"', '"at":"2026-04-04T00:00:00Z","item":"i2"'
        ),
    }
    loaded = load(small_project(tmp_path, changed))
    rows = loaded.corpus.annotations
    mine = [path is not None and path.endswith("r4/@crowd.jsonl") for path in texts(rows.path)]
    assert rows.counts[mine].tolist() == [True, False]
    assert [(one.annotator, one.at.line) for one in loaded.findings if one.rule == "label/after-leaving"] == [
        ("@crowd/Ben", 2)
    ]
