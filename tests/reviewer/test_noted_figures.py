"""What a whole reading notes of every batch is what reading batch by batch finds."""

import json

import numpy as np

from assay.core.values import Scale
from assay.git.base import named_commit
from assay.git.snapshot import commit_snapshot
from assay.labels.corpus import load_corpus
from assay.project.config import find_project, project_in
from assay.project.roster import load_roster
from assay.reviewer.cache import Memory
from assay.reviewer.figures import Figures, figures, moved, note_all
from assay.reviewer.policy import rules_of
from clones import commit, git, known_as
from projects import FILES, GUIDELINE, write_files
from rated import ratings_of, tally_from

VOTE = '{"item":"%s","label":{"tone":"%s"}}\n'
ASKED = '{"item":"%s","annotators":["ada","ben"]}\n'
MORE = {
    "checks/mood.yaml": "consensus: {method: majority}\nrules: {}\n",
    **{
        f"labels/mood/b{n}/{name}": text
        for n in range(12)
        for name, text in {
            "batch.yaml": f"purpose: label\nstatus: {'open' if n % 5 == 0 else 'closed'}\ncreated: 2026-03-{n + 1:02}\nguideline: 0.2.0\n",
            "assignments.jsonl": ASKED % f"i{n % 5 + 1}",
            "ada.jsonl": VOTE % (f"i{n % 5 + 1}", "good"),
            "ben.jsonl": VOTE % (f"i{n % 5 + 1}", "bad" if n % 3 else "good"),
        }.items()
    },
    # In this group alone it looks as if the newer version added the field `score`, and so took ben's vote.
    "guidelines/mood.md": GUIDELINE.replace("summary: second}", "summary: second, affects: [score]}"),
    "labels/items/texts/six.jsonl": '{"id":"i6","data":{"text":"sixth"}}\n',
    **{
        f"labels/mood/apart{n}/{name}": text
        for n, who in enumerate((("ada", "ben"), ("ada",)), start=1)
        for name, text in {
            "batch.yaml": f"purpose: relabel\nstatus: closed\ncreated: 2026-04-0{n}\nguideline: 0.{n}.0\n",
            "assignments.jsonl": f'{{"item":"i6","annotators":{json.dumps(who)}}}\n',
            **{f"{one}.jsonl": VOTE % ("i6", "good") for one in who},
        }.items()
    },
    "labels/mood/broken/batch.yaml": "purpose: [\n",
    "labels/mood/broken/assignments.jsonl": ASKED % "i1",
    "labels/mood/broken/ada.jsonl": VOTE % ("i1", "good"),
}


def test_a_whole_reading_notes_what_each_batch_would_give(tmp_path):
    write_files(tmp_path, {**FILES, **MORE})
    git(tmp_path, "init", "-q", "-b", "main")
    known_as(tmp_path, "ada")
    commit(tmp_path, "the project")
    tree = commit_snapshot(tmp_path, named_commit(tmp_path, "HEAD"))
    project = project_in(tree)
    rules = rules_of(project, "mood", load_roster(project))
    alone, noted = Memory(None), Memory(None)
    figures(tree, rules, alone)
    note_all(tree, rules, load_corpus(project, rules.revision.schema, rules.revision.guideline).corpus, noted)
    before = dict(noted.used)
    figures(tree, rules, noted)
    assert noted.used.keys() == before.keys()
    kept = {key: one for key, one in alone.used.items() if key in noted.used}
    assert kept == {key: noted.used[key] for key in kept}
    assert {key.partition(":")[0] for key in kept} == {"items", "group"}
    assert any(one.tallies for one in kept.values())


def test_alpha_of_one_scale_is_not_remembered_for_another(tmp_path):
    write_files(tmp_path, FILES)
    project = find_project(tmp_path)
    codes, values = np.array([[0, 1], [1, 2], [2, 2], [0, 0], [0, 2]]), (1.0, 2.0, 9.0)
    tallies = {scale.value: tally_from(ratings_of(codes, values, scale)) for scale in (Scale.NOMINAL, Scale.INTERVAL)}
    both = Figures(tallies={("closed", name): whole for name, whole in tallies.items()})
    rules = rules_of(project, "mood", load_roster(project))
    found = {one.field: one.after.value for one in moved(rules, both, both, [*tallies], Memory(None))}
    assert found["nominal"] != found["interval"]
    assert [*found] == ["interval", "nominal"], "fields stand in order, however they are given"


def test_what_is_remembered_of_batches_that_share_items_holds_for_the_versions_of_all_others(tmp_path):
    """Where no other batch has a `score` of the first version, the newer version seems to have added the field."""
    scored = {path: text for path, text in FILES.items() if path.startswith("labels/mood/r1/")}
    write_files(tmp_path, {path: text for path, text in {**FILES, **MORE}.items() if path not in scored})
    git(tmp_path, "init", "-q", "-b", "main")
    known_as(tmp_path, "ada")
    commit(tmp_path, "without scores")
    commit(tmp_path, "with scores", scored)
    later = {
        "labels/items/texts/seven.jsonl": '{"id":"i7","data":{"text":"seventh"}}\n',
        "labels/mood/later/batch.yaml": MORE["labels/mood/b1/batch.yaml"],
        "labels/mood/later/assignments.jsonl": ASKED % "i7",
        "labels/mood/later/ada.jsonl": '{"item":"i7","label":{"score":1,"tone":"bad"}}\n',
    }
    commit(tmp_path, "with scores of the second version", later)
    kept, told = Memory(None), []
    for revision in ("HEAD~2", "HEAD~1", "HEAD~2", "HEAD"):
        tree = commit_snapshot(tmp_path, named_commit(tmp_path, revision))
        project = project_in(tree)
        rules = rules_of(project, "mood", load_roster(project))
        fresh = {place: whole.units for place, whole in figures(tree, rules, Memory(None)).tallies.items()}
        assert {place: whole.units for place, whole in figures(tree, rules, kept).tallies.items()} == fresh
        told.append(fresh)
    assert told[0] == told[2] != told[1]
    assert told[3] == told[1], "the earliest version counts"
