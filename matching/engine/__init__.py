"""The matching engine: who of one event should meet whom, how often everybody is shown, and why.

Numbers only: numpy, scipy and a stemmer; no Django, no network, no clock, no chance. Same input, same output, in
whatever order it comes.

    from matching.engine import Gathering, match
    matching = match(Gathering(profiles=profiles, vocabulary=vocabulary, near_km=8))

The steps, each usable alone:

    prepare(gathering), survey(prepared, rows)      an event ready to be scored; what one block of it says
    join(surveys), conclude(prepared, survey)       blocks in any order into one; the same answer as `match`
    refresh(prepared, survey, gathering)            a few edits into fresh scores
    TextModel.fit(texts).encode(texts)              words into sparse rows
    fit_event(gathering), encode_side(...)          an event into a fixed model and two sides
    offers_meet_needs(needs, offers, model)         (needs, offers) fits in [0, 1]
    score_block(model, museums, partners)           (m, n) reciprocal scores in [0, 1]
    reciprocal_score(want_a, want_b, weights)       two one-sided scores into one
    allocate(scores, floor=, cap_museums=, ...)     a score matrix into who is shown to whom
    suggest_terms(text, terms), side_of(text)       a sentence into kinds, themes or audiences; asked or given
    make_trios(pairs, museum_fits, partner_fits)    shown pairs into threes with a funder
    trios_of(prepared, survey, matching)            the same from an event that was concluded
    seat(scores, seats=, rounds=, ...)              people into rounds of facilitated tables
    make_timetable(scores, rounds=, tables=, ...)   a score matrix into talks for two; replan(...) on the day
    learn(answers, weights), calibrate(...)         answers into weights and chances, with the evidence
    lean(answers, weights)                          answers into how readily each says yes, and is said yes to
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from matching.engine.encoding import encode_side, has_written
from matching.engine.exposure import Arcs, allocate, caps_for, gini
from matching.engine.fit import offers_meet_needs
from matching.engine.matcher import conclude, match
from matching.engine.model import fit_event, subset
from matching.engine.pairs import take_apart
from matching.engine.reciprocal import EventModel, reciprocal_score, score_block, score_pairs
from matching.engine.refreshing import refresh
from matching.engine.suggest import TermHint, TermReader, side_of, suggest_terms
from matching.engine.surveying import Prepared, Survey, join, prepare, survey
from matching.engine.text import TextMeasure, TextModel
from matching.engine.types import (
    Band,
    Caution,
    Exchange,
    Gathering,
    Listing,
    Matching,
    Part,
    Profile,
    Reason,
    Score,
    Shortfall,
    Side,
    Suggestion,
    Term,
    Together,
    Vocabulary,
)
from matching.engine.weights import DEFAULT, Weights

if TYPE_CHECKING:
    from matching.engine.counting import Measures
    from matching.engine.learning import (
        Answers,
        Calibration,
        Decline,
        Feedback,
        Leanings,
        Lesson,
        calibrate,
        lean,
        learn,
        learn_from_reasons,
        learned_weights,
    )
    from matching.engine.tables import Seating, TooFewSeats, judge, seat
    from matching.engine.thirds import Three, Threes, trios_of
    from matching.engine.timetable import Change, Meeting, Timetable, make_timetable, replan
    from matching.engine.trios import Trio, Trios, make_trios, trio_score

ENGINE_VERSION = "4"

# The day's plan and learning bring solvers of 30 MB, which a worker that only sends letters can spare: so these are
# imported when they are first asked for.
_ON_DEMAND = {
    "counting": ["Measures"],
    "learning": [
        "Answers",
        "Calibration",
        "Decline",
        "Feedback",
        "Leanings",
        "Lesson",
        "calibrate",
        "lean",
        "learn",
        "learn_from_reasons",
        "learned_weights",
    ],
    "tables": ["Seating", "TooFewSeats", "judge", "seat"],
    "timetable": ["Change", "Meeting", "Timetable", "make_timetable", "replan"],
    "thirds": ["Three", "Threes", "trios_of"],
    "trios": ["Trio", "Trios", "make_trios", "trio_score"],
}
_HOME = {name: module for module, names in _ON_DEMAND.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


__all__ = [
    "Answers",
    "Arcs",
    "Band",
    "Calibration",
    "Caution",
    "Change",
    "DEFAULT",
    "Decline",
    "ENGINE_VERSION",
    "EventModel",
    "Exchange",
    "Feedback",
    "Gathering",
    "Leanings",
    "Lesson",
    "Listing",
    "Matching",
    "Measures",
    "Meeting",
    "Part",
    "Prepared",
    "Profile",
    "Reason",
    "Score",
    "Seating",
    "Shortfall",
    "Side",
    "Suggestion",
    "Survey",
    "Term",
    "TermHint",
    "TermReader",
    "TextMeasure",
    "TextModel",
    "Three",
    "Threes",
    "Timetable",
    "Together",
    "TooFewSeats",
    "Trio",
    "Trios",
    "Vocabulary",
    "Weights",
    "allocate",
    "calibrate",
    "caps_for",
    "conclude",
    "encode_side",
    "fit_event",
    "gini",
    "has_written",
    "join",
    "judge",
    "lean",
    "learn",
    "learn_from_reasons",
    "learned_weights",
    "make_timetable",
    "make_trios",
    "match",
    "offers_meet_needs",
    "prepare",
    "reciprocal_score",
    "refresh",
    "replan",
    "score_block",
    "score_pairs",
    "seat",
    "side_of",
    "subset",
    "suggest_terms",
    "survey",
    "take_apart",
    "trio_score",
    "trios_of",
]
