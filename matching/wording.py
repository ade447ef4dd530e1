"""From reasons and cautions, which are codes with evidence, to sentences; from either side's point of view."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Value
from django.utils.text import Truncator
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from matching.models import Suggestion
from partners.models import Audience, Kind, Listing, Organisation, Theme

QUOTE_WORDS = 30


@dataclass(frozen=True)
class Quote:
    """A side's own words, in the language they were written in."""

    text: str
    language: str

    def __str__(self) -> str:
        return f"“{self.text}”"


@dataclass(frozen=True)
class Sentence:
    """A reason as a person reads it. Exchanges quote both sides; the other reasons are `text` alone."""

    text: str = ""
    lead_need: str = ""
    need: Quote | None = None
    lead_offer: str = ""
    offer: Quote | None = None
    kind: str = ""

    def __str__(self) -> str:
        if self.need and self.offer:
            return f"{self.lead_need} {self.need} {self.lead_offer} {self.offer}"
        return self.text


class Words:
    """The listings and vocabulary names some suggestions refer to, read in two queries."""

    def __init__(self, suggestions: Iterable[Suggestion]) -> None:
        codes = {
            evidence[name]
            for suggestion in suggestions
            for reason in suggestion.reasons
            for evidence in [reason["evidence"]]
            for name in ("need", "offer")
            if evidence.get(name)
        }
        rows = Listing.objects.approved().filter(code__in=codes).values_list("code", "text", "language")
        self.quotes = {code: Quote(Truncator(text).words(QUOTE_WORDS), language) for code, text, language in rows}
        self.names = term_names()

    def reasons(self, suggestion: Suggestion, *, viewer: Organisation) -> list[Sentence]:
        """Sentences for one side. A reason whose words were taken back since is left out."""
        sentences = (self._reason(reason["code"], reason["evidence"], viewer) for reason in suggestion.reasons)
        return [sentence for sentence in sentences if sentence is not None]

    def cautions(self, suggestion: Suggestion, *, viewer: Organisation) -> list[str]:
        return [caution_words(item["code"], item["evidence"], viewer.code) for item in suggestion.cautions]

    def _reason(self, code: str, evidence: Mapping[str, Any], viewer: Organisation) -> Sentence | None:
        if code != "offer_meets_need":
            return Sentence(text=fact_words(code, evidence, self.names))
        need, offer = self.quotes.get(evidence["need"]), self.quotes.get(evidence["offer"])
        if need is None or offer is None:
            return None
        mine = evidence["seeker"] == viewer.code
        return Sentence(
            lead_need=_("You need:") if mine else _("They need:"),
            need=need,
            lead_offer=_("They offer:") if mine else _("You offer:"),
            offer=offer,
            kind=self.names.get(evidence.get("kind", ""), ""),
        )


def term_names() -> dict[str, str]:
    """Slug → name in the language in force, for all three vocabularies, in one query."""
    column = "name_cy" if get_language() == "cy" else "name_en"
    queries = [
        model._default_manager.annotate(_of=Value(model.__name__)).order_by().values_list("slug", column, "name_en")
        for model in (Kind, Theme, Audience)
    ]
    return {slug: name or english for slug, name, english in queries[0].union(*queries[1:], all=True)}


def fact_words(code: str, evidence: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """One sentence for a reason that is the same from both sides. Raises ValueError on an unknown code."""
    guessed = evidence.get("from_words", False)  # read from the words, where nobody ticked it
    if code == "shared_themes":
        words = _("Both seem to care about: %(themes)s.") if guessed else _("Both care about: %(themes)s.")
        return words % {"themes": _listed(evidence["themes"], names)}
    if code == "shared_audiences":
        words = _("Both seem to work with: %(audiences)s.") if guessed else _("Both work with: %(audiences)s.")
        return words % {"audiences": _listed(evidence["audiences"], names)}
    if code == "shared_words":
        return _("Both speak of: %(words)s.") % {"words": ", ".join(evidence["words"])}
    if code == "same_need":
        return _("Both are looking for the same thing (%(kind)s): a chance to ask together.") % {
            "kind": names.get(evidence["kind"], evidence["kind"])
        }
    if code == "near":
        km = int(evidence["km"])
        return ngettext("About %(km)d km apart.", "About %(km)d km apart.", km) % {"km": km}
    raise ValueError(f"no words for the reason {code!r}")


def caution_words(code: str, evidence: Mapping[str, Any], viewer: str = "") -> str:
    """One sentence for a caution, and what would change it where they can. Raises ValueError on an unknown code."""
    if code == "one_way":
        if evidence.get("seeker") == viewer:
            return _("So far this helps you more than them. Ask what would be useful to them.")
        return _("So far this helps them more than you. Ask what they could do for you.")
    if code == "far":
        return _("It is about %(km)d km: think of how you would meet.") % {"km": evidence["km"]}
    if code == "thin":
        if evidence.get("key") == viewer:
            return _("We know little about you yet. Add a need or an offer.")
        return _("We know little about them yet. Ask them what they do.")
    words = {
        "shared_aims_only": _("Your aims are alike, but no need here meets an offer yet."),
        "distance_unknown": _("We do not know how far apart you are."),
        "words_only": _("This is based on words alone. Choose kinds for your needs and offers to make it surer."),
        "no_time_given": _("Neither of you said when. Say when you are free."),
        "different_languages": _("You wrote in different languages. Agree which one to use, or use both."),
    }
    if code not in words:
        raise ValueError(f"no words for the caution {code!r}")
    return words[code]


def _listed(slugs: Iterable[str], names: Mapping[str, str]) -> str:
    return ", ".join(names.get(slug, slug) for slug in slugs)
