"""Four processes at one outbox."""

import subprocess
import sys

import pytest

from pwp.outbox.models import Message
from tests.mail_server import MailServer

pytestmark = pytest.mark.django_db(transaction=True)

FOUR_AT_ONCE = """
import multiprocessing
import django
django.setup()
from pwp.outbox.delivery import deliver_due_messages
from pwp.outbox.models import Message

context = multiprocessing.get_context("fork")
start = context.Barrier(4)

def deliver_all(worker):
    start.wait()
    handed_over = 0
    while Message.objects.filter(state="queued").exists():
        handed_over += deliver_due_messages()
    return handed_over

with context.Pool(4) as workers:
    print(*workers.map(deliver_all, range(4), chunksize=1))
"""


def test_four_workers_hand_over_four_hundred_letters_once_each(same_portal: dict[str, str], smtp: MailServer) -> None:
    addresses = [f"person{n:03}@group.example" for n in range(400)]
    Message.objects.bulk_create(Message(key=a, to_email=a, subject="Hello", text="Hello.\n") for a in addresses)

    done = subprocess.run([sys.executable, "-c", FOUR_AT_ONCE], env=same_portal, capture_output=True, text=True)

    assert smtp.recipients == addresses, done.stderr
    assert (sum(map(int, done.stdout.split())), done.stderr) == (400, "")
    assert Message.objects.filter(state="sent").count() == 400
