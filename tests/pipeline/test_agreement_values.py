import pytest

from assay.core.agreement_result import BreakdownRow
from assay.pipeline.gate_stages import agreement_values


def row(breakdown, key, value, coefficient="alpha"):
    return BreakdownRow(
        field="tone", breakdown=breakdown, key=key, coefficient=coefficient, value=value, low=value and 0.1, high=value and 0.9, units=7
    )  # fmt: skip


HEAD = "part,subject,value,alpha,low,high,units,bound,bound_of\n"


def test_alpha_in_all_and_of_each_value_one_line_each():
    found = [
        row("overall", "", 0.5),
        row("overall", "", 0.8, "ac1"),
        row("value", 'a "b",\n', 0.25),
        row("batch", "r1", 0.5),
    ]
    assert agreement_values(found, {}) == (
        f'{HEAD}tone,tone,,0.5,0.1,0.9,7,,\n"tone: a ""b"",\\u000a",tone,"a ""b"",\\u000a",0.25,0.1,0.9,7,,\n'
    )


@pytest.mark.parametrize(
    ("bounds", "shown"),
    [
        ({}, ",| ,| ,"),
        ({("tone", ""): 0.6}, "0.6,field|0.6,field|0.6,field"),
        ({("tone", ""): 0.6, ("tone", "b"): 0.5}, "0.6,field|0.6,field|0.5,value"),
        ({("tone", None): 0.4}, ",|0.4,value|0.4,value"),
        ({("tone", None): 0.4, ("tone", "b"): 0.5, ("tone", "a"): 0.1}, ",|0.4,value|0.5,value"),
        ({("voice", ""): 0.6}, ",|,|,"),
    ],
)
def test_beside_alpha_stands_the_bound_of_the_value_or_of_its_field(bounds, shown):
    found = [row("overall", "", 0.5), row("value", "a", 0.5), row("value", "b", 0.5)]
    lines = agreement_values(found, bounds).splitlines()[1:]
    assert [",".join(line.split(",")[-2:]) for line in lines] == shown.replace(" ", "").split("|")


def test_what_is_undefined_is_left_out():
    assert agreement_values([row("overall", "", None)], {}) == HEAD
