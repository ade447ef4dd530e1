"""The only code that hands our letters to a mail server."""

import logging
import smtplib
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone
from django.utils.translation import gettext as _

from pwp.outbox.models import Message
from pwp.outbox.numbers import NUMBER_HEADER, number_of
from pwp.outbox.states import TRANSITIONS
from pwp.states import StaleState, swap

logger = logging.getLogger(__name__)
S = Message.State

BATCH = 200
RETRY_AFTER = [timedelta(minutes=m) for m in (2, 10, 60, 240, 720)]  # six attempts in all, over about 17 hours


def deliver_due_messages(*, now: datetime | None = None) -> int:
    """Hand over what is due, each letter once however many workers try. Returns how many this call handed over."""
    now = now or timezone.now()
    give_up_on_stuck(now)
    connection = get_connection()
    sent = 0
    try:
        for pk in list(Message.objects.due(now).order_by("send_after", "pk").values_list("pk", flat=True)[:BATCH]):
            message = Message.objects.due(now).filter(pk=pk).first()  # as it is now: another worker may have put it off
            sent += message is not None and _deliver(message, connection)
    finally:
        connection.close()
    return sent


def give_up_on_stuck(now: datetime) -> int:
    """Letters whose worker died become `failed`, not `queued`: a second letter is worse than a person who looks."""
    stuck = list(Message.objects.stuck(now))
    for message in stuck:
        try:
            swap(
                message,
                S.FAILED,
                table=TRANSITIONS,
                server_said=_("Outcome unknown: the worker stopped while this letter was leaving."),
            )
        except StaleState:
            continue
    return len(stuck)


def _deliver(message: Message, connection: BaseEmailBackend) -> bool:
    try:
        swap(
            message,
            S.SENDING,
            table=TRANSITIONS,
            claimed_at=timezone.now(),
            attempts=message.attempts + 1,
            server_said="",
        )
    except StaleState:  # another worker has it
        return False
    try:
        sent = _hand_over(message, connection)
    except StaleState:  # it took so long that it was given up on; what the record says then stays
        logger.warning("letter %s was given up on while it was leaving", message.key)
        sent = False
    if not sent:
        connection.close()  # after a refusal the next letter starts on a fresh connection
    return sent


def _hand_over(message: Message, connection: BaseEmailBackend) -> bool:
    try:
        mail = _as_mail(message)
        _open(connection)
    except smtplib.SMTPResponseException as refusal:  # our log-in, for one
        _try_later(message, _said(refusal.smtp_code, refusal.smtp_error))
        return False
    except (smtplib.SMTPException, OSError) as error:
        _try_later(message, str(error) or type(error).__name__)
        return False
    except Exception as error:  # a letter that cannot even be built must not hold up the others, nor stay `sending`
        logger.exception("letter %s could not be built", message.key)
        swap(message, S.FAILED, table=TRANSITIONS, server_said=f"{type(error).__name__}: {error}")
        return False
    try:
        connection.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as refusal:
        _settle(message, *next(iter(refusal.recipients.values())))
    except smtplib.SMTPSenderRefused as refusal:  # our own address: no fault of the person's
        _try_later(message, _said(refusal.smtp_code, refusal.smtp_error))
    except smtplib.SMTPResponseException as refusal:
        _settle(message, refusal.smtp_code, refusal.smtp_error)
    except Exception as error:  # the line broke in the middle: it may have left, and a second letter would be worse
        logger.exception("letter %s", message.key)
        words = _("Outcome unknown: the connection broke while this letter was leaving (%(error)s).")
        swap(message, S.FAILED, table=TRANSITIONS, server_said=words % {"error": error or type(error).__name__})
    else:
        swap(message, S.SENT, table=TRANSITIONS, sent_at=timezone.now(), server_said="250")
        return True
    return False


def _open(connection: BaseEmailBackend) -> None:
    """A connection that answers: one that the server closed since the last letter is opened again."""
    newly_opened = connection.open()
    smtp = getattr(connection, "connection", None)
    if newly_opened or smtp is None:
        return
    try:
        smtp.noop()
    except smtplib.SMTPServerDisconnected:
        connection.close()
        connection.open()


def _settle(message: Message, code: int, answer: bytes | str) -> None:
    """5xx: bounced, for good. Anything else: later."""
    said = _said(code, answer)
    if 500 <= code < 600:
        swap(message, S.FAILED, table=TRANSITIONS, server_said=said, bounced_at=timezone.now())
    else:
        _try_later(message, said)


def _said(code: int, answer: bytes | str) -> str:
    words = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {words}".strip()


def _try_later(message: Message, said: str) -> None:
    """Wait longer after each attempt; after the last one it is `failed`."""
    if message.attempts > len(RETRY_AFTER):
        swap(message, S.FAILED, table=TRANSITIONS, server_said=said)
        return
    later = timezone.now() + RETRY_AFTER[message.attempts - 1]
    swap(message, S.QUEUED, table=TRANSITIONS, server_said=said, send_after=later)


def _as_mail(message: Message) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        to=[message.to_email],
        headers={
            "Message-ID": f"<{number_of(message)}@{urlsplit(settings.SITE_URL).hostname}>",
            NUMBER_HEADER: number_of(message),
            "Content-Language": message.language,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "OOF, AutoReply",
            **message.headers,
        },
    )
    reply_to = message.headers.get("Reply-To")
    if reply_to:
        mail.extra_headers.pop("Reply-To")
        mail.reply_to = [reply_to]
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    for name, content, mimetype in message.attachments:
        mail.attach(name, content, mimetype)
    return mail
