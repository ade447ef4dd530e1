from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

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
def clear_sessions() -> int:
    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]
