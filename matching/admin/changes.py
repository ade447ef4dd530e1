"""What changed between two runs, in sentences for staff."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from matching.admin.report import link, measure_names, part_names
from matching.admin.weight_words import ALL
from matching.differences import Cause, Change, Difference
from matching.models import PairRule, Suggestion
from matching.reports import StaffWords, Told

MOST_ORGANISATIONS = 50


def told(difference: Difference, changes: Iterable[Change]) -> dict[str, Any]:
    """What the page shows of a difference; `changes` are those of this page. Five queries, however many."""
    changes = list(changes)
    organisations = difference.by_organisation[:MOST_ORGANISATIONS]
    words = StaffWords(
        [
            *(Told(change.museum, change.partner) for change in changes),
            *(Told(code, code) for code, _gained, _lost in organisations),
        ]
    )
    counts, names, bands = difference.counts, measure_names(), dict(Suggestion.Band.choices)
    return {
        "summary": _(
            "Pairs that are new: %(gained)d. Gone: %(lost)d. With another score or band: %(moved)d. The same: %(same)d."
        )
        % {what: counts[what] for what in ("gained", "lost", "moved", "same")},
        "changes": [
            {
                "what": what_words(change.what),
                "museum": link(words, change.museum),
                "partner": link(words, change.partner),
                "scores": f"{_number(change.before)} → {_number(change.after)}",
                "bands": " → ".join(str(bands[band]) for band in change.bands if band),
                "causes": [cause_words(cause, words.name) for cause in change.causes],
            }
            for change in changes
        ],
        "organisations": [
            {"organisation": link(words, code), "gained": gained, "lost": lost} for code, gained, lost in organisations
        ],
        "measures": [
            (names.get(name, name), f"{before:.3g}", f"{after:.3g}") for name, before, after in difference.measures
        ],
    }


def _number(score: float | None) -> str:
    return "–" if score is None else f"{score:.3f}"


def what_words(what: str) -> str:
    return {"gained": _("new"), "lost": _("gone"), "moved": _("changed")}[what]


def cause_words(cause: Cause, name: Callable[[str], str]) -> str:
    """One sentence for a cause. Raises KeyError on an unknown code."""
    if "organisation" in cause.evidence:
        return _about_one()[cause.code] % {"name": name(cause.evidence["organisation"])}
    if cause.code in ("excluded", "allowed"):
        why = _exclusions().get(cause.evidence["why"], cause.evidence["why"])
        return (_("Since then: %(why)s.") if cause.code == "excluded" else _("No longer: %(why)s.")) % {"why": why}
    if cause.code == "weights":
        labels = (str(ALL[name].label) if name in ALL else name for name in cause.evidence["names"])
        return _("The weights changed: %(names)s.") % {"names": ", ".join(labels)}
    if cause.code == "score":
        return _score_words(cause.evidence)
    return {
        "pinned": _("Staff said that they must meet."),
        "unpinned": _("Staff no longer say that they must meet."),
        "exploring": _("Shown to learn: one place in ten goes to a good pair we know little about."),
        "explored": _("It was shown to learn; now another pair has that place."),
        "crowded_out": _("They fit as they did, but their places went to pairs that fit better or needed them more."),
        "room": _("Neither of them changed: there was room on both lists again."),
        "others": _("Neither of them changed: the other pairs of the event did."),
    }[cause.code]


def _score_words(evidence: Mapping[str, Any]) -> str:
    rose = evidence["after"] > evidence["before"]
    words = (
        _("The score rose from %(before).3f to %(after).3f")
        if rose
        else _("The score fell from %(before).3f to %(after).3f")
    )
    sentence = words % {"before": evidence["before"], "after": evidence["after"]}
    part = part_names().get(evidence["part"], "")
    return _("%(sentence)s, most by: %(part)s.") % {"sentence": sentence, "part": part} if part else f"{sentence}."


def _about_one() -> dict[str, str]:
    return {
        "joined": _("%(name)s takes part now."),
        "left": _("%(name)s no longer takes part: no place, not visible to others, or closed to contact."),
        "has_room": _("%(name)s can take on new partners again."),
        "is_full": _("%(name)s has met as many new partners as they can manage."),
        "words": _("%(name)s changed their words."),
        "ticks": _("%(name)s changed what they ticked."),
        "place": _("%(name)s changed where they are or how far they reach."),
    }


def _exclusions() -> dict[str, str]:
    return {
        "introduced": _("they were introduced to each other"),
        "declined": _("one of them said no, which holds for six months"),
        PairRule.Rule.KEEP_APART: _("staff keep them apart"),
        PairRule.Rule.PARTNERS: _("they work together already"),
    }
