from assay.model.agreement import BreakdownRow
from assay.report.agreement_values import agreement_values


def row(breakdown, key, value, coefficient="alpha"):
    return BreakdownRow(
        field="tone", breakdown=breakdown, key=key, coefficient=coefficient, value=value, low=value and 0.1, high=value and 0.9, units=7
    )  # fmt: skip


def test_alpha_in_all_and_of_each_value_one_line_each():
    found = [
        row("overall", "", 0.5),
        row("overall", "", 0.8, "ac1"),
        row("value", 'a "b",\n', 0.25),
        row("batch", "r1", 0.5),
    ]
    assert agreement_values(found) == (
        "part,subject,value,alpha,low,high,units\n"
        "tone,tone,,0.5,0.1,0.9,7\n"
        '"tone: a ""b"",\\u000a",tone,"a ""b"",\\u000a",0.25,0.1,0.9,7\n'
    )


def test_what_is_undefined_is_left_out():
    assert agreement_values([row("overall", "", None)]) == "part,subject,value,alpha,low,high,units\n"
