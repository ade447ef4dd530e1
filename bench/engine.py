"""How long the engine takes from a gathering to its suggestions: `python bench/engine.py [--events 4] [size …]`.

A size is the number of organisations of one event, two in five of them museums, invented from the demo's own words
with a fixed seed; no two texts are alike. Events run in two processes at once, each with one thread for its matrices.
Prints seconds for each step, wall and processor, the seconds for one edit brought up to date (at the last events),
peak memory of the processes together before any edit, and beside them the bare matrix products of the same shapes
(`bench/shapes.py`).
"""

import argparse
import json
import os
import random
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench.shapes import product_seconds
from matching.engine import (
    Gathering,
    Listing,
    Matching,
    Profile,
    Side,
    Term,
    Vocabulary,
    conclude,
    join,
    prepare,
    refresh,
    survey,
)
from matching.engine.memory import hand_back

CORES = 2
DEMO = Path(__file__).parents[1] / "pwp/data/demo.json"


def main(sizes: list[int], events: int) -> None:
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read by the processes that are started below
    for size in sizes:
        began = time.perf_counter()
        with ProcessPoolExecutor(min(CORES, events), mp_context=get_context("spawn")) as workers:
            edited = [number >= events - CORES for number in range(events)]
            found = list(workers.map(one_event, [size] * events, range(events), edited))
        wall = time.perf_counter() - began
        print(f"{events} x {size} organisations: {wall:.1f} s in all, invented profiles and start included")
        for name in found[-1]["seconds"]:
            times = [event["seconds"][name] for event in found if name in event["seconds"]]
            print(f"  {name:<10} wall {sum(t[0] for t in times) / min(CORES, events):7.2f} s", end="")
            print(f"   processor {sum(t[1] for t in times) / len(times):7.2f} s an event")
        together = sum(sorted((event["peak"] for event in found), reverse=True)[:CORES])
        measures = found[0]["measures"]
        print(f"  {found[0]['pairs']} pairs an event, peak {together:.0f} MB, bare products {found[0]['bare']:.2f} s")
        print("  " + "  ".join(f"{name} {value:.3f}" for name, value in measures.items()))


def one_event(size: int, number: int, edit: bool) -> dict[str, Any]:
    hand_back()  # of the event before, as a worker does
    gathering = invented(size, number)
    seconds: dict[str, tuple[float, float]] = {}

    def timed(name: str, step: Callable[[], Any]) -> Any:
        began, used = time.perf_counter(), time.process_time()
        answer = step()
        seconds[name] = (time.perf_counter() - began, time.process_time() - used)
        return answer

    prepared = timed("prepare", lambda: prepare(gathering))
    whole = timed("survey", lambda: join([survey(prepared, rows) for rows in prepared.blocks()]))
    matching: Matching = timed("conclude", lambda: conclude(prepared, whole))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pairs, measures = len(matching.suggestions), matching.measures
    del matching
    if edit:
        first, *others = gathering.profiles
        edited = replace(gathering, profiles=(replace(first, description=others[0].description), *others))
        fresh = timed("refresh", lambda: refresh(prepared, whole, edited))
        timed("conclude 2", lambda: conclude(*fresh))
    return {
        "seconds": seconds,
        "pairs": pairs,
        "measures": measures,
        "peak": peak,
        "bare": product_seconds(len(prepared.museums), len(prepared.partners)),
    }


def invented(size: int, seed: int) -> Gathering:
    """An event of invented organisations: halves of two of the demo's sentences and some words of others in a text."""
    chance = random.Random(f"{size} {seed}")
    organisations = json.loads(DEMO.read_text(encoding="utf-8"))["organisations"]
    lines = [line for row in organisations for side in ("needs", "offers") for line in row[side]]
    sentences = [line["text"].split() for line in lines]
    words = [word for sentence in sentences for word in sentence]
    themes = sorted({theme for row in organisations for theme in row["themes"]})
    audiences = sorted({audience for row in organisations for audience in row["audiences"]})
    kinds = sorted({kind for line in lines for kind in line["kinds"]})

    def text() -> str:
        one, other = chance.choice(sentences), chance.choice(sentences)
        return " ".join(one[: len(one) // 3] + other[len(other) // 2 :] + chance.choices(words, k=5))

    def listings(key: str, side: Side) -> tuple[Listing, ...]:
        return tuple(
            Listing(f"{key}-{side}{at}", side, text(), kinds=tuple(chance.choice(lines)["kinds"]), says_when=at == 0)
            for at in range(chance.choice((1, 1, 2)))
        )

    def profile(number: int) -> Profile:
        key = f"o{number:06d}"
        return Profile(
            key,
            "museum" if number % 5 < 2 else "community",
            description=text(),
            themes=tuple(chance.sample(themes, chance.randint(0, 3))),
            audiences=tuple(chance.sample(audiences, chance.randint(0, 2))),
            easting=int(chance.gauss(435_000, 12_000)),
            northing=int(chance.gauss(387_000, 12_000)),
            needs=listings(key, Side.NEED),
            offers=listings(key, Side.OFFER),
        )

    vocabulary = Vocabulary(
        kinds=tuple(Term(slug) for slug in kinds),
        themes=tuple(Term(slug) for slug in themes),
        audiences=tuple(Term(slug) for slug in audiences),
    )
    return Gathering(tuple(profile(number) for number in range(size)), vocabulary, near_km=8)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*", default=[300, 2500])
    parser.add_argument("--events", type=int, default=1)
    said = parser.parse_args()
    main(said.sizes, said.events)
