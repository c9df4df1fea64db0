"""A file of the project that an editor saved in another form is told so, with what to do, whichever file it is."""

import codecs

import pytest

from projects import FILES

pytestmark = pytest.mark.threat(10)

FORMS = {
    "crlf": (lambda text: text.replace("\n", "\r\n").encode(), "CR LF", "line ends LF"),
    "cr": (lambda text: text.replace("\n", "\r").encode(), "ends with CR", "line ends LF"),
    "bom": (lambda text: codecs.BOM_UTF8 + text.encode(), "byte order mark", "without a byte order mark"),
    "both": (lambda text: codecs.BOM_UTF8 + text.replace("\n", "\r\n").encode(), "byte order mark", "without"),
    "utf-16": (lambda text: text.encode("utf-16"), "UTF-16", "UTF-8"),
}
PLACES = ["guidelines/mood.md", "schemas/mood.yaml", "checks/mood.yaml", "checks/project.yaml", "labels/annotators/ada.yaml",
          "labels/mood/r1/batch.yaml"]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", PLACES)
def test_the_file_its_line_and_the_remedy_are_named(assay, mood, path, form):
    spoil, told, fix = FORMS[form]
    text = (mood / path).read_text()
    (mood / path).write_bytes(spoil(text))
    said = assay("check", "--all")
    assert said.code in {1, 2}
    spoken = said.out + said.err
    assert f"{path}:1" in spoken
    assert told in spoken
    assert fix in spoken
    assert "no front matter" not in spoken
    (mood / path).write_bytes(spoil(text).replace(b"\r\n", b"\n") if form == "crlf" else text.encode())
    assert assay("check", "--all").code == 0


def test_line_ends_in_the_middle_are_told_at_their_line(assay, mood):
    page = FILES["guidelines/mood.md"].replace("version: 0.2.0\n", "version: 0.2.0\r\n", 1)
    (mood / "guidelines/mood.md").write_bytes(page.encode())
    assert "guidelines/mood.md:3" in assay("guideline", "lint").out
    assert "CR LF" in assay("schema", "mood").err


def test_a_page_without_front_matter_is_still_called_that(assay, mood):
    (mood / "guidelines/mood.md").write_text("Read it.\n")
    assert "no front matter" in assay("guideline", "lint").out
