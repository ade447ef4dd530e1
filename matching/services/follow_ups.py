"""Questions to a pair about how it went: asked when due, dropped when no longer wanted."""

import datetime as dt
import logging
from contextlib import suppress

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matching import emails, states
from matching.models import FollowUp, Introduction
from partners.models import MailedLink, Person
from pwp.journal.models import By, for_the_journal
from pwp.outbox.services import queue_letter
from pwp.states import StaleState, advance

logger = logging.getLogger(__name__)

ON_TIME = "the calendar"
FOLLOW_UP_LINK_DAYS = 90


def queue_due_follow_ups(*, now: dt.datetime | None = None) -> int:
    """Ask what is due, written now; what the pair no longer wants is dropped, with the reason in the journal."""
    now = now or timezone.now()
    asked = 0
    due = FollowUp.objects.due(timezone.localdate(now)).select_related(
        "person",
        "introduction__suggestion__event__programme",
        "introduction__suggestion__museum",
        "introduction__suggestion__partner",
    )
    for follow_up in due:
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
    token = MailedLink.make(
        MailedLink.Purpose.FOLLOW_UP, follow_up.code, person=follow_up.person, days=FOLLOW_UP_LINK_DAYS
    )
    other = (
        introduction.suggestion.partner
        if follow_up.person_id == introduction.museum_person_id
        else introduction.suggestion.museum
    )
    letter = emails.follow_up(follow_up, other_organisation=other, token=token)
    reason = "" if letter else for_the_journal(_("to be asked by phone: there is no e-mail address"))
    advance(follow_up, FollowUp.State.ASKED, table=states.FOLLOW_UP, by=ON_TIME, reason=reason, asked_at=now)
    queue_letter(letter)
    return letter is not None


def drop_follow_up(follow_up: FollowUp, *, reason: str) -> None:
    advance(follow_up, FollowUp.State.DROPPED, table=states.FOLLOW_UP, by=ON_TIME, reason=reason)


@transaction.atomic
def answer_follow_up(follow_up: FollowUp, *, outcome: str, by: By, now: dt.datetime | None = None) -> None:
    """Keep how it went, and move the introduction on if that says so."""
    now = now or timezone.now()
    advance(follow_up, FollowUp.State.ANSWERED, table=states.FOLLOW_UP, by=by, outcome=outcome, answered_at=now)
    introduction = follow_up.introduction
    if outcome in (FollowUp.Outcome.TALKED, FollowUp.Outcome.PLANNING):
        wanted = Introduction.State.TALKING
    elif outcome == FollowUp.Outcome.ENDED:
        wanted = Introduction.State.ENDED
    else:
        return
    if introduction.state != wanted:
        advance(introduction, wanted, table=states.INTRODUCTION, by=by)


@transaction.atomic
def stop_follow_ups(introduction: Introduction, person: Person) -> int:
    """No more questions to this person about this introduction; the other side keeps theirs. Returns how many.

    A letter that left in this very moment stays asked; the ones after it are stopped all the same.
    """
    dropped = 0
    for follow_up in introduction.follow_ups.filter(person=person, state=FollowUp.State.PLANNED):
        with suppress(StaleState):
            drop_follow_up(follow_up, reason=for_the_journal(_("they asked for no more questions")))
            dropped += 1
    return dropped


def note_how_it_goes(introduction: Introduction, state: str, *, by: By, said: str) -> None:
    """What staff heard of a pair in a call. Raises StaleState if somebody else said so first."""
    advance(introduction, state, table=states.INTRODUCTION, by=by, reason=said)
