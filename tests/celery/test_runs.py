"""Runs of the engine by real workers: blocks are shared, and a worker that is killed costs its block and no more."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest

from events.models import Event
from matching import services
from matching.models import MatchBlock, MatchRun
from matching.services import blocks
from matching.tasks import score_requested_runs, work_off_blocks
from pwp.celery import app
from tests import factories
from tests.servers import wait_until

WORKER = ["-m", "celery", "-A", "pwp", "--quiet", "worker", "--pool", "solo"]
QUIETLY = ["--loglevel", "warning", "--without-gossip", "--without-mingle", "--without-heartbeat"]
ORGANISATIONS = 24


@pytest.fixture
def event() -> Event:
    event, officer = factories.make_event(capacity=ORGANISATIONS), factories.make_staff()
    for number in range(1, ORGANISATIONS + 1):
        factories.confirm(event, number, officer)
    return event


@pytest.fixture
def workers(same_portal: dict[str, str]) -> Iterator[list[subprocess.Popen[bytes]]]:
    app.control.purge()
    command = [sys.executable, *WORKER, *QUIETLY]
    started = [
        subprocess.Popen([*command, "--hostname", f"worker{n}@%h"], env=same_portal, stderr=subprocess.DEVNULL)
        for n in (1, 2)
    ]
    yield started
    for process in started:
        process.kill()
        process.wait()


def state_of(run: MatchRun) -> str:
    return str(MatchRun.objects.values_list("state", flat=True).get(pk=run.pk))


def claimed() -> MatchBlock | None:
    return MatchBlock.objects.filter(state="claimed").first()


def test_a_run_that_was_asked_for_is_done_by_whoever_works(
    event: Event, workers: list[subprocess.Popen[bytes]]
) -> None:
    run = services.request_run(event, by="test")

    score_requested_runs.delay()

    assert wait_until(lambda: state_of(run) == "done", 60)


def test_a_worker_killed_in_the_middle_of_a_run_costs_its_block_and_not_the_run(
    event: Event, workers: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = services.request_run(event, by="test")
    assert services.perform_run(alone)
    monkeypatch.setattr(blocks, "BLOCK", 1)  # of this process, which makes the blocks and scores none of them
    monkeypatch.setattr(blocks, "MOST_BLOCKS", 1_000_000)
    run = services.request_run(event, by="test")
    assert blocks.start_run(run)
    assert run.steps_total == ORGANISATIONS / 2

    work_off_blocks.delay()  # the first block waits until the worker has learnt the event's words
    assert wait_until(lambda: claimed() is not None, 60, every=0.002)
    held = claimed()
    assert held is not None
    victim = next(process for process in workers if held.worker.endswith(f":{process.pid}"))
    os.kill(victim.pid, signal.SIGKILL)
    victim.wait()
    left = MatchBlock.objects.exclude(state="done").count()
    assert left >= 1

    work_off_blocks.delay()
    assert wait_until(lambda: MatchBlock.objects.exclude(state="done").count() == 1, 60)
    assert state_of(run) == "running"
    lost = claimed()
    assert lost is not None
    assert lost.claimed_at is not None
    services.take_up_the_lost(now=lost.claimed_at + timedelta(minutes=3))
    work_off_blocks.delay()

    assert wait_until(lambda: state_of(run) == "done", 60)
    run.refresh_from_db()
    assert run.report == alone.report
    survivor = next(process for process in workers if process is not victim)
    lost.refresh_from_db()
    assert lost.worker.endswith(f":{survivor.pid}")
