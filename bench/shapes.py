"""What a machine needs for the bare matrix products of an event: the yardstick beside the engine's own times."""

import time

import numpy as np

DIMENSIONS = 256
ROWS = 1024


def product_seconds(museums: int, partners: int) -> float:
    """Seconds for float32 products of museums with partners in 256 dimensions, both directions, 1,024 rows at once."""
    chance = np.random.default_rng(0)
    sides = [chance.random((size, DIMENSIONS), dtype=np.float32) for size in (museums, partners, museums, partners)]
    needs, offers, gives, wants = sides
    into = np.empty((ROWS, partners), dtype=np.float32)
    began = time.perf_counter()
    for first in range(0, museums, ROWS):
        rows = slice(first, min(museums, first + ROWS))
        for ours, theirs in ((needs, offers), (gives, wants)):
            np.matmul(ours[rows], theirs.T, out=into[: rows.stop - rows.start])
    return time.perf_counter() - began
