"""What nobody decided is counted, said, and in no release: a project of twenty items through the real commands."""

import json

import pytest

from assay import __version__
from projects import write_files

ITEMS = [f"i{number:02}" for number in range(1, 21)]
RULES = (
    "consensus: {method: majority}\nrules:\n  schema: {errors_at_most: 0}\n  unresolved: {at_most: 0.02}\n"
    "  support: {votes_at_least: 2, share_at_least: 0.95}\n"
)
SCHEMA = "type: object\nadditionalProperties: false\nproperties:\n  tone: {enum: [good, bad, other]}\n"
GUIDELINE = "---\ntask: mood\nversion: {}\nowners: [lena]\nchanges:\n{}---\nRead it.\n"
FIRST = "  - {version: 1.0.0, date: 2026-01-01, summary: first}\n"
SPLIT = "  - {version: 2.0.0, date: 2026-02-01, summary: finer, affects: [tone=bad], policy: relabel}\n"
MIGRATION = (
    "reason: finer\nguideline: 2.0.0\nsteps:\n  - {split_value: {field: tone, value: bad, into: [awful, sad]}}\n"
)
BATCH = "purpose: label\nstatus: {}\ncreated: 2026-01-02\nguideline: 1.0.0\nannotators: [ada, ben]\noverlap: 2\n"
FILES = {
    "checks/project.yaml": f"format: 1\nassay: {__version__}\nid: test-project\ntasks: {{mood: {{pool: texts}}}}\nreleases: [set]\n",
    "checks/mood.yaml": RULES,
    "releases/set.yaml": "version: 1.0.0\ntasks: [mood]\nlicense: CC0-1.0\nsplits: {all: 1}\n",
    "schemas/mood.yaml": SCHEMA + "required: [tone]\n",
    "guidelines/mood.md": GUIDELINE.format("1.0.0", FIRST),
    "labels/annotators/ada.yaml": "kind: person\n",
    "labels/annotators/ben.yaml": "kind: person\n",
    "labels/annotators/lena.yaml": "role: lead\n",
    "labels/items/texts/one.jsonl": "".join(f'{{"id":"{item}","data":{{}}}}\n' for item in ITEMS),
    "labels/mood/b1/batch.yaml": BATCH.format("closed"),
    "labels/mood/b1/assignments.jsonl": "".join(f'{{"item":"{item}","annotators":["ada","ben"]}}\n' for item in ITEMS),
}  # fmt: skip


def answers(*given, items=ITEMS):
    """A vote file: a label each, or the reason of a skip."""
    told = (f'"skip":"{one}"' if isinstance(one, str) else f'"label":{json.dumps(one)}' for one in given)
    return "".join(f'{{"item":"{item}",{one}}}\n' for item, one in zip(items, told, strict=False))


def tones(count, first="bad"):
    """Twenty labels, so many of them of the first tone."""
    return [{"tone": first if number < count else "good"} for number in range(len(ITEMS))]


def votes(ada, ben):
    return {"labels/mood/b1/ada.jsonl": answers(*ada), "labels/mood/b1/ben.jsonl": answers(*ben)}


@pytest.fixture
def run(assay, tmp_path):
    """Writes files over the project and takes it through its stages: the quality report, what the gate and the release said."""

    def _run(files, *, released=False):
        write_files(tmp_path, {**FILES, **files})
        for stage in ("schema", "agreement", "consensus", "quality"):
            ended = assay(stage, "mood")
            assert ended.code == 0, ended.err
        gate = assay("gate")
        built = assay("release", "build", "set")
        assert built.code == (0 if released else 1), built.err
        return json.loads((tmp_path / "reports/mood/quality.json").read_bytes()), gate.out, built.out

    return _run


def manifest_and_rows(root):
    folder = root / "release/set"
    rows = [json.loads(line) for line in (folder / "mood/all.jsonl").read_text().splitlines()]
    return json.loads((folder / "manifest.json").read_bytes())["tasks"]["mood"], rows


@pytest.mark.parametrize("required", ["required: [tone]\n", ""])
def test_after_a_split_what_waits_is_unresolved_and_in_no_release(run, tmp_path, required):
    passed, said, _ = run(votes(tones(4), tones(4)), released=True)
    assert (passed["unresolved"]["unresolved"], passed["support"]["votes"]) == (0, {"2": 20})
    assert "release set: pass" in said

    split = {
        "schemas/mood.yaml": SCHEMA.replace("bad", "awful, sad") + required,
        "guidelines/mood.md": GUIDELINE.format("2.0.0", FIRST + SPLIT),
        "schemas/migrations/mood/0001-finer.yaml": MIGRATION,
    }
    waiting, said, _ = run({**split, **votes(tones(4), [*tones(3)[:19], {"tone": "other"}])})
    assert waiting["unresolved"] == {
        "unresolved": 4, "value": 0.2, "fields": {"tone": 4}, "items": 20, "reasons": {"waiting": 3, "tie": 1},
    }  # fmt: skip
    assert "4 of 20 items are unresolved (0.20): 3 wait for a person after a migration, 1 tie" in said
    assert waiting["support"] == {"rows": 16, "votes": {"1": 1, "2": 15}, "voted": {"1": 1, "2": 15}, "open": []}

    lenient = RULES.replace("0.02", "0.3").replace("0.95", "0.9")
    again = {"labels/mood/b2/batch.yaml": BATCH.format("open").replace("2026-01-02", "2026-03-01")}
    run({**split, **again, "checks/mood.yaml": lenient}, released=True)
    manifest, rows = manifest_and_rows(tmp_path)
    assert manifest["left_out"] == {"tie": ["i20"], "waiting": ["i01", "i02", "i03"]}
    assert (manifest["rows"], manifest["votes"], manifest["open"]) == ({"all": 16}, {"1": 1, "2": 15}, ["b2"])
    assert {row["label"]["tone"] for row in rows} == {"good"}


def test_a_field_waits_no_longer_once_its_item_was_asked_again_and_answered(run):
    optional = SCHEMA.replace("properties:\n", "properties:\n  mood: {enum: [x]}\n") + "required: [tone]\n"
    moody = [{"tone": "good", "mood": "y"}] * 20
    retired = "reason: rare\nguideline: 2.0.0\nsteps:\n  - {retire_values: {field: mood, values: [y]}}\n"
    plan = "".join(f'{{"item":"{item}","annotators":["ada"]}}\n' for item in ITEMS[:10])
    relabel = BATCH.format("closed").replace("label\n", "relabel\n").replace("2026-01-02", "2026-03-01")
    report, _, _ = run(
        {
            "schemas/mood.yaml": optional,
            "guidelines/mood.md": GUIDELINE.format("2.0.0", FIRST + SPLIT.replace("tone=bad", "mood=x")),
            "schemas/migrations/mood/0001-rare.yaml": retired,
            **votes(moody, moody),
            "labels/mood/b2/batch.yaml": relabel.replace("1.0.0", "2.0.0").replace("[ada, ben]", "[ada]"),
            "labels/mood/b2/assignments.jsonl": plan,
            "labels/mood/b2/ada.jsonl": answers(*[{"tone": "good"}] * 9, "unclear"),
        }
    )
    assert (report["unresolved"]["reasons"], report["unresolved"]["items"]) == ({"waiting": 11}, 20)
    assert report["support"]["votes"] == {"2": 9}


def test_what_both_skip_or_nobody_answers_is_unresolved(run):
    half = ["unclear"] * 9
    report, said, _ = run(votes([*half, *tones(0)[9:]], [*half, *tones(0)[9:19]]))
    assert report["unresolved"]["reasons"] == {"skipped": 9}
    assert (report["unresolved"]["items"], report["unresolved"]["value"]) == (20, 0.45)
    assert "9 of 20 items are unresolved (0.45): 9 have no answer" in said
    assert "10 of 11 rows that votes decide have at least 2 votes (0.91)" in said
    assert "1 have 1 vote and 0 none" in said


CONDITION = (
    SCHEMA
    + "  why: {type: string}\nrequired: [tone]\nallOf:\n"
    + "  - {if: {properties: {tone: {const: bad}}, required: [tone]}, then: {required: [why]}}\n"
)


def test_a_row_lacks_nothing_that_its_own_label_asks_for(run, tmp_path):
    rude, cold = {"tone": "bad", "why": "rude"}, {"tone": "bad", "why": "cold"}
    ada = [rude, rude, {"tone": "other"}, *tones(0)[3:]]
    ben = [rude, cold, {"tone": "good"}, *tones(0)[3:]]
    decided = {
        "labels/mood/gold/lena.jsonl": '{"item":"i04","label":{"tone":"good"}}\n{"item":"i03","label":{"tone":"bad","why":"cold"}}\n',
        "labels/mood/b1/lena.adjudicated.jsonl": '{"item":"i05","label":{"tone":"other"},"reason":"edge-case"}\n',
    }
    files = {
        **votes(ada, ben),
        **decided,
        "schemas/mood.yaml": CONDITION,
        "checks/mood.yaml": RULES.replace("0.02", "0.1"),
    }
    report, _, built = run(files, released=True)
    assert report["unresolved"]["reasons"] == {"tie": 1}
    manifest, rows = manifest_and_rows(tmp_path)
    assert manifest["left_out"] == {"tie": ["i02"]}
    assert manifest["votes"] == {"0": 1, "2": 18}
    assert report["support"]["voted"] == {"2": 16}
    assert "  mood: rows by votes: 1 on 0, 18 on 2 · left out: 1 tie\n" in built
    assert all("why" in row["label"] for row in rows if row["label"]["tone"] == "bad")


AGAIN = {
    "labels/mood/b2/batch.yaml": BATCH.format("closed").replace("label", "relabel").replace("01-02", "01-20"),
    "labels/mood/b2/assignments.jsonl": '{"item":"i01","annotators":["ada"]}\n',
    "labels/mood/b2/ada.jsonl": answers({"tone": "good"}),
}
FINER = {
    "schemas/mood.yaml": SCHEMA.replace("bad", "awful, sad") + "required: [tone]\n",
    "guidelines/mood.md": GUIDELINE.format("2.0.0", FIRST + SPLIT),
    "schemas/migrations/mood/0001-finer.yaml": MIGRATION,
}


def decided(tone, item="i01"):
    return f'{{"item":"{item}","label":{{"tone":"{tone}"}},"reason":"edge-case"}}\n'


def test_a_decision_that_waits_after_a_split_gives_way_to_no_older_word_until_the_item_is_asked_again(run, tmp_path):
    """Neither to the votes that it overruled nor to the decision that it replaced; and only what is heard waits."""
    files = {
        **FINER,
        **AGAIN,
        **votes(tones(0), tones(0)),
        "labels/mood/b1/lena.adjudicated.jsonl": decided("good") + decided("bad", "i02"),
        "labels/mood/b2/lena.adjudicated.jsonl": decided("bad"),
        "labels/mood/b0/batch.yaml": BATCH.format("closed").replace("label", "audit"),
        "labels/mood/b0/lena.adjudicated.jsonl": decided("bad", "i03"),
        "checks/mood.yaml": RULES.replace("0.02", "0.2"),
    }
    report, _, _ = run(files, released=True)
    assert report["unresolved"]["reasons"] == {"waiting": 2}
    assert manifest_and_rows(tmp_path)[0]["left_out"] == {"waiting": ["i01", "i02"]}
    asked = {
        "labels/mood/b3/batch.yaml": AGAIN["labels/mood/b2/batch.yaml"].replace("1.0.0", "2.0.0").replace("01-20", "02-20"),
        "labels/mood/b3/assignments.jsonl": '{"item":"i01","annotators":["ada","ben"]}\n{"item":"i02","annotators":["ada"]}\n',
        "labels/mood/b3/ada.jsonl": answers({"tone": "sad"}, {"tone": "good"}),
        "labels/mood/b3/ben.jsonl": answers({"tone": "sad"}),
    }  # fmt: skip
    report, _, _ = run({**files, **asked}, released=True)
    assert report["unresolved"]["reasons"] == {}
    assert manifest_and_rows(tmp_path)[1][0]["label"] == {"tone": "sad"}


def test_what_somebody_skips_after_leaving_takes_no_earlier_vote(run):
    files = {
        **votes(tones(0), tones(0)),
        "labels/annotators/ada.yaml": "kind: person\nstatus: left\nsince: 2026-01-10\n",
        "labels/mood/b2/batch.yaml": BATCH.format("closed").replace("01-02", "01-20"),
        "labels/mood/b2/assignments.jsonl": '{"item":"i01","annotators":["ada"]}\n',
        "labels/mood/b2/ada.jsonl": answers("unclear"),
    }
    report, _, _ = run(files, released=True)
    assert report["support"]["votes"] == {"2": 20}
