"""Reviews as a forge tells them (GitHub's REST shape), and what they claim of a commit."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from assay.errors import UsageError
from assay.guidelines.approval import Claim
from assay.guidelines.identities import named, same_persons
from assay.model.json import Json
from assay.model.project import Annotator
from assay.model.quality import FORGE
from assay.store.strict_json import JsonFault, parse_strict

_DECIDING = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_SHAPE = "a list of reviews as `gh api --paginate --slurp repos/OWNER/REPO/pulls/N/reviews` gives it"


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


def review_claims(reviews: Iterable[Review], head: str, people: Mapping[str, Annotator]) -> tuple[Claim, ...]:
    """What the reviews claim of the commit `head`: of each person the last one.

    Of several in one second that is the one that does not approve.
    """
    last: dict[str, Claim] = {}
    for review in sorted(reviews, key=lambda one: (one.at, one.state != "APPROVED")):
        entries = sorted(named(people, review.login)) if review.login else []
        who = entries[0] if len(entries) == 1 and not review.bot else f"@{review.login}"
        last[min(same_persons(people, entries), default=who)] = _claim(who, review, head, people)
    return tuple(last.values())


def _claim(who: str, review: Review, head: str, people: Mapping[str, Annotator]) -> Claim:
    wrong = void = ""
    if review.bot:
        wrong = f"{review.login} is a bot"
    elif who not in people:
        wrong = f"{review.login or 'a deleted account'} is nobody, or more than one, in the roster"
    elif review.state == "DISMISSED":
        void = f"the review of {who} was dismissed"
    elif review.commit != head:
        void = f"{who} approved another commit ({review.commit[:12]}), not {head[:12]}"
    return Claim(by=(who,), way=FORGE, wrong=wrong, void=void, objects=review.state == "CHANGES_REQUESTED")


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
