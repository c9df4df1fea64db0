"""`docs/agreement.md`: its Python runs and says what the page says; its tables name what there is."""

import re
from pathlib import Path

from assay.agreement.registry import by_annotator, coefficient_makers
from assay.agreement.report import reason_words
from assay.core.agreement_result import COEFFICIENT_NAMES, Undefined
from assay.core.catalogue import CATALOGUE, rule_text
from assay.core.values import Field, Scale
from estimates import rated_of, table, tally_of

PAGE = (Path(__file__).parents[2] / "docs/agreement.md").read_text(encoding="utf-8")
CODE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_what_is_shown_is_what_is_measured():
    namespace = {}
    exec(CODE[0], namespace)
    (shown,) = re.findall(r"```text\n(ordinal: .*?)```", PAGE, re.DOTALL)
    assert str(namespace["found"]) == shown.rstrip()


def test_every_value_in_a_comment_is_that_of_its_line():
    namespace = {}
    exec("\n".join(CODE), namespace)
    stated = [line.split("  # ") for block in CODE[1:] for line in block.splitlines() if "  # " in line]
    assert len(stated) == 5
    for line, value in stated:
        assert eval(line, namespace) == float(value), line


def test_every_coefficient_and_reason_is_explained():
    assert {name for name in COEFFICIENT_NAMES if f"`{name}`" not in PAGE.replace("`ac2…`", "`ac2`")} == set()
    explained = rule_text(CATALOGUE["gate/agreement"])
    for reason in Undefined:
        assert f"`{reason}`" in PAGE
        assert f"  {reason:<20}  {reason.sentence}\n" in f"{explained}\n"
        assert reason.short
        assert reason_words(reason.value) == reason.sentence


def test_every_coefficient_of_a_report_is_made_of_some_scale():
    answers = (
        Field(name="x", scale=Scale.NOMINAL, values=(False, True)),
        *(Field(name="x", scale=scale) for scale in Scale),
    )
    made = {name for field in answers for name in coefficient_makers(field)}
    votes = table([[1, 2, 1], [2, 2, 3], [3, 3, 3]])
    for scale in (Scale.NOMINAL, Scale.ORDINAL, Scale.INTERVAL):
        rated = rated_of(votes, scale=scale)
        made |= by_annotator(tally_of(votes, scale=scale), rated).keys()
    assert set(COEFFICIENT_NAMES) - made == set(), "coefficients that src/assay/agreement/registry.py makes of no scale"
    assert made == set(COEFFICIENT_NAMES)
