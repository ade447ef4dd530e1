"""What each weight does, in plain words, and between which numbers it makes sense."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Described:
    """One weight: `least` and `most` are the ends of what staff may choose; whole numbers have no step in between."""

    name: str
    label: Any
    does: Any
    most: Any = 1.0
    least: Any = 0.0
    whole: bool = False


GROUPS: list[tuple[Any, list[Described]]] = [
    (
        _("How well an offer meets a need"),
        [
            Described("kind", _("kind"), _("The kinds ticked for the need and for the offer. Shares are scaled to 1.")),
            Described("text", _("words"), _("What both wrote.")),
            Described("theme", _("themes"), _("Themes in common; rare ones count more.")),
            Described("audience", _("audiences"), _("Whom both work with.")),
            Described(
                "suggested", _("not confirmed"), _("What a term counts that was read from the words, not ticked.")
            ),
            Described("sure_enough", _("sure enough"), _("How sure the reading must be for a term to count at all.")),
            Described("open_kind", _("first conversation"), _("How well “just a first conversation” meets any kind.")),
        ],
    ),
    (
        _("What one side could get from the other"),
        [
            Described("further_need", _("further needs"), _("What each further need that is met adds.")),
            Described(
                "further_needs", _("how many of them"), _("So many further needs count at most."), most=10, whole=True
            ),
            Described("aims", _("shared aims"), _("What aims alone are worth, where no offer meets a need.")),
        ],
    ),
    (
        _("Both sides and what surrounds them"),
        [
            Described(
                "harmonic", _("both alike"), _("Lets the side that gains less decide. Scaled to 1 with the next.")
            ),
            Described("either", _("help one way"), _("Lets the side that gains more decide: a small door.")),
            Described(
                "base", _("anywhere, any time"), _("What remains of a pair far apart. Scaled to 1 with the next.")
            ),
            Described("near", _("nearness"), _("What being near adds.")),
            Described("timing", _("time and language"), _("What a common language and saying when add.")),
        ],
    ),
    (
        _("Who is shown, and how often"),
        [
            Described("floor", _("at least"), _("Everybody is shown so often, if it can be."), 20, 1, whole=True),
            Described("floor_tiny", _("at least, tiny events"), _("The same at a tiny event."), 20, 1, whole=True),
            Described("tiny_side", _("tiny"), _("An event with fewer on one side is tiny."), 100, whole=True),
            Described("cap_ratio", _("at most"), _("Nobody is shown more often than so many times the mean."), 5, 1),
            Described("explore", _("shown to learn"), _("Share of places for good pairs we know least about."), 0.5),
            Described(
                "candidates", _("candidates"), _("So many of each one's best pairs are weighed up."), 200, 5, whole=True
            ),
        ],
    ),
    (
        _("Words for how well it fits"),
        [
            Described("strong", _("Strong from"), _("Better than so many in 100 pairs, and help both ways."), 100),
            Described("worth_a_talk", _("Worth a talk from"), _("Better than so many in 100 pairs."), 100),
        ],
    ),
    (
        _("Reading texts (for those who know the method)"),
        [
            Described("bm25_k1", "BM25 k1", _("How much a repeated word counts."), 3),
            Described("bm25_b", "BM25 b", _("How much long texts are held back.")),
            Described("lsa", "LSA", _("What related words count where nothing is ticked."), 2),
            Described(
                "lsa_dimensions", _("LSA dimensions"), _("How finely related words are told apart."), 512, 1, True
            ),
        ],
    ),
]
ALL = {one.name: one for _group, described in GROUPS for one in described}
SHARED = [("kind", "text", "theme", "audience"), ("harmonic", "either"), ("base", "near", "timing")]
