"""A year after a programme's end those who took part are anonymised: every app's part of it, in one place."""

import datetime as dt

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import ngettext

from events import services as events
from matching.models import Answer, Introduction, MatchBlock, MatchRun, Plan, Suggestion
from matching.services.reporting import without_words
from partners.models import Organisation, Person
from pwp.journal.models import write_entry
from pwp.outbox.models import Message

THE_CALENDAR = "the calendar"


@transaction.atomic
def forget_past_programmes(*, now: dt.datetime | None = None) -> int:
    """Anonymise participants, and what the engine and the day's plans knew of them. Returns how many people.

    A line in the journal of each programme that is over says how many it were, and not who.
    """
    now = now or timezone.now()
    today = timezone.localdate(now)
    programmes = list(events.programmes_over(today).select_for_update())  # one worker at a time
    people = list(events.people_to_forget(today))
    if not people:
        return 0
    for person in people:
        _forget_answers(person)
        events.anonymise_person(person, now=now)
    for organisation in events.organisations_of(Person.objects.filter(pk__in=[one.pk for one in people])):
        _forget_suggestions(organisation)
        events.anonymise_organisation(organisation)
    events.purge_letters_of_staff(today)
    Plan.objects.filter(event__programme__in=programmes).delete()
    MatchBlock.objects.filter(run__event__programme__in=programmes).update(survey=None)
    runs = MatchRun.objects.filter(event__programme__in=programmes)
    runs.update(snapshot=None, survey=None)
    for number in list(runs.exclude(report={}).values_list("pk", flat=True)):  # one at a time: each may be megabytes
        run = runs.only("report").get(pk=number)
        runs.filter(pk=number).update(report=without_words(run.report))
    words = ngettext(
        "%(n)d person was anonymised, a year after the end",
        "%(n)d people were anonymised, a year after the end",
        len(people),
    )
    for programme in programmes:
        write_entry(programme, "", "", by=THE_CALENDAR, reason=words % {"n": len(people)})
    return len(people)


def _forget_answers(person: Person) -> None:
    """What they answered is counted on; their reasons go, and so do letters of introduction, which name both sides."""
    answers = Answer.objects.filter(person=person)
    for answer in answers.select_related("suggestion"):
        events.unname(answer.suggestion, person)
    answers.update(reason_text="")
    for introduction in Introduction.objects.filter(Q(museum_person=person) | Q(partner_person=person)):
        Message.objects.filter(key__startswith=f"introduction:{introduction.code}:").delete()
        for row in (introduction, introduction.suggestion, *introduction.follow_ups.all()):
            events.unname(row, person)


def _forget_suggestions(organisation: Organisation) -> None:
    """Why they were suggested quotes what they wrote."""
    Suggestion.objects.about(organisation).update(reasons=[], cautions=[])
