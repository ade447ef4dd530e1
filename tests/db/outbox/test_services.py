"""Putting letters into the outbox, and what staff may do with them there."""

import subprocess
import sys
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import transaction

from pwp.outbox.delivery import deliver_due_messages
from pwp.outbox.models import Message
from pwp.outbox.services import cancel_letters, cancel_message, queue_letter, queue_letters, retry_message
from pwp.refusals import Refused
from pwp.states import NotAllowed, StaleState
from tests.letters import a_letter, states, waiting

QUEUE_TEN = """
import time
import django
django.setup()
from pwp.outbox.services import queue_letter
from tests.letters import a_letter
start = time.monotonic()
for number in range(10):
    queue_letter(a_letter(number))
print(time.monotonic() - start)
"""


def test_the_same_key_is_the_same_letter() -> None:
    first = queue_letter(a_letter(1, subject="First"))
    again = queue_letter(a_letter(1, subject="Again"))

    assert (first, Message.objects.get().subject) == (again, "First")


def test_who_has_no_address_gets_no_letter() -> None:
    assert queue_letter(None) is None


@pytest.mark.django_db(transaction=True)
def test_a_letter_of_a_transaction_that_fails_was_never_written() -> None:
    def write_and_fail() -> None:
        with transaction.atomic():
            queue_letter(a_letter())
            raise Refused("something else went wrong")

    with pytest.raises(Refused):
        write_and_fail()

    assert states() == []


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_letters_are_kept_at_once_and_leave_with_the_next_tick(same_portal: dict[str, str]) -> None:
    nobody_there = {**same_portal, "REDIS_URL": "redis://127.0.0.1:1/0"}

    done = subprocess.run([sys.executable, "-c", QUEUE_TEN], env=nobody_there, capture_output=True, text=True)

    assert states() == ["queued"] * 10, done.stderr
    assert float(done.stdout) < 8  # not ten times the two seconds that a missing broker costs
    call_command("tick", stdout=StringIO())
    assert (len(mail.outbox), states()) == (10, ["sent"] * 10)


def test_a_failed_letter_can_be_sent_after_all() -> None:
    letter = waiting(1, state=Message.State.FAILED, attempts=6)

    retry_message(letter)

    assert (deliver_due_messages(), states()) == (1, ["sent"])


def test_a_letter_that_is_no_longer_true_is_not_sent_again_by_hand() -> None:
    keys = {state: waiting(number, state=state).key for number, state in enumerate(("queued", "failed", "sent"), 1)}
    cancel_letters(keys.values())
    Message.objects.filter(key=keys["sent"]).update(state="failed")

    for letter in Message.objects.all():
        with pytest.raises(Refused, match="Look at where things stand"):
            retry_message(letter)

    assert set(states()) == {"cancelled", "failed"}


def test_a_letter_that_staff_stopped_can_be_sent_after_all() -> None:
    letter = waiting(1)
    cancel_message(letter)

    retry_message(letter)

    assert states() == ["queued"]


def test_a_letter_that_never_left_because_it_was_not_true_is_written_anew() -> None:
    queue_letter(a_letter(1, subject="As it was"))
    cancel_letters(["test:1"])

    queue_letter(a_letter(1, subject="As it is"))
    queue_letter(a_letter(1, subject="Another"))

    assert list(Message.objects.values_list("subject", "state", "outdated")) == [("As it is", "queued", False)]


def test_two_clicks_on_send_again_send_once() -> None:
    letter = waiting(1, state=Message.State.FAILED)
    stale = Message.objects.get()
    retry_message(letter)

    with pytest.raises(StaleState):
        retry_message(stale)


def test_a_letter_that_left_cannot_be_cancelled() -> None:
    letter = waiting(1, state=Message.State.SENT)

    with pytest.raises(NotAllowed):
        cancel_message(letter)


def test_many_letters_at_once_are_queued_once_each_and_wake_a_worker_once(
    django_capture_on_commit_callbacks: Any,
) -> None:
    queue_letter(a_letter(1, subject="As it was"))

    with django_capture_on_commit_callbacks() as nudges:
        queue_letters([a_letter(1, subject="Another"), None, a_letter(2), a_letter(3), a_letter(3)])
        queue_letters([None])

    subjects = Message.objects.order_by("key").values_list("subject", flat=True)
    assert list(subjects) == ["As it was", "Letter 2", "Letter 3"]
    assert len(nudges) == 1
