"""What a verification came to: link by link, what was proved, what was not, and what is wrong."""

from collections.abc import Iterable
from dataclasses import dataclass

from assay.errors import AssayError, ChecksError, NewerError

_MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Sentences, each after the name of its link; the release stands where there is no problem."""

    release: str
    proved: tuple[str, ...] = ()
    not_proved: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class Links:
    """The links of a release to what it claims to be, as they are tried one after the other."""

    def __init__(self, release: str) -> None:
        self._release = release
        self._proved: list[str] = []
        self._not_proved: list[str] = []
        self._problems: list[str] = []
        self._broken: set[str] = set()

    def tried(self, link: str, claim: str, problems: Iterable[str]) -> None:
        """A link holds where there is no problem; what keeps it from being tried is a problem, too.

        Raises:
            ChecksError: the project's own checks could not be run here, so nobody knows.
            NewerError: a newer assay made what is looked at.
        """
        found: list[str] = []
        more = 0
        try:
            for problem in problems:
                more += len(found) == _MOST
                found += [problem] if len(found) < _MOST else []
        except (ChecksError, NewerError):
            raise
        except AssayError as error:
            found += error.message.split("\n")
        found += [f"and {more:,} more"] if more else []
        self._problems += (f"{link}: {one}" for one in found)
        if found:
            self._broken.add(link)
        else:
            self._proved.append(f"{link}: {claim}")

    def left_open(self, link: str, what: str) -> None:
        """What was not tried, or cannot be."""
        self._not_proved.append(f"{link}: {what}")

    def hold(self, *links: str) -> bool:
        """Whether none of these is known to be broken."""
        return self._broken.isdisjoint(links)

    def result(self) -> Verification:
        """All of it."""
        return Verification(
            release=self._release,
            proved=tuple(self._proved),
            not_proved=tuple(self._not_proved),
            problems=tuple(self._problems),
        )
