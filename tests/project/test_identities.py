"""Who is whom: names of sources that are a person of the roster, and names that look alike."""

import pytest

from assay.project.config import find_project
from assay.project.roster import load_roster
from projects import FILES, write_files

IDENTITIES = "labels/sources/identities.yaml"
CROWD = '{"annotator":"Ada"}\n{"annotator":"7"}\n{"annotator":"bot 2","kind":"model"}\n{"annotator":"w2","status":"excluded"}\n'


def roster(root, identities=None, **sources):
    people = {name: text for name, text in FILES.items() if name.startswith(("checks/", "labels/annotators/"))}
    stated = {} if identities is None else {IDENTITIES: identities}
    write_files(root, {**people, **{f"labels/sources/{name}.jsonl": text for name, text in sources.items()}, **stated})
    return load_roster(find_project(root))


def lines(*names):
    return "".join(f'{{"annotator":"{name}"}}\n' for name in names)


def alike(found):
    return [one for one in found.findings if one.rule == "roster/look-alike"]


def test_names_are_mapped_onto_people_of_the_roster(tmp_path):
    found = roster(tmp_path, "crowd: {Ada: ada, 7: ben}\n", crowd=CROWD)
    assert found.findings == ()
    assert found.same == {"@crowd/Ada": "ada", "@crowd/7": "ben"}
    assert [found.person(name) for name in ("@crowd/Ada", "@crowd/w2", "ben")] == ["ada", "@crowd/w2", "ben"]


@pytest.mark.parametrize("empty", ["", "# nobody yet\n", "{}\n"])
def test_a_file_that_says_nothing_is_no_fault(tmp_path, empty):
    found = roster(tmp_path, empty, crowd=lines("W 1"))
    assert (found.findings, found.same) == ((), {})


@pytest.mark.parametrize(
    ("identities", "line", "says", "fix", "unsure"),
    [
        ("crew:\n  Ada: ada\n", 1, "there is no source 'crew'", "sources here: crowd", set()),
        ("crowd:\n  Ad: ada\n", 2, "crowd has no 'Ad'", "did you mean 'Ada'?", {"@crowd/Ad"}),
        ("crowd:\n  Ada: adda\n", 2, "'adda' is not in the roster", "did you mean 'ada'?", {"@crowd/Ada"}),
        ("crowd:\n  Ada: bot\n", 2, "bot is a model", "the roster id of a person", {"@crowd/Ada"}),
        ("crowd:\n  Ada: '@crowd/7'\n", 2, "also a name of a source", "on its own line", {"@crowd/Ada"}),
        ("crowd:\n  7: Ada\n", 2, "'Ada' is not in the roster", "did you mean 'ada'?", {"@crowd/7"}),
        ("crowd:\n  bot 2: ada\n", 2, "'bot 2' of crowd is a model", "are not votes", {"@crowd/bot 2"}),
        ("crowd:\n  w2: ben\n", 2, "'w2' is excluded", "annotator set ben --status excluded", {"@crowd/w2"}),
        ("crowd: [Ada]\n", 1, "names of the source", "{NAME: ID}", None),
        ("crowd:\n  Ada: 1.5\n", 2, "the id of a person", "the id of a person", None),
        ("Ada: ada\n", 1, "names of the source", "{NAME: ID}", None),
        ("crowd: {Ada: ada}\ncrowd: {7: ben}\n", 2, "duplicate key", "fix", None),
        ("crowd: {\n", 2, "expected", "fix", None),
    ],
)
def test_a_line_that_cannot_be_used_maps_nothing_and_its_votes_do_not_count(
    tmp_path, identities, line, says, fix, unsure
):
    found = roster(tmp_path, identities, crowd=CROWD)
    [told] = [one for one in found.findings if one.rule == "roster/identity"]
    assert (told.at.path, told.at.line) == (IDENTITIES, line)
    assert says in told.message
    assert fix in told.fix
    names = {"@crowd/Ada", "@crowd/7", "@crowd/bot 2", "@crowd/w2"}
    assert found.broken == (names if unsure is None else unsure)
    assert not found.broken & found.annotators.keys()
    assert found.same == {}


def test_a_good_line_beside_a_bad_one_counts(tmp_path):
    found = roster(tmp_path, "crowd: {Ada: ada, 7: nobody}\n", crowd=CROWD)
    assert (found.same, found.broken) == ({"@crowd/Ada": "ada"}, {"@crowd/7"})


def test_a_name_of_somebody_whose_entry_is_broken_is_unsure(tmp_path):
    write_files(tmp_path, {"labels/annotators/eve.yaml": "role: boss\n"})
    found = roster(tmp_path, "crowd: {Ada: eve, 7: ben}\n", crowd=CROWD)
    assert (found.same, found.broken) == ({"@crowd/7": "ben"}, {"eve", "@crowd/Ada"})


def test_a_link_in_its_place_is_not_followed(tmp_path):
    roster(tmp_path, crowd=CROWD)
    (tmp_path / IDENTITIES).symlink_to(tmp_path / "labels/annotators/ada.yaml")
    found = load_roster(find_project(tmp_path))
    assert [one.rule for one in found.findings if one.at.path == IDENTITIES] == ["roster/identity"]
    assert "@crowd/Ada" in found.broken


def test_each_name_that_looks_like_another_is_one_finding(tmp_path):
    composed, apart = "Ren\u00e9", "Rene\u0301"
    names = ("Ada", "ada ", "\uff21da", "\u0410da", composed, apart, "Rene", "W 1", "w  1", "w-1", "\u0412ob", "BOB")
    found = roster(tmp_path, crowd=lines(*names), other=lines("7", "w 1", "Zoe"), third=lines("7", "Zoe"))
    told = {one.annotator: one for one in alike(found)}
    assert len(told) == len(alike(found))
    assert set(told) == {
        *(f"@crowd/{name}" for name in ("Ada", "ada ", "\uff21da", "\u0410da", "w  1", "\u0412ob")),
        f"@crowd/{composed}",
        "@other/w 1",
        "@third/Zoe",
    }
    assert told["@crowd/\uff21da"].at.line == 3
    assert '`crowd: {"\\uff21da": ada}`' in told["@crowd/\uff21da"].fix
    assert "they differ in Unicode form" in told[f"@crowd/{composed}"].message
    assert '`crowd: {"Ren\\xe9": ID}`' in told[f"@crowd/{composed}"].fix


def test_a_name_that_is_mapped_is_settled(tmp_path):
    mapped = "crowd: {Ada: ada, 'ada ': ada, W 1: ben}\n"
    found = roster(tmp_path, mapped, crowd=lines("Ada", "ada ", "W 1", "w 1"))
    [told] = alike(found)
    assert told.annotator == "@crowd/w 1"
    assert '`crowd: {"w 1": ben}`' in told.fix


def test_handles_are_names_too(tmp_path):
    chen = {"labels/annotators/chen.yaml": "handle: Chen-X\n", "labels/annotators/li.yaml": "handle: chen-x\n"}
    write_files(tmp_path, chen)
    found = roster(tmp_path, crowd=lines("CHEN-X"))
    assert [(one.annotator, one.at.path) for one in alike(found)] == [
        ("li", "labels/annotators/li.yaml"),
        ("@crowd/CHEN-X", "labels/sources/crowd.jsonl"),
    ]
