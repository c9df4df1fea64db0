import pytest

from assay.core.people import Annotator, Kind, Role, Status
from assay.core.text import is_annotator_name
from assay.errors import UsageError
from assay.lead.annotator_set import add_annotator
from assay.project.roster import load_roster


def test_an_entry_reads_back_as_it_was_stated(project, root):
    new = Annotator(
        id="dana",
        role=Role.REVIEWER,
        status=Status.TRAINEE,
        handle="dana-at-example",
        emails=("dana@example.org", "no@example.org", "dana@example.org"),
        groups={"dialect": "no", "year": "2026"},
        qualified=("mood",),
    )
    assert add_annotator(project, new).path == "labels/annotators/dana.yaml"
    assert (root / "labels/annotators/dana.yaml").read_text() == (
        "kind: person\nrole: reviewer\nstatus: trainee\nhandle: dana-at-example\n"
        'emails: ["dana@example.org", "no@example.org"]\ngroups:\n  dialect: "no"\n  year: "2026"\nqualified: [mood]\n'
    )
    roster = load_roster(project)
    assert roster.findings == ()
    assert roster.annotators["dana"] == Annotator(
        id="dana",
        role=Role.REVIEWER,
        status=Status.TRAINEE,
        handle="dana-at-example",
        emails=("dana@example.org", "no@example.org"),
        groups={"dialect": "no", "year": "2026"},
        qualified=("mood",),
    )


def test_what_is_not_stated_is_not_written(project, root):
    add_annotator(project, Annotator(id="bot-1", kind=Kind.MODEL))
    add_annotator(project, Annotator(id="eli", qualified=()))
    assert (root / "labels/annotators/bot-1.yaml").read_text() == "kind: model\nrole: annotator\nstatus: active\n"
    assert load_roster(project).annotators["eli"].qualified == ()


def test_an_entry_is_never_written_over(project, root):
    add_annotator(project, Annotator(id="dana"))
    with pytest.raises(UsageError, match="dana is already in the roster") as caught:
        add_annotator(project, Annotator(id="dana", role=Role.LEAD))
    assert caught.value.fix == "edit labels/annotators/dana.yaml to change the entry"
    assert "lead" not in (root / "labels/annotators/dana.yaml").read_text()
    (root / "labels/annotators/eli.yaml").symlink_to("nowhere")
    with pytest.raises(UsageError, match="eli is already in the roster"):
        add_annotator(project, Annotator(id="eli"))


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ({"id": "Dana Smith"}, "'Dana Smith' cannot name an annotator"),
        ({"id": "@crowd"}, "cannot name"),
        ({"id": "dana", "qualified": ("nosuch",)}, "there is no task 'nosuch'"),
        ({"id": "dana", "emails": ("dana",)}, "'dana' is not a valid e-mail address"),
        ({"id": "dana", "emails": ("ADA@example.org",)}, "ada already has ada@example.org"),
        ({"id": "dana", "handle": "Ada"}, "ada already has ada"),
    ],
)
def test_what_cannot_stand_in_the_roster_is_refused(project, snapshot, new, message):
    add_annotator(project, Annotator(id="ada", handle="ada", emails=("ada@example.org",)))
    before = snapshot()
    with pytest.raises(UsageError, match=message):
        add_annotator(project, Annotator(**new))
    assert snapshot() == before


def test_the_name_of_the_plan_names_no_annotator():
    assert is_annotator_name("assign")
    assert not is_annotator_name("assignments")
