"""Questions to a pair about how it went: asked when due, once more in silence, dropped when no longer wanted."""

import datetime as dt
import logging
from contextlib import suppress

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matching import emails, snapshot, states
from matching.models import FollowUp, Introduction
from matching.services.runs import request_run
from matching.services.telling import close_partner_calls, tell
from partners.models import MailedLink, Person
from pwp.journal.models import By, for_the_journal, write_entry
from pwp.outbox.letters import Letter
from pwp.outbox.models import Message
from pwp.outbox.services import cancel_letters, queue_letter
from pwp.states import StaleState, advance

logger = logging.getLogger(__name__)

ON_TIME = "the calendar"
FOLLOW_UP_LINK_DAYS = 90
REMIND_AFTER = dt.timedelta(days=7)
REMIND_BEFORE = dt.timedelta(days=30)  # who was asked longer ago is not reminded any more
AFTER: dict[str, Introduction.State] = {
    FollowUp.Outcome.TALKED: Introduction.State.TALKING,
    FollowUp.Outcome.PLANNING: Introduction.State.TALKING,
    FollowUp.Outcome.ENDED: Introduction.State.ENDED,
}
THEY_SAID = _("they said how it goes")
STOPPED = _("they asked for no more questions")
A_PAIR_ENDED = "a pair that ended"
ABOUT_THE_PAIR = (
    "person",
    *(f"introduction__suggestion__{side}" for side in ("event__programme", "museum", "partner")),
)


def queue_due_follow_ups(*, now: dt.datetime | None = None) -> int:
    """Ask what is due, written now; what the pair no longer wants is dropped, with the reason in the journal."""
    now = now or timezone.now()
    asked = 0
    for follow_up in FollowUp.objects.due(timezone.localdate(now)).select_related(*ABOUT_THE_PAIR):
        try:
            asked += _ask(follow_up, now=now)
        except StaleState:  # another worker asked it
            continue
        except Exception:
            logger.exception("follow-up %s could not be asked", follow_up.code)  # the others are; this one stays due
    return asked


@transaction.atomic
def _ask(follow_up: FollowUp, *, now: dt.datetime) -> bool:
    introduction = follow_up.introduction
    if introduction.state == Introduction.State.ENDED:
        drop_follow_up(follow_up, reason=for_the_journal(_("the pair does not take it further")))
        return False
    letter = _letter(follow_up)
    reason = "" if letter else for_the_journal(_("to be asked by phone: there is no e-mail address"))
    advance(follow_up, FollowUp.State.ASKED, table=states.FOLLOW_UP, by=ON_TIME, reason=reason, asked_at=now)
    tell(follow_up.person, introduction.suggestion.event, letter, about=emails.follow_up_key(follow_up))
    return letter is not None


def _letter(follow_up: FollowUp, *, again: bool = False) -> Letter | None:
    token = MailedLink.make(
        MailedLink.Purpose.FOLLOW_UP, follow_up.code, person=follow_up.person, days=FOLLOW_UP_LINK_DAYS
    )
    own = follow_up.introduction.side_of(follow_up.person)
    other = follow_up.introduction.suggestion.other_than(own)
    return emails.follow_up(follow_up, other_organisation=other, token=token, again=again)


def queue_follow_up_reminders(*, now: dt.datetime | None = None) -> int:
    """A week after a question without an answer: one reminder. After that the pair is on today's list, to be rung."""
    now = now or timezone.now()
    unanswered = (
        FollowUp.objects.filter(
            state=FollowUp.State.ASKED, asked_at__lte=now - REMIND_AFTER, asked_at__gt=now - REMIND_BEFORE
        )
        .exclude(introduction__state=Introduction.State.ENDED)
        .exclude(person__contact_email="")
        .select_related(*ABOUT_THE_PAIR)
    )
    due = {f"{emails.follow_up_key(one, again=True)}:{one.person.code}": one for one in unanswered}
    written = set(Message.objects.filter(key__in=list(due)).values_list("key", flat=True))
    reminded = 0
    for key in due.keys() - written:
        try:
            reminded += _remind(due[key])
        except Exception:
            logger.exception("nobody was reminded of follow-up %s", due[key].code)  # the others are
    return reminded


@transaction.atomic
def _remind(follow_up: FollowUp) -> bool:
    if FollowUp.objects.select_for_update().filter(pk=follow_up.pk, state=FollowUp.State.ASKED).first() is None:
        return False
    queue_letter(_letter(follow_up, again=True))
    return True


def drop_follow_up(follow_up: FollowUp, *, reason: str) -> None:
    advance(follow_up, FollowUp.State.DROPPED, table=states.FOLLOW_UP, by=ON_TIME, reason=reason)


@transaction.atomic
def answer_follow_up(
    follow_up: FollowUp, *, outcome: str, by: By, reason_text: str = "", said: str = "", now: dt.datetime | None = None
) -> None:
    """Keep how it went, and move the introduction on if that says so.

    `reason_text` is why they do not take it further, in their words, for staff alone; `said` is what staff heard.
    """
    now = now or timezone.now()
    _lock(follow_up.introduction)
    ended = outcome == FollowUp.Outcome.ENDED
    advance(
        follow_up,
        FollowUp.State.ANSWERED,
        table=states.FOLLOW_UP,
        by=by,
        reason=said,
        outcome=outcome,
        reason_text=reason_text if ended else "",
        answered_at=now,
    )
    person = follow_up.person
    cancel_letters(f"{emails.follow_up_key(follow_up, again=again)}:{person.code}" for again in (False, True))
    close_partner_calls(emails.follow_up_key(follow_up), by=by, reason=for_the_journal(THEY_SAID), person=person)
    _move_on(follow_up.introduction, outcome, by=by, said=said)


@transaction.atomic
def note_how_it_goes(
    introduction: Introduction, person: Person, outcome: str, *, by: By, said: str, now: dt.datetime | None = None
) -> None:
    """What staff heard from one of a pair in a call: the answer to what they were asked last, or a line in the journal.

    Raises Refused if somebody else wrote it down first.
    """
    _lock(introduction)
    question = introduction.follow_ups.filter(person=person, state=FollowUp.State.ASKED).order_by("-asked_at").first()
    if question is not None:
        question.introduction = introduction
        answer_follow_up(question, outcome=outcome, by=by, said=said, now=now)
    elif not _move_on(introduction, outcome, by=by, said=said):
        write_entry(introduction, introduction.state, introduction.state, by=by, reason=said)


def _lock(introduction: Introduction) -> None:
    """The pair as it is now, kept so: before its questions and letters, because the other side may answer too."""
    introduction.refresh_from_db(fields=["state"], from_queryset=Introduction.objects.select_for_update())


def _move_on(introduction: Introduction, outcome: str, *, by: By, said: str) -> bool:
    """The pair as this answer leaves it. Returns whether that changed it."""
    wanted = AFTER.get(outcome)
    if wanted is None or introduction.state == wanted:
        return False
    advance(introduction, wanted, table=states.INTRODUCTION, by=by, reason=said)
    if wanted == Introduction.State.ENDED:
        _thank_both(introduction, by=by)
    else:
        ended = emails.introduction_key(introduction, emails.ENDED)
        cancel_letters(prefix=f"{ended}:")
        close_partner_calls(ended, by=by, reason=for_the_journal(THEY_SAID))
    return True


def _thank_both(introduction: Introduction, *, by: By) -> None:
    """Nobody is asked about this pair any more; both are thanked at the same moment, and looked at afresh."""
    reason = for_the_journal(THEY_SAID)
    question, ended = (emails.introduction_key(introduction, step) for step in (emails.FOLLOW_UP, emails.ENDED))
    cancel_letters(prefix=question)  # the reminder's key begins alike
    close_partner_calls(question, by=by, reason=reason)
    event = introduction.suggestion.event
    for person in introduction.people():
        own = introduction.side_of(person)
        letter = emails.introduction_ended(
            introduction, to=person, own_organisation=own, other_organisation=introduction.suggestion.other_than(own)
        )
        tell(person, event, letter, about=ended, hold=True)
    if snapshot.taking_part(event).count() >= 2:
        request_run(event, by=A_PAIR_ENDED)


@transaction.atomic
def stop_follow_ups(introduction: Introduction, person: Person) -> int:
    """No more questions to this person about this introduction; the other side keeps theirs. Returns how many.

    What is planned goes first, so that a question which leaves in this very moment is stopped with those asked before.
    """
    dropped = 0
    reason = for_the_journal(STOPPED)
    for state in (FollowUp.State.PLANNED, FollowUp.State.ASKED):
        for follow_up in introduction.follow_ups.filter(person=person, state=state):
            with suppress(StaleState):
                drop_follow_up(follow_up, reason=reason)
                dropped += 1
    question = emails.introduction_key(introduction, emails.FOLLOW_UP)
    letters = Message.objects.filter(key__startswith=question, key__endswith=f":{person.code}")
    cancel_letters(letters.values_list("key", flat=True))
    close_partner_calls(question, by=ON_TIME, reason=reason, person=person)
    return dropped
