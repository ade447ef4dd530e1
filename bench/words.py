"""How well texts are told to be about the same: `python -m bench.words`.

Two sets in English and Welsh, invented and labelled from the vocabulary alone, without sight of the engine: 120
sentences that need or offer something, and 100 longer texts, a third of which describe an organisation
(`tests/unit/matching/engine/sentences.json`, `texts.json`). What a meaning counts beside a word was chosen on the first
and held on the second. Printed: the gain of everybody's five most alike, discounted by place, beside that of the best
order (nDCG@5); the gain of a pair is the share of labels both have, of all that either has. Beside the engine stand its
own steps without a thesaurus: TF-IDF and BM25 over stems, and chance.
"""

import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from matching.engine import Gathering, Profile, fit_event
from matching.engine.fit import Grid, text_part
from matching.engine.words import stem_of, words_of

FOLDER = Path(__file__).parents[1] / "tests" / "unit" / "matching" / "engine"
SETS = ("sentences", "texts")
FIRST = 5
K1, B = 0.9, 0.4  # of BM25, usual for short texts


def main() -> None:
    for one in SETS:
        print(f"{one:10}", "  ".join(f"{name} {gained:.3f}" for name, gained in measured(one).items()))


def measured(one: str) -> dict[str, float]:
    """nDCG@5 on one of the sets, of the engine and of what stands beside it, by name."""
    rows = json.loads((FOLDER / f"{one}.json").read_text("utf-8"))
    labels = [{row["kind"], *row["also"], *row["themes"], *row["audiences"]} - {""} for row in rows]
    gain = np.array([[len(ours & theirs) / max(1, len(ours | theirs)) for theirs in labels] for ours in labels])
    np.fill_diagonal(gain, 0.0)
    texts = [[stem_of(word, welsh=row["language"] == "cy") for word in words_of(row["text"].lower())] for row in rows]
    ways = {
        "engine": by_engine(rows),
        "TF-IDF": by_tf_idf(texts),
        "BM25": by_bm25(texts),
        "chance": np.random.default_rng(0).random(gain.shape),
    }
    return {name: ndcg(alike, gain) for name, alike in ways.items()}


def ndcg(alike: np.ndarray, gain: np.ndarray) -> float:
    alike = alike.copy()
    np.fill_diagonal(alike, -np.inf)
    discount = 1.0 / np.log2(np.arange(2, FIRST + 2))
    ours, best = (
        (np.take_along_axis(gain, np.argsort(-by, axis=1, kind="stable")[:, :FIRST], axis=1) * discount).sum(axis=1)
        for by in (alike, gain)
    )
    return float((ours / best)[best > 0].mean())


def by_engine(rows: list[dict[str, str]]) -> np.ndarray:
    profiles = tuple(
        Profile(f"{at:03}-{sector}", sector, description=row["text"], languages=(row["language"],))
        for sector in ("museum", "community")
        for at, row in enumerate(rows)
    )
    model, museums, others = fit_event(Gathering(profiles))
    return text_part(Grid(museums.lines, others.lines), model.fit)


def by_tf_idf(texts: list[list[str]]) -> np.ndarray:
    counts, idf = counted(texts)
    weighted = np.log1p(counts) * idf
    weighted /= np.linalg.norm(weighted, axis=1, keepdims=True)
    return weighted @ weighted.T


def by_bm25(texts: list[list[str]]) -> np.ndarray:
    counts, idf = counted(texts)
    length = counts.sum(axis=1, keepdims=True)
    answers = counts * (K1 + 1) / (counts + K1 * (1 - B + B * length / length.mean())) * idf
    one_way = (counts > 0) @ answers.T
    return one_way + one_way.T


def counted(texts: list[list[str]]) -> tuple[np.ndarray, np.ndarray]:
    """How often each text uses each stem, and how rare each stem is."""
    stems = sorted({stem for text in texts for stem in text})
    counts = np.array([[Counter(text)[stem] for stem in stems] for text in texts], dtype=np.float64)
    frequency = (counts > 0).sum(axis=0)
    return counts, np.log1p((len(texts) - frequency + 0.5) / (frequency + 0.5))


if __name__ == "__main__":
    main()
