"""Events at which nobody ticked anything, and everybody wrote one sentence about themselves."""

import json
from pathlib import Path

import pytest

from matching.engine import Gathering, Profile, match

DEMO = Path(__file__).parents[4] / "pwp/data/demo.json"
ENOUGH = 6  # words


@pytest.fixture
def sentences():
    organisations = json.loads(DEMO.read_text(encoding="utf-8"))["organisations"]
    lines = [line["text"] for row in organisations for side in ("needs", "offers") for line in row[side]]
    return sorted({line for line in lines if len(line.split()) >= ENOUGH})


@pytest.mark.parametrize("step", [1, 3])
def test_nearly_everybody_who_wrote_six_words_is_shown_somebody(sentences, step):
    profiles = tuple(
        Profile(f"o{at:03}", "museum" if at % 2 else "community", description=line, easting=435_000, northing=387_000)
        for at, line in enumerate(sentences[::step])
    )
    found = match(Gathering(profiles, near_km=25))
    shown = {key for pair in found.suggestions for key in (pair.museum, pair.partner)}

    assert len(profiles) >= 20
    assert len(shown) >= 0.95 * len(profiles)
    assert all(pair.reasons for pair in found.suggestions)
