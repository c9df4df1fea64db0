"""Every key of every policy file with values that are wrong in kind, size or sign: an answer with a file, never a crash."""

import math
from copy import deepcopy

import pytest
import yaml

from assay.annotator.change_check import check
from assay.errors import AssayError
from assay.project.config import find_project
from projects import EXPLAINED, FILES, write_files

WRONG = [
    None, True, -1, 0, 50.0, 1e300, math.pi, 10**17, "", "0.5", "no such thing", "a\nb: [", [], [None], {}, {"a": {"b": []}},
]  # fmt: skip
SOUND = {
    **FILES,
    **EXPLAINED,
    "checks/project.yaml": "format: 1\nid: test-project\napproval: forge\ntasks: {mood: {pool: texts}}\nreleases: [set]\n"
    "review: {file_mib: 5, files: 500, records: 5000, draw: 0.05}\ncode: [src/**]\nwaivable: [schema]\n",
    "checks/mood.yaml": "consensus: {method: majority}\nrules:\n"
    "  schema: {errors_at_most: 0, warnings_at_most: 3, at: merge, severity: warn}\n  guideline: {warnings_at_most: 3}\n"
    "  examples: {errors_at_most: 0}\n  agreement:\n"
    "    tone: {coefficient: alpha, at_least: 0.5, test: low, min_units: 50}\n    tone by batch: {gap_at_most: 0.1}\n"
    "  coverage: {of_assigned: 0.9}\n  gold: {accuracy_at_least: 0.8, min_items: 10, test: low, credit: true}\n"
    "  unresolved: {at_most: 0.1, spread: {share: 2}}\n"
    "  outdated: {at_most: 0.1}\n  approved: {}\n",
    "checks/waivers.yaml": "- {rule: mood/gold, reason: why, approver: ada, until: 2027-01-01}\n",
    "releases/set.yaml": "version: 1.0.0\ntasks: [mood]\nlicense: CC0-1.0\nsplits: {train: 0.5, test: 0.5}\nseed: 3\n",
    "labels/annotators/ada.yaml": "kind: person\nrole: lead\nstatus: active\nreason: x\nhandle: ada-x\nemails: [a@example.org]\n"
    "groups: {lang: de}\nqualified: [mood]\n",
    "labels/mood/r1/batch.yaml": "purpose: label\nstatus: open\ncreated: 2026-01-02\nguideline: 0.1.0\n"
    "annotators: [ada, ben]\noverlap: 2\nseed: 7\nprelabels: bot\n",
    "schemas/mood.yaml": FILES["schemas/mood.yaml"] + "x-swap: [text, other]\n$defs: {a: {enum: [x]}}\n",
    "schemas/migrations/mood/0001-first.yaml": "reason: why\nguideline: 0.2.0\nsteps:\n"
    "  - rename_values: {field: tone, values: {fine: good}}\n  - add_field: {field: share, value: 1}\n",
    "guidelines/approvals/mood/0.2.0.yaml": f"project: test-project\ntask: mood\nversion: 0.2.0\ndigest: {'0' * 64}\n"
    "way: forge\nauthors: []\naddresses: {}\napprovers: [ada]\nat: 2026-02-02T00:00:00Z\n",
}
POLICY = [path for path in SOUND if path.endswith(".yaml")]


def places(value, at=()):
    """Every place in a document with what stands there, the whole one included."""
    yield at, value
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in below:
        yield from places(one, (*at, key))


def changed(value, at, new):
    """The document with one place replaced."""
    if not at:
        return new
    copy = deepcopy(value)
    part = copy
    for key in at[:-1]:
        part = part[key]
    part[at[-1]] = new
    return copy


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("wrong")
    write_files(root, SOUND)
    return root


@pytest.mark.parametrize(
    "path", [path for path in POLICY if not path.endswith(("ben.yaml", "bot.yaml", "r2/batch.yaml", "r3/batch.yaml"))]
)
@pytest.mark.slow
def test_a_wrong_value_anywhere_is_an_answer_that_names_a_file(root, path):
    sound = (root / path).read_bytes()
    document = yaml.safe_load(sound)
    tried = told = 0
    try:
        for number, (at, value) in enumerate(places(document)):
            for wrong in WRONG if type(value) in {int, float} else WRONG[number % 4 :: 4]:
                (root / path).write_text(
                    yaml.safe_dump(changed(document, at, wrong), allow_unicode=True, sort_keys=False)
                )
                tried += 1
                told += answered(root, path, at, wrong)
    finally:
        (root / path).write_bytes(sound)
    assert tried >= len(WRONG) / 2
    assert told > tried / 3


def answered(root, path, at, wrong):
    """Whether anything is said of the file; whatever is said names a file and gives a remedy."""
    try:
        found = check(find_project(root), everything=True).findings
    except AssayError as error:
        told = (error.exit_code, path in error.message, bool(error.fix))
        return told == (2, True, True) or pytest.fail(f"{path} {at} {wrong!r}: {error.message}")
    assert all(one.at.path and one.fix and one.message for one in found), (path, at, wrong)
    return any(one.at.path == path for one in found)
