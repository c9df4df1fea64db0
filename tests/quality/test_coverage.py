from dataclasses import replace

import numpy as np

from assay.core.people import Purpose
from assay.core.table import AssignmentTable
from assay.core.values import Field, Scale
from assay.quality.measures import measure_coverage
from corpora import Vote, column, corpus_from

FIELDS = [Field(name="label", scale=Scale.NOMINAL)]


def asking(rows, asked, **options):
    """A corpus in which `asked` are (batch, item, annotator) codes and a name."""
    corpus = corpus_from(rows, FIELDS, **options)
    batch, item, annotator = zip(*asked, strict=True) if asked else ((), (), ())
    codes = [np.array(part, dtype=np.int32) for part in (batch, item)]
    return replace(corpus, assignments=AssignmentTable(batch=codes[0], item=codes[1], annotator=column(annotator)))


def test_assignments_with_a_row_of_their_annotator_are_answered_a_skip_too():
    rows = [Vote("i", "a", {"label": "x"}), Vote("j", "a", {}), Vote("i", "z", {"label": "x"})]
    report = measure_coverage(asking(rows, [(0, 0, "a"), (0, 1, "a"), (0, 0, "b"), (0, 1, "z")]))

    assert (report.assigned, report.answered, report.value) == (4, 2, 0.5)
    assert report.batches["b1"].value == 0.5


def test_an_annotation_of_another_batch_does_not_answer():
    rows = [Vote("i", "a", {"label": "x"}, "b1"), Vote("j", "a", {"label": "x"}, "b2")]
    report = measure_coverage(asking(rows, [(0, 0, "a"), (1, 0, "a")]))

    assert {name: share.value for name, share in report.batches.items()} == {"b1": 1, "b2": 0}


def test_open_batches_and_those_that_do_not_count_are_left_out():
    rows = [Vote("i", "a", {"label": "x"}, batch) for batch in ("b1", "b2", "b3")]
    corpus = asking(rows, [(0, 0, "a"), (1, 0, "b"), (2, 0, "b")], open_batches=["b2"])
    audit = replace(corpus.batches[2], purpose=Purpose.AUDIT)
    report = measure_coverage(replace(corpus, batches=(*corpus.batches[:2], audit)))

    assert (report.assigned, report.value, list(report.batches)) == (1, 1, ["b1"])


def test_where_nothing_was_asked_there_is_no_value():
    report = measure_coverage(asking([Vote("i", "a", {"label": "x"})], []))

    assert (report.assigned, report.value, report.batches) == (0, None, {})


def test_an_empty_corpus_has_no_coverage():
    assert measure_coverage(asking([], [])).value is None
