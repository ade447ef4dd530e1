"""Waking a worker. The row is the job, so a lost nudge costs a minute: the next tick finds what waits."""

import logging
import time
from functools import partial
from typing import Any

from django.db import transaction

logger = logging.getLogger(__name__)

PAUSE = 60  # seconds
_no_broker_until = 0.0


def wake(task: Any, *, times: int = 1) -> None:
    """Send a Celery task to that many workers, once this transaction is committed."""
    transaction.on_commit(partial(_wake, task, times), robust=True)


def _wake(task: Any, times: int) -> None:
    """A try without a broker costs seconds of somebody's page, so after one this process lets a minute pass."""
    global _no_broker_until
    if time.monotonic() < _no_broker_until:
        return
    try:
        for _worker in range(times):
            task.delay()
    except Exception as error:  # noqa: BLE001 whatever a broker can raise, the row is safe and the tick finds it
        _no_broker_until = time.monotonic() + PAUSE
        logger.warning("no broker to wake a worker with (%s); %s starts with the next tick", error, task.name)
