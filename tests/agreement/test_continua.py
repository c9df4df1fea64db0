"""Gamma and the later alphas for unitizing, on texts of one's own."""

import itertools
from functools import partial

import numpy as np
import pytest

from assay.agreement import gamma, u_alpha
from assay.agreement.disorder import Dissimilarity, best_alignment
from assay.errors import UsageError
from marking import random_spans, span


def partitions(spans, people):
    """Every alignment: each span with none or one of every other annotator, by trying all."""
    if not spans:
        yield []
        return
    first, rest = spans[0], spans[1:]
    others = [[None, *(one for one in rest if one[0] == who)] for who in range(people) if who != first[0]]
    for mates in itertools.product(*others):
        group = [first, *(mate for mate in mates if mate)]
        for more in partitions([one for one in rest if one not in group], people):
            yield [group, *more]


def cost_of(groups, marked, unlike):
    people, total = len(marked), 0.0
    for group in groups:
        held = dict(group)
        for one, other in itertools.combinations(range(people), 2):
            both = one in held and other in held
            total += unlike(marked[one], marked[other])[held[one], held[other]] if both else unlike.empty
    return total / (people * (people - 1) / 2)


@pytest.mark.parametrize("people", [2, 3, 4])
def test_the_best_alignment_is_that_of_trying_all(people):
    rng = np.random.default_rng(people)
    for _ in range(12):
        most = 8 // people
        marked = [
            np.array(
                [(one["start"], one["end"], "ab".index(one["label"])) for one in random_spans(rng, 12, most)]
            ).reshape(-1, 3)
            for _ in range(people)
        ]
        unlike = Dissimilarity(alpha=float(rng.choice([1, 3])), beta=float(rng.choice([0, 1, 2])), empty=0.5)
        every = [(who, at) for who, spans in enumerate(marked) for at in range(len(spans))]
        best = min(cost_of(groups, marked, unlike) for groups in partitions(every, people))
        found = best_alignment(marked, unlike)
        assert found.cost == pytest.approx(best, abs=1e-5)
        held = sorted(
            (who, at)
            for row, real in zip(found.chosen, found.real, strict=True)
            for who, at in enumerate(row)
            if real[who]
        )
        assert held == every


@pytest.mark.slow
def test_gamma_is_1_where_all_mark_the_same_and_about_0_where_each_marks_at_random():
    rng = np.random.default_rng(5)
    same = [span(0, 4, "a"), span(9, 12, "b")]
    assert gamma({"x": same, "y": same, "z": same}, seed=3).value == 1
    texts = [
        {who: [span(int(at), int(at) + 5, "ab"[rng.integers(2)]) for at in rng.integers(0, 95, 4)] for who in "xy"}
        for _ in range(20)
    ]
    found = gamma(texts, samples=10, seed=3)
    assert abs(found.value) < 0.1
    assert found == gamma(texts, samples=10, seed=3)
    assert found.disorder == gamma(texts, samples=2, seed=4).disorder


def test_the_alphas_of_texts_do_not_depend_on_names_or_order():
    rng = np.random.default_rng(6)
    texts = [
        {who: [span(at, at + int(rng.integers(1, 9)), "ab"[rng.integers(2)]) for at in (0, 10, 20)] for who in "xyz"}
        for _ in range(5)
    ]
    found = u_alpha(texts, [40] * 5)
    turned = [{who: text[{"x": "z", "y": "x", "z": "y"}[who]] for who in "xyz"} for text in reversed(texts)]
    renamed = [{who: [{**one, "label": one["label"] * 2} for one in text[who]] for who in text} for text in texts]
    for other in (u_alpha(turned, [40] * 5), u_alpha(renamed, [40] * 5)):
        assert (other.nominal, other.binary, other.cu) == pytest.approx((found.nominal, found.binary, found.cu))
    alone = [{who: [{**one, "label": "k"} for one in text[who]] for who in text} for text in texts]
    assert u_alpha(alone, [40] * 5).nominal == u_alpha(alone, [40] * 5).binary == found.binary
    assert u_alpha(alone, [40] * 5).cu is None


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: gamma({"x": [span(0, 1)]}), "two annotators"),
        (lambda: gamma([]), "no text"),
        (lambda: gamma({"x": [], "y": []}), "no text has a span"),
        (lambda: gamma({"x": [span(3, 3)], "y": []}), r"text 1, 'x': .* is not a span"),
        (lambda: gamma({"x": [{"start": 0}], "y": []}), "is not a span"),
        (lambda: gamma({"x": [span(0, float("nan"))], "y": []}), "is not a span"),
        (lambda: gamma({"x": [span(0, 1)], "y": []}, empty=0), "is not valid"),
        *(
            (partial(gamma, {"x": [span(0, 1)], "y": []}, **{name: odd}), f"{name}=.* is not valid")
            for name in ("alpha", "beta", "empty", "samples", "seed")
            for odd in (-1, float("nan"), float("inf"), 1e308, "x", None, True)
        ),
        (lambda: gamma({"x": [span(0, 1)], "y": []}, samples=0), "is not valid"),
        *(
            (partial(u_alpha, {"x": [span(0, 9)], "y": []}, odd), "length=.* is not valid")
            for odd in (-1, float("nan"), [float("inf")], 1e308, "x", None, True)
        ),
        (lambda: u_alpha({"x": [span(0, 9)], "y": []}, 8), "the text from 0 to 8"),
        (lambda: u_alpha([{"x": [span(0, 9)], "y": []}] * 2, [9]), "2 texts and 1 lengths"),
    ],
)
def test_what_cannot_be_measured_is_said(call, says):
    with pytest.raises(UsageError, match=says) as caught:
        call()
    assert caught.value.fix
