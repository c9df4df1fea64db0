import pytest

from assay.errors import ConfigError
from assay.guidelines.markdown import guideline_body
from projects import FILES, small_project


def body(tmp_path, text):
    return guideline_body(small_project(tmp_path, {"guidelines/mood.md": text}), "mood")


def test_the_body_is_what_stands_below_the_front_matter_and_knows_its_line(tmp_path):
    text = FILES["guidelines/mood.md"] + "\n# Later\n---\nend"
    found = body(tmp_path, text)
    assert found.text == "Read it.\n\n# Later\n---\nend"
    assert text.split("\n")[found.first_line - 1] == "Read it."


@pytest.mark.parametrize("end", ["---", "---\n", "--- \n"])
def test_a_guideline_may_have_no_body(tmp_path, end):
    front = FILES["guidelines/mood.md"].removesuffix("---\nRead it.\n")
    assert body(tmp_path, front + end).text == ""


def test_a_body_that_is_not_utf8_is_told_with_its_line(tmp_path):
    text = FILES["guidelines/mood.md"].encode() + b"fine\n\xff\n"
    with pytest.raises(ConfigError, match=r"guidelines/mood\.md:10 is not UTF-8"):
        body(tmp_path, text)
