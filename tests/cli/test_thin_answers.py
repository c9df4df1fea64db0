"""Tables on which agreement says nothing, by the real commands: each is said in words, and no rule passes on it."""

import pytest

from projects import FILES, write_files

SCHEMA = "type: object\nadditionalProperties: false\nrequired: [tone]\nproperties: {tone: {enum: [good, bad]}}\n"
BATCH = "purpose: label\nstatus: closed\ncreated: 2026-01-02\nguideline: 0.1.0\n"
GUIDELINE = (
    "---\ntask: mood\nversion: 0.1.0\nchanges: [{version: 0.1.0, date: 2026-01-01, summary: first}]\n---\nRead it.\n"
)
ITEMS = range(1, 121)
EACH = ("good", "bad")
SUBJECTS = (
    *("tone", "tone/good", "tone/bad", "tone by value", "tone by batch"),
    *("tone by version", "tone by meta.lang", "tone by groups"),
)


def vote(item, value, who=""):
    by = f'"annotator":"{who}",' if who else ""
    answer = f'"label":{{"tone":"{value}"}}' if value else '"skip":"unreadable"'
    return f'{{{by}"item":"i{item:03}",{answer}}}\n'


def votes(items, value_of):
    return "".join(vote(item, value_of(item)) for item in items)


def alternating(item):
    return EACH[item % 2]


CROWD = "".join(vote(1, EACH[number % 2], f"w{number:04}") for number in range(1000))
TABLES = {
    "one value only": (
        {"ada": votes(ITEMS, lambda _: "good"), "ben": votes(ITEMS, lambda _: "good")},
        "all values are the same",
    ),
    "one annotator": ({"ada": votes(ITEMS, alternating)}, "only one annotator gave it a value"),
    "no overlap": (
        {"ada": votes(ITEMS[:60], alternating), "ben": votes(ITEMS[60:], alternating)},
        "no item has two counting votes",
    ),
    "two units": (
        {"ada": votes(ITEMS[:2], alternating), "ben": votes(ITEMS[:2], alternating)},
        "on 2 units",
    ),
    "all skipped": (
        {"ada": votes(ITEMS, lambda _: None), "ben": votes(ITEMS, lambda _: None)},
        "no value of it counts",
    ),
    "1,000 annotators on one item": ({"@crowd": CROWD}, "on 1 unit"),
}


def plan(files):
    """The plan that asks whoever answers for every item; an import has none."""
    asked = ",".join(f'"{who}"' for who in files)
    lines = "".join(f'{{"item":"i{item:03}","annotators":[{asked}]}}\n' for item in ITEMS)
    return {} if "@crowd" in files else {"labels/mood/r1/assignments.jsonl": lines}


def rules(subjects, **parameters):
    stated = ", ".join(f"{key}: {value}" for key, value in parameters.items())
    return "consensus: {method: majority}\nrules:\n  agreement:\n" + "".join(
        f"    {subject}: {{{stated}}}\n" for subject in subjects
    )


@pytest.fixture(
    params=[pytest.param(name, marks=pytest.mark.slow) if name.startswith("1,000") else name for name in TABLES]
)
def thin(request, assay, tmp_path):
    """A measured project with one of the tables, and what must be said of it."""
    files, says = TABLES[request.param]
    write_files(
        tmp_path,
        {
            "checks/project.yaml": FILES["checks/project.yaml"],
            "checks/mood.yaml": rules(["tone"], at_least=0.1),
            "schemas/mood.yaml": SCHEMA,
            "guidelines/mood.md": GUIDELINE,
            "labels/annotators/ada.yaml": "role: lead\ngroups: {native: true}\n",
            "labels/annotators/ben.yaml": "kind: person\ngroups: {native: true}\n",
            "labels/sources/crowd.jsonl": "".join(f'{{"annotator":"w{number:04}"}}\n' for number in range(1000)),
            "labels/items/texts/one.jsonl": "".join(
                f'{{"id":"i{item:03}","data":{{}},"meta":{{"lang":"en"}}}}\n' for item in ITEMS
            ),
            "labels/mood/r1/batch.yaml": BATCH,
            **plan(files),
            **{f"labels/mood/r1/{who}.jsonl": lines for who, lines in files.items()},
        },
    )
    for stage in ("schema", "agreement", "consensus", "quality"):
        assert assay(stage, "mood").code == 0
    return says


@pytest.mark.parametrize(
    ("coefficient", "subjects"),
    [
        ("alpha", SUBJECTS),
        ("ac1", SUBJECTS),
        ("percent", (*SUBJECTS, "tone by pair")),
        ("kappa", ("tone", "tone by pair")),
    ],
)
@pytest.mark.parametrize("test", ["low", "value"])
def test_no_rule_passes_on_a_thin_answer_and_each_says_why(assay, thin, tmp_path, coefficient, subjects, test):
    asked = {"at_least": 0.1, "coefficient": coefficient, "test": test, "min_units": 1}
    (tmp_path / "checks/mood.yaml").write_text(rules(subjects, **asked))
    said = assay("gate", "--format", "json")
    assert said.code == 0
    judged = {rule["id"].removeprefix("mood/agreement/"): rule for rule in said.json["rules"]}
    assert {rule["outcome"] for rule in judged.values()} == {"insufficient"}
    assert thin in judged["tone"]["message"]
    for rule in judged.values():
        assert not any(word in rule["message"] for word in ("None", "nan", "no reason", "-0.00"))


@pytest.mark.parametrize("subject", ["tone by batch", "tone by annotator", "tone by pair"])
def test_no_gap_passes_on_a_thin_answer(assay, thin, tmp_path, subject):  # noqa: ARG001 - it is measured before
    asked = {"gap_at_most": 2, "coefficient": "percent", "test": "value", "min_units": 1}
    (tmp_path / "checks/mood.yaml").write_text(rules([subject], **asked))
    (rule,) = assay("gate", "--format", "json").json["rules"]
    assert rule["outcome"] == "insufficient"


def test_with_the_defaults_the_gate_says_it_in_a_sentence(assay, thin):
    said = assay("gate")
    assert said.code == 0
    assert "insufficient mood/agreement/tone: alpha of tone is " in said.out
    assert thin in said.out
    assert "the lower end must be at least 0.1" in said.out
