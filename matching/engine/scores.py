"""What an event's scores say of single pairs, whether they are shown or not."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from matching.engine.explanation import Explainer
from matching.engine.pairs import take_apart
from matching.engine.surveying import Prepared, Survey, level_of
from matching.engine.types import Score


def scores_of(prepared: Prepared, survey: Survey, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Score]:
    """Scores by (museum, partner), for those of these keys that both stand in the event, on their sides.

    Gates are not applied: a pair that may not meet has a score too.
    """
    museums = {profile.key: at for at, profile in enumerate(prepared.museums.profiles)}
    partners = {profile.key: at for at, profile in enumerate(prepared.partners.profiles)}
    known = [(museum, partner) for museum, partner in pairs if museum in museums and partner in partners]
    rows = np.array([museums[museum] for museum, _ in known], dtype=np.intp)
    columns = np.array([partners[partner] for _, partner in known], dtype=np.intp)
    explainer = Explainer(prepared.model, prepared.museums, prepared.partners)
    percentile_of = survey.levels.percentiles()
    taken_apart = take_apart(prepared.model, prepared.museums, prepared.partners, rows, columns)
    return {
        keys: explainer.score(pair, percentile_of[int(level_of(np.array([pair.value]))[0])])
        for keys, pair in zip(known, taken_apart, strict=True)
    }
