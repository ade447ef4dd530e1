from celery import shared_task
from django.core.management import call_command

from events import services


@shared_task
def expire_invitations() -> int:
    return services.expire_invitations()


@shared_task
def queue_thank_yous() -> int:
    return services.queue_thank_yous()


@shared_task
def purge_old_requests() -> int:
    return services.purge_old_requests()


@shared_task
def clear_sessions() -> None:
    call_command("clearsessions")
