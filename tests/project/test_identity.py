import pytest

from assay.errors import UsageError
from assay.project.roster import known_by, load_roster, stated_as
from projects import small_project

PEOPLE = {
    "labels/annotators/ada.yaml": "role: lead\nhandle: ada-l\nemails: [Ada@Example.org]\n",
    "labels/annotators/ben.yaml": "handle: benb\n",
    "labels/annotators/eve.yaml": "handle: twice\nemails: [shared@example.org]\n",
    "labels/annotators/fay.yaml": "handle: Twice\nemails: [shared@example.org]\n",
    "labels/annotators/bot.yaml": "kind: model\nhandle: botty\nemails: [bot@example.org]\n",
}


@pytest.fixture
def roster(tmp_path):
    return load_roster(small_project(tmp_path, PEOPLE))


@pytest.mark.parametrize(
    ("email", "handles", "who"),
    [
        ("ada@example.org", (), "ada"),
        ("ADA@EXAMPLE.ORG", ("benb",), "ada"),
        ("nobody@example.org", ("BenB",), "ben"),
        ("12345+benb@users.noreply.github.com", (), "ben"),
        ("benb@users.noreply.example.net", (), "ben"),
        ("shared@example.org", (), None),
        ("x@example.org", ("twice",), None),
        ("bot@example.org", ("botty",), None),
        ("", ("",), None),
        ("benb@example.org", (), None),
    ],
)
def test_a_person_is_known_by_e_mail_or_handle_and_only_for_certain(roster, email, handles, who):
    found = known_by(roster, email, handles)
    assert (found.id if found else None) == who


@pytest.mark.parametrize("who", ["nobody", "bot", "@crowd/W 1", ""])
def test_only_a_person_of_the_roster_can_be_stated(roster, who):
    with pytest.raises(UsageError) as told:
        stated_as(roster, who)
    assert told.value.fix


def test_a_stated_person_is_their_roster_entry(roster):
    assert stated_as(roster, "ben").handle == "benb"
