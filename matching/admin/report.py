"""What a run says, for staff: pairs with their numbers and sentences, who fell short and what to do about it."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from matching.engine.reciprocal import leaned
from matching.models import MatchRun, Suggestion
from matching.reports import StaffWords, Told, organisations_of, told
from partners.admin.pages import link_to, short
from partners.models import Listing
from pwp.journal.admin import table

PAIRS_PER_PAGE = 50


def link(words: StaffWords, code: str) -> SafeString | str:
    organisation = words.organisations.get(code)
    return link_to(organisation) if organisation else words.name(code)


# --- numbers ---------------------------------------------------------------------------------------------------------


def product_words(score: Mapping[str, Any]) -> str:
    """S as the product it is: both directions times surroundings."""
    both = score["reciprocal"]
    around = score["value"] / both if both else 0.0
    return _("%(score).3f = both ways %(both).3f × surroundings %(around).3f (near %(near).2f, time %(time).2f)") % {
        "score": score["value"],
        "both": both,
        "around": around,
        "near": score["near"],
        "time": score["timing"],
    }


def part_names() -> dict[str, str]:
    return {
        "kind": _("kind"),
        "text": _("words"),
        "theme": _("themes"),
        "audience": _("audiences"),
        "near": _("nearness"),
        "timing": _("time and language"),
        "answers": _("what earlier answers taught"),
    }


def exchange_table(exchange: Mapping[str, Any]) -> SafeString | str:
    """The parts of one direction; share times value, added up, is the fit."""
    names = part_names()
    return table(
        [_("Part"), _("Share"), _("Value"), _("Adds"), _("Known")],
        [
            [
                names.get(part["code"], part["code"]),
                f"{part['weight']:.2f}",
                f"{part['value']:.3f}",
                f"{part['weight'] * part['value']:.3f}",
                _("yes") if part["known"] else _("no: the event's middle value stands in"),
            ]
            for part in exchange["parts"]
        ],
        empty=_("No need here was set against an offer; what they share is %(aims).3f.") % {"aims": exchange["aims"]},
    )


def gain_words(name: str, exchange: Mapping[str, Any]) -> str:
    words = _("%(name)s gains %(want).3f: fit %(fit).3f, shared aims %(aims).3f") % {"name": name, **exchange}
    if not exchange.get("leaning"):
        return words
    before = leaned(np.array(exchange["want"]), np.array(-exchange["leaning"]))
    return _("%(words)s; it would be %(before).3f without what earlier answers taught") % {
        "words": words,
        "before": before,
    }


def factors(suggestion: Suggestion) -> SafeString:
    """Everything a suggestion's score is made of."""
    score = suggestion.parts
    if not score:
        return format_html("{}", _("not kept"))
    ours, theirs = score["museum_wants"], score["partner_wants"]
    return format_html(
        "<p>{}</p><p>{}</p>{}<p>{}</p>{}<p>{}</p>",
        product_words(score),
        gain_words(suggestion.museum.name, ours),
        exchange_table(ours),
        gain_words(suggestion.partner.name, theirs),
        exchange_table(theirs),
        _("How much of it is known: %(confidence)d%%") % {"confidence": round(100 * score["confidence"])},
    )


# --- a run's report --------------------------------------------------------------------------------------------------


def pair_rows(pairs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One page of pairs, ready to show."""
    shown = [(pair, told(pair)) for pair in pairs]
    words = StaffWords(one for _pair, one in shown)
    bands = dict(Suggestion.Band.choices)
    return [
        {
            "museum": link(words, one.museum),
            "partner": link(words, one.partner),
            "band": bands.get(pair["band"], pair["band"]),
            "product": product_words(pair["score"]),
            "percentile": int(pair["score"]["percentile"]),
            "places": places_words(pair),
            "marks": marks_words(pair),
            "reasons": words.reasons(one),
            "cautions": words.cautions(one),
        }
        for pair, one in shown
    ]


def places_words(pair: Mapping[str, Any]) -> str:
    """Where the pair stands in either side's list."""
    return _("place %(ours)d in the museum's list, %(theirs)d in the partner's") % {
        "ours": pair["museum_place"],
        "theirs": pair["partner_place"],
    }


def marks_words(pair: Mapping[str, Any]) -> list[str]:
    """What else speaks for showing it than its score, and what the score is worth as a chance."""
    marks = []
    if pair.get("pinned"):
        marks.append(_("must meet: a rule of staff"))
    if pair.get("exploring"):
        marks.append(_("shown to learn: we know little of them"))
    if pair.get("chance") is not None:
        marks.append(chance_words(pair["chance"]))
    return marks


def chance_words(chance: float | None) -> str:
    """What a score is worth, in words for staff; a dash before enough answers say so."""
    if chance is None:
        return "–"
    tenths = round(10 * chance)
    if not tenths:
        return _("fewer than 1 in 10 such pairs both said yes")
    return _("about %(tenths)d in 10 such pairs both said yes") % {"tenths": tenths}


def together(run: MatchRun) -> list[dict[str, Any]]:
    """Pairs that look for the same thing: a chance to ask together, for staff to put to them."""
    said = run.report.get("together", [])
    words = StaffWords(Told(pair["museum"], pair["partner"]) for pair in said)
    lines = {code for pair in said for code in (pair["need_a"], pair["need_b"])}
    quotes = dict(Listing.objects.approved().filter(code__in=lines).values_list("code", "text"))
    return [
        {
            "museum": link(words, pair["museum"]),
            "partner": link(words, pair["partner"]),
            "kind": words.words.names.get(pair["kind"], pair["kind"]),
            "words": ", ".join(pair["words"]),
            "needs": [short(quotes.get(pair[line], _("(words taken back since)"))) for line in ("need_a", "need_b")],
        }
        for pair in said
    ]


def trios(run: MatchRun) -> dict[str, Any]:
    """Pairs with a third that fits both, best first, and their worth beside what no other choice exceeds."""
    said = run.report.get("trios", {})
    best = said.get("threes", [])[:PAIRS_PER_PAGE]
    words = StaffWords([Told(code, code) for one in best for code in (one["museum"], one["partner"], one["third"])])
    return {
        "count": len(said.get("threes", [])),
        "value": f"{said.get('value', 0.0):.2f}",
        "bound": f"{said.get('bound', 0.0):.2f}",
        "rows": [
            [*(link(words, one[member]) for member in ("museum", "partner", "third")), f"{one['value']:.3f}"]
            for one in best
        ],
    }


def counts(run: MatchRun) -> list[tuple[str, object]]:
    report = run.report
    return [
        (_("organisations"), report.get("organisations", 0)),
        (_("of them museums"), report.get("museums", 0)),
        (_("with words of their own"), report.get("with_words", 0)),
        (_("pairs looked at"), report.get("pairs_considered", 0)),
        (_("pairs suggested"), len(run.pairs_shown)),
    ]


def measures(run: MatchRun) -> list[tuple[str, str]]:
    names = measure_names()
    said = run.report.get("measures", {})
    return [(names.get(name, name), f"{value:.3g}") for name, value in said.items()]


def measure_names() -> dict[str, str]:
    return {
        "gini": _("how unevenly people are shown (0 is even)"),
        "gini_museums": _("the same, among museums"),
        "gini_partners": _("the same, among partners"),
        "most_over_mean": _("most shown, against the mean"),
        "score_kept": _("score kept after evening out"),
        "never_shown": _("shown to nobody"),
        "coverage": _("share who are shown to somebody"),
    }


def shortfalls(run: MatchRun) -> list[dict[str, Any]]:
    """Who got fewer than they should, why, and what staff can do."""
    said = run.report.get("shortfalls", [])
    organisations = organisations_of(item["key"] for item in said)
    return [
        {
            "organisation": link_to(organisations[item["key"]]) if item["key"] in organisations else item["key"],
            "shown": item["shown"],
            "floor": item["floor"],
            "cause": cause_words(item["cause"]),
            "remedy": remedy_words(item["cause"]),
        }
        for item in said
    ]


def cause_words(cause: str) -> str:
    return {
        "nothing_written": _("They have written nothing yet that others may see."),
        "no_candidates": _("There is nobody at this event they may be paired with."),
        "weak_only": _("What they wrote meets little of what the others wrote."),
    }.get(cause, cause)


def remedy_words(cause: str) -> str:
    return {
        "nothing_written": _("Approve their texts, or call and write down one need and one offer with them."),
        "no_candidates": _("Invite more of the other side, or introduce them by hand on the day."),
        "weak_only": _("Ask them for one more need or offer, and for its kind."),
    }.get(cause, "")
