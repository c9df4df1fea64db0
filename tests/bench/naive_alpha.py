"""What people would write without assay: a pivot by pandas and nominal alpha of one field by krippendorff, no interval."""

import json
import sys
from pathlib import Path

import krippendorff
import pandas as pd


def main() -> None:
    """Prints alpha of the field `feeling`."""
    votes = []
    for path in sorted(Path(sys.argv[1]).glob("labels/aspects/batch-*/w*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            records = [record for record in map(json.loads, lines) if "label" in record]
        votes += [(path.stem, record["item"], record["label"]["feeling"]) for record in records]
    frame = pd.DataFrame(votes, columns=["annotator", "item", "value"])
    frame["value"] = frame["value"].factorize(sort=True)[0]
    table = frame.pivot_table(index="annotator", columns="item", values="value", aggfunc="last")
    print(krippendorff.alpha(reliability_data=table.to_numpy(), level_of_measurement="nominal"))


if __name__ == "__main__":
    main()
