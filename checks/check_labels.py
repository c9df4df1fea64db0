"""What this team holds its labels to, beyond the rules: plain pytest, run by the gate."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pandas import DataFrame, Series


def check_nobody_gives_a_whole_batch_one_intent(annotations: Mapping[str, DataFrame]) -> None:
    """Ten answers and more that are all the same are a stuck key, not a judgement."""
    votes = _votes(annotations["triage"], "intent")
    intents = votes.groupby(["batch", "annotator"])["value"].agg(["size", "nunique"])
    stuck = intents[(intents["size"] >= 10) & (intents["nunique"] == 1)]
    assert stuck.empty, f"one intent throughout: {list(stuck.index)}"


def check_no_message_of_urgency_4_waits_undecided(consensus: Mapping[str, DataFrame]) -> None:
    """What was urgent must not stand in a release with a question mark."""
    cells = consensus["triage"]
    urgency = cells[cells["field"] == "urgency"]
    urgent = urgency.loc[urgency["value"].astype(float) == 4, "item"]
    waiting = cells[cells["item"].isin(urgent) & cells["source"].isin(["tie", "apart"])]
    assert waiting.empty, f"adjudicate {sorted(set(waiting['item']))}"


def check_marked_products_are_where_the_text_names_them(
    annotations: Mapping[str, DataFrame], items: Mapping[str, DataFrame]
) -> None:
    """A span that misses its name was counted in other units than code points."""
    texts = {item: data["text"] for item, data in zip(items["triage"]["id"], items["triage"]["data"], strict=True)}
    votes = _votes(annotations["triage"], "products")
    misses = [
        f"{path}:{line}"
        for item, value, path, line in zip(votes["item"], votes["value"], votes["path"], votes["line"], strict=True)
        for span in json.loads(value)
        if not _begins_in_name(texts[item][span["start"] : span["end"]], span["label"])
    ]
    assert not misses, f"marked text is not the product: {misses}"


def check_neither_side_wins_by_its_place(consensus: Mapping[str, DataFrame]) -> None:
    """Answers are paired at random, so neither `a` nor `b` can win most comparisons on merit."""
    better = consensus["preference"].query("field == 'better'")["value"]
    decided = better[better.isin(["a", "b"])]
    share: float = (decided == "a").mean()
    assert 0.35 <= share <= 0.65, f"answer a wins {share:.0%} of {len(decided)} comparisons"


def _votes(annotations: DataFrame, field: str) -> DataFrame:
    """The counting values of one field."""
    given: Series = annotations["counts"] & (annotations["field"] == field) & annotations["value"].notna()
    return annotations[given]


def _begins_in_name(marked: str, product: str) -> bool:
    """Whether the first word marked is a word of the product's name."""
    return marked.casefold().partition(" ")[0] in product.split("-")
