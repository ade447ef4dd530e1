"""Somebody asks that what they answered is not kept: how it went, why they said no, what they hoped for."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import ngettext

from events.models import Registration
from matching.models import Answer, FollowUp
from partners.models import Person
from pwp.journal.models import By, write_entry


def earlier_answers_of(person: Person) -> int:
    """How many answers there are to remove."""
    return _of_pairs(person).count() + _follow_ups(person).count() + _hopes(person).count()


@transaction.atomic
def remove_earlier_answers(person: Person, *, by: By) -> int:
    """Empty them. That they answered, and their yes or no to a suggestion, stays: support and matching go on by it.

    A line in the journal says how many were removed, and not what they were. Returns how many.
    """
    removed = _of_pairs(person).update(reason="", reason_text="")
    removed += _follow_ups(person).update(outcome="")
    removed += _hopes(person).update(warm_up_answer="")
    if removed:
        words = ngettext(
            "%(n)d answer was removed, as they asked", "%(n)d answers were removed, as they asked", removed
        )
        write_entry(person, "", "", by=by, reason=words % {"n": removed})
    return removed


def _of_pairs(person: Person) -> QuerySet[Answer]:
    return Answer.objects.filter(person=person).exclude(reason="", reason_text="")


def _follow_ups(person: Person) -> QuerySet[FollowUp]:
    return FollowUp.objects.filter(person=person).exclude(outcome="")


def _hopes(person: Person) -> QuerySet[Registration]:
    return person.registrations.exclude(warm_up_answer="")
