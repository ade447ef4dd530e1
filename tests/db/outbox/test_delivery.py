"""Handing letters to a real mail server, which may refuse, ask for patience or be away."""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.utils import timezone

from pwp.outbox.delivery import RETRY_AFTER, deliver_due_messages
from pwp.outbox.models import Message
from pwp.outbox.services import cancel_message
from pwp.today import TodaysWork
from tests.factories import make_staff
from tests.letters import states, waiting
from tests.mail_server import MailServer

ANA, BEN = "person1@group.example", "person2@group.example"
MANY_HOURS = timedelta(hours=13)


def test_delivering_twice_sends_once(mail_leaves: MailServer) -> None:
    waiting(1)

    counts = [deliver_due_messages(), deliver_due_messages()]

    assert (counts, mail_leaves.recipients, states()) == ([1, 0], [ANA], ["sent"])


def test_a_letter_leaves_with_all_its_parts_and_a_number_of_its_own(mail_leaves: MailServer) -> None:
    waiting(
        1,
        html="<p>Hello.</p>",
        attachments=[["day.ics", "BEGIN:VCALENDAR", "text/calendar; method=CANCEL"]],
        language="cy",
    )

    deliver_due_messages()

    mail = mail_leaves.received[0]
    parts = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    assert parts == ["text/plain", "text/html", "text/calendar"]
    assert [part.get_param("method") for part in mail.walk() if part.get_content_type() == "text/calendar"] == [
        "CANCEL"
    ]
    assert (mail["Content-Language"], mail["Auto-Submitted"]) == ("cy", "auto-generated")


def test_a_letter_that_is_not_due_waits(mail_leaves: MailServer) -> None:
    now = timezone.now()
    waiting(1, send_after=now + timedelta(hours=1))

    counts = [deliver_due_messages(now=now), deliver_due_messages(now=now + timedelta(hours=2))]

    assert counts == [0, 1]


def test_a_cancelled_letter_does_not_leave(mail_leaves: MailServer) -> None:
    cancel_message(waiting(1))

    deliver_due_messages()

    assert (mail_leaves.recipients, states()) == ([], ["cancelled"])


def test_try_later_is_tried_later_and_arrives_once(mail_leaves: MailServer) -> None:
    waiting(1)
    mail_leaves.answers[ANA] = "451 come back later"
    before = timezone.now()

    deliver_due_messages()

    letter = Message.objects.get()
    assert (letter.state, letter.server_said, letter.bounced_at) == ("queued", "451 come back later", None)
    assert letter.send_after - before >= RETRY_AFTER[0]
    mail_leaves.answers.clear()
    counts = [deliver_due_messages(), deliver_due_messages(now=letter.send_after)]
    assert (counts, mail_leaves.recipients) == ([0, 1], [ANA])


def test_after_six_attempts_it_is_left_to_a_person(mail_leaves: MailServer) -> None:
    waiting(1)
    mail_leaves.answers[ANA] = "451 come back later"
    now = timezone.now()

    for attempt in range(8):
        deliver_due_messages(now=now + attempt * MANY_HOURS)

    letter = Message.objects.get()
    assert (letter.state, letter.attempts, letter.bounced_at) == ("failed", 6, None)
    assert mail_leaves.asked[ANA] == 6


def test_an_unknown_address_bounces_with_what_the_server_said_and_the_others_arrive(mail_leaves: MailServer) -> None:
    waiting(1)
    waiting(2)
    mail_leaves.answers[ANA] = "550 no such mailbox"

    counts = [deliver_due_messages(), deliver_due_messages()]

    bounced = Message.objects.get(to_email=ANA)
    assert (bounced.state, bounced.server_said, bounced.bounced_at is not None) == (
        "failed",
        "550 no such mailbox",
        True,
    )
    assert (counts, mail_leaves.recipients) == ([1, 0], [BEN])


def test_a_connection_that_breaks_while_a_letter_leaves_is_an_unknown_outcome_and_no_second_letter(
    mail_leaves: MailServer,
) -> None:
    waiting(1)
    mail_leaves.hangs_up = True

    deliver_due_messages()
    deliver_due_messages(now=timezone.now() + MANY_HOURS)

    message = Message.objects.get()
    assert (message.state, message.server_said[:15], mail_leaves.recipients) == ("failed", "Outcome unknown", [ANA])


def test_a_letter_that_cannot_be_built_does_not_hold_up_the_others(mail_leaves: MailServer) -> None:
    waiting(1, attachments=[["half", "a part is missing"]])
    waiting(2)

    deliver_due_messages()

    assert (mail_leaves.recipients, states()) == ([BEN], ["failed", "sent"])


def test_a_subject_with_a_line_break_is_no_way_to_add_a_header(mail_leaves: MailServer) -> None:
    waiting(1, subject="Hello\nBcc: everybody@group.example")

    deliver_due_messages()

    assert (mail_leaves.recipients, states()) == ([], ["failed"])


def test_letters_wait_while_the_mail_server_is_away(settings: LazySettings, mail_leaves: MailServer) -> None:
    waiting(1)
    settings.EMAIL_PORT = 1  # nobody listens there

    deliver_due_messages()

    assert states() == ["queued"]
    settings.EMAIL_PORT = mail_leaves.port
    deliver_due_messages(now=timezone.now() + MANY_HOURS)
    assert mail_leaves.recipients == [ANA]


def test_a_log_in_the_server_refuses_is_on_todays_page_within_minutes_and_no_letter_is_lost(
    settings: LazySettings, mail_leaves: MailServer
) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "portal", "of last year"
    waiting(1)
    now = timezone.now()

    for minutes in (0, 3):
        deliver_due_messages(now=now + timedelta(minutes=minutes))

    officer = make_staff()
    [item] = TodaysWork(officer).items()
    assert (item.slug, item.count, item.rows[0].note[:3], states()) == ("held-up", 1, "535", ["queued"])
    settings.EMAIL_HOST_PASSWORD = mail_leaves.password
    deliver_due_messages(now=now + MANY_HOURS)
    assert (TodaysWork(officer).items(), mail_leaves.recipients) == ([], [ANA])


@pytest.mark.parametrize(("minutes", "state"), [(14, "sending"), (16, "failed")])
def test_a_letter_whose_worker_is_silent_is_left_to_a_person(minutes: int, state: str, smtp: MailServer) -> None:
    now = timezone.now()
    waiting(1, state=Message.State.SENDING, claimed_at=now - timedelta(minutes=minutes), attempts=1)

    deliver_due_messages(now=now)

    assert (states(), smtp.recipients) == ([state], [])
