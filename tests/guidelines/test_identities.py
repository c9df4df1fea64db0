"""Who a login or an e-mail belongs to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approving import FIRST, SCHEMA, SECOND, git, guideline
from assay.core.people import Annotator
from assay.git.history import Commit
from assay.guidelines.authors import (
    Authorship,
    authorship,
    changes_since_approved,
    contents_in,
    past_versions,
    people_named,
    same_persons,
    versions_in_history,
)
from projects import write_files

NAMES = st.sampled_from(["a", "b", "c", "d", "A@x.org", "b@x.org", "1+c@users.noreply.github.com"])
ROSTERS = st.dictionaries(
    st.sampled_from(["ada", "ben", "chen", "dana"]), st.tuples(NAMES, st.lists(NAMES, max_size=2)), max_size=4
).map(
    lambda made: {who: Annotator(id=who, handle=handle, emails=tuple(emails)) for who, (handle, emails) in made.items()}
)


@given(ROSTERS, st.sets(st.sampled_from(["ada", "ben", "chen", "zoe"])))
def test_being_one_person_is_an_equivalence(people, some):
    reached = same_persons(people, some)
    assert reached >= some
    assert same_persons(people, reached) == reached
    for one in people:
        for other in people:
            assert (other in same_persons(people, [one])) == (one in same_persons(people, [other]))


@given(ROSTERS, NAMES)
def test_everybody_of_one_name_is_one_person(people, name):
    found = people_named(people, name)
    assert found == people_named(people, name.swapcase())
    for one in found:
        assert found <= same_persons(people, [one])


def test_a_noreply_address_is_its_login_and_an_empty_handle_nobodys():
    people = {"ada": Annotator(id="ada", handle="Ada-X"), "ben": Annotator(id="ben")}
    assert people_named(people, "12+ada-x@users.noreply.github.com") == {"ada"}
    assert people_named(people, "ADA-X") == {"ada"}
    assert people_named(people, "") == frozenset()
    assert same_persons(people, ["ben"]) == {"ben"}


def test_persons_are_one_however_far_around():
    people = {
        "ada": Annotator(id="ada", handle="a", emails=("a@x.org",)),
        "ben": Annotator(id="ben", handle="b", emails=("A@x.org ", "b@x.org")),
        "cem": Annotator(id="cem", emails=("b@x.org", "12+C@users.noreply.github.com")),
        "dan": Annotator(id="dan", handle="c"),
        "eve": Annotator(id="eve", handle="e"),
    }
    for who in ("ada", "ben", "cem", "dan"):
        assert same_persons(people, [who]) == {"ada", "ben", "cem", "dan"}
    assert same_persons(people, ["eve", "zoe"]) == {"eve", "zoe"}
    assert same_persons(people, []) == frozenset()
    assert people_named(people, " a@X.org") == {"ada", "ben"}


PEOPLE = {
    "ada": Annotator(id="ada", handle="Ada-X", emails=("ada@x.org",)),
    "ada2": Annotator(id="ada2", emails=("ADA@x.org",)),
    "ben": Annotator(id="ben", handle="ben-x", emails=("ben@x.org",)),
    "cem": Annotator(id="cem"),
}


def change(author, committer="noreply@github.com", *co_authors):
    return Commit(id="c", author=author, committer=committer, co_authors=co_authors)


@pytest.mark.parametrize(
    ("made", "stated", "logins", "people", "others", "strangers"),
    [
        ([], {}, (), "", "", ""),
        ([change("ben@x.org")], {}, (), "ben", "", ""),
        ([change("BEN@x.org", "Ada@x.org")], {}, (), "ada ada2 ben", "", ""),
        ([change("who@x.org", "ben@x.org")], {}, (), "ben", "", "who@x.org"),
        ([change("ben@x.org", "who@x.org")], {}, (), "ben", "", "who@x.org"),
        (
            [change("ben@x.org", "noreply@github.com", "who@x.org", "ada@x.org")],
            {},
            (),
            "ada ada2 ben",
            "",
            "who@x.org",
        ),
        ([change("noreply@github.com")], {}, (), "", "", "noreply@github.com"),
        ([change("a@y.org"), change("b@y.org"), change("ben@x.org")], {}, (), "ben", "", "a@y.org b@y.org"),
        ([change("Who@y.org")], {"who@y.org": "cem"}, (), "cem", "", ""),
        ([change("Who@y.org")], {"who@y.org": "ada-x"}, (), "ada", "", ""),
        ([change("Who@y.org")], {"who@y.org": "outsider"}, (), "", "outsider", ""),
        ([change("ben@x.org")], {"ben@x.org": "cem"}, (), "ben", "", ""),
        ([change("who@y.org")], {"other@y.org": "cem"}, (), "", "", "who@y.org"),
        ([], {}, ("BEN-X",), "ben", "", ""),
        ([], {}, ("cem",), "cem", "", ""),
        ([], {}, ("outsider", "ada-x"), "ada", "outsider", ""),
    ],
)
def test_whoever_made_or_committed_a_change_is_its_author_by_roster_or_as_it_is_stated(
    made, stated, logins, people, others, strangers
):
    parts = (frozenset(part.split()) for part in (people, others, strangers))
    assert authorship(made, PEOPLE, stated, logins) == Authorship(
        **dict(zip(("people", "others", "strangers"), parts, strict=True))
    )


def test_authors_are_listed_in_order_and_those_nobody_knows_apart():
    some = Authorship(people=frozenset("ba"), others=frozenset("dc"), strangers=frozenset({"y@x.org", "x@x.org"}))
    assert some.names == ("a", "b", "c", "d")
    assert some.unknown.startswith("part of it is by x@x.org, y@x.org, not in the roster; ")
    assert Authorship(people=frozenset("a")).unknown == ""


THIRD = "  - {version: 0.10.0, date: 2026-03-02, summary: third}\n"
STATES = (
    ("ada", guideline("0.1.0", FIRST, "One.\n"), SCHEMA),
    ("ben", guideline("0.1.0", FIRST, "Two.\n"), SCHEMA),
    ("cem", "no guideline\n", SCHEMA),
    ("dan", guideline("0.2.0", FIRST + SECOND, "Two.\n"), SCHEMA),
    ("ivy", None, SCHEMA),
    ("eve", guideline("0.1.0", FIRST, "Two.\n"), SCHEMA),
    ("fay", guideline("0.1.0", FIRST, "Two.\n"), SCHEMA.replace("bad", "bad, odd")),
    ("gil", guideline("0.10.0", FIRST + SECOND + THIRD, "Three.\n"), SCHEMA.replace("bad", "bad, odd")),
)


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    """A repository in which each of several people made the next state, and its commits by them."""
    root = tmp_path_factory.mktemp("past")
    git(root, "init", "-q", "-b", "main")
    made = {}
    for who, text, schema in STATES:
        write_files(root, {"guidelines/mood.md": text or "", "schemas/mood.yaml": schema})
        if text is None:
            (root / "guidelines/mood.md").unlink()
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", who, author=f"{who}@x.org")
        made[who] = git(root, "rev-parse", "HEAD")
    write_files(root, {"README.md": "beside\n"})
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "beside", author="hal@x.org")
    made["hal"] = git(root, "rev-parse", "HEAD")
    return root, made


def who(changes):
    return [one.author.partition("@")[0] for one in changes]


@pytest.mark.parametrize(
    ("approved", "since"),
    [
        ({}, "gil fay eve ivy dan cem ben ada"),
        ({"0.1.0": "ben"}, "gil fay eve ivy dan cem"),
        ({"0.1.0": "eve"}, "gil fay eve ivy dan cem"),
        ({"0.1.0": "ada"}, "gil fay eve ivy dan cem ben"),
        ({"0.1.0": "fay"}, "gil"),
        ({"0.1.0": "ada", "0.2.0": "dan"}, "gil fay eve ivy"),
        ({"0.10.0": "fay", "0.9.0": "ada"}, "gil"),
        ({"0.10.0": None, "0.9.0": "dan"}, "gil fay eve ivy"),
        ({"0.1.0": None}, "gil fay eve ivy dan cem ben ada"),
    ],
)
def test_what_was_made_since_the_newest_approved_version_began(past, approved, since):
    root, made = past
    contents = contents_in(root, "mood", list(made.values()))
    digests = {version: contents[made[state]].digest if state else "0" * 64 for version, state in approved.items()}
    assert who(changes_since_approved(root, contents[made["hal"]], "HEAD", digests)) == since.split()


def test_a_version_is_as_the_newest_commit_that_states_it_had_it(past):
    root, made = past
    found = versions_in_history(root, "mood", "HEAD")
    assert {version: commit for version, (commit, _) in found.items()} == {
        "0.10.0": "HEAD",
        "0.1.0": made["fay"],
        "0.2.0": made["dan"],
    }
    assert dict(found.values()) == contents_in(root, "mood", ["HEAD", made["fay"], made["dan"]])
    assert {made["cem"], made["ivy"]}.isdisjoint(contents_in(root, "mood", list(made.values())))
    assert versions_in_history(root, "mood", made["ben"])["0.1.0"][0] == made["ben"]


def test_the_commits_of_a_version_are_those_of_its_guideline_newest_first(past, tmp_path):
    root, _ = past
    found = past_versions(root, "mood")
    people = {"ada": Annotator(id="ada", emails=("ada@x.org",)), "ben": Annotator(id="ben", emails=("eve@x.org",))}
    assert [(version, one.version, who(one.commits)) for version, one in found.items()] == [
        ("0.10.0", "0.10.0", ["gil"]),
        ("0.1.0", "0.1.0", ["eve", "ben", "ada"]),
        ("0.2.0", "0.2.0", ["dan"]),
    ]
    assert found["0.1.0"].data.decode() == guideline("0.1.0", FIRST, "Two.\n")
    assert found["0.1.0"].authors(people) == ("ada", "ben", "ben@x.org")
    assert past_versions(root, "tone") == {}
    assert past_versions(tmp_path, "mood") == {}
    git(tmp_path, "init", "-q")
    assert past_versions(tmp_path, "mood") == {}
