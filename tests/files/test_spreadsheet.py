"""CSV as spreadsheets write and read it."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assay.files.csv import CsvText, SpreadsheetFault, dump_csv, guarded, overlong, read_csv, unguarded

pytestmark = pytest.mark.threat(19)

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"))
ROWS = [("item", "word"), ("ä 1", 'say "hi", both'), ("b", "two\nlines")]


def fit(heading):
    return list(heading).count("item")


def grid(data):
    return list(read_csv(data, fit).grid)


@given(TEXT)
@example("=1+1")
@example("'=1+1")
@example("''=")
@example("'quoted")
@example(" =1")
def test_a_guard_is_taken_off_as_it_was_put_on(text):
    assert unguarded(guarded(text)) == text


@given(st.text("'"), st.text(" \t\n\r\0"), st.sampled_from("=+-@\uff1d\uff0b\uff0d\uff20\t\r\n\0"), TEXT)
def test_a_text_that_a_spreadsheet_would_run_begins_with_an_apostrophe(quotes, space, sign, rest):
    text = f"{quotes}{space}{sign}{rest}"
    assert guarded(text).startswith(f"'{quotes}")
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", ["", "plain", "'plain", "5", "a=b", "don't", '"=1"', "😀"])
def test_other_texts_are_left_as_they_are(text):
    assert guarded(text) == text


@given(st.lists(st.lists(CELL, min_size=2, max_size=3), max_size=4))
def test_what_is_written_is_read_back(rows):
    written = [("item", "x"), *map(tuple, rows)]
    assert grid(dump_csv(written)) == written


def test_a_file_begins_with_a_mark_and_its_rows_end_as_spreadsheets_expect():
    assert dump_csv([("item", "ä"), ("1", "2")]) == b"\xef\xbb\xbfitem,\xc3\xa4\r\n1,2\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encoding_and_delimiter_are_found(encoding, delimiter):
    text = dump_csv(ROWS).decode("utf-8-sig")
    if delimiter != ",":
        text = "\n".join(delimiter.join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) for row in ROWS)
    found = read_csv(text.encode(encoding), fit)
    assert (list(found.grid), found.delimiter) == (ROWS, delimiter)


@pytest.mark.parametrize("first", ["sep=;\r\n", '"sep=;"\n', "SEP=;\n"])
def test_a_first_line_that_names_the_delimiter_is_none_of_the_rows(first):
    found = read_csv(f"{first}item;a,b\n1;2\n".encode(), fit)
    assert (found.grid, found.delimiter) == ((("item", "a,b"), ("1", "2")), ";")


@pytest.mark.parametrize("first", ["sep=x", "sep=", "sep=;;", " sep=;", "separator=;"])
def test_a_first_line_that_names_no_delimiter_of_ours_is_a_row(first):
    table = CsvText(f"{first}\nitem;a\n".encode())
    assert (table.named, table.start) == ("", 0)
    assert grid(f"{first}\nitem,a\n".encode())[0][0].startswith(first[:3])


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("item".encode("utf-16-le"), "UTF-16"),
        ("item".encode("utf-16-be"), "UTF-16"),
        ("ite".encode("utf-16-le"), "UTF-8"),
        (b"item,abc", "UTF-8"),
        (bytes(8), "UTF-8"),
        (b"i\0\0\0e\0m\0", "UTF-8"),
        (b"\0i\0\0\0e\0m", "UTF-8"),
        (b"i\0t\0e\0mx", "UTF-8"),
        (b"\0i\0t\0e\xc3\xa9", "UTF-8"),
        (b"\xff\xfei\0", "UTF-16"),
        (b"\xef\xbb\xbfi", "UTF-8"),
    ],
)
def test_without_a_mark_every_other_byte_tells_the_encoding(data, encoding):
    assert CsvText(data).encoding == encoding


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_within_a_cell_are_line_feeds(end):
    assert grid(f'item{end}"a{end}b"{end}'.encode()) == [("item",), ("a\nb",)]


@pytest.mark.parametrize(
    ("data", "row", "word"),
    [
        ("item\nnaïve\n".encode("latin-1"), 2, "byte 8 (0xef) is not UTF-8"),
        (b"\xff\xfei\x00t", 0, "is not UTF-16"),
        (b'item\na\n"b\n', 3, "quotation marks"),
        (b'item\n"a"b\n', 2, "quotation marks"),
    ],
)
def test_what_is_no_csv_says_why(data, row, word):
    with pytest.raises(SpreadsheetFault) as caught:
        grid(data)
    assert (caught.value.row, word in caught.value.message, bool(caught.value.fix)) == (row, True, True)


@pytest.mark.parametrize(
    ("data", "row", "line"), [(b'item\n"a\nb"\n"c', 3, 4), (b'item\n"a"b\n', 2, 2), (b"item\n\xff", 2, 2)]
)
def test_a_fault_has_its_row_and_its_line(data, row, line):
    with pytest.raises(SpreadsheetFault) as caught:
        grid(data)
    assert (caught.value.row, caught.value.fault.line) == (row, line)


def test_a_cell_is_too_long_where_a_spreadsheet_would_cut_it():
    assert not overlong("x" * 32_767)
    assert overlong("x" * 32_768)
    assert overlong("😀" * 16_384)
    assert grid(dump_csv([("item",), ("x" * 200_000,)]))[1] == ("x" * 200_000,)


@pytest.mark.parametrize("start", [b"PK\3\4\x14\0", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_a_workbook_is_said_to_be_one(start):
    with pytest.raises(SpreadsheetFault, match="it is a workbook") as caught:
        read_csv(start + bytes(20), fit)
    assert "CSV UTF-8" in caught.value.fix


SEPARATORS = [";", "\t", "|", "\u060c", "\u061b", "\u3001", "\uff0c", "\uff1b"]
ANY = [*" :^~", *SEPARATORS]
SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"
CUT = st.text(st.sampled_from([*SEPARATORS, ",", *SIGNS, *"'\" \n:ab1(|^"]), max_size=12)


def runs(cell):
    """Whether a spreadsheet would take the cell for a formula."""
    return cell.strip().strip('"').strip()[:1] in tuple(SIGNS)


@given(CUT)
@example("a;'b")
@example("a;'=b")
@example("'a;=b")
@example(" '==x")
@example(" '@a| =x")
@example("x, '\n=")
def test_guards_within_a_text_are_taken_off_as_they_were_put_on(text):
    assert unguarded(guarded(text)) == text
    if guarded(text) != text and not text.startswith("'"):
        assert unguarded(guarded(text).removeprefix("'")) == text


@given(st.lists(CUT, min_size=1, max_size=3), st.sampled_from(SEPARATORS))
@example(['x;"=1+1'], ";")
@example(["two\n=1+1"], ";")
@example(["a\t=1", "=1"], "\t")
@example(['say "a;" ;"" =1'], ";")
def test_no_cell_is_a_formula_whichever_list_separator_the_spreadsheet_has(cells, separator):
    text = dump_csv([("item", *("x" for _ in cells)), ("i1", *map(guarded, cells))]).decode("utf-8-sig")
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
        assert not any(map(runs, row)), row
    for line in text.splitlines():
        assert not any(map(runs, line.split(separator))), line


@pytest.mark.parametrize("separator", ANY)
@pytest.mark.parametrize(
    "formula", ["=1+1", "=cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", "+cmd|x", "-cmd.exe|x", "\uff1dx"]
)
def test_no_rarer_separator_opens_a_cell_with_a_formula_that_does_anything(separator, formula):
    text = f"good{separator}{formula}"
    assert not any(map(runs, guarded(text).split(separator)))
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize(
    "text", ["a - b", "hello @ada and @ben!", "well :-) :-( :-D", "1-2", "a+b", "x => y", "-> ok"[1:], "mail@x.org"]
)
def test_usual_texts_stay_as_they_are(text):
    assert guarded(text) == text


@pytest.mark.parametrize("cell", ["'=1;=2", "Tom said: yes, '-5'", "'a,'b", "it's, '= so"])
def test_what_a_person_wrote_keeps_its_apostrophes_within(cell):
    assert unguarded(cell) == cell.removeprefix("'" if cell.startswith("'=") else "")


@pytest.mark.parametrize("run", ["\n", ";", " ", "'", ";'", " @", " @a.", ";\t\n ", ": ="])
def test_a_long_text_is_guarded_at_once(run):
    """In linear time: in quadratic time a mebibyte would take hours."""
    text = "x" + run * 2**17 + "x"
    assert unguarded(guarded(text)) == text
