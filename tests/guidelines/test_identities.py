"""Who a login or an e-mail belongs to."""

from hypothesis import given
from hypothesis import strategies as st

from assay.core.people import Annotator
from assay.guidelines.authors import people_named, same_persons

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
