"""What an import brings in that looks like something else: told, and never taken for it."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping

from assay.errors import NoGitError
from assay.model.catalogue import Where, finding
from assay.model.finding import Finding, Location
from assay.model.json import JsonObject
from assay.model.lookalikes import alike, difference_between
from assay.model.project import Annotator, Kind
from assay.project import Project
from assay.project.resemblance import resembling
from assay.project.roster import SOURCES, load_roster


def items_alike(
    new: Collection[str], there: Collection[str], at: Callable[[str], Location], task: str = ""
) -> Iterator[Finding]:
    """`item/look-alike` for each new item that looks like one of the pool, or like another new one; `at` says where it stands."""
    fresh = frozenset(new)
    for group in alike(fresh.union(there)):
        first = next((item for item in group if item not in fresh), group[0])
        for item in group:
            if item in fresh and item != first:
                message = f"item {difference_between(first, item)}"
                yield finding("item/look-alike", at(item), message, where=Where(task=task, item=item))


def annotators_alike(project: Project, source: str, new: Mapping[str, JsonObject]) -> tuple[Finding, ...]:
    """`roster/look-alike` for what the new lines of a source's roster, by name, make true; nothing where git is absent."""
    try:
        roster = load_roster(project)
    except NoGitError:
        return ()
    path = f"{SOURCES}/{source}.jsonl"
    entries = (
        Annotator(id=f"@{source}/{name}", kind=Kind(str(line.get("kind", "person")))) for name, line in new.items()
    )
    people = {**roster.annotators, **{one.id: one for one in entries}}
    places: Mapping[str, Location] = defaultdict(lambda: Location(path=path))
    before = {one.annotator for one in resembling(roster.annotators, roster.same, places)}
    return tuple(one for one in resembling(people, roster.same, places) if one.annotator not in before)
