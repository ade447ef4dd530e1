"""Reading what mail servers report about our letters, and writing it on them."""

from collections import Counter
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from pwp.outbox.mailboxes import open_mailbox
from pwp.outbox.models import Message
from pwp.outbox.numbers import letter_with_number_in
from pwp.outbox.reports import Kind, Report, read_report
from pwp.outbox.states import TRANSITIONS
from pwp.refusals import Refused
from pwp.states import swap

S = Message.State

WITHIN = timedelta(days=7)  # a report without the letter's number is about what went to that address this recently
SKEW = timedelta(minutes=10)  # by which the clocks of two mail servers may differ


def read_bounces(mailbox: str, *, now: datetime | None = None) -> Counter[str]:
    """Read what is new in `mailbox` (an address or a path, see `open_mailbox`) and mark the letters it is about.

    What was understood is marked as read there, so that it counts once; everything else is left as it was.
    Returns: how many mails were of which sort.
    """
    now = now or timezone.now()
    counted: Counter[str] = Counter()
    with open_mailbox(mailbox) as box:
        for key, raw in box.new_mails():
            what, is_settled = _settle(read_report(raw), now)
            counted[what] += 1
            if is_settled:
                box.mark_read(key)
    return counted


def _settle(report: Report, now: datetime) -> tuple[str, bool]:
    """(the sort of mail, whether nobody has to look at it any more)."""
    if report.kind in (Kind.AUTOMATIC_REPLY, Kind.UNKNOWN):
        return report.kind.value, False
    letter = letter_with_number_in(report.text) or _newest_to(report.addresses, now)
    if letter is None:
        return "about no letter of ours", False
    if report.kind == Kind.DELIVERED or _is_about_an_earlier_try(report, letter):
        return "nothing new", True
    try:
        is_news = (mark_bounced if report.kind == Kind.BOUNCED else note_delay)(letter, said=report.said)
    except Refused:  # waiting to leave, or cancelled: the report is about an earlier try
        is_news = False
    return (report.kind.value if is_news else "nothing new"), True


def _newest_to(addresses: tuple[str, ...], now: datetime) -> Message | None:
    """The newest letter that was handed over for one of these addresses, if that was not long ago."""
    lately = Message.objects.filter(state=S.SENT, sent_at__gte=now - WITHIN)
    for address in addresses:
        if letter := lately.filter(to_email__iexact=address).order_by("-sent_at").first():
            return letter
    return None


def _is_about_an_earlier_try(report: Report, letter: Message) -> bool:
    return bool(report.at and letter.sent_at and report.at < letter.sent_at - SKEW)


def mark_bounced(message: Message, *, said: str, at: datetime | None = None) -> bool:
    """A letter that was handed over came back; `said` is what the server, or whoever told us, said.

    Returns: False if that was known already. Raises Refused for a letter that never left.
    """
    at = at or timezone.now()
    if message.state == S.FAILED:
        known = Message.objects.filter(pk=message.pk, state=S.FAILED, bounced_at=None)
        return bool(known.update(bounced_at=at, server_said=said))
    swap(message, S.FAILED, table=TRANSITIONS, bounced_at=at, server_said=said)
    return True


def note_delay(message: Message, *, said: str) -> bool:
    """A server is still trying. False for a letter that is not on its way any more."""
    on_its_way = Message.objects.filter(pk=message.pk, state=S.SENT)
    return bool(on_its_way.update(delays=F("delays") + 1, server_said=said))
