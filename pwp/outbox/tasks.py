from celery import shared_task
from django.conf import settings

from pwp.outbox import bounces, delivery


@shared_task
def deliver_due_messages() -> int:
    return delivery.deliver_due_messages()


@shared_task
def read_bounces() -> int:
    return bounces.read_bounces(settings.BOUNCES_URL).total()
