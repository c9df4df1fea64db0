"""A sample of the campaign on spans marked by chance; `make fuzz` runs it whole."""

import pytest

from agreement.ring import BOUND, SETTINGS, means


@pytest.mark.parametrize("setting", SETTINGS[4:], ids=str)
def test_spans_marked_by_chance_on_a_ring_come_to_no_alpha(setting):
    found = means(setting, 4)

    assert max(abs(found["alpha"]), abs(found["alpha_any"])) < BOUND
    assert abs(found["alpha_u"]) > BOUND


def test_spans_that_cannot_cross_the_ends_share_a_position_effect():
    half = next(setting for setting in SETTINGS if 2 * setting.size == setting.length)

    assert means(half, 1, ring=False)["alpha"] > 5 * BOUND
