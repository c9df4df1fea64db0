"""What an import did."""

from dataclasses import dataclass

from assay.model.finding import Finding
from assay.model.json import Json, JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did to the project.

    `new`, `same`, `changed`, `gone` count annotations; `gone_rows` names those that the project has and the file no
    longer holds, as (item, annotator), kept unless `pruned`. `gold_*` count gold answers the same way. `items`,
    `annotators` and `batches` are what was added. `refused` is everything the project could not take, `media` what is
    wrong with the pictures, sounds and films that new items name, `alike` which new items and annotators look like others.
    """

    source: str
    task: str
    new: int
    same: int
    changed: int
    gone: int
    gone_rows: tuple[tuple[str, str], ...]
    pruned: bool
    gold_new: int
    gold_changed: int
    gold_gone: int
    items: int
    annotators: int
    batches: tuple[str, ...]
    written: tuple[str, ...]
    refused: tuple[Finding, ...]
    media: tuple[Finding, ...] = ()
    alike: tuple[Finding, ...] = ()

    def as_json(self) -> JsonObject:
        """The object that `--format json` prints."""
        gone: list[Json] = [{"item": item, "annotator": annotator} for item, annotator in self.gone_rows]
        return {
            "source": self.source,
            "task": self.task,
            "annotations": {"new": self.new, "same": self.same, "changed": self.changed, "gone": self.gone},
            "gone": gone,
            "pruned": self.pruned,
            "gold": {"new": self.gold_new, "changed": self.gold_changed, "gone": self.gold_gone},
            "items": self.items,
            "annotators": self.annotators,
            "batches": [*self.batches],
            "written": [*self.written],
            "refused": [finding.as_json() for finding in self.refused],
            "media": [finding.as_json() for finding in self.media],
            "alike": [finding.as_json() for finding in self.alike],
        }
