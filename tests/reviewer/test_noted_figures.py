"""The figures of a review, made of the results of batches, are those of the whole corpus."""

import json

import numpy as np

from assay.agreement.corpus import alpha_of
from assay.core.tallies import tally
from assay.core.values import Scale
from assay.files.store import Store
from assay.git.base import named_commit
from assay.git.snapshot import commit_snapshot
from assay.labels.batch_files import rules_of
from assay.labels.batch_results import BatchResults
from assay.labels.whole import load_corpus
from assay.project.config import find_project, project_in
from assay.project.roster import load_roster
from assay.reviewer.figures import Figures, figures, moved
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


def _figures(tree, store):
    project = project_in(tree)
    return figures(BatchResults(tree, rules_of(project, "mood", load_roster(project)), store))


def test_the_figures_of_all_batches_are_those_of_the_whole_corpus(tmp_path):
    write_files(tmp_path, {**FILES, **MORE})
    git(tmp_path, "init", "-q", "-b", "main")
    known_as(tmp_path, "ada")
    commit(tmp_path, "the project")
    tree = commit_snapshot(tmp_path, named_commit(tmp_path, "HEAD"))
    project = project_in(tree)
    rules = rules_of(project, "mood", load_roster(project))
    corpus = load_corpus(project, rules.schema, rules.guideline).corpus
    found, masks = _figures(tree, Store(None)).tallies, (corpus.annotations.current, corpus.annotations.open)
    for field in rules.schema.fields:
        for state, rows in zip(("closed", "open"), masks, strict=True):
            whole, parts = tally(corpus, field, rows), found.get((state, field.name))
            assert (
                (parts.units, alpha_of(parts)) == (whole.units, alpha_of(whole)) if parts else not len(whole.patterns)
            )
    assert any(whole.units for whole in found.values())


def test_alpha_of_one_scale_is_not_remembered_for_another(tmp_path):
    write_files(tmp_path, FILES)
    project = find_project(tmp_path)
    codes, values = np.array([[0, 1], [1, 2], [2, 2], [0, 0], [0, 2]]), (1.0, 2.0, 9.0)
    tallies = {scale.value: tally_from(ratings_of(codes, values, scale)) for scale in (Scale.NOMINAL, Scale.INTERVAL)}
    both = Figures(tallies={("closed", name): whole for name, whole in tallies.items()})
    rules = rules_of(project, "mood", load_roster(project))
    found = {one.field: one.after.value for one in moved(rules, both, both, [*tallies], Store(None))}
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
    kept, told = Store(None), []
    for revision in ("HEAD~2", "HEAD~1", "HEAD~2", "HEAD"):
        tree = commit_snapshot(tmp_path, named_commit(tmp_path, revision))
        fresh = {place: whole.units for place, whole in _figures(tree, Store(None)).tallies.items()}
        assert {place: whole.units for place, whole in _figures(tree, kept).tallies.items()} == fresh
        told.append(fresh)
    assert told[0] == told[2] != told[1]
    assert told[3] == told[1], "the earliest version counts"
