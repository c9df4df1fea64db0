"""What belongs together goes into one split, and what was released stays where it is."""

import json
from itertools import combinations

import msgspec
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from assay.files.artifacts import json_bytes
from assay.pipeline.gate_stages import gate
from assay.project.config import find_project
from assay.project.policy import ReleaseSpec
from assay.release.builder import build
from assay.release.manifest import manifest_in
from assay.release.recorder import record
from assay.release.records import ReleaseRecord, apart_findings, read_record, sealed_record
from assay.release.rows import SplitMember, place_members, splitter
from assay.release.verifier import verify_release
from clones import commit
from fresh import examples
from projects import write_files
from release.conftest import TODAY, measured
from release.records import record_of

IDS = [f"i{number}" for number in range(12)]
SPEC = ReleaseSpec(
    name="r", version="1.0.0", tasks=("t",), license="CC0-1.0", splits=(("a", 0.3), ("b", 0.3), ("c", 0.4))
)
MEMBERS = st.lists(
    st.builds(
        SplitMember,
        id=st.sampled_from(IDS),
        group=st.sampled_from([None, None, "g", "h", "i3"]),
        content=st.sampled_from(["", "x", "y", "z", "u"]),
    ),
    max_size=14,
)
PAIRS = st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)), max_size=4)
RELEASED = st.dictionaries(st.sampled_from(IDS), st.sampled_from("abc"), max_size=5)


def joined(members, near):
    """The smallest set of ids that belong with each id, by repeated merging."""
    links = [{one.id, other.id} for one, other in combinations(members, 2)
             if (one.content and one.content == other.content) or (one.group is not None and one.group == other.group)]  # fmt: skip
    found = [{id_} for id_ in IDS]
    for link in [*links, *map(set, near)]:
        whole = set().union(*(part for part in found if part & link))
        found = [*(part for part in found if not part & link), whole]
    return found


@settings(max_examples=examples(300))
@given(MEMBERS, PAIRS, RELEASED, st.randoms(use_true_random=False))
def test_no_two_that_belong_together_are_apart_unless_that_is_listed(members, near, released, rng):
    deal = splitter(SPEC)
    places = place_members(members, near, released, deal)
    groups = {}
    for one in members:
        if one.group is not None:
            groups[one.id] = min(one.group, groups.get(one.id, one.group))
    listed = [set(ids) for ids in places.apart]
    for part in joined(members, near):
        splits = {id_: places.split(id_) for id_ in part}
        there = {id_: split for id_, split in released.items() if id_ in part}
        assert there.items() <= splits.items()
        first = min(there or part)
        wanted = there[first] if there else deal.split(groups.get(first, first))
        assert {splits[id_] for id_ in part - there.keys()} <= {wanted}
        assert (part in listed) == (len(set(splits.values())) > 1)
    shuffled, turned = rng.sample(members, len(members)), [pair[::-1] for pair in rng.sample(near, len(near))]
    again = place_members(shuffled, turned, dict(rng.sample([*released.items()], len(released))), deal)
    assert {id_: again.split(id_) for id_ in IDS} == {id_: places.split(id_) for id_ in IDS}
    assert again.apart == places.apart


def test_the_splits_of_released_items_stay_and_their_duplicates_join_them(whole):
    """Through two releases: what is new joins, also what comes before it by id; what is apart is listed, found, and stays."""

    def rows():
        read = {split: pq.read_table(whole.root / f"release/set/mood/{split}.parquet") for split in ("train", "test")}
        return {id_: split for split, table in read.items() for id_ in table["item"].to_pylist()}

    def again(version, items, unlabelled=()):
        texts = "".join(json.dumps({"id": id_, "data": {"text": text}}) + "\n" for id_, text in sorted(items.items()))
        votes = "".join(
            f'{{"item":"{id_}","label":{{"tone":"good"}}}}\n' for id_ in sorted({*items}.difference(unlabelled))
        )
        path = whole.root / "releases/set.yaml"
        write_files(whole.root, {
            "labels/items/texts/zz.jsonl": texts.replace('": ', '":').replace(', "', ',"'),
            "labels/mood/r7/batch.yaml": "purpose: label\nstatus: closed\ncreated: 2026-03-02\nguideline: 0.2.0\n",
            "labels/mood/r7/assignments.jsonl": votes.replace('"label":{"tone":"good"}', '"annotators":["ada"]'),
            "labels/mood/r7/ada.jsonl": votes,
            "releases/set.yaml": path.read_text().replace(path.read_text().split()[1], version, 1),
        })  # fmt: skip
        project = measured(whole.root, "mood", "song")
        gate(project)
        build(project, "set", today=TODAY)
        return project, manifest_in(whole.root / "release/set")

    deal = splitter(SPEC_OF_SET).split
    old = rows()
    plain = {"i2": "plain", "i4": "fourth"}
    own = next(id_ for id_ in plain if id_ in old)
    new = {f"a{at}": "Plain" if at % 2 else f"  {plain[own]} " for at in range(6)}
    strangers = {f"n{at}": f"a sentence that is quite long and of its own kind, number {at}" * 3 for at in range(4)}
    near = {f"m{at}": text + "." for at, text in enumerate(strangers.values())}
    project, manifest = again("1.1.0", new | strangers | near)
    found = rows()
    assert old.items() <= found.items()
    assert {found[id_] for id_, text in new.items() if text != "Plain"} == {old[own]}
    assert [found[f"m{at}"] for at in range(4)] == [found[f"n{at}"] for at in range(4)]
    assert manifest.tasks["mood"].apart == []
    assert verify_release(project, "set", today=TODAY).problems == ()
    commit(whole.root, "more items")
    record(find_project(whole.root), "set", today=TODAY)
    elsewhere = read_record(project, "set", "1.1.0").elsewhere
    assert {id_: split for split, ids in elsewhere.items() for id_ in ids} == {
        id_: split for id_, split in found.items() if deal(id_) != split
    }

    other = next(id_ for id_ in [*strangers] if found[id_] != found[own])
    project, manifest = again("1.2.0", new | strangers | near | {other: plain[own]})
    assert found.items() <= rows().items()
    [apart] = manifest.tasks["mood"].apart
    assert {own, other} <= set(apart)
    told = [json.loads(line) for line in (whole.root / "gate/findings.jsonl").read_text().splitlines()]
    assert {(one["rule"], one["item"]) for one in told if one["rule"].startswith("item/")} == {
        ("item/duplicate-apart", max(other, own)) if other > own else ("item/duplicate-apart", own)
    }
    # A release lists those of whom it has one; the rest of them may be in the releases before.
    rest = [id_ for id_ in strangers if id_ != other]
    one, two = next(pair for pair in combinations(rest, 2) if found[pair[0]] != found[pair[1]])
    alike = {other: plain[own], one: strangers[two], f"m{one[1:]}": near[f"m{two[1:]}"]}
    none_left = [id_ for id_ in strangers | near if id_[1:] in (one[1:], two[1:])]
    _, manifest = again("1.3.0", new | strangers | near | alike, unlabelled=[other, *none_left])
    assert manifest.tasks["mood"].apart == [apart]


def test_a_record_that_does_not_say_where_items_stand_has_them_with_their_groups(tmp_path):
    deal = splitter(SPEC_OF_SET).split
    other = next(id_ for id_ in IDS if deal(id_) != deal("i0"))
    [(path, text)] = record_of("set", "mood", train=["i0", other], test=[]).items()
    old = msgspec.json.decode(text, type=ReleaseRecord)
    old = sealed_record(replace(old, format=3, elsewhere=UNSET))
    write_files(tmp_path, {
        "checks/project.yaml": "format: 1\nid: test-project\ntasks: {mood: {pool: texts}}\nreleases: [set]\n",
        "releases/set.yaml": "version: 1.1.0\ntasks: [mood]\nlicense: CC0-1.0\nsplits: {train: 0.5, test: 0.5}\n",
        path: json_bytes(old).decode(),
    })  # fmt: skip
    project, ids = find_project(tmp_path), ["i0", other]
    assert [*apart_findings(project, "mood", ids, ["same", "same"], dict.fromkeys(ids, "g"))] == []
    [told] = apart_findings(project, "mood", ids, ["same", "same"], {})
    assert (told.rule, told.item) == ("item/duplicate-apart", other)
    write_files(tmp_path, {path: json_bytes(replace(old, commit="0" * 40)).decode()})
    [told] = apart_findings(project, "mood", ids, ["same", "same"], {})
    assert (told.rule, told.at.path, told.at.line) == ("project/configuration", path, 1)


SPEC_OF_SET = ReleaseSpec(
    name="set", version="1.0.0", tasks=("mood",), license="CC0-1.0", splits=(("train", 0.5), ("test", 0.5))
)
