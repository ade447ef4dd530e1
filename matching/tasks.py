import logging

from celery import shared_task

from matching import services

logger = logging.getLogger(__name__)

MOST_CALLED = 16


@shared_task
def score_requested_runs() -> int:
    return services.score_requested_runs(call_others=call_others)


@shared_task
def work_off_blocks() -> int:
    return services.work_off_blocks()


# Wakes a worker for each block but one, which the caller scores; the next tick finds what nobody was woken for.
def call_others(blocks: int) -> None:
    try:
        for _block in range(min(blocks, MOST_CALLED) - 1):
            work_off_blocks.delay()
    except Exception as error:  # noqa: BLE001 whatever a broker can raise, the blocks are safe and the tick finds them
        logger.warning("no broker to nudge (%s); other workers help with the next tick", error)


@shared_task
def refresh_changed_events() -> int:
    return services.refresh_changed_events()


@shared_task
def forget_needs() -> int:
    return services.forget_needs()


@shared_task
def work_out_wanted_plans() -> int:
    return services.work_out_wanted_plans()


@shared_task
def request_nightly_runs() -> int:
    return services.request_nightly_runs()


@shared_task
def learn_from_answers() -> int:
    return services.learn_from_answers()


@shared_task
def queue_due_follow_ups() -> int:
    return services.queue_due_follow_ups()
