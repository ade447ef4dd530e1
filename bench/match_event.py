"""How long one event takes from rows to stored suggestions: `python bench/match_event.py 60 300`.

Organisations are made from the demo's own lines, mixed with a fixed seed, in a database in a temporary folder.
Prints organisations, pairs suggested, seconds for a run (rows read, scored, stored, letters queued) and peak memory.
"""

import json
import os
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="portal-bench-")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pwp.settings")


def main(sizes: list[int]) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    call_command("load_vocabulary")
    for size in sizes:
        _measure(size)


def _measure(size: int) -> None:
    from matching import services
    from tests import factories

    officer = factories.make_staff(f"officer{size}@partnerships.example")
    event = factories.make_event(f"bench{size}-2031", capacity=size)
    lines = _lines()
    chance = random.Random(size)
    for number in range(size):
        offer, need = chance.sample(lines, 2)
        factories.confirm(
            event,
            number,
            officer,
            email="",
            phone="07700 900000",
            offer=offer,
            need=need,
            work_place=chance.choice(["S1 2HH", "S10 5BP", "S60 1AE", "S70 2TA", "DN1 3LG"]),
        )
    run = services.request_run(event, by="bench")
    began = time.perf_counter()
    services.perform_run(run)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{size:>6} organisations  {len(run.report['pairs']):>6} pairs  {seconds:6.2f} s  peak {peak:.0f} MB")


def _lines() -> list[str]:
    content = json.loads((ROOT / "pwp/data/demo.json").read_text(encoding="utf-8"))
    return [line["text"] for row in content["organisations"] for side in ("needs", "offers") for line in row[side]]


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [60, 300])
