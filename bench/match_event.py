"""From rows to stored suggestions: `python -m bench.match_event` or, for some of it, `… sqlite 300 10000`.

Each line is a fresh process with a fresh database: organisations of the given number in one event (or in four, from
1,000 on), half of them museums, each with a description, a need and an offer mixed with a fixed seed from clauses of
the demo. Printed: seconds for whole runs of all events, phase by phase; peak memory of the process; the time of the
bare matrix products of the same shapes (float32, 256 wide, both directions) in the same process and how many times as
long the run took; seconds from one edit to fresh suggestions; and one and two worker processes on fresh runs, beside
what a second process can gain at all on this machine at this moment.
Up to 1,000 organisations everybody has an e-mail address and the first run writes them a letter each; there all is
done once more from the beginning, as in a worker that is not just started.
"""

import datetime as dt
import io
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.shapes import product_seconds

ROOT = Path(__file__).parents[1]
SIZES = [300, 10_000, 100_000]
FOUR_EVENTS_FROM = 1_000
AT_A_TIME = 5_000
OTHERS = ["community"] * 8 + ["statutory", "funder"]
CLOCK = time.process_time if os.environ.get("BENCH_CLOCK") == "cpu" else time.perf_counter  # cpu: on a busy machine
PHASES = {  # as printed: what is timed, and where the portal calls it
    "read": ("snapshot", "gathering"),
    "freeze": ("frozen", "as_json"),
    "prepare": ("engine", "prepare"),
    "score": ("engine", "survey"),
    "join": ("engine", "join"),
    "conclude": ("engine", "conclude"),
    "trios": ("engine", "trios_of"),
    "report": ("reporting", "report"),
    "store": ("storing", "store_suggestions"),
    "letters": ("storing", "tell_who_has_suggestions"),
}


def main(databases: list[str], sizes: list[int]) -> None:
    for database in databases:
        server = _server() if database == "postgres" else None
        for size in sizes:
            with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
                url = _fresh_database(server.url, size) if server else f"sqlite:///{folder}/bench.sqlite3"
                env = {**os.environ, **_settings(folder, url), "OMP_NUM_THREADS": "2"}
                _child(env, "measure", str(size))
        if server:
            server.stop()


def _settings(folder: str, url: str) -> dict[str, str]:
    return {
        "VAR_DIR": folder,
        "DATABASE_URL": url,
        "SECRET_KEY": "a key for the bench, long enough to pass the checks of production",
        "ALLOWED_HOSTS": "localhost",
        "DJANGO_SETTINGS_MODULE": "pwp.settings",
        "PYTHONPATH": str(ROOT),
    }


def _server() -> Any:
    from tests.servers import Postgres

    return Postgres()


def _fresh_database(url: str, size: int) -> str:
    import psycopg2

    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE bench_{size}")
    connection.close()
    return f"{url.rpartition('/')[0]}/bench_{size}"


def _child(env: dict[str, str], *words: str) -> None:
    subprocess.run([sys.executable, "-m", "bench.match_event", *words], env=env, cwd=ROOT, check=True)


# --- one measurement, in a process of its own ------------------------------------------------------------------------


def measure(size: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0, interactive=False)
    call_command("load_vocabulary", stdout=io.StringIO())
    events = _make_rows(size)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    before = _memory()
    took = _timed_phases()
    whole = _seconds(lambda: _run_all(events))
    pairs, letters = _counts()
    phases = "  ".join(f"{name} {took[name]:.2f}" for name in PHASES)
    products = sum(product_seconds(*_shape(event)) for event in events)
    print(f"{connection.vendor:>10} {size:>7} organisations, {len(events)} events: {whole:7.2f} s", end="")
    print(f" for {pairs} pairs and {letters} letters, peak {_memory():.0f} MB (before {before:.0f})")
    print(f"{'':>10} {phases}  rest {whole - sum(took.values()):.2f}")
    print(f"{'':>10} bare matrix products {products:.3f} s: {whole / products:.0f} x", flush=True)
    if size <= FOUR_EVENTS_FROM:
        _forget_what_was_said()
        again = _seconds(lambda: _run_all(events))
        print(f"{'':>10} the same from the beginning, in a process that did it before: {again:.2f} s", flush=True)
    for words, seconds in _edits(events):
        print(f"{'':>10} {words}: {seconds:.3f} s", flush=True)
    print(f"{'':>10} two bare processes at once do {_cores_free():.2f} times the work of one, here and now")
    for workers in (1, 2):
        print(f"{'':>10} {workers} worker(s), fresh runs: {_with_workers(events, workers):.2f} s", flush=True)


def _forget_what_was_said() -> None:
    """Nobody was ever suggested or told anything, and no event is at hand; the vocabulary and the addresses are."""
    from matching.models import MatchRun, Suggestion
    from matching.services import blocks
    from pwp.outbox.models import Message

    for model in (Suggestion, MatchRun, Message):
        model.objects.all().delete()
    blocks._prepared.clear()


def _seconds(act: Callable[[], object]) -> float:
    began = CLOCK()
    act()
    return CLOCK() - began


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _timed_phases() -> dict[str, float]:
    """Wrap what `PHASES` names; returns the seconds they will have taken, by name."""
    from matching.services import blocks

    took: dict[str, float] = defaultdict(float)

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            began = CLOCK()
            try:
                return function(*args, **kwargs)
            finally:
                took[name] += CLOCK() - began

        return wrapped

    for name, (module, function) in PHASES.items():
        home = getattr(blocks, module)
        setattr(home, function, timed(name, getattr(home, function)))
    return took


def _run_all(events: list[Any]) -> None:
    from matching import services

    for event in events:
        run = services.request_run(event, by="bench")
        assert services.perform_run(run), run.problem


def _counts() -> tuple[int, int]:
    from matching.models import Suggestion
    from pwp.outbox.models import Message

    return Suggestion.objects.showing().count(), Message.objects.count()


def _shape(event: Any) -> tuple[int, int]:
    report = event.match_runs.done().first().report
    return report["museums"], report["organisations"] - report["museums"]


def _edits(events: list[Any]) -> Iterator[tuple[str, float]]:
    """One edit at the event that was scored last, whose words this process still knows; and one at another."""
    from matching import services
    from matching.models import MatchRun
    from partners.models import Listing

    services.refresh_changed_events()
    last = events[-1]
    cases = [("idle look at all events", None), ("one edit to fresh suggestions", last)]
    cases += [("the same, once more", last)]
    cases += [("the same at an event this process forgot", events[0])] if len(events) > 1 else []
    for words, event in cases:
        if event:
            who = event.registrations.order_by("pk")[7].organisation
            line = Listing.objects.filter(organisation=who).order_by("pk")[0]
            line.text = f"Brass band music and {line.text}"
            line.save()
        runs = MatchRun.objects.count()
        yield words, _seconds(services.refresh_changed_events)
        assert MatchRun.objects.count() - runs == bool(event)


def _cores_free() -> float:
    """What a second process adds on this machine at this moment: 2 with two idle cores, 1 where others keep it busy."""
    loop = [sys.executable, "-c", "sum(i * i for i in range(20_000_000))"]

    def seconds(count: int) -> float:
        began = time.perf_counter()
        for process in [subprocess.Popen(loop) for _ in range(count)]:
            process.wait()
        return time.perf_counter() - began

    return 2 * seconds(1) / seconds(2)


def _with_workers(events: list[Any], count: int) -> float:
    """From asking for runs of all events to the last one done, by worker processes that stand ready."""
    from matching import services
    from matching.models import MatchRun

    ready = Path(os.environ["VAR_DIR"], "ready")
    ready.mkdir(exist_ok=True)
    workers = [
        subprocess.Popen([sys.executable, "-m", "bench.match_event", "work", str(number)], cwd=ROOT)
        for number in range(count)
    ]
    while len(list(ready.iterdir())) < count:
        time.sleep(0.05)
    began = time.perf_counter()
    runs = [services.request_run(event, by="bench").pk for event in events]
    (ready / "go").touch()
    for worker in workers:
        worker.wait()
    took = time.perf_counter() - began
    for file in ready.iterdir():
        file.unlink()
    assert set(MatchRun.objects.filter(pk__in=runs).values_list("state", flat=True)) == {"done"}
    return took


def work(number: str) -> None:
    """A worker: starts runs and scores blocks until nothing is left to do."""
    import django

    django.setup()
    from matching import services
    from matching.models import MatchRun

    ready = Path(os.environ["VAR_DIR"], "ready")
    (ready / number).touch()
    while not (ready / "go").exists():
        time.sleep(0.01)
    waiting = MatchRun.objects.filter(state__in=("requested", "running", "concluding"))
    while waiting.exists():
        if not services.score_requested_runs() and not services.work_off_blocks():
            time.sleep(0.2)


# --- rows ------------------------------------------------------------------------------------------------------------


def _make_rows(size: int) -> list[Any]:
    from tests import factories

    chance = random.Random(size)
    count = 4 if size >= FOUR_EVENTS_FROM else 1
    held = factories.FAR_AHEAD
    events = [
        factories.make_event(f"bench{at}-2031", capacity=size, held_on=held + dt.timedelta(days=at))
        for at in range(count)
    ]
    for first in range(0, size, AT_A_TIME):
        _make_some(range(first, min(size, first + AT_A_TIME)), events, chance, with_email=size <= FOUR_EVENTS_FROM)
    return events


def _make_some(numbers: range, events: list[Any], chance: random.Random, *, with_email: bool) -> None:
    from django.utils import timezone

    from events.models import Registration
    from partners.models import Audience, Consent, Kind, Listing, Membership, Organisation, Person, Theme

    clauses = _clauses()
    kinds, themes, audiences = (list(model._default_manager.order_by("slug")) for model in (Kind, Theme, Audience))

    def said() -> str:
        return " ".join(chance.sample(clauses, 3))

    organisations = Organisation.objects.bulk_create(
        Organisation(
            name=f"Organisation {number}",
            sector="museum" if number // len(events) % 2 else chance.choice(OTHERS),
            description=said(),
            easting=435_000 + chance.randrange(-20_000, 20_000),
            northing=387_000 + chance.randrange(-20_000, 20_000),
        )
        for number in numbers
    )
    people = Person.objects.bulk_create(
        Person(
            name=f"Person {number}",
            phone="0114 496 0000",
            contact_email=f"person{number}@group{number}.example" if with_email else "",
        )
        for number in numbers
    )
    hats = Membership.objects.bulk_create(
        Membership(person=person, organisation=organisation)
        for person, organisation in zip(people, organisations, strict=True)
    )
    Registration.objects.bulk_create(
        Registration(
            event=events[number % len(events)],
            person=hat.person,
            membership=hat,
            state="confirmed",
            requested_at=timezone.now(),
        )
        for number, hat in zip(numbers, hats, strict=True)
    )
    Consent.objects.bulk_create(
        Consent(person=person, purpose=purpose, given=True)
        for person in people
        for purpose in ("visible_at_event", "share_after_two_yes")
    )
    listings = Listing.objects.bulk_create(
        Listing(organisation=organisation, side=side, text=said(), when=chance.choice(["", "in May"]))
        for organisation in organisations
        for side in ("need", "offer")
    )
    through = Listing.kinds.through
    through.objects.bulk_create(through(listing=listing, kind=chance.choice(kinds)) for listing in listings)
    for terms, model, name in (
        (themes, Organisation.themes.through, "theme"),
        (audiences, Organisation.audiences.through, "audience"),
    ):
        model.objects.bulk_create(
            model(organisation=organisation, **{name: term})
            for organisation in organisations
            for term in chance.sample(terms, 2)
        )


def _clauses() -> list[str]:
    content = json.loads((ROOT / "pwp/data/demo.json").read_text(encoding="utf-8"))
    texts = [row["description"] for row in content["organisations"]]
    texts += [line["text"] for row in content["organisations"] for side in ("needs", "offers") for line in row[side]]
    return sorted({part.strip() for text in texts for part in re.split(r"[.,;:]", text) if len(part.split()) > 3})


if __name__ == "__main__":
    words = sys.argv[1:]
    if words[:1] == ["measure"]:
        measure(int(words[1]))
    elif words[:1] == ["work"]:
        work(words[1])
    else:
        databases = [word for word in words if not word.isdigit()] or ["sqlite", "postgres"]
        main(databases, [int(word) for word in words if word.isdigit()] or SIZES)
