"""What a run said, as lines of words for staff."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from matching.models import MatchRun
from matching.snapshot import DESCRIPTION_LISTING
from matching.wording import QUOTE_WORDS, Quote, Words, caution_words, fact_words, if_known, question_words
from partners.models import Organisation

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
            "pairs": len(run.pairs_shown),
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
    "weak_only": lambda: _(
        "%(count)d got fewer pairs than they should, because the others are weak: have a word with them."
    ),
}


def rehearsed_pairs(run: MatchRun, *, limit: int) -> Iterator[str]:
    """The first `limit` pairs of a run with their reasons, best first."""
    pairs = run.pairs_shown[:limit]
    words = StaffWords(told(pair) for pair in pairs)
    for pair in pairs:
        yield ""
        score = pair["score"]["value"]
        yield f"{words.name(pair['museum'])} – {words.name(pair['partner'])}  [{pair['band']}, {score:.3f}]"
        yield from (f"  + {line}" for line in words.reasons(told(pair)))
        yield from (f"  - {line}" for line in words.cautions(told(pair)))


@dataclass(frozen=True)
class Told:
    """A pair as its evidence tells it: what `Words` reads, whether it became a Suggestion or stayed in a rehearsal."""

    museum: str
    partner: str
    reasons: list[Mapping[str, Any]] = field(default_factory=list)
    cautions: list[Mapping[str, Any]] = field(default_factory=list)


class StaffWords:
    """Sentences that name both sides, for somebody who is neither. Four queries, however many pairs."""

    def __init__(self, pairs: Iterable[Told]) -> None:
        pairs = list(pairs)
        self.words = Words(pairs)  # type: ignore[arg-type]
        self.organisations = organisations_of({code for pair in pairs for code in (pair.museum, pair.partner)})
        for code, organisation in self.organisations.items():
            text = Truncator(organisation.shown_description).words(QUOTE_WORDS)
            self.words.quotes[f"{DESCRIPTION_LISTING}{code}"] = Quote(text, organisation.language)

    def name(self, code: str) -> str:
        organisation = self.organisations.get(code)
        return organisation.name if organisation else _("an organisation that was deleted")

    def reasons(self, pair: Told) -> list[str]:
        return [words for reason in pair.reasons if (words := if_known(self._reason, reason))]

    def _reason(self, code: str, evidence: Mapping[str, Any]) -> str:
        if code != "offer_meets_need":
            return fact_words(code, evidence, self.words.names)
        words = {
            "seeker": self.name(evidence["seeker"]),
            "provider": self.name(evidence["provider"]),
            "need": self.words.quotes.get(evidence["need"], _("(words taken back since)")),
            "offer": self.words.quotes.get(evidence["offer"], _("(words taken back since)")),
        }
        return _("%(seeker)s needs: %(need)s %(provider)s offers: %(offer)s") % words + self._why(evidence)

    def _why(self, evidence: Mapping[str, Any]) -> str:
        """The kind and the words the two lines have in common."""
        kind = evidence.get("kind", "")
        facts = [self.words.names.get(kind, kind), ", ".join(evidence.get("words", ()))]
        shared = "; ".join(fact for fact in facts if fact)
        return f" ({shared})" if shared else ""

    def cautions(self, pair: Told) -> list[str]:
        return [words for item in pair.cautions if (words := if_known(self._caution, item))]

    def _caution(self, code: str, evidence: Mapping[str, Any]) -> str:
        if code == "one_way":
            return _("So far this helps %(organisation)s more than the other side.") % {
                "organisation": self.name(evidence["seeker"])
            }
        if code == "thin":
            return _("We know little about %(organisation)s.") % {"organisation": self.name(evidence["key"])}
        if code == "shared_aims_only":
            return _("They have much in common, but nothing one needs is on offer from the other yet.")
        if code == "would_help":
            keys, question = evidence["keys"], question_words(evidence["what"])
            if len(keys) > 1:
                return _("To make it surer, ask both: %(question)s") % {"question": question}
            words = {"organisation": self.name(keys[0]), "question": question}
            return _("To make it surer, ask %(organisation)s: %(question)s") % words
        return caution_words(code, evidence)


def organisations_of(codes: Iterable[str]) -> dict[str, Organisation]:
    rows: QuerySet[Organisation] = Organisation.objects.filter(code__in=list(codes)).only(
        "code", "name", "description", "restricted_at", "language"
    )
    return {organisation.code: organisation for organisation in rows}


def told(pair: Mapping[str, Any]) -> Told:
    """A pair of a run's report."""
    return Told(pair["museum"], pair["partner"], pair["reasons"], pair["cautions"])
