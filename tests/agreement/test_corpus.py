import tracemalloc
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace as replace_fields

from assay.agreement import registry
from assay.agreement.breakdowns import breakdowns, facets
from assay.agreement.corpus import SEED, measure_corpus
from assay.core.agreement_result import AgreementReport, LeftOut
from assay.core.rated_units import ratings
from assay.core.values import Field, Scale
from corpora import Vote, corpus_from, corpus_of

FIELDS = (
    Field(name="mood", scale=Scale.ORDINAL, values=("low", "mid", "high")),
    Field(name="kind", scale=Scale.NOMINAL, values=("x", "y")),
    Field(name="tags", scale=Scale.SET, values=("p", "q"), textual=False),
    Field(name="note", scale=Scale.TEXT),
)


def votes(names=("ann", "bob", "cid"), shift=0):
    for n in range(40):
        for who, name in enumerate(names):
            label = {
                "mood": ("low", "mid", "high")[(n + (who == n % 7)) % 3],
                "kind": "xy"[(n // 3 + (who == n % 5)) % 2],
                "tags": ["p", "q"][: (n + (who == n % 4)) % 3],
                "note": f"{n % 3}",
            }
            yield Vote(f"i{(n + shift) % 40:02}", name, label, f"b{n // 10}")


def made():
    return measure_corpus(corpus_from(votes(), FIELDS, open_batches={"b3"}), FIELDS)


def test_fields_come_in_the_order_of_the_schema():
    assert list(made().report.fields) == [field.name for field in FIELDS]


def test_current_and_open_rounds_are_measured_apart():
    report = made().report
    assert [report.fields["kind"].units, report.open["kind"].units] == [30, 10]
    assert (report.fields["kind"].pairable, report.fields["kind"].annotators) == (90, 3)


def test_only_fields_with_work_in_open_rounds_are_listed_as_open():
    assert measure_corpus(corpus_from(votes(), FIELDS), FIELDS).report.open == {}


def test_every_coefficient_lies_in_its_interval():
    for field in made().report.fields.values():
        for coefficient in (field.alpha, field.ac1, field.percent):
            assert coefficient.reason or coefficient.low <= coefficient.value <= coefficient.high


def test_a_scale_that_is_not_measured_is_still_counted():
    note = made().report.fields["note"]
    assert (note.units, note.pairable, note.annotators) == (30, 90, 3)
    assert {note.alpha.reason, note.ac1.reason, note.audit.reason} == {"scale-not-measured"}
    assert note.percent.value == 1


def test_the_audit_agrees():
    for name in ("mood", "kind", "tags"):
        assert made().report.fields[name].audit.max_abs_diff < 1e-12


def test_what_is_broken_down_by_what():
    keys = {(row.field, row.breakdown, row.key) for row in made().rows if row.field != "note"}
    values = {"mood": ["low", "mid", "high"], "kind": ["x", "y"], "tags": ['"p"', '"q"']}
    expected = {(field, "overall", "") for field in values}
    expected |= {(field, "value", value) for field, of in values.items() for value in of}
    expected |= {(field, "batch", batch) for field in values for batch in ("b0", "b1", "b2")}
    expected |= {(field, "annotator", name) for field in values for name in ("ann", "bob", "cid")}
    expected |= {(field, "version", "0.1.0") for field in values}
    pairs = ("ann \u00d7 bob", "ann \u00d7 cid", "bob \u00d7 cid")
    expected |= {(field, "pair", pair) for field in values for pair in pairs}
    assert keys == expected


def test_the_overall_rows_are_the_report():
    measured = made()
    for row in measured.rows:
        if row.breakdown == "overall":
            coefficient = getattr(measured.report.fields[row.field], row.coefficient)
            assert (row.value, row.low, row.high) == (coefficient.value, coefficient.low, coefficient.high)


def test_a_batch_is_measured_as_if_it_were_alone():
    alone = corpus_from([vote for vote in votes() if vote.batch == "b1"], FIELDS)
    kind = measure_corpus(alone, FIELDS).report.fields["kind"]
    rows = [row for row in made().rows if (row.field, row.key) == ("kind", "b1")]
    assert {"alpha", "ac1", "percent", "fleiss"} <= {row.coefficient for row in rows}
    assert all(row.value == kind.coefficient(row.coefficient).value for row in rows)
    assert {row.units for row in rows} == {10}


def test_two_values_against_each_other_are_the_field_itself():
    rows = {(row.key, row.coefficient): row.value for row in made().rows if row.field == "kind"}
    assert rows["x", "alpha"] == pytest.approx(rows["", "alpha"], abs=1e-12)
    assert rows["x", "alpha"] == rows["y", "alpha"]


def test_many_batches_have_no_intervals_and_too_many_values_no_rows():
    given = {f"i{n:03}": {"a": n, "b": n + n % 2} for n in range(120)}
    corpus, field = corpus_of(given, scale=Scale.INTERVAL, batches={item: f"b{item[1:]}" for item in given})
    measured = measure_corpus(corpus, [field])
    rows = measured.rows
    assert {row.breakdown for row in rows} == {"overall", "batch", "annotator", "version", "pair"}
    assert measured.report.left_out == (LeftOut(field="label", breakdown="value", keys=121, limit=100),)
    assert all(row.low is None for row in rows if row.breakdown == "batch")
    assert all(
        row.low is not None
        for row in rows
        if row.breakdown == "overall" and row.coefficient in {"alpha", "ac2", "percent"}
    )


def test_a_field_that_nobody_answered_says_so():
    corpus, field = corpus_of({"i1": {"a": None, "b": None}})
    entry = measure_corpus(corpus, [field]).report.fields["label"]
    assert (entry.units, entry.alpha.reason, entry.audit.reason) == (0, "no-values", "no-pairable-units")


def test_no_annotations_at_all_say_so_too():
    corpus, field = corpus_of({"i1": {}})
    assert measure_corpus(corpus, [field]).report.fields["label"].percent.reason == "no-values"


def test_one_annotator_alone_and_no_item_in_common_are_told_apart():
    alone, field = corpus_of({"i1": {"a": "x"}, "i2": {"a": "y"}})
    apart, _ = corpus_of({"i1": {"a": "x"}, "i2": {"b": "y"}})
    assert measure_corpus(alone, [field]).report.fields["label"].alpha.reason == "one-annotator"
    assert measure_corpus(apart, [field]).report.fields["label"].kappa.reason == "no-pairable-units"


def test_other_names_and_orders_change_no_digit():
    first = made()
    renamed = corpus_from(list(votes(("zoe", "yan", "xia"), shift=7))[::-1], FIELDS, open_batches={"b3"})
    again = measure_corpus(renamed, FIELDS)
    assert unnamed(again.report) == unnamed(first.report)
    one, other = ([row for row in each.rows if row.breakdown not in {"annotator", "pair"}] for each in (again, first))
    assert one == other


def unnamed(report):
    """The report without the names of items."""
    fields = {name: replace_fields(field, costliest=()) for name, field in report.fields.items()}
    return replace_fields(report, fields=fields), [
        [one.influence for one in field.costliest] for field in report.fields.values()
    ]


def test_what_else_is_measured_changes_no_digit():
    kind = FIELDS[1]
    alone = measure_corpus(corpus_from(votes(), FIELDS, open_batches={"b3"}), [kind]).report.fields["kind"]
    assert alone == made().report.fields["kind"]


def test_the_seed_draws_units_for_the_audit_alone_and_is_written_down():
    corpus = corpus_from(votes(), FIELDS)
    one, other = measure_corpus(corpus, FIELDS).report, measure_corpus(corpus, FIELDS, SEED + 1).report
    assert (one.seed, other.seed, one.confidence) == (SEED, SEED + 1, 0.95)
    assert one.fields["mood"].alpha == other.fields["mood"].alpha


def test_a_group_makes_the_interval_that_of_groups():
    grouped = {f"i{n:02}": f"g{n // 3:02}" for n in range(40)}
    plain, clustered = (
        measure_corpus(corpus_from(votes(), FIELDS, groups=groups), FIELDS) for groups in (None, grouped)
    )
    one, other = plain.report.fields["kind"].alpha, clustered.report.fields["kind"].alpha
    assert one.value == other.value
    assert (one.low, one.high) != (other.low, other.high)


def test_a_relabelled_item_is_measured_by_its_newest_closed_round():
    old = [Vote("i1", who, {"kind": "x"}, "b0") for who in "ab"]
    new = [Vote("i1", who, {"kind": "y"}, "b1") for who in "ab"]
    other = [Vote("i2", who, {"kind": "x"}, "b0") for who in "ab"]
    rows = measure_corpus(corpus_from(old + new + other, FIELDS[1:2]), FIELDS[1:2]).rows
    assert {(row.key, row.units) for row in rows if row.breakdown == "batch"} == {("b0", 1), ("b1", 1)}


def test_the_report_is_plain_json():
    report = made().report
    assert msgspec.json.decode(msgspec.json.encode(report), type=AgreementReport) == report


def test_a_declared_order_matters_on_an_ordinal_scale():
    corpus = corpus_from(votes(), FIELDS)
    other = replace(FIELDS[0], values=("mid", "low", "high"))
    again = corpus_from(votes(), (other,))
    alphas = [
        measure_corpus(*each).report.fields["mood"].alpha.value for each in ((corpus, FIELDS[:1]), (again, [other]))
    ]
    assert alphas[0] != alphas[1]


@pytest.mark.slow
def test_rounding_errors_next_to_zero_are_not_reported():
    numbers = {"i1": {f"a{n}": n % 7 for n in range(1000)}}
    found = [measure_corpus(corpus, [field]).report.fields["label"] for corpus, field in each_scale(numbers)]
    assert {(entry.alpha.value, entry.alpha.low, entry.audit.max_abs_diff) for entry in found} == {(0.0, None, 0.0)}


def each_scale(given):
    return [corpus_of(given, scale=scale) for scale in (Scale.NOMINAL, Scale.ORDINAL, Scale.INTERVAL, Scale.RATIO)]


def test_many_distinct_values_take_no_memory_for_a_breakdown_that_is_left_out():
    corpus, field = corpus_of({f"i{n}": {"a": n / 7, "b": n / 7 + 1000} for n in range(3000)}, scale=Scale.INTERVAL)
    given, known = ratings(corpus, field, corpus.annotations.current), facets(corpus)
    tracemalloc.start()
    assert next(breakdowns(given, known)) == LeftOut(field="label", breakdown="value", keys=6000, limit=100)
    assert tracemalloc.get_traced_memory()[1] < len(given.whole.values) ** 2 / 4
    tracemalloc.stop()


def test_tables_of_too_many_pairs_and_values_are_left_out_and_the_rest_is_measured(monkeypatch):
    corpus, field = corpus_of({f"i{n}": {f"a{m}": f"v{m}" for m in range(60)} for n in range(20)})
    assert measure_corpus(corpus, [field]).report.fields["label"].kappa.pairs == 60 * 59 / 2
    monkeypatch.setattr(registry, "_MOST_CELLS", 60 * 59 / 2 * 60 - 1)
    entry = measure_corpus(corpus, [field]).report.fields["label"]
    assert entry.kappa.reason == "too-many-pairs"
    assert entry.conger.value is not None


def test_the_mean_kappa_rests_on_pairs_who_share_twenty_units():
    """In a crowd two hardly ever meet, and a mean over pairs of one or two units is of those who disagree."""
    rng = np.random.default_rng(5)
    truth = rng.random(300) < 0.5
    crowd = {
        f"i{n:03}": {f"a{who:03}": bool(truth[n] ^ (rng.random() < 0.1)) for who in rng.choice(150, 3, replace=False)}
        for n in range(300)
    }
    found = measure_corpus(*listed(crowd)).report.fields["label"]
    assert (found.kappa.value, found.kappa.reason, found.kappa.pairs) == (None, "few-shared-units", None)
    assert found.fleiss.value > 0.5
    steady = {unit: {**given, "x": truth[int(unit[1:])], "y": truth[int(unit[1:])]} for unit, given in crowd.items()}
    both = {unit: {who: bool(value) for who, value in given.items()} for unit, given in steady.items()}
    kappa = measure_corpus(*listed(both)).report.fields["label"].kappa
    assert (kappa.value, kappa.pairs) == (1.0, 1)
    fewer = {unit: given for n, (unit, given) in enumerate(both.items()) if n < 19}
    assert measure_corpus(*listed(fewer)).report.fields["label"].kappa.reason == "few-shared-units"
    same = {f"i{n}": {"a": "x", "b": "x"} for n in range(20)}
    assert measure_corpus(*listed(same)).report.fields["label"].kappa.reason == "no-variation"


def listed(votes):
    corpus, field = corpus_of(votes)
    return corpus, [field]
