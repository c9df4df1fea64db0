from assay.consensus import decide, queue, summary
from assay.model.schema import Field, Scale
from corpora import Vote, corpus_from

FIELDS = (
    Field(name="kind", scale=Scale.NOMINAL, values=("b", "a")),
    Field(name="score", scale=Scale.INTERVAL, textual=False),
)


def test_the_report_counts_sources_and_values_by_field():
    labels = {"i": ["a", "a"], "j": ["b", "a"], "k": ["b"]}
    corpus = corpus_from(
        [
            Vote(item, f"w{who}", {"kind": value, "score": who})
            for item in labels
            for who, value in enumerate(labels[item])
        ],
        FIELDS,
    )
    consensus = decide(corpus, FIELDS)
    report = summary(consensus, FIELDS, queue(consensus, corpus))

    assert (report.method, report.items, report.queue) == ("majority", 3, 1)
    assert report.fields["kind"].items == 3
    assert report.fields["kind"].sources == {
        "unanimous": 1, "voted": 0, "single": 1, "adjudicated": 0, "gold": 0, "tie": 1, "apart": 0, "none": 0,
    }  # fmt: skip
    assert list(report.fields["kind"].values.items()) == [("b", 1), ("a", 1)]
    assert report.fields["score"].values == {}
