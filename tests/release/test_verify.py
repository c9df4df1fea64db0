import os
import random

import pytest

from assay.errors import ConfigError, RefusedError, UsageError
from assay.project import find_project
from assay.release import build, record, verify
from assay.release.folder import damage
from assay.release.manifest import manifest_in
from assay.release.record import read_record
from assay.stages.gate import gate
from gated import RELEASE, alpha, evidence, measured_project, write, write_reports, write_tables

TODAY = "2026-11-22"
SAMPLES = 400


@pytest.fixture
def project(tmp_path):
    project = measured_project(tmp_path)
    gate(project)
    build(project, "support", today=TODAY)
    return project


def problems(project, today=TODAY):
    return verify(project, "support", today=today)


def rebuild(project):
    gate(project)
    return build(project, "support", today=TODAY)


def test_a_fresh_release_has_no_problems(project):
    assert problems(project) == ()


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
        (into_pipe, "triage/train.jsonl is no regular file"),
        (no_manifest, "release/support/manifest.json cannot be read"),
        (reindented, "manifest.json was changed"),
        (huge_number, "manifest.json is not a manifest"),
    ],
)
def test_tampering_is_said_by_the_name_of_the_file(project, tamper, said):
    tamper(project.root / "release/support")
    assert any(problem.startswith(said) for problem in problems(project)), problems(project)


def test_a_release_that_was_never_built_is_a_problem(tmp_path):
    (problem,) = verify(measured_project(tmp_path), "support", today=TODAY)
    assert problem.startswith("release/support does not exist; `dvc repro` builds it")


def test_an_unknown_release_is_a_usage_error(project):
    with pytest.raises(UsageError):
        verify(project, "nosuch", today=TODAY)


def test_inputs_that_moved_on_are_named(project):
    write_tables(project.root, ["i0"])
    assert any(
        "changed since the release: build/triage/annotations.parquet" in problem for problem in problems(project)
    )


def test_a_verdict_that_is_gone_or_another_is_a_problem(project):
    path = project.root / "gate/verdict.json"
    path.write_bytes(path.read_bytes().replace(b'"holds"', b'"hold"') + b"\n")
    assert problems(project) == ("gate/verdict.json is not the verdict it was released under",)
    path.unlink()
    assert any("no verdict allows it" in problem for problem in problems(project))


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
    assert any(
        "of project 00000000-test" in problem for problem in verify(find_project(project.root), "support", today=TODAY)
    )


def test_a_record_names_every_item_with_the_guidelines_its_votes_cite(project):
    path = record(project, "support")
    assert path == project.root / "releases/support/1.0.0.json"
    recorded = read_record(project, "support", "1.0.0")
    assert recorded.manifest == manifest_in(project.root / "release/support")
    assert [(list(part.guidelines), part.items) for part in recorded.items["triage"]] == [
        (["0.1.0"], [f"i{number}" for number in range(1, 8)]),
        (["0.1.0", "0.2.0"], ["i0"]),
    ]


def test_recording_twice_changes_nothing(project):
    before = record(project, "support").read_bytes()
    assert record(project, "support").read_bytes() == before
    assert problems(project) == ()


def test_a_dataset_other_than_the_recorded_one_is_a_problem_and_no_new_record(project):
    record(project, "support")
    write_tables(project.root, ["i0", "i1"])
    rebuild(project)
    assert problems(project) == ("it is not the dataset that releases/support/1.0.0.json records",)
    with pytest.raises(RefusedError, match=r"records another dataset as version 1\.0\.0") as caught:
        record(project, "support")
    assert "raise the version" in caught.value.hint


def test_the_same_dataset_made_under_a_new_verdict_still_is_the_recorded_one(project):
    before = record(project, "support").read_bytes()
    write(project.root, {"checks/notes.md": "nothing of weight"})
    rebuild(project)
    assert problems(project) == ()
    assert record(project, "support").read_bytes() == before


def test_a_new_version_has_a_record_of_its_own(project):
    record(project, "support")
    write_tables(project.root, ["i0", "i1"])
    write(project.root, {"releases/support.yaml": RELEASE.replace("1.0.0", "1.1.0")})
    rebuild(project)
    assert record(project, "support").name == "1.1.0.json"


def test_a_damaged_or_outdated_release_is_not_recorded(project):
    write_tables(project.root, ["i0"])
    with pytest.raises(RefusedError, match="changed since the release"):
        record(project, "support")
    rebuild(project)
    add(project.root / "release/support")
    with pytest.raises(RefusedError, match="does not belong"):
        record(project, "support")


def test_a_changed_record_is_noticed(project):
    path = record(project, "support")
    path.write_bytes(path.read_bytes().replace(b"CC-BY-4.0", b"CC-BY-9.0"))
    assert any("its digest does not match" in problem for problem in problems(project))
    with pytest.raises(ConfigError):
        rebuild(project)


@pytest.mark.parametrize(
    ("old", "new"), [("train: 0.5, test: 0.5", "train: 0.6, test: 0.4"), ("splits:", "seed: 1\nsplits:")]
)
def test_splits_and_seed_may_change_with_the_major_version_only(project, old, new):
    record(project, "support")
    minor = RELEASE.replace(old, new).replace("1.0.0", "1.1.0")
    write(project.root, {"releases/support.yaml": minor})
    with pytest.raises(RefusedError, match=r"other splits or another seed than version 1\.0\.0"):
        rebuild(project)
    write(project.root, {"releases/support.yaml": minor.replace("1.1.0", "2.0.0")})
    assert rebuild(project).version == "2.0.0"
