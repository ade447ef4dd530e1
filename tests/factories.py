"""Rows to test with: one function per thing, invented names, nothing random that an assertion could meet."""

import datetime as dt
from typing import Any

from events import services as events
from events.asking import Asked
from events.models import Event, EventArea, Invitation, Programme, Registration
from matching.models import MatchRun, Suggestion
from partners import services as partners
from partners.models import Kind, Organisation, Person, Theme, User

ALL_YES = {"visible_at_event": True, "share_after_two_yes": True, "evaluation": False, "keep_in_touch": False}
FAR_AHEAD = dt.date(2031, 2, 11)


def make_programme(**fields: Any) -> Programme:
    defaults = {
        "slug": "partnerships",
        "name_en": "Partnerships with Purpose",
        "name_cy": "Partneriaethau â Phwrpas",
        "starts_on": FAR_AHEAD - dt.timedelta(days=120),
        "ends_on": FAR_AHEAD + dt.timedelta(days=365),
        "officer_name": "Ceri Morgan",
        "officer_phone": "020 7946 0123",
        "officer_email": "ceri@partnerships.example",
    }
    programme, _ = Programme.objects.get_or_create(slug=fields.get("slug", "partnerships"), defaults=defaults | fields)
    return programme


def make_event(slug: str = "sheffield-2031", **fields: Any) -> Event:
    """An event in Sheffield, far ahead, with Sheffield as core and Chesterfield as near."""
    event = Event.objects.create(
        **{
            "programme": make_programme(),
            "slug": slug,
            "name_en": slug.rsplit("-", 1)[0].replace("-", " ").title(),
            "held_on": FAR_AHEAD,
            "capacity": 20,
            "easting": 435_300,
            "northing": 387_100,
            **fields,
        }
    )
    EventArea.objects.create(event=event, council_code="E08000039", name_en="Sheffield", nearness="core")
    EventArea.objects.create(event=event, council_code="E07000034", name_en="Chesterfield", nearness="near")
    return event


def make_staff(email: str = "officer@partnerships.example") -> User:
    return User.objects.create_superuser(email, "a-long-password")


def ask(event: Event, number: int = 1, **answers: Any) -> Registration:
    """Somebody asks for an invitation; `number` tells people and organisations apart."""
    defaults: dict[str, Any] = {
        "name": f"Person {number}",
        "email": f"person{number}@group{number}.example",
        "phone": "",
        "language": "en",
        "organisation": f"Group {number}",
        "sector": "museum" if number % 2 else "community",
        "work_place": "S1 2HH",
        "size": "small",
        "authority": "yes",
        "offer": "A dry room with a long table and forty chairs.",
        "need": "Stories of the steelworks from people who were there.",
        "consents": ALL_YES,
    }
    registration = events.keep_draft(None, {})
    events.submit_request(registration, Asked(event=event, **(defaults | answers)))
    return registration


def invite(event: Event, number: int, by: User, **answers: Any) -> Invitation:
    return events.invite(ask(event, number, **answers), by=by, no_talk_reason="Known for years.")


def confirm(event: Event, number: int, by: User, **answers: Any) -> Registration:
    """Somebody with a confirmed place, whose words staff have read."""
    registration = events.accept_invitation(invite(event, number, by, **answers), by=f"Person {number}")
    partners.approve_texts(registration.organisation)
    return registration


def sign_up(registration: Registration) -> User:
    """The mailbox of this person, as it is after their first code came back."""
    user = partners.open_mailbox(registration.person.contact_email)
    partners.attach_people(user)
    return user


def make_kind(slug: str, **fields: Any) -> Kind:
    return Kind.objects.create(slug=slug, **{"name_en": slug.replace("-", " ").title(), **fields})


def make_theme(slug: str) -> Theme:
    return Theme.objects.create(slug=slug, name_en=slug.title(), group="places")


def suggest(event: Event, museum: Organisation, partner: Organisation, **fields: Any) -> Suggestion:
    """A suggestion as a run would store it, with one exchange each way."""
    run = MatchRun.objects.create(event=event)
    lines = {
        (o.pk, side): o.listings.filter(side=side).first() for o in (museum, partner) for side in ("need", "offer")
    }
    reasons = [
        {
            "code": "offer_meets_need",
            "evidence": {
                "seeker": seeker.code,
                "provider": provider.code,
                "need": lines[seeker.pk, "need"].code,
                "offer": lines[provider.pk, "offer"].code,
                "kind": "",
                "words": [],
            },
        }
        for seeker, provider in ((museum, partner), (partner, museum))
        if lines[seeker.pk, "need"] and lines[provider.pk, "offer"]
    ]
    return Suggestion.objects.create(
        **{
            "event": event,
            "run": run,
            "museum": museum,
            "partner": partner,
            "band": "strong",
            "score": 0.5,
            "percentile": 99.0,
            "reasons": [*reasons, {"code": "near", "evidence": {"km": 4}}],
            "cautions": [{"code": "would_help", "evidence": {"what": "when", "keys": [museum.code]}}],
            **fields,
        }
    )


def people_of(organisation: Organisation) -> list[Person]:
    return list(Person.objects.filter(memberships__organisation=organisation))
