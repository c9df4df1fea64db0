"""What each file of a project becomes under new names: which words are names, where, and what stands in the way."""

import pytest

from assay.core import Fault
from assay.errors import UsageError
from assay.files.atomic import ABSENT, digest_bytes
from assay.guidelines.approval import Approval, approval_bytes
from assay.labels.paths import label_file
from assay.labels.renamed_lines import Naming
from assay.labels.renaming import (
    first_line_with,
    format_obstacles,
    kept_names,
    names_in,
    place_under,
    renamed,
    renamed_file,
    with_identities,
)
from projects import FILES, GUIDELINE, small_project

NAMES = {"ben": "zed", "cy": "zed", "@crowd/W 1": "@crowd/w9"}
BATCH, WAIVERS, PAGE = "labels/mood/r1/batch.yaml", "checks/waivers.yaml", "guidelines/mood.md"
ID, SIGNERS, APPROVAL = "labels/sources/identities.yaml", "guidelines/allowed_signers", "guidelines/approvals/mood/0.1.0.yaml"  # fmt: skip
ERASING = Naming(names=NAMES, also={"ben-x": "zed", "b@x.example": "zed"}, scrubbed=frozenset({"reason"}))


def became(path, text, naming=None):
    found = renamed_file(path, text.encode(), naming or Naming(names=NAMES))
    return None if found is None else found.data.decode()


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        (BATCH, "annotators: [ada, ben, eve]  # ben\nprelabels: ben\n", "annotators: [ada, eve, zed]  # ben\nprelabels: zed\n"),
        (BATCH, "annotators: [eve, ben, ada]\n", "annotators: [eve, zed, ada]\n"),
        (BATCH, "annotators: [ben, eve, zed]\n", "annotators: [eve, zed]\n"),
        (BATCH, "annotators: [ben, cy, ada]\n", "annotators: [zed, ada]\n"),
        (BATCH, "annotators:\n- ben\n- cy\n- dan\n", "annotators:\n- dan\n- zed\n"),
        (BATCH, "annotators: [ben, 7]\nprelabels: cy\n", "annotators: [ben, 7]\nprelabels: zed\n"),
        (BATCH, "annotators: ben\n", None),
        (BATCH, "created: ben\nowner: ben\nmore: {prelabels: ben}\n", None),
        (BATCH, "annotators: [ada]  # it's\nprelabels: bot\n", None),
        (BATCH, 'annotators: ["b\\u0065n"]\n', "annotators: [zed]\n"),
        (BATCH, "[ben]\n", None),
        (WAIVERS, "- approver: ben\n  reason: ben\n- {approver: ada, rule: ben}\n- {approver: cy}\n",
         "- approver: zed\n  reason: ben\n- {approver: ada, rule: ben}\n- {approver: zed}\n"),
        (WAIVERS, "approver: ben\n", None),
        (PAGE, GUIDELINE.replace("changes:", "owners: [ben, ada]\nchanges:") + "owners: [ben]\n---\n",
         GUIDELINE.replace("changes:", "owners: [zed, ada]\nchanges:") + "owners: [ben]\n---\n"),
        ("guidelines/more/deep.md", "---\nowners: [ben]\n---\nben\n", "---\nowners: [zed]\n---\nben\n"),
        (PAGE, "owners: [ben]\n---\nben\n", None),
        (PAGE, "---\ntask: mood\n---\nben\n", None),
        ("guidelines/approvals/mood/notes.md", "---\nowners: [ben]\n---\n", None),
        ("guidelines/mood.txt", "---\nowners: [ben]\n---\n", None),
        ("labels/mood/r1/more/batch.yaml", "prelabels: ben\n", None),
        ("checks/project.yaml", "approver: ben\n", None),
        (ID, 'crowd: {"W 1": ben, ben: ada, w2: cy}\nother: {"W 1": eve}\nben: {x: ben}\n',
         'crowd: {w9: zed, ben: ada, w2: zed}\nother: {"W 1": eve}\nben: {x: zed}\n'),
        (ID, "crowd: ben\n", None),
        (SIGNERS, "ben,b@x.example ssh-ed25519 AAAA ben\n# ben ssh-ed25519\n#x,ben y #\nben\nben z #\n  cy x\nada,cy,zed,ben  y\nada z\n",
         "zed,b@x.example ssh-ed25519 AAAA ben\n# ben ssh-ed25519\n#x,ben y #\nben\nzed z #\nzed x\nada,zed  y\nada z\n"),
    ],
)  # fmt: skip
def test_a_name_is_changed_where_a_file_names_people_and_every_other_word_stays(path, text, wanted):
    assert became(path, text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ben ssh-ed25519 A\nada ssh-ed25519 B\n", "ada ssh-ed25519 B\n"),
        ("ben,ada ssh-ed25519 A\n", "ada ssh-ed25519 A\n"),
        ("BEN-X,B@x.example ssh-ed25519 A\n", ""),
        ("zed ssh-ed25519 A\nx b@x.example\n", None),
        ("\\\n", None),
    ],
)
def test_a_line_of_signers_goes_with_the_last_of_the_people_whom_it_names(text, wanted):
    assert became(SIGNERS, text, ERASING) == wanted
    kept = Naming(names={"ben": "zed"}, also={"ben-x": "zed"})
    assert became(SIGNERS, "ben x\nben-x y\nBen-X,ada z\n", kept) == "zed x\nada z\n"


def approval(way="forge", **more):
    stated = {"authors": ("ada", "ben"), "approvers": ("rei", "cy", "zed"), "addresses": {"b@x.example": "ben", "r@x.example": "rei"}}  # fmt: skip
    return Approval(
        **{"project": "p", "task": "mood", "version": "0.1.0", "digest": "a" * 64, "way": way,
           "at": "2026-01-02T10:00:00Z", **stated, **more}
    )  # fmt: skip


def test_an_approval_names_each_person_once_and_no_address_of_the_erased():
    plain = renamed_file(APPROVAL, approval_bytes(approval()), Naming(names=NAMES))
    wanted = approval(
        authors=("ada", "zed"), approvers=("rei", "zed"), addresses={"b@x.example": "zed", "r@x.example": "rei"}
    )
    assert (plain.data, plain.signed) == (approval_bytes(wanted), False)
    assert renamed_file(APPROVAL, approval_bytes(approval("signed")), Naming(names=NAMES)).signed
    erased = renamed_file(APPROVAL, approval_bytes(approval(authors=("Ben-X", "ben"))), ERASING)
    assert erased.data == approval_bytes(
        approval(authors=("zed",), approvers=("rei", "zed"), addresses={"r@x.example": "rei"})
    )
    turned = renamed_file(APPROVAL, approval_bytes(approval()), Naming(names={"ben": "aa", "rei": "zz"}))
    wanted = approval(
        authors=("aa", "ada"), approvers=("zz", "cy", "zed"), addresses={"b@x.example": "aa", "r@x.example": "zz"}
    )
    assert turned.data == approval_bytes(wanted)
    none = approval(authors=("eve", "ada"), approvers=("rei",), addresses={})
    assert renamed_file(APPROVAL, approval_bytes(none) + b"# ben\n", Naming(names=NAMES)) is None


@pytest.mark.parametrize(
    ("text", "line"), [("a: 1\nannotators: [ben\n", 3), ("annotators: [ben]\nannotators: [ben]\n", 2)]
)
def test_a_file_that_cannot_be_read_stands_in_the_way_at_its_line(text, line):
    found = renamed_file(BATCH, text.encode(), Naming(names=NAMES))
    assert isinstance(found, Fault)
    assert (found.path, found.line) == (BATCH, line), found
    [told] = format_obstacles((found,))
    assert told.startswith(f"{BATCH}:{line}: ")
    assert told.count(BATCH) == 1
    assert renamed_file(BATCH, text.replace("ben", "eve").encode(), Naming(names=NAMES)) is None


def test_the_first_line_with_a_word_is_one_that_holds_it_by_itself():
    assert first_line_with(b"benno\nx-ben\nben-x\n_ben\n(cy)\nben\n", NAMES) == 5
    assert first_line_with(b"a\nb@x.example\n", {"b.x": "", "b@x.example": ""}) == 2
    assert first_line_with(b"bxx\n", {"b.x": ""}) == 0


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("labels/mood/r1/ben.jsonl", "labels/mood/r1/zed.jsonl"),
        ("labels/mood/r1/ben.returned.jsonl", "labels/mood/r1/zed.returned.jsonl"),
        ("labels/mood/r1/cy.adjudicated.jsonl", "labels/mood/r1/zed.adjudicated.jsonl"),
        ("labels/mood/gold/ben.jsonl", "labels/mood/gold/zed.jsonl"),
        *((path, path) for path in ("labels/mood/r1/ada.jsonl", "labels/mood/r1/@ben.jsonl", "labels/mood/gold/@ben.jsonl",
                                    "labels/sources/ben.jsonl", "labels/items/texts/ben.jsonl", "labels/ben/ben/ada.jsonl")),
    ],
)  # fmt: skip
def test_the_files_of_a_person_move_to_the_new_name_and_no_others(path, wanted):
    assert place_under(label_file(path), Naming(names={**NAMES, "@ben": "@zed"})) == wanted


def test_all_files_of_a_project_but_items_and_roster_are_renamed_with_what_they_were(tmp_path):
    odd = "labels/mood/r9/ben.jsonl"
    changed = {
        "labels/items/texts/ben.jsonl": '{"id":"ben","data":{"text":"ben"}}\n',
        odd: '{"item":"i1", "label":{"tone":"good"}}\n',
        "labels/mood/r1/cy.jsonl": '{"item":"i1","label":{"tone":"good"}}\n{"item":"i4","label":{"tone":"good"}}\n',
        APPROVAL: approval_bytes(approval("signed")).decode(),
        APPROVAL.replace(".yaml", ".sig"): "sealed\n",
        APPROVAL.replace("1.0", "2.0"): approval_bytes(approval()).decode(),
        APPROVAL.replace("1.0", "3.0"): approval_bytes(approval()).decode(),
        APPROVAL.replace("1.0.yaml", "3.0.sig"): "sealed too\n",
        "labels/mood/r1/bot.jsonl": "ben\n",
        "schemas/more.yaml": "approver: ben\n",
    }
    project = small_project(tmp_path, changed)
    found = renamed(project.snapshot, Naming(names=NAMES))
    before = {**FILES, **changed}
    own, zed = "labels/mood/r1/ben.jsonl", "labels/mood/r1/zed.jsonl"
    assert (list(found.files), found.obstacles) == (sorted(found.files), ())
    assert {path for path, data in found.files.items() if data is None} == {
        own, "labels/mood/r1/cy.jsonl", "labels/mood/r3/ben.jsonl", odd,
        *(APPROVAL.replace("1.0.yaml", end) for end in ("1.0.yaml", "1.0.sig", "3.0.yaml", "3.0.sig")),
    }  # fmt: skip
    assert {path for path, data in found.files.items() if data is not None} == {
        BATCH, "labels/mood/r1/assignments.jsonl", "labels/mood/r1/ada.returned.jsonl", zed,
        "labels/mood/r3/assignments.jsonl", "labels/mood/r3/zed.jsonl", odd.replace("ben", "zed"),
        "labels/mood/r2/@crowd.jsonl", "labels/sources/crowd.jsonl", APPROVAL.replace("1.0", "2.0"),
    }  # fmt: skip
    assert found.was == {
        path: digest_bytes(before[path].encode()) if path in before else ABSENT for path in found.files
    }
    assert found.moved == {
        own: zed, "labels/mood/r1/cy.jsonl": zed, "labels/mood/r3/ben.jsonl": "labels/mood/r3/zed.jsonl",
        odd: odd.replace("ben", "zed"),
    }  # fmt: skip
    assert found.lines == {
        "labels/mood/r1/assignments.jsonl": 3, "labels/mood/r1/ada.returned.jsonl": 1,
        "labels/mood/r3/assignments.jsonl": 5, "labels/mood/r2/@crowd.jsonl": 2, "labels/sources/crowd.jsonl": 1,
    }  # fmt: skip
    assert [(one.item, one.same, one.chosen) for one in found.pairs] == [("i1", False, False)]
    assert [(one.path, one.line) for one in found.signed] == [(APPROVAL, 6), (APPROVAL.replace("1.0", "3.0"), 6)]
    assert found.files[odd.replace("ben", "zed")] == before[odd].encode()


def test_what_cannot_be_read_stands_in_the_way_and_its_file_is_left(tmp_path):
    changed = {BATCH: "annotators: [ben\n", "labels/mood/r1/ada.returned.jsonl": '{"item":"i1","annotator":"ben"\n'}
    found = renamed(small_project(tmp_path, changed).snapshot, Naming(names=NAMES))
    assert [(one.path, one.line) for one in found.obstacles] == [(BATCH, 2), ("labels/mood/r1/ada.returned.jsonl", 1)]
    assert not {*changed} & {*found.files}
    assert "labels/mood/r1/zed.jsonl" in found.files


def test_whose_names_in_sources_they_are_is_read_and_whose_records_are_kept_with_them():
    known = names_in(b'crowd: {"W 1": ben, w2: 7, w3: ada}\nother: {B: ben}\nodd: 3\n')
    assert known == {"@crowd/W 1": "ben", "@crowd/w2": "7", "@crowd/w3": "ada", "@other/B": "ben"}
    assert names_in(b"") == names_in(b"[]\n") == {}
    assert kept_names(("ada", "ben", "ada"), known) == ("ada", "@crowd/w3", "ben", "@crowd/W 1", "@other/B")


CROWD, TWO = "labels/mood/r2/@crowd.jsonl", "labels/mood/r2/ben.jsonl"


def identified(root, changed, come, keep=(), into="ben"):
    snapshot = small_project(root, changed).snapshot
    return with_identities(snapshot, renamed(snapshot, Naming(names={})), come, into, keep)


def test_a_name_of_a_source_is_added_to_the_persons_and_a_record_twice_goes(tmp_path):
    own = {TWO: '{"item":"i2","label":{"tone":"bad"}}\n'}
    found = identified(tmp_path / "one", own, ["@crowd/W 1"])
    assert found.files == {ID: b'crowd:\n  "W 1": ben\n', CROWD: b"".join(FILES[CROWD].encode().splitlines(True)[1:])}
    assert found.was == {ID: ABSENT, CROWD: digest_bytes(FILES[CROWD].encode())}
    assert [(one.item, one.stays.who, one.goes.who, one.same) for one in found.pairs] == [
        ("i2", "ben", "@crowd/W 1", True)
    ]
    equal = {TWO: '{"item":"i2","label":{"tone":"good"}}\n'}
    for place, (keep, path) in enumerate((((), CROWD), (("ben",), CROWD), (("@crowd/w2",), TWO))):
        assert identified(tmp_path / f"equal{place}", equal, ["@crowd/w2"], keep).files.keys() == {ID, path}
    differs = identified(
        tmp_path / "differs", {TWO: '{"item":"i2","label":{"tone":"bad"}}\n'}, ["@crowd/w2"], ("@crowd/w2",)
    )
    assert differs.files[TWO] is None, "nothing is left in it"
    known = {ID: "crowd: {w2: ben}  # hers\nother: {}\n"}
    more = identified(tmp_path / "more", {**known, TWO: ""}, ["@crowd/W 1", "@crowd/w2"], ("ben",))
    assert names_in(more.files[ID]) == {"@crowd/W 1": "ben", "@crowd/w2": "ben"}
    assert b"# hers" in more.files[ID]
    assert [(one.stays.who, one.chosen) for one in more.pairs] == [("@crowd/w2", True)]
    theirs = {ID: 'crowd: {"W 1": ben}\n', **own.fromkeys([TWO], '{"item":"i2","label":{"tone":"good"}}\n')}
    [pair] = identified(tmp_path / "theirs", theirs, ["@crowd/w3"], ("@crowd/w3",)).pairs
    assert (pair.stays.who, pair.goes.who, pair.chosen) == ("ben", "@crowd/W 1", False), "nobody asked for either"
    hers = identified(tmp_path / "hers", {ID: 'crowd: {"W 1": ada}\n'}, ["@crowd/w2"])
    assert (hers.files.keys(), hers.pairs) == ({ID}, ()), "what others said under other names is theirs"
    several = {CROWD: FILES[CROWD].replace('"w2","item":"i2"', '"w2","item":"i4"')}
    [pair] = identified(tmp_path / "several", several, ["@crowd/W 1", "@crowd/w2"], ("@crowd/w2",)).pairs
    assert (pair.item, pair.stays.who, pair.goes.who) == ("i4", "@crowd/w2", "@crowd/W 1")
    nothing = identified(tmp_path / "nothing", known, [])
    assert (nothing.files, nothing.was, nothing.pairs) == ({}, {}, ())
    with pytest.raises(UsageError, match="@crowd/w2 is ben in") as told:
        identified(tmp_path / "taken", known, ["@crowd/w2"], into="ada")
    assert "assay annotator merge ben ada" in told.value.fix
    [met] = identified(tmp_path / "broken", {**own, CROWD: "{\n"}, ["@crowd/W 1"]).obstacles
    assert (met.path, met.line) == (CROWD, 1)
