"""No release cites a guideline version that nobody approved: the reference project through a real DVC."""

import json
import shutil

import pytest

from pipelines import assay, repro

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed"),
]


def approved(folder):
    verdict = json.loads((folder / "gate/verdict.json").read_text())
    return next(rule for rule in verdict["rules"] if rule["id"] == "triage/approved")


def test_a_release_is_held_while_a_version_that_its_labels_cite_is_not_approved(project):
    guideline, record = project / "guidelines/triage.md", project / "guidelines/approvals/triage/1.0.0.sig"
    text, signature = guideline.read_text(), record.read_bytes()

    guideline.write_text(text.replace("Each message that", "Every message that"))
    record.unlink()
    assert repro(project).code != 0
    assert approved(project)["outcome"] == "fail"
    assert "1.1.0: the content is not what was approved" in approved(project)["message"]
    assert not (project / "release/support").exists()
    assert "1.0.0: the record is not signed" in approved(project)["message"]
    assert assay(project, "guideline", "verify", "triage").code == 1

    guideline.write_text(text)
    record.write_bytes(signature)
    schema = project / "schemas/triage.yaml"
    schema.write_text(schema.read_text().replace("title: Intent", "title: Intention"))
    ran = repro(project)
    assert ran.code == 0, ran.said
    assert (project / "release/support").exists()
