import json
import os
import random
import shutil

import pytest
from msgspec.structs import replace

from assay.errors import ChecksError, ConfigError, NewerError, RefusedError, UsageError
from assay.files.artifacts import json_bytes
from assay.files.atomic import digest_bytes
from assay.pipeline.gate_stages import gate
from assay.project.config import find_project
from assay.release.builder import build
from assay.release.copy import verify_copy
from assay.release.manifest import damage, manifest_in, same_dataset, sealed, write_manifest
from assay.release.recorder import record
from assay.release.records import read_record
from assay.release.verifier import Links, Verification, verify_release
from clones import commit, git, known_as
from gated import RELEASE, alpha, evidence, measured_project, write, write_reports, write_tables

pytestmark = pytest.mark.threat(22)

TODAY = "2026-11-22"
SAMPLES = 400


@pytest.fixture
def project(tmp_path):
    project = measured_project(tmp_path)
    gate(project)
    build(project, "support", today=TODAY)
    return project


@pytest.fixture
def committed(project):
    """The same, with everything that people write committed."""
    write(project.root, {".gitignore": "/build/\n/reports/\n/gate/\n/release/\n"})
    git(project.root, "init", "-q", "-b", "main")
    commit(known_as(project.root, "noor"), "the project")
    return find_project(project.root)


def problems(project, today=TODAY, name="support"):
    return verify_release(project, name, today=today).problems


def rebuild(project):
    gate(project)
    return build(project, "support", today=TODAY)


def recorded(project):
    return project.root / record(project, "support", today=TODAY).path


def test_a_fresh_release_has_no_problems(project):
    assert problems(project) == ()


@pytest.mark.slow
def test_no_flipped_byte_goes_unnoticed(project):
    folder = project.root / "release/support"
    places = [(path, at) for path in sorted(folder.rglob("*.*")) for at in range(path.stat().st_size)]
    chance = random.Random(7)
    for path, at in chance.sample(places, SAMPLES):
        whole = path.read_bytes()
        flipped = bytearray(whole)
        flipped[at] ^= chance.randrange(1, 256)
        path.write_bytes(flipped)
        assert noticed(folder), f"{path.name} byte {at}"
        path.write_bytes(whole)
    assert problems(project) == ()


def noticed(folder):
    """Whether the folder alone shows that it was changed."""
    try:
        return any(damage(folder, manifest_in(folder)))
    except RefusedError:
        return True


def remove(folder):
    (folder / "triage/train.jsonl").unlink()


def add(folder):
    (folder / "triage/more.jsonl").write_text("")


def add_folder(folder):
    (folder / "empty").mkdir()


def truncate(folder):
    os.truncate(folder / "triage/train.jsonl", 10)


def swap(folder):
    (folder / "triage/train.jsonl").rename(folder / "spare")
    (folder / "triage/test.jsonl").rename(folder / "triage/train.jsonl")
    (folder / "spare").rename(folder / "triage/test.jsonl")


def link(folder):
    path = folder / "triage/train.jsonl"
    path.rename(folder.parent / "elsewhere")
    path.symlink_to(folder.parent / "elsewhere")


def link_folder(folder):
    (folder / "triage").rename(folder.parent / "elsewhere")
    (folder / "triage").symlink_to(folder.parent / "elsewhere")


def link_all(folder):
    folder.rename(folder.parent / "elsewhere")
    folder.symlink_to(folder.parent / "elsewhere")


def into_folder(folder):
    (folder / "triage/train.jsonl").unlink()
    (folder / "triage/train.jsonl").mkdir()


def into_pipe(folder):
    (folder / "triage/train.jsonl").unlink()
    os.mkfifo(folder / "triage/train.jsonl")


def no_manifest(folder):
    (folder / "manifest.json").unlink()


def reindented(folder):
    path = folder / "manifest.json"
    path.write_bytes(path.read_bytes() + b"\n")


def huge_number(folder):
    path = folder / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"seed": 0', b'"seed": 99999999999999999999999'))


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (remove, "triage/train.jsonl is missing"),
        (add, "triage/more.jsonl does not belong"),
        (add_folder, "empty does not belong"),
        (truncate, "triage/train.jsonl was changed"),
        (swap, "triage/test.jsonl was changed"),
        (link, "triage/train.jsonl is a symbolic link"),
        (link_folder, "triage is a symbolic link"),
        (link_all, "support is a symbolic link"),
        (into_folder, "triage/train.jsonl"),
        (into_pipe, "triage/train.jsonl is not a regular file"),
        (no_manifest, "support/manifest.json cannot be read"),
        (reindented, "manifest.json was changed"),
        (huge_number, "manifest.json is not a manifest"),
    ],
)
def test_tampering_is_said_by_the_name_of_the_file(project, tamper, said):
    tamper(project.root / "release/support")
    found = problems(project)
    assert any(problem.startswith(f"files: {said}") for problem in found), found


def file_for_folder(folder):
    shutil.rmtree(folder / "triage")
    (folder / "triage").write_text("")


def manifest_below(folder):
    (folder / "triage/manifest.json").write_text("{}")


def several(folder):
    for name in ("z", "a", "triage/m", "b"):
        (folder / name).write_text("")


def link_beside(folder):
    (folder / "more").symlink_to(folder / "triage")


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (file_for_folder, [f"triage/{split}.{ending} is missing" for split in ("test", "train")
                           for ending in ("jsonl", "parquet")] + ["triage does not belong to the release"]),
        (into_folder, ["triage/train.jsonl does not belong to the release"]),
        (manifest_below, ["triage/manifest.json does not belong to the release"]),
        (several, [f"{name} does not belong to the release" for name in ("a", "b", "triage/m", "z")]),
        (link_beside, ["more is a symbolic link"]),
        (link, ["triage/train.jsonl is a symbolic link"]),
        (remove, ["triage/train.jsonl is missing"]),
        (truncate, ["triage/train.jsonl was changed: its size or SHA-256 is not the manifest's"]),
    ],
)  # fmt: skip
def test_of_a_folder_all_that_differs_is_said_and_nothing_else(project, tamper, said):
    folder = project.root / "release/support"
    assert [*damage(folder, manifest_in(folder))] == []
    tamper(folder)
    assert [*damage(folder, manifest_in(folder))] == said


@pytest.mark.parametrize(("number", "since"), [(1, 1), (2, 1), (3, 3), (4, 3), (5, 5)])
def test_manifests_of_two_formats_are_held_against_each_other_in_what_both_have(project, number, since):
    today = manifest_in(project.root / "release/support")
    task = replace(today.tasks["triage"], apart=[["i1", "i2"]], open=["b2"])
    today = replace(today, tasks={"triage": task})
    changed = {"votes": {"1": 8}, "left_out": {}, "open": [], "apart": []}
    came = {"votes": 3, "left_out": 3, "open": 3, "apart": 5}
    old = replace(today, format=number, tasks={"triage": task.as_before(number)}, assay="0.0.1", made_from={})
    assert [name for name in came if getattr(old.tasks["triage"], name)] == [
        name for name in came if came[name] <= since
    ]
    for one, other in ((old, today), (today, old)):
        assert same_dataset(one, other)
    for name, value in changed.items():
        other = replace(today, tasks={"triage": replace(task, **{name: value})})
        assert same_dataset(old, other) == same_dataset(other, old) == (came[name] > since)
    for changed_ in ({"seed": 9}, {"license": "x"}, {"version": "9.0.0"}, {"splits": {}}, {"files": []}, {"name": "x"}):
        assert not same_dataset(old, replace(today, **changed_))


def test_of_many_problems_of_a_link_twenty_are_told_and_the_others_counted():
    for number, more in ((1, []), (20, []), (21, ["x: and 1 more"]), (1_025, ["x: and 1,005 more"])):
        links = Links("r")
        links.record("x", "claim", (f"p{at}" for at in range(number)))
        found = links.result()
        assert found.problems == (*(f"x: p{at}" for at in range(min(number, 20))), *more)
        assert (found.release, found.proved, found.not_proved) == ("r", (), ())
        assert (links.intact("x"), links.intact("y"), links.intact("y", "x")) == (False, True, False)


def test_an_error_that_stops_a_link_is_its_problem_and_what_says_nothing_of_the_release_is_raised():
    def stopped(error):
        yield "first"
        raise error

    links = Links("r")
    links.record("x", "claim", stopped(ConfigError("one\ntwo", fix="")))
    links.record("y", "claim", ())
    links.unproved("z", "open")
    assert links.result() == Verification(
        release="r", proved=("y: claim",), not_proved=("z: open",), problems=("x: first", "x: one", "x: two")
    )
    for error in (ChecksError("no", fix=""), NewerError("no", fix="")):
        with pytest.raises(type(error)):
            links.record("x", "claim", stopped(error))


def test_a_release_that_was_never_built_is_a_problem(tmp_path):
    (problem,) = problems(measured_project(tmp_path))
    assert problem.startswith("files: release/support does not exist; `dvc repro` builds it")


def test_an_unknown_release_is_a_usage_error(project):
    with pytest.raises(UsageError):
        problems(project, name="nosuch")


def test_inputs_that_moved_on_are_named(project):
    write_tables(project.root, ["i0"])
    assert any(
        "changed since the release: build/triage/annotations.parquet" in problem for problem in problems(project)
    )
    assert any(problem.startswith("rows: triage/train.jsonl is not what") for problem in problems(project))


def test_a_verdict_that_is_gone_or_another_is_a_problem(project):
    path = project.root / "gate/verdict.json"
    path.write_bytes(path.read_bytes().replace(b"20 records", b"90 records"))
    (problem,) = problems(project)
    assert problem.startswith("verdict: gate/verdict.json says triage/schema with another message or figures")
    path.unlink()
    assert any("no verdict: " in problem for problem in problems(project))


def test_an_expired_waiver_is_a_problem_from_the_next_day_on(project):
    write_reports(project.root, evidence(intent=alpha(0.5, 0.4, 0.6)))
    waiver = "- {rule: triage/agreement/intent, reason: new team, approver: noor, until: 2026-11-22}\n"
    write(project.root, {"checks/waivers.yaml": waiver})
    rebuild(project)
    assert problems(project) == ()
    assert any("valid until 2026-11-22" in problem for problem in problems(project, "2026-11-23"))


def test_a_release_of_another_project_is_a_problem(project):
    path = project.root / "checks/project.yaml"
    path.write_text(path.read_text().replace("00000000-test", "11111111-test"))
    assert any("of project 00000000-test" in problem for problem in problems(find_project(project.root)))


def test_a_record_names_every_item_with_the_guidelines_its_votes_cite(committed):
    path = recorded(committed)
    assert path == committed.root / "releases/support/1.0.0.json"
    told = read_record(committed, "support", "1.0.0")
    assert told.manifest == manifest_in(committed.root / "release/support")
    assert [(list(part.guidelines), part.items) for part in told.items["triage"]] == [
        (["0.1.0"], [f"i{number}" for number in range(1, 8)]),
        (["0.1.0", "0.2.0"], ["i0"]),
    ]


def test_a_record_of_an_older_assay_is_read_and_held_against(committed):
    path = recorded(committed)
    told = json.loads(path.read_bytes())
    old = {
        **told["manifest"],
        "format": 1,
        "made_from": {"inputs": {"checks/triage.yaml": "0" * 64}, "verdict": "0" * 64},
    }
    old = json_bytes({**old, "digest": digest_bytes(json_bytes({**old, "digest": ""}))})
    path.write_bytes(json_bytes({"manifest": json.loads(old), "sha256": digest_bytes(old), "items": told["items"]}))
    assert read_record(committed, "support", "1.0.0").items["triage"][0].guidelines == ("0.1.0",)
    found = verify_release(committed, "support", today=TODAY)
    assert found.problems == ()
    assert "commit: the record is of an older version and has no commit" in found.not_proved
    assert not record(committed, "support", today=TODAY).written
    path.write_bytes(path.read_bytes().replace(b"CC-BY-4.0", b"CC-BY-9.0"))
    assert any("its digest does not match" in problem for problem in problems(committed))


def test_a_release_of_format_2_verifies_and_its_record_is_of_the_same_dataset(committed):
    """What it does not say (votes, what is left out, open batches) is held against nothing."""
    path, folder = recorded(committed), committed.root / "release/support"
    manifest = manifest_in(folder)
    assert (manifest.tasks["triage"].votes, manifest.tasks["triage"].left_out) == (
        {"2": 8},
        {"skipped": ["zz-unlabelled"]},
    )
    tasks = {name: task.as_before(2) for name, task in manifest.tasks.items()}
    write_manifest(folder, sealed(replace(manifest, format=2, tasks=tasks, digest="")))
    assert problems(committed) == ()
    assert verify_copy(folder, today=TODAY).problems == ()
    assert not record(committed, "support", today=TODAY).written

    forged = {"triage": replace(manifest.tasks["triage"], votes={"2": 7}, left_out={"tie": ["i1"]})}
    write_manifest(folder, sealed(replace(manifest, tasks=forged, digest="")))
    assert any("counts other rows" in problem for problem in problems(committed))
    said = verify_copy(folder, today=TODAY).problems
    assert any("counts the votes of 7 rows, not of all" in one for one in said)
    assert any("'i1' is in" in one and "the manifest leaves it out (tie)" in one for one in said)
    assert path.exists()


def test_recording_twice_changes_nothing(committed):
    before = recorded(committed).read_bytes()
    assert recorded(committed).read_bytes() == before
    assert problems(committed) == ()


def test_a_dataset_other_than_the_recorded_one_is_a_problem_and_no_new_record(committed):
    recorded(committed)
    write_tables(committed.root, ["i0", "i1"])
    rebuild(committed)
    assert problems(committed) == ("record: it is not the dataset that releases/support/1.0.0.json records",)
    with pytest.raises(RefusedError, match=r"records another dataset as version 1\.0\.0") as caught:
        recorded(committed)
    assert "raise the version" in caught.value.fix


def test_the_same_dataset_made_under_a_new_verdict_still_is_the_recorded_one(committed):
    before = recorded(committed).read_bytes()
    write(committed.root, {"checks/notes.md": "nothing of weight"})
    rebuild(committed)
    assert problems(committed) == ()
    assert recorded(committed).read_bytes() == before


def test_a_new_version_has_a_record_of_its_own(committed):
    recorded(committed)
    write_tables(committed.root, ["i0", "i1"])
    write(committed.root, {"releases/support.yaml": RELEASE.replace("1.0.0", "1.1.0")})
    rebuild(committed)
    commit(committed.root, "a new version")
    assert recorded(committed).name == "1.1.0.json"


def test_a_commit_that_cannot_be_read_or_has_other_sources_holds_no_release(committed):
    root, fix = committed.root, "commit labels, guidelines, schemas, checks and releases, then record it"
    for name, text, said in (
        ("checks/triage.yaml", "rules: [\n", "checks/triage.yaml:"),
        ("guidelines/triage.md", "nothing\n", "changed since {}: guidelines/triage.md, and is not committed"),
    ):
        before = (root / name).read_text()
        write(root, {name: text})
        at = commit(root, "another state")
        write(root, {name: before})
        with pytest.raises(RefusedError) as caught:
            recorded(committed)
        assert caught.value.message.startswith("release/support is not recorded: ")
        assert said.format(at[:12]) in caught.value.message
        assert at[:12] in caught.value.message
        assert caught.value.fix == fix
    assert not (root / "releases/support").exists()


def test_a_damaged_or_outdated_release_is_not_recorded(committed):
    write_tables(committed.root, ["i0"])
    with pytest.raises(RefusedError, match=r"rows: triage/test\.jsonl is not what the current tables give"):
        recorded(committed)
    rebuild(committed)
    add(committed.root / "release/support")
    with pytest.raises(RefusedError, match="does not belong"):
        recorded(committed)


def test_a_changed_record_is_noticed(committed):
    path = recorded(committed)
    whole = path.read_bytes()
    for old, new in ((b"CC-BY-4.0", b"CC-BY-9.0"), (b'"i3"', b'"i9"'), (b'"commit": "', b'"commit": "0')):
        path.write_bytes(whole.replace(old, new))
        (problem,) = problems(committed)
        assert problem == (
            "record: releases/support/1.0.0.json:1 was changed after it was written: its digest does not match"
        )
    with pytest.raises(ConfigError):
        rebuild(committed)


@pytest.mark.parametrize(
    ("old", "new"), [("train: 0.5, test: 0.5", "train: 0.6, test: 0.4"), ("splits:", "seed: 1\nsplits:")]
)
def test_splits_and_seed_may_change_with_the_major_version_only(committed, old, new):
    recorded(committed)
    minor = RELEASE.replace(old, new).replace("1.0.0", "1.1.0")
    write(committed.root, {"releases/support.yaml": minor})
    with pytest.raises(RefusedError, match=r"other splits or another seed than version 1\.0\.0"):
        rebuild(committed)
    write(committed.root, {"releases/support.yaml": minor.replace("1.1.0", "2.0.0")})
    assert rebuild(committed).version == "2.0.0"


@pytest.mark.parametrize("number", [0, 1, -1])
def test_a_record_is_not_taken_for_an_older_one_by_its_number_alone(committed, number):
    """The seal covers a record of today; one of format 1 has neither seal nor commit."""
    path = recorded(committed)
    value = json.loads(path.read_text())
    path.write_text(json.dumps({**value, "format": number, "commit": "0" * 40}))
    with pytest.raises(ConfigError, match="its digest does not match"):
        read_record(committed, "support", "1.0.0")
