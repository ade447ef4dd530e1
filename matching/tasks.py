from celery import shared_task

from matching import services


@shared_task
def score_requested_runs() -> int:
    return services.score_requested_runs()


@shared_task
def request_nightly_runs() -> int:
    return services.request_nightly_runs()


@shared_task
def queue_due_follow_ups() -> int:
    return services.queue_due_follow_ups()
