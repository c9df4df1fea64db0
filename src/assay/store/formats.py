"""The numbers that formats carry, and what is said of one that is not today's: what is newer is never guessed at.

What people write (labels, guidelines, schemas, checks, releases) is numbered together, by `format` of
`checks/project.yaml`; what the pipeline makes, file by file: reports by one number, tables by
another.
"""

from assay.errors import NewerError, UsageError

PROJECT_FORMAT = 1
ARTIFACT_FORMAT = 1
TABLE_FORMAT = 4
UPGRADE = "upgrade assay: install the version that made it, or a later one (pip install --upgrade assay-labels)"


def require_known(name: str, number: object, known: int = ARTIFACT_FORMAT) -> None:
    """Holds the number that a made file carries against the one that this assay makes.

    Raises:
        NewerError: a newer assay made it.
        UsageError: an older one did, or the number is none.
    """
    if is_newer(number, known):
        raise newer(name, number, known)
    if type(number) is not int:
        raise UsageError(
            f"{name} was not written by this assay: format {number!r} is no number", hint="run `dvc repro` again"
        )
    if number < known:
        raise UsageError(
            f"{name} was made by an older assay: it has format {number}, and this one makes {known}",
            hint="`assay upgrade` says what to do; then `dvc repro` makes the file again, or `dvc repro -f` where it finds nothing to do",
        )


def is_newer(number: object, known: int) -> bool:
    """Whether something is a number, and a later one than the format known."""
    return isinstance(number, int | float) and not isinstance(number, bool) and number > known


def newer(name: str, number: object, known: int) -> NewerError:
    """What is said of a file of a newer assay."""
    return NewerError(
        f"{name} was made by a newer assay: upgrade (it has format {number}, and this one knows {known})", hint=UPGRADE
    )
