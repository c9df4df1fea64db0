"""The pages for reviewers: the example is what the command says today, and what they state is so."""

import re
from pathlib import Path

import yaml

import review_example
from assay.project.config import ReviewLimits
from assay.reviewer.kinds import KINDS

DOCS = Path(__file__).parents[2] / "docs"


def test_the_report_in_the_docs_is_what_the_command_makes(tmp_path):
    page = review_example.PAGE.read_text(encoding="utf-8")
    assert review_example.settled(page) == review_example.settled(review_example.example(tmp_path))


def test_the_limits_in_the_docs_are_the_defaults():
    (stated,) = re.findall(r"```yaml\n(review: .*?)\n```", (DOCS / "reviewing.md").read_text(encoding="utf-8"))
    assert ReviewLimits(**yaml.safe_load(stated)["review"]) == ReviewLimits()


def test_the_table_ends_with_a_kind_for_every_path():
    assert KINDS[-1].pattern == ".*"
    assert not any(kind.labels and kind.policy for kind in KINDS)
