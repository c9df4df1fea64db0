import socket

import pytest

from assay import extras
from projects import FILES, write_files

PLAN = '{"item":"i1","annotators":["ben"]}\n'


def batch(status="open"):
    return f"purpose: label\nstatus: {status}\ncreated: 2026-04-02\nguideline: 0.2.0\n"


def rounds(**files):
    """Batches by name, each asking ben for one item; r3 of the project is closed."""
    given = {f"labels/mood/{name}/batch.yaml": batch(status) for name, status in files.items()}
    plans = {f"labels/mood/{name}/assignments.jsonl": PLAN for name in files}
    return {**FILES, "labels/mood/r3/batch.yaml": batch("closed"), **given, **plans}


@pytest.mark.parametrize(
    ("batches", "arguments", "said"),
    [
        ({}, ["mood", "r9"], "unknown batch 'r9'"),
        ({}, ["nope"], "there is no task 'nope'"),
        ({}, ["mood", "r1"], "mood/r1 is closed"),
        ({}, ["mood"], "nothing of mood is left for ben"),
        ({"r4": "open", "r5": "open"}, ["mood"], "ben has 2 open batches: r4, r5"),
        ({"r4": "open"}, ["mood", "r4", "--as", "ada"], "mood/r4 assigns nothing to ada"),
        ({"r4": "open"}, ["mood", "r4", "--as", "bot"], "bot is a model"),
    ],
)
def test_what_cannot_be_labelled_is_said_with_the_remedy(assay, tmp_path, batches, arguments, said):
    write_files(tmp_path, rounds(**batches))
    stated = [] if "--as" in arguments else ["--as", "ben"]
    ended = assay("annotate", *arguments, *stated, "--no-browser")
    assert ended.code == 2
    assert said in ended.err
    assert "fix: " in ended.err
    assert ended.out == ""


@pytest.mark.parametrize(
    ("named", "said"), [(["r4"], "mood/r4 assigns nothing to ben"), ([], "nothing of mood is left for ben")]
)
def test_a_batch_without_a_plan_asks_nobody_not_even_whom_it_names(assay, tmp_path, named, said):
    files = {**rounds(r4="open"), "labels/mood/r4/batch.yaml": f"{batch()}annotators: [ben]\n"}
    del files["labels/mood/r4/assignments.jsonl"]
    write_files(tmp_path, files)
    ended = assay("annotate", "mood", *named, "--as", "ben", "--no-browser")
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_a_port_that_is_taken_is_said(assay, tmp_path):
    write_files(tmp_path, rounds(r4="open"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = assay("annotate", "mood", "--as", "ben", "--no-browser", "--port", taken.getsockname()[1])
    assert ended.code == 2
    assert "omit --port" in ended.err


def test_without_the_extra_the_install_line_is_said(assay, tmp_path, monkeypatch):
    write_files(tmp_path, rounds(r4="open"))
    present = extras.import_module

    def all_but_starlette(module):
        if module == "starlette":
            raise ModuleNotFoundError(module)
        return present(module)

    monkeypatch.setattr(extras, "import_module", all_but_starlette)
    ended = assay("annotate", "mood", "--as", "ben")
    assert ended.code == 2
    assert "pip install 'assay-labels[page]'" in ended.err
