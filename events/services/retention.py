"""Forgetting in time: participants a year after their programme's end, the journal after two years.

Rows stay where something is counted by them (a place, an introduction); what says who it was and what they wrote goes.
`matching.services.retention` calls this, because it knows what else hangs on a person.
"""

import datetime as dt
import logging

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Max, Model, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models import Programme, Registration
from events.services.forgetting import forget_mailbox
from partners.models import Difference, Organisation, Person, PersonDifference
from partners.models.people import PersonQuerySet
from pwp.journal.models import Entry
from pwp.outbox.models import KeptMail, Message

logger = logging.getLogger(__name__)

JOURNAL_YEARS = 2
NOBODY = "–"  # the name of somebody, or of something, that was forgotten; the same in every language
THE_PERSON = _("the person")


def forgotten_on(programme: Programme) -> dt.date:
    """The day on which those who took part are anonymised: a year after the programme's last day."""
    return _years_later(programme.ends_on, 1)


def programmes_over(today: dt.date) -> QuerySet[Programme]:
    """Those that ended a year ago or longer."""
    return Programme.objects.filter(ends_on__lte=_years_later(today, -1))


def people_to_forget(today: dt.date) -> PersonQuerySet:
    """Whoever took part in programmes that ended a year ago and in none since; and who was never asked to any."""
    over = programmes_over(today)
    last_day = over.aggregate(last=Max("ends_on"))["last"]
    if last_day is None:
        return Person.objects.none()
    went_on = Registration.objects.exclude(person=None).exclude(event__programme__in=over)
    took_part = Registration.objects.filter(event__programme__in=over).exclude(person=None)
    never_asked = Q(registrations=None, created_at__date__lte=last_day)
    people = Person.objects.filter(Q(pk__in=took_part.values("person")) | never_asked, forgotten_at=None)
    return people.exclude(pk__in=went_on.values("person"))


def anonymise_person(person: Person, *, now: dt.datetime) -> None:
    """Take away who they are, how to reach them, what they wrote and every letter to them; the rest is counted on."""
    for registration in person.registrations.all():
        _empty(registration, person)
    unname(person, person)
    Message.objects.to_person(person.code).delete()
    for rows in (person.links, person.consents, person.merges):
        rows.all().delete()
    PersonDifference.objects.filter(Q(one=person) | Q(other=person)).delete()
    person.memberships.update(decider="")
    user, person.user = person.user, None
    person.name, person.forgotten_at = NOBODY, now
    person.contact_email = person.phone = person.pronunciation = person.communication = ""
    person.save()
    if user is not None and not user.is_staff and not user.people.exists():
        forget_mailbox(user)


def anonymise_organisation(organisation: Organisation) -> None:
    """What it is and where stays as broadly as reports need it: sector, type, size, council."""
    unname(organisation, None)
    organisation.listings.all().delete()
    organisation.concerns.all().delete()
    organisation.merges.all().delete()
    Difference.objects.filter(Q(one=organisation) | Q(other=organisation)).delete()
    if not organisation.identifier:  # else its name is from a public list
        organisation.name = NOBODY
        organisation.easting = organisation.northing = None
        for column in ("work_place", "postcode", "website", "charity_number"):
            setattr(organisation, column, "")
    for column in ("description", "pending_description", "description_hidden_reason"):
        setattr(organisation, column, "")
    organisation.restricted_at = None
    organisation.save()


def organisations_of(people: PersonQuerySet) -> QuerySet[Organisation]:
    """Those for which nobody speaks but people who were forgotten."""
    others = Person.objects.filter(forgotten_at=None)
    return (
        Organisation.objects.filter(memberships__person__in=people).exclude(memberships__person__in=others).distinct()
    )


def purge_letters_of_staff(today: dt.date) -> int:
    """Letters to nobody in particular, and this machine's own mailbox, of programmes that ended a year ago."""
    last_day = programmes_over(today).aggregate(last=Max("ends_on"))["last"]
    if last_day is None:
        return 0
    letters = Message.objects.filter(person_code="", created_at__date__lte=last_day).delete()[0]
    return letters + KeptMail.objects.filter(at__date__lte=last_day).delete()[0]


def purge_journal(*, now: dt.datetime | None = None) -> int:
    """Delete lines of the journal, and of the admin's own log, after two years. Returns how many."""
    now = now or timezone.now()
    limit = dt.datetime.combine(_years_later(timezone.localdate(now), -JOURNAL_YEARS), dt.time(0), tzinfo=dt.UTC)
    gone = Entry.objects.filter(at__lt=limit).delete()[0]
    gone += LogEntry.objects.filter(action_time__lt=limit).delete()[0]
    if gone:
        logger.info("%d lines of the journal are older than %d years and were deleted", gone, JOURNAL_YEARS)
    return gone


def unname(row: Model, person: Person | None) -> None:
    """What was done stays in the journal and in the admin's log, without the name and without anybody's words."""
    log = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(row), object_id=str(row.pk))
    log.update(object_repr=str(_("a person who was forgotten")) if person else NOBODY, change_message="")
    entries = Entry.objects.about(row)
    if person is not None:
        entries.filter(by=None, by_name=person.name).update(by_name=str(THE_PERSON))
    entries.update(reason="")


def _empty(registration: Registration, person: Person) -> None:
    calls = registration.calls.all()
    for row in (registration, *registration.invitations.all(), *calls):
        unname(row, person)
    Message.objects.filter(key__startswith=f"officer:{registration.code}:").delete()
    registration.conversations.all().delete()
    registration.arrangements.all().delete()
    calls.update(note="")
    registration.answers = {}
    registration.staff_note = registration.warm_up_answer = registration.agreed_with = ""
    registration.counts_as_because = NOBODY if registration.counts_as else ""
    registration.save()


def _years_later(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year + years, day=28)
