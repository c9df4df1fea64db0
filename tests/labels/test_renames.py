"""Who was renamed, made one with another person or erased between two states of a project, by their files alone."""

from dataclasses import replace

import pytest

from assay.core import Location, finding
from assay.git.snapshot import WorkTree
from assay.labels.renamed_lines import Naming
from assay.labels.renames import Renames, renames_between
from assay.labels.renaming import kept_names, renamed, with_identities
from assay.project.roster import load_roster
from projects import FILES, small_project, write_files

ADA, BEN, ZED = (f"labels/annotators/{who}.yaml" for who in ("ada", "ben", "zed"))
ID, CROWD, SOURCE = "labels/sources/identities.yaml", "labels/mood/r2/@crowd.jsonl", "labels/sources/crowd.jsonl"
PLAN, OWN = "labels/mood/r3/assignments.jsonl", "labels/mood/r3/ben.jsonl"
FULL = "# of the north\nkind: person\nrole: annotator\nhandle: ben-x\nemails: [B@x.example]\nreason: asked\ngroups: {dialect: north}\n"
START = {
    BEN: FULL,
    "guidelines/allowed_signers": "ben-x ssh-ed25519 AAAA\nben ssh-ed25519 BBBB\nada ssh-ed25519 CCCC\n",
    "labels/mood/r1/ben.returned.jsonl": '{"item":"i1","annotator":"ada","why":"?"}\n',
}  # fmt: skip
NAMES = {"ben": "zed"}


def told(place, start, after, changed=None):
    """What is found between the small project with some files changed and the same with others (None: removed)."""
    base = {**FILES, **START, **start}
    now = {path: text for path, text in {**base, **after}.items() if text is not None}
    before = small_project(place / "before", base)
    write_files(place / "after", now)
    differ = [path for path in base.keys() | now.keys() if plain(base.get(path)) != plain(now.get(path))]
    return renames_between(before, WorkTree(place / "after"), differ if changed is None else changed), {*differ}


def plain(text):
    return text.encode() if isinstance(text, str) else text


def made(place, start, naming, **more):
    """The files that a naming gives."""
    project = small_project(place / "made", {**FILES, **START, **start})
    return {**renamed(project.snapshot, naming).files, **more}


def test_a_name_that_is_new_everywhere_is_a_rename_of_every_path_that_differs(tmp_path):
    after = made(tmp_path, {}, Naming(names=NAMES), **{BEN: None, ZED: FULL})
    found, differ = told(tmp_path, {}, after)
    assert (found.names, found.paths, found.odd, found.lost, found.same) == (NAMES, differ, set(), 0, {})
    assert found.moved == {
        path: path.replace("/ben.", "/zed.") for path in differ if "/ben." in path and path.endswith("jsonl")
    }
    assert len(found.moved) == 3
    assert str(found) == "ben is now zed"


PLANNED = FILES[PLAN].replace('"ben"', '"zed"')


@pytest.mark.parametrize(
    ("more", "odd"),
    [
        ({}, set()),
        ({PLAN: FILES[PLAN]}, set()),  # a file that was forgotten did not change
        ({PLAN: PLANNED.replace('"ada",', "", 1)}, {PLAN}),
        ({PLAN: None}, {PLAN}),
        ({"labels/mood/r3/zed.jsonl": ""}, {OWN, "labels/mood/r3/zed.jsonl"}),
        ({"labels/mood/r3/zed.jsonl": None}, {OWN}),
        ({OWN: FILES[OWN]}, {"labels/mood/r3/zed.jsonl"}),
        ({"labels/mood/r3/ada.jsonl": '{"item":"i1","skip":"x"}\n'}, set()),
        ({ZED: FULL.replace("# of the north", "# of the south")}, set()),
        ({ZED: "kind: person\nrole: annotator\n"}, set()),
        ({ZED: FULL.replace("reason: asked\n", "").replace("handle: ben-x\n", "")}, set()),
        ({ZED: FULL.replace("groups: {dialect: north}\n", "")}, set()),
        ({ZED: FULL.replace("kind: person\n", "")}, {ZED}),
        ({ZED: FULL.replace("role: annotator", "role: lead")}, {ZED}),
        ({ZED: FULL.replace("ben-x", "zed-x")}, {ZED}),
        ({ZED: f"{FULL}status: trainee\n"}, {ZED}),
    ],
)
def test_of_a_rename_what_holds_something_else_is_odd_and_nothing_besides(tmp_path, more, odd):
    after = {**made(tmp_path, {}, Naming(names=NAMES), **{BEN: None, ZED: FULL}), **more}
    found, differ = told(tmp_path, {}, after)
    assert (found.names, found.odd) == (NAMES, odd)
    assert found.paths == differ - odd - {"labels/mood/r3/ada.jsonl"}
    assert set(found.moved) == {path for path in differ if path.endswith(".jsonl") and "/ben." in path} - odd - (
        {OWN} if "labels/mood/r3/zed.jsonl" in odd else set()
    )


def test_who_is_erased_is_known_by_the_same_words_that_go(tmp_path):
    also = {"ben-x": "p-1", "b@x.example": "p-1"}
    naming = Naming(names={"ben": "p-1"}, also=also, scrubbed=frozenset({"handle", "emails", "reason"}))
    after = made(tmp_path, {}, naming, **{BEN: None, "labels/annotators/p-1.yaml": "kind: person\nrole: annotator\n"})
    assert after["guidelines/allowed_signers"] == b"ada ssh-ed25519 CCCC\n"
    found, differ = told(tmp_path, {}, after)
    assert (found.names, found.paths, found.odd) == ({"ben": "p-1"}, differ, set())
    # Who has no handle is named by no file that cannot be read.
    start = {BEN: FULL.replace("handle: ben-x\n", ""), "labels/mood/r9/batch.yaml": "annotators: [ada\n"}
    after = made(tmp_path / "plain", start, replace(naming, also={"b@x.example": "p-1"}), **{BEN: None})
    assert after["guidelines/allowed_signers"] == b"ben-x ssh-ed25519 AAAA\nada ssh-ed25519 CCCC\n"
    found, differ = told(
        tmp_path / "plain", start, {**after, "labels/annotators/p-1.yaml": "kind: person\nrole: annotator\n"}
    )
    assert (found.names, found.paths, found.odd) == ({"ben": "p-1"}, differ, set())


@pytest.mark.parametrize(
    ("after", "changed"),
    [
        ({OWN: None}, None),
        ({BEN: None}, []),  # no file of people changed
        ({BEN: None, ZED: None}, None),
        ({BEN: None, ZED: "5\n"}, None),  # no person, as no roster reads it
        ({ZED: FULL}, None),
        ({BEN: None, ZED: FULL, ADA: None, "labels/annotators/eve.yaml": "role: lead\n"}, None),
        ({SOURCE: '{"annotator":"W 1"}\n{"annotator":"w9","status":"excluded"}\n{"annotator":"w8"}\n'}, None),
        ({ID: "crowd: [\n"}, None),
    ],
)
def test_where_nobody_can_be_told_to_be_another_nobody_is(tmp_path, after, changed):
    found, _ = told(tmp_path, {}, after, changed)
    assert found == Renames()


TWICE = {
    "labels/annotators/cy.yaml": "kind: person\n",
    "labels/mood/r1/cy.jsonl": '{"item":"i1","label":{"tone":"bad"}}\n{"item":"i3","label":{"tone":"bad"}}\n',
    "labels/mood/r3/cy.jsonl": '{"item":"i5","label":{"tone":"good"},"seconds":3}\n',
}


@pytest.mark.parametrize(("keep", "lost"), [(("ben",), 2), (("ben", "cy"), 2), (("cy", "ben"), 2)])
def test_who_becomes_one_with_another_is_found_whosever_answers_are_kept(tmp_path, keep, lost):
    after = made(tmp_path, TWICE, Naming(names={"cy": "ben"}, keep=keep), **{"labels/annotators/cy.yaml": None})
    found, differ = told(tmp_path, TWICE, after)
    assert (found.names, found.paths, found.odd, found.lost) == ({"cy": "ben"}, differ, set(), lost)
    assert str(found) == "cy is now ben; where two of their answers differed, one was kept and 2 removed"
    same = {**TWICE, "labels/mood/r1/cy.jsonl": ""}
    after = made(tmp_path / "same", same, Naming(names={"cy": "ben"}), **{"labels/annotators/cy.yaml": None})
    assert told(tmp_path / "same", same, after)[0].lost == 0


def test_several_who_become_one_are_found_among_those_who_answer_where_they_did(tmp_path):
    start = {
        **TWICE, "labels/mood/r1/cy.jsonl": "", "labels/annotators/dee.yaml": "kind: person\n",
        "labels/mood/r3/dee.jsonl": '{"item":"i4","label":{"tone":"good"}}\n',
        "labels/mood/r3/ada.jsonl": '{"item":"i4","label":{"tone":"good"}}\n',
    }  # fmt: skip
    gone = {"labels/annotators/cy.yaml": None, "labels/annotators/dee.yaml": None}
    naming = Naming(names={"cy": "ben", "dee": "ben"})
    found, differ = told(tmp_path, start, made(tmp_path, start, naming, **gone))
    assert (found.names, found.paths, found.odd) == (naming.names, differ, set())
    alone = {path: text for path, text in start.items() if "/cy." in path or "/dee." in path}
    alone |= {OWN: "", "labels/mood/r1/ben.jsonl": "", "labels/mood/r1/ada.jsonl": ""}
    nobody, _ = told(
        tmp_path / "nobody", alone, {**gone, "labels/mood/r3/ben.jsonl": None, "labels/mood/r3/ada.jsonl": None}
    )
    assert nobody == Renames(), "nobody has a file wherever they had one"


def test_of_many_who_answer_everywhere_those_are_tried_whose_files_changed_most(tmp_path):
    people = [f"p{number}" for number in range(6)]
    start = {
        **{f"labels/annotators/{who}.yaml": "kind: person\n" for who in (*people, "cy")},
        **{f"labels/mood/r3/{who}.jsonl": '{"item":"i1","label":{"tone":"good"}}\n' for who in people},
        "labels/mood/r3/cy.jsonl": '{"item":"i2","label":{"tone":"good"}}\n',
    }
    after = made(tmp_path, start, Naming(names={"cy": "p5"}), **{"labels/annotators/cy.yaml": None})
    found, differ = told(tmp_path, start, after)
    assert (found.names, found.paths) == ({"cy": "p5"}, differ)


CROWDED = {SOURCE: '{"annotator":"W 1"}\n{"annotator":"w2"}\n{"annotator":"w3"}\n'}


def test_a_new_name_in_a_source_is_a_rename_and_of_several_only_the_identities_tell_which(tmp_path):
    one = made(tmp_path, CROWDED, Naming(names={"@crowd/W 1": "@crowd/w9"}))
    found, differ = told(tmp_path, CROWDED, one)
    assert (found.names, found.paths, found.moved) == ({"@crowd/W 1": "@crowd/w9"}, differ, {})
    both = {**CROWDED, "labels/sources/other.jsonl": '{"annotator":"B"}\n'}
    each = {"@crowd/W 1": "@crowd/w9", "@other/B": "@other/C"}
    found, differ = told(tmp_path / "both", both, made(tmp_path / "both", both, Naming(names=each)))
    assert (found.names, found.paths) == (each, differ)
    two = {"@crowd/W 1": "@crowd/w9", "@crowd/w2": "@crowd/w8"}
    loose = made(tmp_path / "two", CROWDED, Naming(names=two))
    assert told(tmp_path / "two", CROWDED, loose)[0] == Renames()
    known = {**CROWDED, ID: 'crowd:\n  w2: ben\n  "W 1": ben\n'}
    found, differ = told(tmp_path / "known", known, made(tmp_path / "known", known, Naming(names=two)))
    assert (found.names, found.paths) == (two, differ)
    scrubbed = Naming(names={"@crowd/w2": "@crowd/p-1"}, scrubbed=frozenset({"reason"}))
    told_why = {SOURCE: '{"annotator":"W 1"}\n{"annotator":"w2","status":"excluded","reason":"asked"}\n'}
    found, differ = told(tmp_path / "why", told_why, made(tmp_path / "why", told_why, scrubbed))
    assert (found.names, found.paths) == (scrubbed.names, differ)


OWN_TOO = {**CROWDED, "labels/mood/r2/ben.jsonl": '{"item":"i2","label":{"tone":"good"}}\n'}


def identified(place, start, come, into, keep):
    project = small_project(place / "made", {**FILES, **START, **start})
    empty = renamed(project.snapshot, Naming(names={}))
    return with_identities(project.snapshot, empty, come, into, keep).files


@pytest.mark.parametrize(
    ("earlier", "come", "keep", "lost"),
    [
        ("", ["@crowd/W 1"], ("ben",), 1),
        ("", ["@crowd/W 1"], ("@crowd/W 1",), 1),
        ("", ["@crowd/w2"], (), 0),
        ("", ["@crowd/W 1", "@crowd/w3"], ("@crowd/W 1", "@crowd/w3"), 1),
        ("", ["@crowd/w3"], (), 0),  # who said nothing: the file of identities is all that changes
        ("crowd: {w2: ben}\n", ["@crowd/W 1"], kept_names(("ben",), {"@crowd/w2": "ben"}), 1),
    ],
)
def test_names_of_sources_that_became_a_persons_are_told_with_what_went(tmp_path, earlier, come, keep, lost):
    start = {**OWN_TOO, **({ID: earlier} if earlier else {})}
    if earlier:
        start["labels/mood/r2/ben.jsonl"] = ""
    after = identified(tmp_path, start, come, "ben", keep)
    found, differ = told(tmp_path, start, after)
    assert (found.same, found.paths, found.lost, found.names) == (dict.fromkeys(come, "ben"), differ, lost, {})
    assert str(found).startswith(f"{come[0]} is now ben")
    for path in {*after} - {ID}:
        assert told(tmp_path / path.replace("/", "-"), start, {**after, path: "{}\n"})[0] == Renames(), path


@pytest.mark.parametrize(
    ("earlier", "later"),
    [("", "crowd: {W 1: ben, w3: ada}\n"), ("crowd: {w3: ben}\n", "crowd: {w3: ada, W 1: ben}\n")],
)
def test_what_comes_of_one_name_of_a_source_is_not_told_of_others_that_changed_with_it(tmp_path, earlier, later):
    start = {**OWN_TOO, **({ID: earlier} if earlier else {})}
    crowd = identified(tmp_path, start, ["@crowd/W 1"], "ben", ("ben",))[CROWD]
    one = later.replace(", w3: ada", "").replace("w3: ada", "w3: ben")
    assert told(tmp_path / "one", start, {CROWD: crowd, ID: one})[0].same == {"@crowd/W 1": "ben"}
    assert told(tmp_path / "two", start, {CROWD: crowd, ID: later})[0] == Renames()


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("crowd: {w2: ben}\n", "crowd: {w2: ada, W 1: ada}\n"),
        ("crowd: {w2: ben}\n", "crowd: {W 1: ben}\n"),
        ("crowd: {w2: ben}\n", "crowd: {w3: ben, W 1: ada}\n"),
        ("crowd: {w2: ben}\n", ""),
        ("crowd: [\n", "crowd: {W 1: ben}\n"),
    ],
)
def test_names_of_sources_are_told_only_where_some_came_to_one_person_and_none_changed(tmp_path, earlier, later):
    assert told(tmp_path, {**CROWDED, ID: earlier}, {ID: later})[0] == Renames()


def test_the_names_of_people_who_become_one_come_along_and_whose_answers_stay_is_found(tmp_path):
    start = {**CROWDED, "labels/annotators/cy.yaml": "kind: person\n", ID: "crowd: {W 1: ben, w2: cy}\n",
             "labels/mood/r3/cy.jsonl": ""}  # fmt: skip
    project = small_project(tmp_path / "made", {**FILES, **START, **start})
    for number, keep in enumerate((("cy", "@crowd/w2"), ("ben", "@crowd/W 1"))):
        base = renamed(project.snapshot, Naming(names={"cy": "ben"}, keep=keep))
        files = with_identities(project.snapshot, base, [], "ben", keep).files
        found, differ = told(tmp_path / str(number), start, {**files, "labels/annotators/cy.yaml": None})
        assert (found.names, found.paths, found.lost) == ({"cy": "ben"}, differ, 1), keep


def test_a_roster_and_findings_of_before_are_told_under_the_new_names(tmp_path):
    project = small_project(tmp_path, {**START, **CROWDED, ID: 'crowd: {"W 1": ben, w2: ada}\n'})
    names = {"ben": "zed", "@crowd/w2": "@crowd/p"}
    became = Renames(names=names, moved={OWN: "labels/mood/r3/zed.jsonl"}, same={"@crowd/x": "zed"})
    roster = load_roster(project)
    found = became.roster(roster)
    assert list(found.annotators) == sorted({names.get(who, who) for who in roster.annotators})
    assert found.annotators["zed"] == replace(roster.annotators["ben"], id="zed")
    assert found.same == {"@crowd/W 1": "zed", "@crowd/p": "ada", "@crowd/x": "zed"}
    taken = Renames(names={"ben": "ada"}).roster(roster)
    assert (list(taken.annotators), taken.annotators["ada"]) == (
        sorted({*roster.annotators} - {"ben"}), roster.annotators["ada"],
    )  # fmt: skip
    mine, other = (
        replace(finding("label/schema", Location(path=path, line=3), "m"), annotator=who)
        for path, who in ((OWN, "ben"), (PLAN, "ada"))
    )
    first, second = became.findings([mine, other])
    assert (first.at.path, first.at.line, first.annotator) == ("labels/mood/r3/zed.jsonl", 3, "zed")
    assert second == other
