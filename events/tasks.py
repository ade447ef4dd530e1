from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

from events import services


@shared_task
def expire_invitations() -> int:
    return services.expire_invitations()


@shared_task
def offer_all_free_places() -> int:
    return services.offer_all_free_places()


@shared_task
def queue_reminders() -> int:
    return services.queue_reminders()


@shared_task
def queue_warm_ups() -> int:
    return services.queue_warm_ups()


@shared_task
def queue_joining_notes() -> int:
    return services.queue_joining_notes()


@shared_task
def queue_day_before() -> int:
    return services.queue_day_before()


@shared_task
def queue_calls() -> int:
    return services.queue_calls()


@shared_task
def queue_sorry_letters() -> int:
    return services.queue_sorry_letters()


@shared_task
def queue_thank_yous() -> int:
    return services.queue_thank_yous()


@shared_task
def purge_old_requests() -> int:
    return services.purge_old_requests()


@shared_task
def purge_journal() -> int:
    return services.purge_journal()


@shared_task
def purge_arrangements() -> int:
    return services.purge_arrangements()


@shared_task
def clear_sessions() -> int:
    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]
