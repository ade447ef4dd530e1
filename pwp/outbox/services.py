"""Putting letters into the outbox, and what staff may do with them there."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pwp.outbox.letters import Letter
from pwp.outbox.models import Message
from pwp.outbox.states import STOPPED, TRANSITIONS
from pwp.outbox.tasks import deliver_due_messages
from pwp.outbox.templatetags.letters import WORD_JOINER
from pwp.outbox.wording import looked_up_once
from pwp.refusals import Refused
from pwp.states import StaleState, swap
from pwp.waking import wake

QUOTE_BEGINS = 8  # words by which a quotation is known


def queue_letter(
    letter: Letter | None, *, hold: bool = False, urgent: bool = False, now: datetime | None = None
) -> Message | None:
    """Keep `letter` to be sent after this transaction; a key that exists is the same letter and changes nothing.

    One that never left, because it was no longer true, is written anew.
    `hold` keeps it LETTER_HOLD_MINUTES, so that what it says can be undone; `urgent` lets it leave in quiet hours too.
    None in, None out: a person without an e-mail address gets no letter (staff call them).
    """
    if letter is None:
        return None
    now = now or timezone.now()
    fields = _fields(letter, now=now) | {"urgent": urgent}
    if hold:
        fields["send_after"] = max(fields["send_after"], now + timedelta(minutes=settings.LETTER_HOLD_MINUTES))
    message, created = Message.objects.get_or_create(key=letter.key, defaults=fields)
    if not created and Message.objects.never_left().filter(pk=message.pk).exists():
        created = _write_anew(message, fields)
    if created and message.send_after <= now:
        wake(deliver_due_messages)
    return message


def _write_anew(message: Message, fields: dict[str, Any]) -> bool:
    try:
        swap(message, Message.State.QUEUED, table=TRANSITIONS, outdated=False, attempts=0, **fields)
    except StaleState:  # somebody else wrote it in this very moment
        return False
    return True


def queue_letters(letters: Iterable[Letter | None]) -> None:
    """`queue_letter` for many at once: a statement for some hundred of them, and one nudge."""
    now = timezone.now()
    with looked_up_once():
        messages = [Message(key=letter.key, **_fields(letter, now=now)) for letter in letters if letter]
    if messages:
        Message.objects.bulk_create(messages, batch_size=500, ignore_conflicts=True)
        wake(deliver_due_messages)


def _fields(letter: Letter, *, now: datetime) -> dict[str, Any]:
    return {
        "person_code": letter.person_code,
        "to_name": letter.to_name,
        "to_email": letter.to_email,
        "language": letter.language,
        "subject": letter.subject,
        "text": letter.text,
        "html": letter.html,
        "headers": dict(letter.headers),
        "attachments": [list(part) for part in letter.attachments],
        "send_after": letter.send_after or now,
        "created_at": now,
    }


def retry_message(message: Message, *, to_email: str = "") -> None:
    """Send a failed or cancelled letter after all, to another address if one is given.

    Raises: StaleState if somebody else did, Refused for a letter that is no longer true.
    """
    if message.outdated:
        raise Refused(
            _(
                "What this letter says was answered, undone or changed since, so it is not sent again. Look at where "
                "things stand: what you decide there writes a new letter."
            )
        )
    stamps = {"to_email": to_email} if to_email else {}
    swap(
        message,
        Message.State.QUEUED,
        table=TRANSITIONS,
        send_after=timezone.now(),
        bounced_at=None,
        delays=0,
        attempts=0,
        **stamps,
    )
    wake(deliver_due_messages)


def cancel_message(message: Message) -> None:
    """Keep a waiting letter from leaving, or let a failed one rest. Raises Refused if it has left already."""
    swap(message, Message.State.CANCELLED, table=TRANSITIONS)


def set_aside(*, prefix: str) -> None:
    """Free the keys of letters that never left because they were no longer true, so that they may be written again."""
    for message in Message.objects.never_left().filter(key__startswith=prefix).only("key"):
        Message.objects.filter(pk=message.pk).update(key=f"{message.key[:100]}:{message.pk}")


def cancel_letters(keys: Iterable[str] = (), *, prefix: str = "") -> int:
    """Keep letters from leaving that are no longer true: those with these keys, or all whose key begins with `prefix`.

    Those that left are marked too, so that nobody sends them again after they came back.
    Returns: how many had left already, or were leaving; 0 means that nobody has been told anything.
    """
    letters = Message.objects.filter(key__startswith=prefix) if prefix else Message.objects.filter(key__in=list(keys))
    left = 0
    letters.filter(outdated=False).exclude(state=Message.State.CANCELLED).update(outdated=True)
    for message in letters.exclude(state=Message.State.CANCELLED):
        if message.state != Message.State.QUEUED:
            left += 1
            continue
        try:
            cancel_message(message)
        except StaleState:  # it is leaving in this very moment
            left += 1
    return left


def stop_quotes(words: str) -> int:
    """Letters that wait to leave and quote these words stay for a person to look at. Returns how many."""
    begins = "“" + " ".join(words.split()[:QUOTE_BEGINS])
    stopped = 0
    for message in Message.objects.filter(state=Message.State.QUEUED).only("text", "state"):
        if begins in " ".join(message.text.replace(WORD_JOINER, "").split()):
            said = gettext("It quotes words that somebody is worried about.")
            try:
                swap(message, Message.State.FAILED, table=STOPPED, server_said=said)
            except StaleState:  # it is leaving in this very moment
                continue
            stopped += 1
    return stopped
