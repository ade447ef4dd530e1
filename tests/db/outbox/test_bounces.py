"""Reports of letters that did not arrive, read from a real mailbox on disk."""

import mailbox
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from pwp.outbox.bounces import mark_bounced, read_bounces
from pwp.outbox.models import Message
from pwp.outbox.reports import Kind, read_report
from pwp.outbox.services import retry_message
from pwp.states import NotAllowed
from tests import reports
from tests.letters import waiting
from tests.mailbox_server import Imap, MailboxServer, Pop3

ANA = "person1@group.example"
Post = Callable[..., Path]


def handed_over(number: int = 1, **fields: Any) -> Message:
    sent_at = timezone.now() - timedelta(minutes=1)
    return waiting(number, **{"state": Message.State.SENT, "sent_at": sent_at, "server_said": "250", **fields})


@pytest.fixture
def post(tmp_path: Path) -> Post:
    """Put mails into a Maildir as they arrive, unread; returns its path."""
    box = mailbox.Maildir(tmp_path / "Maildir")

    def post(*mails: str) -> Path:
        for mail in mails:
            box.add(mail.encode())
        return tmp_path / "Maildir"

    return post


def became(letter: Message) -> tuple[str, bool, int]:
    letter.refresh_from_db()
    return letter.state, letter.bounced_at is not None, letter.delays


BOUNCED, DELAYED, ARRIVED = ("failed", True, 0), ("sent", False, 1), ("sent", False, 0)


@pytest.mark.parametrize("write", [reports.standard, reports.by_exim, reports.by_qmail])
def test_a_letter_that_came_back_is_marked_with_what_the_server_said(
    post: Post, write: Callable[[Message], str]
) -> None:
    letter, other = handed_over(1), handed_over(2)

    counted = read_bounces(str(post(write(letter))))

    assert (counted, became(letter), became(other)) == ({"bounced": 1}, BOUNCED, ARRIVED)
    said = {
        reports.standard: f"550 5.1.1 <{ANA}>: Recipient address rejected: User unknown",
        reports.by_exim: "550 No such mailbox here",
        reports.by_qmail: "Sorry, no mailbox here by that name. (#5.1.1)",
    }
    assert letter.server_said == said[write]


@pytest.mark.parametrize("write", [reports.delayed, reports.by_a_gateway])
def test_a_delay_is_counted_and_the_letter_stays_on_its_way(post: Post, write: Callable[[Message], str]) -> None:
    letter = handed_over()

    counted = read_bounces(str(post(write(letter), write(letter))))

    assert (counted, became(letter)) == ({"delayed": 2}, ("sent", False, 2))


def test_reading_again_counts_nothing_twice(post: Post) -> None:
    letter, late = handed_over(1), handed_over(2)
    box = str(post(reports.standard(letter), reports.delayed(late), reports.away(late)))

    first, second = read_bounces(box), read_bounces(box)

    assert first == {"bounced": 1, "delayed": 1, "automatic reply": 1}
    assert second == {"automatic reply": 1}
    assert (became(letter), became(late)) == (BOUNCED, DELAYED)


@pytest.mark.parametrize("status", ["5.1.1", "5.2.2", "5.7.1", "4.4.7"])
def test_a_server_that_gave_up_has_given_up_whatever_its_number(post: Post, status: str) -> None:
    letter = handed_over()

    read_bounces(str(post(reports.standard(letter, status=status, diagnostic="smtp; expired"))))

    assert became(letter) == BOUNCED
    assert letter.server_said == f"{status} expired"


@pytest.mark.parametrize(
    ("subject", "mark"),
    [
        ("Automatic reply: Your place", "X-Auto-Response-Suppress: All"),
        ("Out of Office: Your place", "X-Nothing: 1"),
        ("=?utf-8?q?Ateb_awtomatig=3A_Eich_lle?=", "X-Nothing: 1"),
        ("Your place", "Auto-Submitted: auto-replied"),
        ("Your place", "X-Autoreply: yes"),
        ("Your place", "Precedence: auto_reply"),
    ],
)
def test_somebody_who_is_away_has_got_the_letter(post: Post, subject: str, mark: str) -> None:
    letter = handed_over()

    counted = read_bounces(str(post(reports.away(letter, subject, mark))))

    assert (counted, became(letter)) == ({"automatic reply": 1}, ARRIVED)


def test_other_mail_is_left_as_it_was(post: Post) -> None:
    letter = handed_over()
    newsletter = "From: news@shop.example\nSubject: 550 offers\n\nNo such prices anywhere."
    path = post(reports.from_a_person(letter), newsletter, "", "\0\xff no mail at all")

    counted = read_bounces(str(path))

    assert (counted, became(letter)) == ({"unknown": 4}, ARRIVED)
    assert [mail.get_flags() for mail in mailbox.Maildir(path)] == [""] * 4


def test_a_report_of_success_changes_nothing(post: Post) -> None:
    letter = handed_over()

    counted = read_bounces(
        str(post(reports.standard(letter, action="relayed", status="2.1.9", diagnostic="smtp; 250")))
    )

    assert (counted, became(letter)) == ({"nothing new": 1}, ARRIVED)


def test_a_letter_is_found_by_its_number_though_the_address_was_forwarded_and_the_message_id_rewritten(
    post: Post,
) -> None:
    letter, newer = handed_over(1), handed_over(2, to_email=ANA)
    copy = reports.headers_of(letter, own_message_id=False)

    read_bounces(str(post(reports.standard(letter, returned=copy, final="chair@home.example"))))

    assert (became(letter), became(newer)) == (BOUNCED, ARRIVED)


def test_a_report_without_a_number_is_about_the_newest_letter_to_that_address(post: Post) -> None:
    long_ago = handed_over(1, to_email=ANA.upper(), sent_at=timezone.now() - timedelta(days=3))
    newest = handed_over(2, to_email=ANA.upper())

    read_bounces(str(post(reports.standard(newest, returned=""))))

    assert (became(long_ago), became(newest)) == (ARRIVED, BOUNCED)


@pytest.mark.parametrize("number", ["{pk}." + "0" * 32, "999999999999." + "a" * 32])
def test_a_number_somebody_made_up_is_nobodys(post: Post, number: str) -> None:
    letter = handed_over(1, sent_at=timezone.now() - timedelta(days=30))
    made_up = reports.standard(letter, returned=f"Message-ID: <{number.format(pk=letter.pk)}@localhost>")

    counted = read_bounces(str(post(made_up)))

    assert (counted, became(letter)) == ({"about no letter of ours": 1}, ARRIVED)


def test_a_late_report_about_an_earlier_try_does_not_stop_the_second(post: Post) -> None:
    letter = handed_over()
    an_hour_ago = format_datetime(timezone.now() - timedelta(hours=1))

    counted = read_bounces(str(post(reports.standard(letter, at=an_hour_ago))))

    assert (counted, became(letter)) == ({"nothing new": 1}, ARRIVED)


def test_a_bounced_letter_can_be_sent_again_to_a_better_address(post: Post) -> None:
    letter = handed_over()
    read_bounces(str(post(reports.standard(letter))))
    letter.refresh_from_db()

    retry_message(letter, to_email="ana@new.example")

    letter = Message.objects.get()
    assert (letter.state, letter.to_email, letter.bounced_at, letter.delays) == ("queued", "ana@new.example", None, 0)


def test_a_letter_that_never_left_did_not_come_back() -> None:
    with pytest.raises(NotAllowed):
        mark_bounced(waiting(1), said="returned")


def test_marking_twice_keeps_what_was_said_first() -> None:
    letter = handed_over()

    assert (mark_bounced(letter, said="no such person"), mark_bounced(letter, said="again")) == (True, False)
    letter.refresh_from_db()
    assert letter.server_said == "no such person"


def test_an_mbox_file_is_read_and_marked_too(tmp_path: Path) -> None:
    letter = handed_over()
    box = mailbox.mbox(tmp_path / "reports")
    box.add(reports.from_a_person(letter))
    box.add(reports.standard(letter))
    box.close()

    first, second = (read_bounces(str(tmp_path / "reports")) for _ in range(2))

    assert (first, second, became(letter)) == ({"unknown": 1, "bounced": 1}, {"unknown": 1}, BOUNCED)
    assert len(mailbox.mbox(tmp_path / "reports")) == 2


def test_a_report_cut_short_or_in_an_unknown_alphabet_is_no_error() -> None:
    letter = handed_over()
    text = reports.standard(letter)

    for end in range(0, len(text), 97):
        assert read_report(text[:end].encode()).kind in Kind
    strange = text.replace("us-ascii", "no-such-code").replace("Undelivered Mail", "=?x-unknown?q?=ff?=")
    assert read_report(strange.encode()).kind == Kind.BOUNCED


# --- the command -----------------------------------------------------------------------------------------------------


def test_the_command_says_what_it_found(post: Post) -> None:
    letter = handed_over()
    said = StringIO()

    call_command("read_bounces", str(post(reports.standard(letter), reports.away(letter))), stdout=said)
    call_command("read_bounces", str(post()), stdout=said)

    assert said.getvalue().splitlines() == ["automatic reply: 1", "bounced: 1", "automatic reply: 1"]


@pytest.mark.parametrize(
    ("mailbox_name", "words"),
    [("", "Which mailbox"), ("/no/such/folder", "no mailbox at"), ("ftp://x@y", "BOUNCES_URL: use imaps://")],
)
def test_the_command_says_what_it_needs(mailbox_name: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("read_bounces", mailbox_name)


# --- mailboxes on a server -------------------------------------------------------------------------------------------


def test_over_imap_what_was_understood_is_marked_as_read_and_nothing_else() -> None:
    letter = handed_over()
    with MailboxServer(Imap, reports.standard(letter), reports.from_a_person(letter)) as server:
        url = f"imap://portal:se%20cret@127.0.0.1:{server.port}?folder=Bounces"
        counts = [read_bounces(url), read_bounces(url)]

    assert counts == [{"bounced": 1, "unknown": 1}, {"unknown": 1}]
    assert (became(letter), server.seen) == (BOUNCED, {1})


def test_over_pop3_which_has_no_marks_what_was_understood_is_deleted() -> None:
    letter = handed_over()
    with MailboxServer(Pop3, reports.from_a_person(letter), reports.standard(letter)) as server:
        counted = read_bounces(f"pop3://portal:se%20cret@127.0.0.1:{server.port}")

    assert (counted, became(letter), server.deleted) == ({"bounced": 1, "unknown": 1}, BOUNCED, {2})


@pytest.mark.parametrize(
    ("speaks", "url"),
    [
        (Imap, "imap://portal:wrong@127.0.0.1:{port}"),
        (Imap, "imap://portal:se%20cret@127.0.0.1:{port}?folder=Nowhere"),
        (Pop3, "pop3://portal:wrong@127.0.0.1:{port}"),
        (Imap, "imap://portal:se%20cret@127.0.0.1:1"),
    ],
)
def test_a_mailbox_that_cannot_be_opened_is_said_in_one_line(speaks: type[Any], url: str) -> None:
    with MailboxServer(speaks) as server, pytest.raises(CommandError):
        call_command("read_bounces", url.format(port=server.port))
