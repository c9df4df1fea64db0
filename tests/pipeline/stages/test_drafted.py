"""A task drafted from labels, through import and stages: the labels fit their own draft, but for what it lists."""

import json

import orjson
import pyarrow.parquet as pq
import pytest

from assay.annotator.change_check import check
from assay.clone.project_files import init_project
from assay.lead.long_import import import_long
from assay.lead.task_add import add_task
from assay.pipeline.agreement_stage import agreement
from assay.pipeline.gate_stages import gate, policy
from assay.pipeline.schema_stage import schema
from assay.pipeline.table_stages import consensus, quality
from assay.project.config import find_project

TODAY = "2026-03-14"
WORDS = ("low low", "low medium", "medium medium", "medium high", "high high", "high high")


def votes(pairs, field="f", **data):
    """A long file's rows: of each item what each of two annotators gave; None: nothing."""
    for number, pair in enumerate(pairs):
        for who, value in zip(("a", "b"), pair, strict=True):
            label = {} if value is None else {field: value}
            yield {"item": str(number), "annotator": who, "label": label, "data": {"text": "in Rome.", **data}}


@pytest.fixture
def drafted(tmp_path):
    """Drafts a task from rows, imports them and measures it: what was added, the errors of `check`, the figures, the values."""

    def _drafted(rows, **scales):
        folder = tmp_path / f"p{len(list(tmp_path.iterdir()))}"
        file = tmp_path / "in.jsonl"
        file.write_bytes(b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows))
        init_project(folder, project_id="0b9ffe5c-1111")
        added = add_task(find_project(folder), "s", today=TODAY, scales=scales, source=file)
        assert not import_long(find_project(folder), file, task="s", today=TODAY).refused
        return added, *measured(find_project(folder))

    return _drafted


def measured(project):
    errors = [one for one in check(project, everything=True).findings if one.severity == "error"]
    for stage in (schema, agreement, policy, consensus, quality):
        stage(project, "s")
    figures = json.loads((project.root / "reports/s/agreement.json").read_bytes())["fields"]
    table = pq.read_table(project.root / "build/s/consensus.parquet", columns=["item", "field", "value"])
    return errors, figures, {(row["item"], row["field"]): row["value"] for row in table.to_pylist()}


def told(findings):
    return sorted((one.rule, one.item, one.annotator.rpartition("/")[2]) for one in findings)


def span(start, end):
    return {"start": start, "end": end, "label": "City"}


def paths(*names):
    return [list(name.split(" > ")) for name in names]


FIELDS = {
    "tone": ([("pos", "pos"), ("neg", "neg"), ("neg", "pos"), ("pos", None)] * 3, "nominal", {"0": "pos", "3": "pos"}),
    "rating": ([(0, 0), (5, None), (0, 4), (4, 4)], "ordinal", {"0": "0", "1": "5", "2": "0", "3": "4"}),
    "stars": ([(1.0, 2.0), (5.0, 5.0), (3.0, 3.0), (4.0, None), (4.0, 1.0)], "ordinal", {"1": "5"}),
    "sure": ([(True, True), (False, None), (False, True)], "nominal", {"0": "true", "1": "false"}),
    "topics": ([(["b", "a"], ["a", "b"]), (["a"], None), (["b"], ["b", "a"])], "set", {"0": '["a","b"]'}),
    "twice": ([(["b", "a", "a"], ["a", "b"]), *[(["a"], ["b"]), (["b", "a"], None)] * 9], "set", {"0": '["a","b"]'}),
}


def test_labels_fit_their_own_draft_and_a_null_is_a_missing_value(drafted):
    many = max(len(pairs) for pairs, *_ in FIELDS.values())
    rows = [*votes([(None, None)] * many)]
    for name, (pairs, *_) in FIELDS.items():
        for row, value in zip(rows, (value for pair in pairs for value in pair), strict=False):
            row["label"].update({} if value is None else {name: value})
    found = []
    for _ in range(2):
        added, errors, figures, decided = drafted(rows)
        assert (added.findings, errors) == ((), [])
        for name, (pairs, scale, values) in FIELDS.items():
            assert (figures[name]["scale"], figures[name]["units"]) == (scale, sum(None not in pair for pair in pairs))
            assert figures[name]["audit"]["max_abs_diff"] < 1e-9
            assert {item: decided[item, name] for item in values} == values
        found.append((figures, decided))
        for row in rows:
            row["label"] = dict.fromkeys(FIELDS) | row["label"]
    assert found[0] == found[1]


def test_one_bad_span_in_ten_is_listed_and_the_rest_is_measured(drafted):
    pairs = [
        ([span(3, 20)], [span(3, 7)]),
        *[([span(3, 7)], [span(3, 7)])] * 3,
        ([], [span(3, 7)]),
        ([span(0, 2)], [span(3, 7)]),
    ]
    added, errors, figures, _ = drafted(votes(pairs))
    assert told(added.findings) == told(errors) == [("label/span", "0", "a")]
    assert added.findings[0].at.line == 1
    assert "a span ends at 20, and the item's 'text' ends at 8" in added.findings[0].message
    assert figures["f"]["units"] == 5
    assert figures["f"]["alpha"]["value"] is not None


def test_one_value_of_another_type_is_listed_and_the_rest_is_measured(drafted):
    pairs = [*[(1, 1), (2, 2), (3, 2)] * 4, (3, "three"), (2, [2])]
    added, errors, figures, _ = drafted(votes(pairs))
    assert told(added.findings) == told(errors) == [("label/schema", "12", "b"), ("label/schema", "13", "b")]
    assert (figures["f"]["scale"], figures["f"]["units"]) == ("ordinal", 12)


def test_paths_may_be_lists_with_any_sign_in_their_names(drafted):
    pairs = [
        paths("Dept > In/Out process", "Dept > In/Out process"),
        paths("Dept > In", "Dept"),
        paths("Lab", "Dept > In"),
    ]
    added, errors, figures, _ = drafted(votes(pairs), f="tree")
    assert (added.findings, errors, figures["f"]["scale"]) == ((), [], "tree")
    assert figures["f"]["alpha"]["value"] is not None


def test_words_without_an_order_have_no_alpha_and_no_middle_until_one_is_written(drafted, tmp_path):
    pairs = [pair.split() for pair in WORDS]
    added, errors, figures, decided = drafted(votes(pairs), f="ordinal")
    project = find_project(tmp_path / "p0")
    assert "x-order" in added.fields[0].lacks
    assert [one.rule for one in errors] == ["schema/keyword"]
    assert "write under f: x-order: [" in errors[0].fix
    undefined = {
        name for name, one in figures["f"].items() if isinstance(one, dict) and one.get("reason") == "no-order"
    }
    assert undefined == {"alpha", "ac2", "ac2_linear", "ac2_ordinal", "kappa_linear", "kappa_quadratic", "audit"}
    assert figures["f"]["fleiss"]["value"] == pytest.approx(0.489, abs=5e-4)
    assert [*decided.values()] == ["low", None, "medium", None, "high", "high"]
    verdict = {rule.id: rule for rule in gate(project).rules}
    assert verdict["s/agreement/f"].outcome == "insufficient"
    assert "the order of its values is unknown: write x-order" in verdict["s/agreement/f"].message
    assert verdict["s/schema"].outcome == "fail"
    path = project.root / "schemas/s.yaml"
    path.write_text(f"{path.read_text()}    x-order: [low, medium, high]\n")
    errors, figures, decided = measured(project)
    assert errors == []
    assert figures["f"]["alpha"]["value"] == pytest.approx(0.764, abs=5e-4)
    assert [*decided.values()] == ["low", "low", "medium", "medium", "high", "high"]
