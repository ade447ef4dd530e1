"""What staff pages say about letters: what became of one, when it leaves, what to do; and acting on many rows."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pwp.journal.admin import moment, table
from pwp.outbox.delivery import RETRY_AFTER
from pwp.outbox.models import Message
from pwp.outbox.quiet_hours import leaves_at
from pwp.refusals import Refused

NAMED_REFUSALS = 10
S = Message.State

Row = TypeVar("Row", bound=models.Model)


def act_on_each(
    request: HttpRequest, rows: Iterable[Row], act: Callable[[Row], Any], *, done: Callable[[int], str]
) -> int:
    """Try `act` on each row: count what was done, name what was refused and why. Returns how many were done.

    Rows that were refused for the same reason share one message.
    """
    count = 0
    refused: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        try:
            act(row)
        except Refused as refusal:
            refused[str(refusal)].append(str(row))
        else:
            count += 1
    if count:
        messages.success(request, done(count))
    for why, rows_refused in list(refused.items())[:NAMED_REFUSALS]:
        messages.warning(request, f"{_named(rows_refused)}: {why}")
    more = sum(len(rows_refused) for rows_refused in list(refused.values())[NAMED_REFUSALS:])
    if more:
        messages.warning(request, ngettext("%d more was refused.", "%d more were refused.", more) % more)
    return count


def _named(rows: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = len(rows) - NAMED_REFUSALS
    names = "; ".join(rows[:NAMED_REFUSALS])
    if more <= 0:
        return names
    return ngettext("%(names)s and %(count)d more", "%(names)s and %(count)d more", more) % {
        "names": names,
        "count": more,
    }


def delivery_words(state: str | None, bounced_at: object = None) -> str:
    """What is known about a letter's way; no letter means that somebody calls."""
    if not state:
        return _("no letter: please call")
    return _("bounced") if bounced_at else str(Message.State(state).label)


def letters_to(person_code: str) -> SafeString | str:
    """The letters to one person, newest first, and what became of each."""
    letters = Message.objects.to_person(person_code).defer("text", "html", "headers", "attachments")
    return table(
        [_("Letter"), _("Became"), _("Handed over"), _("The server said")],
        [
            [
                format_html(
                    '<a href="{}">{}</a>', reverse("admin:outbox_message_change", args=[letter.pk]), letter.subject
                ),
                delivery_words(letter.state, letter.bounced_at),
                moment(letter.sent_at),
                letter.server_said,
            ]
            for letter in letters
        ],
        empty=_("No letters yet."),
    )


def as_written(text: str) -> SafeString:
    """Plain text with its line breaks; addresses in it can be clicked, everything else is escaped."""
    return mark_safe(urlize(text, autoescape=True).replace("\n", "<br>"))  # noqa: S308 urlize escapes


def note(request: HttpRequest, row: models.Model, words: str) -> None:
    """Keep who did it in the history of the row."""
    who: Any = request.user.pk
    LogEntry.objects.log_actions(who, [row], CHANGE, change_message=words, single_object=True)


def became(message: Message, now: datetime) -> str:
    """What became of a letter; of a waiting one, when it leaves."""
    if message.state == S.SENT and message.delays:
        return _("delayed on the way")
    if message.state != S.QUEUED:
        return delivery_words(message.state, message.bounced_at)
    leaves = leaves_at(message.send_after, urgent=message.urgent, now=now)
    if leaves <= now:
        return _("leaves within a minute")
    at = _clock(leaves, now)
    if message.attempts:
        return _("will be tried again at %(time)s") % {"time": at}
    if message.send_after <= now:
        return _("leaves at %(time)s, after the quiet hours") % {"time": at}
    return _("held: leaves at %(time)s") % {"time": at}


def what_to_do(message: Message) -> str:
    """What a person should do about this letter; "" when nothing is wrong."""
    if message.state in (S.FAILED, S.CANCELLED) and message.outdated:
        return _("What it says was answered, undone or changed since. Let it rest.")
    if message.state == S.FAILED and message.bounced_at:
        return _("Call them. Or correct the address and send it again.")
    if message.state == S.FAILED and message.attempts > len(RETRY_AFTER):
        return _("Their mail server refused for hours. Send it again later, or call.")
    if message.state == S.FAILED:
        return _("It may have arrived. Ask the person before you send it again.")
    if message.state == S.SENT and message.delays >= 2:
        return _("It is still on its way after two reports of delay. Better call.")
    return ""


def _clock(at: datetime, now: datetime) -> str:
    local, today = timezone.localtime(at), timezone.localdate(now)
    return f"{local:%H:%M}" if local.date() == today else moment(at)
