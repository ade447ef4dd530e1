"""From reasons and cautions, which are codes with evidence, to sentences; from either side's point of view."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Value
from django.utils.text import Truncator
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from matching.models import Suggestion
from partners.models import Audience, Kind, Listing, Organisation, Theme

QUOTE_WORDS = 30
LONGEST_INITIALS = 5  # letters: BSL, NHS, LGBTQ stay as they are


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
        return [words for item in suggestion.cautions if (words := if_known(caution_words, item, viewer.code))]

    def _reason(self, code: str, evidence: Mapping[str, Any], viewer: Organisation) -> Sentence | None:
        if code != "offer_meets_need":
            words = if_known(fact_words, {"code": code, "evidence": evidence}, self.names, to_them=True)
            return Sentence(text=words) if words else None
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


def if_known(words: Callable[..., str], item: Mapping[str, Any], *about: Any, **how: Any) -> str:
    """The sentence for a stored reason or caution; "" for a code that only an older engine knew."""
    try:
        return words(item["code"], item["evidence"], *about, **how)
    except ValueError:
        return ""


def term_names() -> dict[str, str]:
    """Slug → name in the language in force, for all three vocabularies, in one query."""
    column = "name_cy" if get_language() == "cy" else "name_en"
    queries = [
        model._default_manager.annotate(_of=Value(model.__name__)).order_by().values_list("slug", column, "name_en")
        for model in (Kind, Theme, Audience)
    ]
    return {slug: name or english for slug, name, english in queries[0].union(*queries[1:], all=True)}


def fact_words(code: str, evidence: Mapping[str, Any], names: Mapping[str, str], *, to_them: bool = False) -> str:
    """One sentence for a reason that is the same from both sides: `to_them`, or of them to staff.

    Raises: ValueError on an unknown code.
    """
    guessed = evidence.get("from_words", False)  # read from the words, where nobody ticked it
    if code == "shared_themes":
        return _themes(to_them, guessed) % {"themes": _listed(evidence["themes"], names)}
    if code == "shared_audiences":
        return _audiences(to_them, guessed) % {"audiences": _listed(evidence["audiences"], names)}
    if code == "shared_words":
        words = _("You both write of %(words)s.") if to_them else _("Both write of %(words)s.")
        return words % {"words": _quoted(evidence["words"])}
    if code == "same_words":
        words = _("You both mention %(words)s.") if to_them else _("Both mention %(words)s.")
        return words % {"words": _quoted(evidence["words"])}
    if code == "common_words":
        words = (
            _("You both write of %(words)s, which says little by itself.")
            if to_them
            else _("Both write of %(words)s, which says little by itself.")
        )
        return words % {"words": _quoted(evidence["words"])}
    if code == "same_need":
        kind = names.get(evidence["kind"], evidence["kind"])
        if to_them:
            return _("You are both looking for the same thing (%(kind)s), and could ask together.") % {"kind": kind}
        return _("Both are looking for the same thing (%(kind)s), and could ask together.") % {"kind": kind}
    if code == "near":
        km = int(evidence["km"])
        if to_them:
            return ngettext("You are about %(km)d km apart.", "You are about %(km)d km apart.", km) % {"km": km}
        return ngettext("About %(km)d km apart.", "About %(km)d km apart.", km) % {"km": km}
    raise ValueError(f"no words for the reason {code!r}")


def _themes(to_them: bool, guessed: bool) -> str:
    if guessed:
        return _("You both seem to care about %(themes)s.") if to_them else _("Both seem to care about %(themes)s.")
    return _("You both care about %(themes)s.") if to_them else _("Both care about %(themes)s.")


def _audiences(to_them: bool, guessed: bool) -> str:
    if guessed:
        return (
            _("You both seem to work with: %(audiences)s.") if to_them else _("Both seem to work with: %(audiences)s.")
        )
    return _("You both work with: %(audiences)s.") if to_them else _("Both work with: %(audiences)s.")


def together_words(kind: str, words: Iterable[str], names: Mapping[str, str], *, to_them: bool = False) -> str:
    """One sentence for two organisations that look for the same thing: no exchange, but they could ask together."""
    values = {"kind": names.get(kind, kind), "words": _quoted(words)}
    if to_them:
        return _("You are both looking for the same thing (%(kind)s; %(words)s). You could ask together.") % values
    return _("Both are looking for the same thing (%(kind)s; %(words)s). They could ask together.") % values


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
            return _("We know little about you yet. A sentence more about what you do would help.")
        return _("We know little about them yet. Ask them what they do.")
    if code == "would_help":
        if viewer in evidence["keys"]:
            return _what_you_can_do(evidence["what"])
        return _("You could ask them: %(question)s") % {"question": question_words(evidence["what"])}
    words = {
        "shared_aims_only": _("You have much in common, but nothing one of you needs is on offer from the other yet."),
        "words_may_differ": _("Such words can mean two things: make sure that both mean the same."),
        "distance_unknown": _("We do not know how far apart you are."),
        "words_only": _("This was found by words alone, so it may be a guess."),
        "different_languages": _("You wrote in different languages. Agree which one to use, or use both."),
    }
    if code not in words:
        raise ValueError(f"no words for the caution {code!r}")
    return words[code]


def _what_you_can_do(what: str) -> str:
    """What would make a suggestion surer, to the one who can give it. Raises KeyError on an unknown thing."""
    return {
        "need": _("To make this surer: say what you need."),
        "offer": _("To make this surer: say what you could offer."),
        "kind": _("To make this surer: tick what kind of need or offer yours is."),
        "when": _("To make this surer: say when you are free."),
        "place": _("To make this surer: give your postcode."),
    }[what]


def question_words(what: str) -> str:
    """The same as a question to the one who could say. Raises KeyError on an unknown thing."""
    return {
        "need": _("what would be useful to you?"),
        "offer": _("what could you offer?"),
        "kind": _("what kind of help do you mean?"),
        "when": _("when are you free?"),
        "place": _("where do you work?"),
    }[what]


def _listed(slugs: Iterable[str], names: Mapping[str, str]) -> str:
    """Names of terms; they hold commas themselves."""
    return "; ".join(names.get(slug, slug) for slug in slugs)


def _quoted(words: Iterable[str]) -> str:
    """Words as people typed them, in quotation marks; what was shouted is said."""
    typed = [" / ".join(_said(word) for word in pair.split(" / ")) for pair in words]
    return ", ".join(f"“{word}”" for word in typed)


def _said(word: str) -> str:
    return word.lower() if word.isupper() and len(word) > LONGEST_INITIALS else word
