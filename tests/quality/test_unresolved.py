from assay.consensus import decide
from assay.model.schema import Field, Scale
from assay.quality import unresolved
from corpora import Vote, corpus_from, corpus_of


def test_ties_are_counted_of_the_cells_with_a_vote():
    fields = [Field(name="one", scale=Scale.NOMINAL), Field(name="two", scale=Scale.NOMINAL)]
    rows = [
        Vote("i", "a", {"one": "x", "two": "x"}),
        Vote("i", "b", {"one": "y", "two": "x"}),
        Vote("j", "a", {"one": "x"}),
    ]
    report = unresolved.measure(decide(corpus_from(rows, fields), fields))

    assert (report.cells, report.unresolved, report.value) == (3, 1, 1 / 3)
    assert report.fields == {"one": 1, "two": 0}


def test_without_cells_there_is_no_value():
    corpus, field = corpus_of({"i": {"a": None}})

    assert unresolved.measure(decide(corpus, [field])).value is None
