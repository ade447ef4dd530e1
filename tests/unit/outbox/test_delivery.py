"""A letter as the mail server gets it."""

from pwp.outbox.delivery import _as_mail
from pwp.outbox.models import Message


def as_mail(**fields: object) -> dict[str, str]:
    letter = {"key": "test:1", "to_email": "ana@reeds.example", "subject": "Hello", "text": "Hello.\n", **fields}
    return dict(_as_mail(Message(**letter)).message().items())


def test_the_same_letter_has_the_same_number_however_often_it_is_tried() -> None:
    assert as_mail()["Message-ID"] == as_mail()["Message-ID"] != as_mail(key="test:2")["Message-ID"]


def test_a_letters_own_headers_go_with_it() -> None:
    headers = as_mail(
        headers={"Reply-To": "ceri@partnerships.example", "List-Unsubscribe": "<https://portal.example/x>"}
    )

    assert (headers["Reply-To"], headers["List-Unsubscribe"], headers["To"]) == (
        "ceri@partnerships.example",
        "<https://portal.example/x>",
        "ana@reeds.example",
    )


def test_a_letter_says_that_a_machine_sent_it_in_which_language_and_asks_for_no_automatic_answer() -> None:
    headers = as_mail(language="cy")

    assert (headers["Auto-Submitted"], headers["Content-Language"], headers["X-Auto-Response-Suppress"]) == (
        "auto-generated",
        "cy",
        "OOF, AutoReply",
    )
    assert headers["Date"]


def test_the_number_of_a_letter_stands_where_no_mail_system_rewrites_it() -> None:
    headers = as_mail(pk=7)

    assert headers["Message-ID"] == f"<{headers['X-Portal-Letter']}@localhost>"
    assert headers["X-Portal-Letter"].startswith("7.")
