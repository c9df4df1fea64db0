import random

import pytest

from assay.core.values import Field, Scale
from assay.files.yaml import load_yaml
from assay.project.migration import field_names, later_than, migrate_label, values_migrated
from assay.project.migration_files import migrations_of, with_repeats


def migrations(*steps, guideline="2.0.0"):
    text = f"reason: r\nguideline: {guideline}\nsteps:\n" + "".join(f"  - {step}\n" for step in steps)
    return migrations_of([load_yaml(text.encode(), "schemas/migrations/t/0001-m.yaml")])


@pytest.mark.parametrize(
    ("step", "label", "wanted", "pending"),
    [
        ("rename_values: {field: tone, values: {bad: poor}}", {"tone": "bad"}, {"tone": "poor"}, set()),
        ("rename_values: {field: tone, values: {bad: good, good: bad}}", {"tone": "bad"}, {"tone": "good"}, set()),
        ("rename_values: {field: n, values: {1: 2}}", {"n": 1}, {"n": 2}, set()),
        ("rename_values: {field: topics, values: {a: b}}", {"topics": ["a", "b", "c"]}, {"topics": ["b", "c"]}, set()),
        (
            "rename_values: {field: names, values: {per: person}}",
            {"names": [{"start": 0, "end": 2, "kind": "per"}]},
            {"names": [{"start": 0, "end": 2, "kind": "person"}]},
            set(),
        ),
        ("merge_values: {field: tone, values: [bad, awful], into: poor}", {"tone": "awful"}, {"tone": "poor"}, set()),
        ("retire_values: {field: tone, values: [bad]}", {"tone": "bad", "n": 1}, {"n": 1}, {"tone"}),
        ("retire_values: {field: topics, values: [a]}", {"topics": ["a", "b"]}, {"topics": ["b"]}, {"topics"}),
        ("split_value: {field: tone, value: bad, into: [sad, angry]}", {"tone": "bad"}, {}, {"tone"}),
        ("rename_field: {from: tone, to: mood}", {"tone": "bad"}, {"mood": "bad"}, set()),
        ("add_field: {field: sure}", {"tone": "bad"}, {"tone": "bad"}, {"sure"}),
        ("add_field: {field: sure, value: true}", {"tone": "bad"}, {"tone": "bad", "sure": True}, set()),
        ("drop_field: {field: tone}", {"tone": "bad", "n": 1}, {"n": 1}, set()),
        ("retype_field: {field: n, to: integer}", {"n": "3"}, {"n": 3}, set()),
        ("retype_field: {field: n, to: integer}", {"n": "3.5"}, {}, {"n"}),
        ("retype_field: {field: n, to: string}", {"n": 3}, {"n": "3"}, set()),
        ("retype_field: {field: n, values: {1: low}}", {"n": 1}, {"n": "low"}, set()),
    ],
)
def test_each_step_does_what_its_name_says_and_leaves_other_labels_alone(step, label, wanted, pending):
    done = migrate_label(label, migrations(step))
    assert (done.label, done.pending) == (wanted, pending)
    untouched = {"other": "bad", "sure": False}
    assert migrate_label(untouched, migrations(step)).label == untouched


def test_in_a_sequence_and_in_a_path_values_may_come_to_be_the_same_and_keep_their_places():
    pos = Field(name="pos", scale=Scale.SEQUENCE, source="tokens")
    steps = (
        "rename_field: {from: tags, to: pos}",
        "merge_values: {field: pos, values: [NOUN, PROPN], into: N}",
        "merge_values: {field: kinds, values: [NOUN, PROPN], into: N}",
    )
    label = {"tags": ["NOUN", "DET", "PROPN", "NOUN"], "kinds": ["NOUN", "DET", "PROPN"]}
    merged = migrate_label(label, with_repeats(migrations(*steps), [pos]))
    assert merged.label == {"pos": ["N", "DET", "N", "N"], "kinds": ["N", "DET"]}
    (early,) = with_repeats(migrations("rename_values: {field: tags, values: {DET: D}}", steps[0]), [pos])
    assert migrate_label({"tags": ["DET", "DET"]}, [early]).label == {"pos": ["D", "D"]}
    tree = Field(name="tags", scale=Scale.TREE)
    (renamed,) = with_repeats(migrations("rename_values: {field: tags, values: {x: y}}"), [tree])
    assert migrate_label({"tags": ["In", "In"]}, [renamed]).label == {"tags": ["In", "In"]}


def test_a_chain_carries_a_value_and_its_field_through_every_name():
    chain = migrations("rename_values: {field: tone, values: {bad: poor}}", "rename_field: {from: tone, to: mood}")
    chain += migrations("merge_values: {field: mood, values: [poor, sad], into: low}", guideline="3.0.0")
    assert migrate_label({"tone": "bad"}, chain).label == {"mood": "low"}
    assert migrate_label({"mood": "poor"}, later_than(chain, "2.0.0")).label == {"mood": "low"}
    assert later_than(chain, "3.0.0") == ()
    assert field_names(chain) == {"tone": "mood"}


def test_a_field_that_waits_is_renamed_or_dropped_with_its_field():
    split = "split_value: {field: tone, value: bad, into: [sad, angry]}"
    assert migrate_label({"tone": "bad"}, migrations(split, "rename_field: {from: tone, to: mood}")).pending == {"mood"}
    assert migrate_label({"tone": "bad"}, migrations(split, "drop_field: {field: tone}")).pending == set()


def test_probabilities_of_merged_values_are_added_up():
    merge = migrations("merge_values: {field: tone, values: [bad, awful], into: poor}")
    assert values_migrated("tone", {"bad": 0.25, "awful": 0.25, "good": 0.5}, merge) == {"poor": 0.5, "good": 0.5}


def test_random_renamings_can_be_taken_back_by_their_inverse():
    chance = random.Random(4)
    names = ["a", "b", "c", "d", "e"]
    for _ in range(300):
        shuffled = chance.sample(names, len(names))
        there = dict(zip(names, shuffled, strict=True))
        steps = [f"rename_values: {{field: f, values: {turns}}}" for turns in (_flow(there), _flow(_inverse(there)))]
        label = {"f": chance.choice(names)}
        assert migrate_label(label, migrations(*steps)).label == label


def _inverse(turns):
    return {new: old for old, new in turns.items()}


def _flow(turns):
    return "{" + ", ".join(f"{old}: {new}" for old, new in turns.items()) + "}"
