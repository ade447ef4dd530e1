from celery import shared_task

from pwp.outbox import delivery


@shared_task
def deliver_due_messages() -> int:
    return delivery.deliver_due_messages()
