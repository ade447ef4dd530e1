"""What one event teaches before anybody is scored: words, ranks, rarity and medians. Chooses nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matching.engine.encoding import Codebook, Ints, SideArrays, encode_side, texts_of
from matching.engine.fit import (
    FitModel,
    Grid,
    RankTable,
    audience_part,
    kind_part,
    kind_table,
    raw_latent,
    raw_text,
    text_part,
    theme_part,
    values_of,
)
from matching.engine.reciprocal import EventModel, near_part
from matching.engine.text import MEASURES, TextMeasure, TextModel
from matching.engine.types import Gathering, Profile
from matching.engine.weights import DEFAULT, Weights

Floats = NDArray[np.float64]
MUSEUM = "museum"
SAMPLE = 200  # organisations a side from which ranks and medians are read: 40,000 pairs fix a percentile to about .003


def fit_event(
    gathering: Gathering, weights: Weights = DEFAULT, *, measure: TextMeasure | None = None
) -> tuple[EventModel, SideArrays, SideArrays]:
    """Learn the event's model and encode its museums and its other organisations, each sorted by key.

    `measure`: another model of texts, where it shall not be learnt from this event's words.
    Ranks and medians come from at most 200 organisations a side, evenly spaced by key.
    Raises: ValueError for two profiles with one key, unknown terms, or a `near_km` that is not above 0.
    """
    profiles = sorted(gathering.profiles, key=_key)
    _check(profiles, gathering.near_km)
    book = Codebook.of(
        profiles,
        gathering.vocabulary,
        near_km=gathering.near_km,
        weights=weights,
        barred_kinds=gathering.barred_kinds,
    )
    said = [pair for profile in profiles for pair in texts_of(profile)]
    latent = weights.lsa > 0 and any(not _has_tags(profile) for profile in profiles)
    text = measure or TextModel.fit(
        [words for words, _ in said], languages=[language for _, language in said], weights=weights, latent=latent
    )
    museums = encode_side([p for p in profiles if p.sector == MUSEUM], text, book)
    partners = encode_side([p for p in profiles if p.sector != MUSEUM], text, book)
    fit = _fit_model(museums, partners, gathering, book, weights)
    near = _near_median(museums, partners)
    return EventModel(text, book, fit, near, weights), museums, partners


def subset(side: SideArrays, members: Ints) -> SideArrays:
    """Some organisations of a side, in the given order, with their lines."""
    sizes = np.diff(side.start)[members]
    lines = side.lines.of(side.lines_of(members))
    return SideArrays(
        profiles=tuple(side.profiles[at] for at in members),
        lines=replace(lines, owner=np.repeat(np.arange(len(members)), sizes)),
        start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp),
        position=side.position[members],
        reach=side.reach[members],
        languages=side.languages[members],
        says_when=side.says_when[members],
        wrote=side.wrote[members],
        contact=side.contact[members],
        readiness=side.readiness[members],
        appeal=side.appeal[members],
    )


def _check(profiles: Sequence[Profile], near_km: float) -> None:
    for one, other in zip(profiles, profiles[1:], strict=False):
        if one.key == other.key:
            raise ValueError(f"Two organisations have the key {one.key!r}.")
    if not near_km > 0:
        raise ValueError(f"The distance that counts as near must be above 0 km, not {near_km!r}.")


def _has_tags(profile: Profile) -> bool:
    lines = (*profile.needs, *profile.offers)
    return bool(profile.themes or profile.audiences or any(x.kinds or x.themes or x.audiences for x in lines))


def _fit_model(
    museums: SideArrays, partners: SideArrays, gathering: Gathering, book: Codebook, weights: Weights
) -> FitModel:
    blank = dict.fromkeys(("kind", "text", "theme", "audience"), 0.0)
    start = FitModel(
        weights=weights,
        ranks={},
        kind_table=kind_table(book.kinds, gathering.vocabulary, weights),
        theme_idf=_rarity([museums.lines.themes, partners.lines.themes]),
        audience_idf=_rarity([museums.lines.audiences, partners.lines.audiences]),
        medians=blank,
        aims_medians=blank,
    )
    if not len(museums) or not len(partners):
        return replace(start, ranks={name: RankTable.of(np.zeros(0)) for name in MEASURES})
    return _with_medians(start, _sample(museums), _sample(partners))


def _sample(side: SideArrays) -> SideArrays:
    spoken = np.flatnonzero(side.wrote)
    if not spoken.size:
        spoken = np.arange(len(side))
    if len(spoken) > SAMPLE:
        spoken = spoken[np.linspace(0, len(spoken) - 1, SAMPLE).round().astype(np.intp)]
    return subset(side, spoken)


def _with_medians(start: FitModel, museums: SideArrays, partners: SideArrays) -> FitModel:
    grid = Grid(museums.lines, partners.lines)
    names = (*MEASURES, "latent") if museums.lines.text.latent.shape[1] else MEASURES
    measured = {name: values_of(product) for name, product in raw_text(grid).items()}
    if "latent" in names:
        measured["latent"] = raw_latent(grid)
    model = replace(start, ranks={name: RankTable.of(measured[name]) for name in names})
    parts = {"text": text_part(grid, model), "theme": theme_part(grid, model), "audience": audience_part(grid, model)}
    a, b = museums.lines, partners.lines
    exchanges = ((a.need, b.offer, True), (a.offer, b.need, False))
    medians = {
        name: _median(*(part[np.ix_(rows, columns)] for rows, columns, _ in exchanges)) for name, part in parts.items()
    }
    kinds = [
        kind_part(Grid(a.of(np.flatnonzero(rows)), b.of(np.flatnonzero(columns))), model, a_needs=a_needs)
        for rows, columns, a_needs in exchanges
    ]
    aims = {
        name: np.maximum.reduceat(np.maximum.reduceat(part, partners.start[:-1], axis=1), museums.start[:-1], axis=0)
        for name, part in parts.items()
    }
    return replace(
        model,
        medians={**medians, "kind": _median(*kinds)},
        aims_medians={name: _median(part) for name, part in aims.items()},
    )


def _median(*parts: Floats) -> float:
    """Median over the pairs where both sides say something; 0 where none does."""
    known = np.concatenate([part[part >= 0].ravel() for part in parts])
    return float(np.median(known)) if known.size else 0.0


def _rarity(tables: Sequence[Floats]) -> Floats:
    """ln(1 + n / n with it) of each term over the lines that have any; never 0, so a term all share still counts."""
    stacked = np.concatenate([table > 0 for table in tables])
    lines = max(1, int(stacked.any(axis=1).sum()))
    rarity: Floats = np.log1p(lines / np.maximum(1, stacked.sum(axis=0)))
    return rarity


def _near_median(museums: SideArrays, partners: SideArrays) -> float:
    if not len(museums) or not len(partners):
        return 0.0
    a, b = _sample(museums), _sample(partners)
    near = near_part(a, b, float("nan"))
    known = near[~np.isnan(near)]
    return float(np.median(known)) if known.size else 0.5


def _key(profile: Profile) -> str:
    return profile.key
