"""How people hear of partners: a letter, or a call where no letter can go."""

from django.db.models import F

from events.models import Call, Event, Registration
from events.services import add_call, drop_call
from partners.models import Person
from pwp.journal.models import By
from pwp.outbox.letters import Letter
from pwp.outbox.services import queue_letter


def tell(person: Person, event: Event, letter: Letter | None, *, about: str, hold: bool = False) -> None:
    """Queue `letter`; without one, put a call on the list, beside the person's latest place at the event."""
    if letter is not None:
        queue_letter(letter, hold=hold)
    elif place := _latest_place(person, event):
        add_call(place, Call.Why.PARTNERS, about=about)


def _latest_place(person: Person, event: Event) -> Registration | None:
    places = event.registrations.filter(person=person).select_related("event")
    return places.order_by(F("confirmed_at").desc(nulls_last=True), "-pk").first()


def close_partner_calls(about: str, *, by: By, reason: str, person: Person | None = None) -> None:
    """Take calls off the list whose news are old: those to `person`, or to everybody."""
    calls = Call.objects.to_make().filter(why=Call.Why.PARTNERS, about__startswith=about)
    if person is not None:
        calls = calls.filter(registration__person=person)
    for call in calls.select_related("registration"):
        drop_call(call, by=by, reason=reason)
