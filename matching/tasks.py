from celery import shared_task

from matching import services
from pwp.waking import wake

MOST_CALLED = 16


@shared_task
def score_requested_runs() -> int:
    return services.score_requested_runs(call_others=call_others)


@shared_task
def work_off_blocks() -> int:
    return services.work_off_blocks()


# The caller scores one block itself.
def call_others(blocks: int) -> None:
    wake(work_off_blocks, times=min(blocks, MOST_CALLED) - 1)


@shared_task
def refresh_changed_events() -> int:
    return services.refresh_changed_events()


@shared_task
def forget_needs() -> int:
    return services.forget_needs()


@shared_task
def forget_past_programmes() -> int:
    return services.forget_past_programmes()


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
    return services.queue_due_follow_ups() + services.queue_follow_up_reminders()
