"""Reviews as a forge tells them (GitHub's REST shape), and whether they approve a commit."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from assay.errors import UsageError
from assay.guidelines.approvals import FORGE, Approved, Authorship, Held, Judged, approver_is_author
from assay.guidelines.persons import named, same_persons, why_not_approver
from assay.model.json import Json
from assay.model.project import Annotator
from assay.store.strict_json import JsonFault, parse_strict

_DECIDING = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_SHAPE = "a list of reviews as `gh api --paginate --slurp repos/OWNER/REPO/pulls/N/reviews` gives it"
_OBJECTS = "asked for changes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One review: by whom, in which state, of which commit, when (RFC 3339, UTC)."""

    login: str
    bot: bool
    state: str
    commit: str
    at: str


def reviews_of(data: bytes) -> tuple[Review, ...]:
    """The reviews of a JSON file that decide something: a list of reviews, or a list of such lists, a page each.

    Raises:
        UsageError: it is no such list.
    """
    try:
        value = parse_strict(b" ".join(data.split(b"\n")).strip())
    except JsonFault as fault:
        raise UsageError(f"the reviews are not JSON: {fault.message}", hint=f"give {_SHAPE}") from fault
    pages = value if isinstance(value, list) else [value]
    reviews = [_review(one) for page in pages for one in (page if isinstance(page, list) else [page])]
    deciding = tuple(review for review in reviews if review.state in _DECIDING)
    if not all(_is_moment(review.at) for review in deciding):
        raise UsageError("a review does not say when it was submitted, in UTC to the second", hint=f"give {_SHAPE}")
    return deciding


def judge_reviews(reviews: Iterable[Review], head: str, people: Mapping[str, Annotator], authors: Authorship) -> Judged:
    """Whether somebody who may, and who wrote none of it, approved exactly the commit `head`, and nobody who may objects.

    Of each person the last review counts; of several in one second, the one that does not approve.
    """
    verdicts = {who: _verdict(who, review, head, people, authors) for who, review in _last(reviews, people)}
    if objecting := [who for who, said in verdicts.items() if said == _OBJECTS]:
        return Held(reason=f"{' and '.join(objecting)} asked for changes")
    if approving := tuple(sorted(who for who, said in verdicts.items() if not said)):
        return Approved(by=approving, way=FORGE)
    told = "; ".join(dict.fromkeys(verdicts.values()))
    return Held(reason=told or "nobody has approved it; a reviewer or a lead who did not write it may")


def _last(reviews: Iterable[Review], people: Mapping[str, Annotator]) -> list[tuple[str, Review]]:
    """The last review of each person, with the roster id, or with `@login` of whoever is no one entry of it."""
    last: dict[str, tuple[str, Review]] = {}
    for review in sorted(reviews, key=lambda one: (one.at, one.state != "APPROVED")):
        entries = sorted(named(people, review.login)) if review.login else []
        who = entries[0] if len(entries) == 1 and not review.bot else f"@{review.login}"
        last[min(same_persons(people, entries), default=who)] = (who, review)
    return list(last.values())


def _verdict(who: str, review: Review, head: str, people: Mapping[str, Annotator], authors: Authorship) -> str:
    """What speaks against a review as an approval; empty where nothing does."""
    if review.bot:
        return f"{review.login} is a bot"
    if who not in people:
        return f"{review.login or 'a deleted account'} is nobody, or more than one, in the roster"
    if unable := why_not_approver(people[who], who, given=None):
        return unable
    if review.state == "CHANGES_REQUESTED":
        return _OBJECTS
    if review.state == "DISMISSED":
        return f"the review of {who} was dismissed"
    stale = f"{who} approved another commit ({review.commit[:12]}), not {head[:12]}" if review.commit != head else ""
    return stale or approver_is_author((who,), authors, people)


def _review(value: Json) -> Review:
    fields = value if isinstance(value, dict) else {}
    user = fields.get("user")
    person = user if isinstance(user, dict) else {}
    login = _text(person.get("login", ""))
    return Review(
        login=login,
        bot=person.get("type", "User") != "User" or login.endswith("[bot]"),
        state=_text(fields.get("state")).upper(),
        commit=_text(fields.get("commit_id") or ""),
        at=_text(fields.get("submitted_at") or ""),
    )


def _is_moment(text: str) -> bool:
    try:
        return bool(_MOMENT.fullmatch(text) and datetime.fromisoformat(text))
    except ValueError:
        return False


def _text(value: Json) -> str:
    if not isinstance(value, str) or not value.isascii():
        raise UsageError("a review has no state, commit_id, submitted_at or user", hint=f"give {_SHAPE}")
    return value
