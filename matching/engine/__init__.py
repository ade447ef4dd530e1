"""The matching engine: who of one event should meet whom, how often everybody is shown, and why.

Numbers only: numpy, scipy and a stemmer; no Django, no network, no clock, no chance. Same input, same output, in
whatever order it comes.

    from matching.engine import Gathering, match
    matching = match(Gathering(profiles=profiles, vocabulary=vocabulary, near_km=8))

The steps, each usable alone:

    TextModel.fit(texts).encode(texts)              words into sparse rows
    fit_event(gathering), encode_side(...)          an event into a fixed model and two sides
    offers_meet_needs(needs, offers, model)         (needs, offers) fits in [0, 1]
    score_block(model, museums, partners)           (m, n) reciprocal scores in [0, 1]
    reciprocal_score(want_a, want_b, weights)       two one-sided scores into one
    allocate(scores, floor=, cap_museums=, ...)     a score matrix into who is shown to whom
    suggest_terms(text, terms)                      a sentence into kinds, themes or audiences
"""

from matching.engine.encoding import encode_side, has_written
from matching.engine.exposure import allocate, caps_for, gini
from matching.engine.fit import offers_meet_needs
from matching.engine.matcher import match
from matching.engine.model import fit_event, subset
from matching.engine.pairs import take_apart
from matching.engine.reciprocal import EventModel, reciprocal_score, score_block
from matching.engine.suggest import TermHint, TermReader, suggest_terms
from matching.engine.text import TextModel
from matching.engine.timetable import Change, Meeting, Timetable, make_timetable, replan
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
    Vocabulary,
)
from matching.engine.weights import DEFAULT, Weights

ENGINE_VERSION = "1"

__all__ = [
    "DEFAULT",
    "ENGINE_VERSION",
    "Band",
    "Caution",
    "Change",
    "EventModel",
    "Exchange",
    "Gathering",
    "Listing",
    "Matching",
    "Meeting",
    "Part",
    "Profile",
    "Reason",
    "Score",
    "Shortfall",
    "Side",
    "Suggestion",
    "Term",
    "TermHint",
    "TermReader",
    "TextModel",
    "Timetable",
    "Vocabulary",
    "Weights",
    "allocate",
    "caps_for",
    "encode_side",
    "fit_event",
    "gini",
    "has_written",
    "make_timetable",
    "match",
    "offers_meet_needs",
    "reciprocal_score",
    "score_block",
    "replan",
    "subset",
    "suggest_terms",
    "take_apart",
]
