from assay.consensus.decision import compute_consensus
from assay.consensus.result import summary
from assay.core.values import Field, Scale
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
    consensus = compute_consensus(corpus, FIELDS)
    report = summary(consensus, FIELDS)

    assert (report.method, report.items) == ("majority", 3)
    assert report.fields["kind"].items == 3
    assert report.fields["kind"].sources == {
        "unanimous": 1, "voted": 0, "single": 1, "adjudicated": 0, "gold": 0, "tie": 1, "apart": 0, "none": 0,
    }  # fmt: skip
    assert list(report.fields["kind"].values.items()) == [("b", 1), ("a", 1)]
    assert report.fields["score"].values == {}


def test_the_elements_of_sequences_and_marks_are_counted_with_what_is_said_of_them():
    fields = (
        Field(name="pos", scale=Scale.SEQUENCE, values=("NOUN", "DET"), textual=False, source="tokens"),
        Field(
            name="drugs",
            scale=Scale.SPANS,
            textual=False,
            attributes=(
                Field(name="negated", scale=Scale.NOMINAL, values=(False, True), textual=False),
                Field(name="dose", scale=Scale.INTERVAL, textual=False),
            ),
        ),
    )
    spans = [
        {"start": 0, "end": 2, "label": "drug", "negated": True, "dose": 5},
        {"start": 3, "end": 4},
        {"start": 5, "end": 9, "label": "drug", "negated": None},
    ]
    rows = [Vote(item, "a", {"pos": ["DET", "NOUN", "DET"], "drugs": spans}) for item in "ij"]
    consensus = compute_consensus(corpus_from(rows, fields), fields)
    report = summary(consensus, fields).fields

    assert list(report["pos"].elements.items()) == [("NOUN", 2), ("DET", 4)]
    assert report["drugs"].elements == {"": 2, "drug": 4}
    assert report["drugs"].attributes == {"negated": {"true": 2}}
    assert (report["pos"].values, report["drugs"].values, report["pos"].attributes) == ({}, {}, {})
