"""A task's own flags."""

import pytest

from assay.errors import ConfigError
from projects import SCHEMA, schema_of, small_project


def test_a_tasks_flags_stand_beside_those_of_every_task(tmp_path):
    assert schema_of(small_project(tmp_path)).flags == {"bad-item", "guideline-gap", "rude", "unsure"}


@pytest.mark.parametrize("flag", ["very rude", " rude", '""', "a\\u2003b"])
def test_a_flag_is_one_word(tmp_path, flag):
    schema = SCHEMA.replace("x-flags: [rude]", f'x-flags: ["{flag}"]' if flag != '""' else 'x-flags: [""]')
    with pytest.raises(ConfigError, match=r"x-flags.* a flag must be one word"):
        schema_of(small_project(tmp_path, {"schemas/mood.yaml": schema}))
