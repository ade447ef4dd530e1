"""What a run said, as lines of words for staff."""

from collections.abc import Iterator
from typing import Any

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from matching.models import MatchRun
from matching.snapshot import DESCRIPTION_LISTING
from matching.wording import caution_words, fact_words, term_names
from partners.models import Listing, Organisation

KNOWS_TOO_LITTLE = 0.5  # below this share of organisations with words, the report says so before anything else


def summary(run: MatchRun) -> list[str]:
    """The run in a few sentences, the honest one first."""
    report = run.report
    count, written = report["organisations"], report["with_words"]
    lines = []
    if count and written < KNOWS_TOO_LITTLE * count:
        lines.append(
            _("We know too little here: only %(written)d of %(count)d organisations have any words to go by.")
            % {"written": written, "count": count}
        )
    lines.append(
        _("%(museums)d museums and %(others)d others; %(written)d with words; %(pairs)d pairs suggested.")
        % {
            "museums": report["museums"],
            "others": count - report["museums"],
            "written": written,
            "pairs": len(report["pairs"]),
        }
    )
    for cause, words in _CAUSES.items():
        short = sum(shortfall["cause"] == cause for shortfall in report["shortfalls"])
        if short:
            lines.append(words() % {"count": short})
    return lines


_CAUSES = {
    "nothing_written": lambda: _("%(count)d have nothing written: ask them what they need and offer."),
    "no_candidates": lambda: _("%(count)d have nobody with any words to be paired with."),
    "weak_only": lambda: _("%(count)d would get only weak pairs, which we do not show: have a word with them."),
}


def rehearsed_pairs(run: MatchRun, *, limit: int) -> Iterator[str]:
    """The first `limit` pairs of a run with their reasons, best first."""
    pairs = run.report["pairs"][:limit]
    named = Named(pairs)
    for pair in pairs:
        yield ""
        yield named.heading(pair)
        yield from (f"  + {line}" for line in named.reasons(pair))
        yield from (f"  - {line}" for line in named.cautions(pair))


class Named:
    """The organisations, lines and terms that some pairs of a report refer to, read in three queries."""

    def __init__(self, pairs: list[dict[str, Any]]) -> None:
        codes = {pair[side] for pair in pairs for side in ("museum", "partner")}
        self.organisations = {o.code: o for o in Organisation.objects.filter(code__in=codes)}
        listings = {
            reason["evidence"].get(side)
            for pair in pairs
            for reason in pair["reasons"]
            for side in ("need", "offer")
            if reason["evidence"].get(side)
        }
        self.texts = dict(Listing.objects.filter(code__in=listings).values_list("code", "text"))
        self.terms = term_names()

    def heading(self, pair: dict[str, Any]) -> str:
        score = pair["score"]
        return f"{self._name(pair['museum'])} – {self._name(pair['partner'])}  [{pair['band']}, {score['value']:.3f}]"

    def reasons(self, pair: dict[str, Any]) -> list[str]:
        return [self._reason(reason["code"], reason["evidence"]) for reason in pair["reasons"]]

    def cautions(self, pair: dict[str, Any]) -> list[str]:
        return [caution_words(item["code"], item["evidence"]) for item in pair["cautions"]]

    def _reason(self, code: str, evidence: dict[str, Any]) -> str:
        if code != "offer_meets_need":
            return fact_words(code, evidence, self.terms)
        return _("%(seeker)s needs: “%(need)s” %(provider)s offers: “%(offer)s”") % {
            "seeker": self._name(evidence["seeker"]),
            "provider": self._name(evidence["provider"]),
            "need": self._text(evidence["need"]),
            "offer": self._text(evidence["offer"]),
        }

    def _name(self, code: str) -> str:
        organisation = self.organisations.get(code)
        return organisation.name if organisation else _("somebody who has left")

    def _text(self, key: str) -> str:
        if key.startswith(DESCRIPTION_LISTING):
            organisation = self.organisations.get(key.removeprefix(DESCRIPTION_LISTING))
            text = organisation.description if organisation else ""
        else:
            text = self.texts.get(key, "")
        return Truncator(text).words(30)
