"""The values the engine takes and gives: frozen, plain, with stable keys; no Django, no clock, no chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Side(StrEnum):
    NEED = "need"
    OFFER = "offer"


class Band(StrEnum):
    """What people see instead of a number."""

    STRONG = "strong"
    WORTH_A_TALK = "worth_a_talk"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True)
class Listing:
    """One line an organisation wrote: something it needs or something it offers."""

    key: str
    side: Side
    text: str
    language: str = "en"
    kinds: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    says_when: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """One organisation as the engine sees it: what others may know of it, and nothing else."""

    key: str
    sector: str
    family: str = ""  # organisations of one family (same body, same parent) are never paired
    description: str = ""
    languages: tuple[str, ...] = ("en",)
    themes: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    easting: int | None = None  # metres, British National Grid
    northing: int | None = None
    reach_km: float | None = None  # how far this organisation says it can reach
    open_to_contact: bool = True
    needs: tuple[Listing, ...] = ()
    offers: tuple[Listing, ...] = ()
    limit: int | None = None  # its own ceiling on suggestions; 0: shown to nobody
    shown_before: int = 0  # how often earlier runs of this event showed it
    readiness: float = 0.0  # log-odds by which it says yes more readily than its fits explain; at most `LEAN` counts
    appeal: float = 0.0  # the same of how readily others say yes to it


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the vocabulary with what it covers, in every language it has."""

    slug: str
    scope: tuple[str, ...] = ()  # English name, Welsh name, English note, Welsh note; "" for one that is missing


@dataclass(frozen=True, slots=True)
class Vocabulary:
    kinds: tuple[Term, ...] = ()
    themes: tuple[Term, ...] = ()
    audiences: tuple[Term, ...] = ()
    related_kinds: Mapping[tuple[str, str], float] = field(default_factory=dict)  # (need kind, offer kind) -> (0, 1]
    open_kinds: frozenset[str] = frozenset({"first-talk"})  # half related to any kind, either way
    money_kinds: frozenset[str] = frozenset({"money"})  # only funders and statutory bodies may offer these


@dataclass(frozen=True, slots=True)
class Gathering:
    """Everything one run needs to know of one event."""

    profiles: tuple[Profile, ...]
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    excluded: frozenset[tuple[str, str]] = (
        frozenset()
    )  # pairs of keys, each sorted: already partners, declined, blocked
    near_km: float = 25.0
    must_meet: frozenset[tuple[str, str]] = frozenset()  # pairs of keys, each sorted: pinned, whatever their score
    # organisation -> (need kind, offer kind) pairs that count as 0 either way in its pairs
    barred_kinds: Mapping[str, frozenset[tuple[str, str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """One named part of a score. `value` in [0, 1]; `known` is False where the event's median stands in for it."""

    code: str
    value: float
    weight: float
    known: bool = True


@dataclass(frozen=True, slots=True)
class Exchange:
    """How well the best offer of `provider` meets a need of `seeker`: the weighted parts sum to `fit`.

    `want` in [0, 1] has been moved by `leaning`, the log-odds that earlier answers of both add to what the parts say.
    """

    seeker: str
    provider: str
    want: float
    fit: float
    aims: float
    need: str = ""  # listing keys; "" where a side stated none
    offer: str = ""
    parts: tuple[Part, ...] = ()
    aims_parts: tuple[Part, ...] = ()  # what `aims` is made of: the weighted parts sum to it
    leaning: float = 0.0


@dataclass(frozen=True, slots=True)
class Reason:
    """A fact in favour, as a code with its evidence; the sentence is a template elsewhere."""

    code: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Caution:
    code: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Score:
    """S = reciprocal x surroundings, every factor in [0, 1]."""

    value: float
    reciprocal: float
    near: float
    timing: float
    percentile: float  # among all the event's allowed pairs, in [0, 100]
    distance_km: float | None
    museum_wants: Exchange
    partner_wants: Exchange
    confidence: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One pair that both sides will see."""

    museum: str
    partner: str
    score: Score
    band: Band
    reasons: tuple[Reason, ...]
    cautions: tuple[Caution, ...]
    pinned: bool = False  # by staff
    exploring: bool = False  # a place given to a good pair of which little is known


@dataclass(frozen=True, slots=True)
class Together:
    """A museum and a partner that look for the same thing: no exchange, but a chance to ask together."""

    museum: str
    partner: str
    need_a: str  # the museum's listing
    need_b: str  # the partner's listing
    kind: str
    words: tuple[str, ...]  # words both needs use, most telling first


@dataclass(frozen=True, slots=True)
class Shortfall:
    """An organisation that could not be given the floor: work for the officer, never padded."""

    key: str
    shown: int
    floor: int
    cause: str  # "nothing_written" | "no_candidates" | "weak_only"


@dataclass(frozen=True, slots=True)
class Matching:
    """What one run says. `suggestions` are ordered by score, ties by least shown before, then by key."""

    suggestions: tuple[Suggestion, ...]
    shortfalls: tuple[Shortfall, ...]
    pairs_considered: int
    measures: Mapping[str, float] = field(default_factory=dict)  # gini, most_over_mean, score_kept …
    together: tuple[Together, ...] = ()  # not among the suggestions; the most alike first
