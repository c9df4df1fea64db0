"""`docs/agreement.md`: its Python runs and says what the page says; its tables name what there is."""

import re
from pathlib import Path

from assay.agreement.report import reason_words
from assay.core.agreement_result import COEFFICIENT_NAMES, Undefined
from assay.core.catalogue import CATALOGUE, rule_text

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
