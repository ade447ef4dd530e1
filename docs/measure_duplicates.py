"""How well `partners/duplicates.py` tells the same organisation from another. For developers only.

    .venv/bin/python -m docs.measure_duplicates PAIRS.csv

The file has columns name_a, postcode_a, name_b, postcode_b, label; the label is same, related_not_same, different or
unsure (left out). The odd rows were for tuning, the even ones are held out. Printed for each half: precision and recall
of "probably the same" against the label same, and how many of the same or related are shown at all.
"""

import csv
import sys
from pathlib import Path

from django.conf import settings

from partners.duplicates import Body, likeness


def measure(rows: list[dict[str, str]]) -> str:
    found = [
        (row["label"], likeness(Body(1, row["name_a"], row["postcode_a"]), Body(2, row["name_b"], row["postcode_b"])))
        for row in rows
    ]
    hits = sum(like.is_likely for label, like in found if label == "same")
    likely = sum(like.is_likely for _label, like in found)
    same = sum(label == "same" for label, _like in found)
    together = [like.is_possible for label, like in found if label != "different"]
    shown = sum(like.is_possible for _label, like in found)
    return (
        f"{len(rows)} pairs: precision {hits / likely:.3f}, recall {hits / same:.3f}; "
        f"{sum(together)} of {len(together)} same or related are shown, {shown} pairs altogether"
    )


if __name__ == "__main__":
    settings.configure(USE_I18N=False)
    with Path(sys.argv[1]).open(encoding="utf-8", newline="") as file:
        judged = [row for row in csv.DictReader(file) if row["label"] != "unsure"]
    print("tuned on:", measure(judged[0::2]))
    print("held out:", measure(judged[1::2]))
