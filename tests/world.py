"""A season played by the real services: one of everything, every kind of letter, and the address of every page."""

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.contrib.sessions.models import Session
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from events import services as events
from events.models import Event, Registration
from matching import services as matching
from matching.models import Answer, FollowUp, Introduction, Suggestion
from matching.services import plans
from partners import services as partners
from partners.models import Membership, Organisation, User
from partners.models.people import new_token
from pwp.outbox.models import Message
from tests import factories

OURS = re.compile(r"https?://[^\s\"<>)]+")
TOKEN = re.compile(r"/(ask/draft|request|invitation|follow-up)/([\w-]{20,})/")
PRIVATE_REASON = "They were unkind to our volunteers."


# Routes that answer a POST alone, or with a file: there is no page to look at.
WITHOUT_A_PAGE = {
    "events:event-ics",
    "events:invitation-answer",
    "events:my-invitation",
    "events:my-request",
    "events:request-answer",
    "events:request-colleague",
    "events:request-decider",
    "events:request-seen",
    "events:request-withdraw",
    "matching:my-follow-up",
    "matching:suggestion-answer",
    "partners:listing-delete",
}


@dataclass
class World:
    event: Event
    officer: User
    museum: Registration  # its person said yes to both groups
    colleague: Registration  # of the museum, with a place of their own
    group: Registration  # said yes too: introduced
    choir: Registration  # has not answered
    outsider: Registration  # has a place at another event
    invited: Registration
    introduction: Introduction
    open_pair: Suggestion
    declined_pair: Suggestion
    tokens: dict[str, str] = field(default_factory=dict)

    def users(self) -> dict[str, User | None]:
        """Who looks, by role."""
        return {
            "anonymous": None,
            "participant": self.museum.person.user,
            "outsider": self.outsider.person.user,
            "colleague": self.colleague.person.user,
            "staff": self.officer,
        }

    def asked(self) -> FollowUp:
        """What the museum's person was asked about the introduction."""
        return self.introduction.follow_ups.get(person=self.museum.person, state="asked")

    def routes(self) -> dict[str, dict[str, Any]]:
        """The arguments of each route of ours, as the museum's person would meet it."""
        museum = self.museum.organisation
        listing = museum.listings.filter(side="offer").get()
        token = {name: {"token": value} for name, value in self.tokens.items()}
        return {
            "home": {},
            "my": {},
            "privacy": {},
            "accessibility": {},
            "place-data": {},
            "events:event-detail": {"slug": self.event.slug},
            "events:event-ics": {"slug": self.event.slug},
            "events:ask": {},
            "events:ask-resume": token["ask/draft"],
            "events:request-detail": token["request"],
            "events:request-withdraw": token["request"],
            "events:request-answer": token["request"],
            "events:request-colleague": token["request"],
            "events:request-decider": token["request"],
            "events:request-move": token["request"],
            "events:request-needs": token["request"],
            "events:request-seen": token["request"],
            "events:still-coming": token["request"],
            "events:concern": {"code": self.group.organisation.code},
            "events:concern-line": {
                "code": self.group.organisation.code,
                "line": self.group.organisation.listings.filter(side="offer").get().code,
            },
            "events:invitation-detail": token["invitation"],
            "events:invitation-answer": token["invitation"] | {"answer": "accept"},
            "events:my-invitation": {"code": self.museum.code},
            "events:my-request": {"code": self.museum.code},
            "partners:profile": {"code": museum.code},
            "partners:organisation-update": {"code": museum.code},
            "partners:listing-create": {"code": museum.code, "side": "need"},
            "partners:listing-update": {"code": listing.code},
            "partners:listing-delete": {"code": listing.code},
            "partners:person-update": {"code": self.museum.person.code},
            "matching:suggestion-list": {"slug": self.event.slug},
            "matching:suggestion-answer": {"code": self.open_pair.code},
            "matching:organisation-detail": {"code": self.group.organisation.code},
            "matching:introduction-detail": {"code": self.introduction.code},
            "matching:my-follow-up": {"code": self.asked().code},
            "matching:follow-up": token["follow-up"],
            "matching:follow-up-stop": token["follow-up"],
            "matching:request-details": token["request"],
        }


def play() -> World:
    """Everybody asks, is answered, meets and is asked how it went; the clock is passed in where it matters."""
    officer = factories.make_staff()
    event = factories.make_event(over_invite=1, capacity=6)
    elsewhere = factories.make_event("fife-2031", held_on=factories.FAR_AHEAD + dt.timedelta(days=9))

    def somebody(number: int, name: str, organisation: str, **answers: Any) -> dict[str, Any]:
        defaults = {"name": name, "organisation": organisation, "phone": f"0114 496 80{number:02}"}
        return {"event": event, "number": number, **defaults, **answers}

    def confirmed(**answers: Any) -> Registration:
        registration = factories.confirm(by=officer, **answers)
        factories.sign_up(registration)
        registration.person.refresh_from_db()
        return registration

    museum = confirmed(**somebody(1, "Ana Reedsworth", "Kelham Mill Museum"))
    group = confirmed(**somebody(2, "Ben Millsbury", "Riverside Readers", language="cy"))
    choir = confirmed(**somebody(4, "Dora Quillfeather", "Steel Street Singers"))
    band = confirmed(**somebody(6, "Gil Fernhollow", "Works Band"))
    outsider = confirmed(**somebody(3, "Col Orrington", "Harbour Museum", event=elsewhere))
    colleague = confirmed(**somebody(5, "Eve Ashgrove", "To be joined"))
    _join(colleague, museum)
    Organisation.objects.filter(pk=group.organisation.pk).update(description="We read aloud together.")

    token = new_token()
    draft = events.keep_draft(events.draft_behind(token), {"name": "Half Done", "email": "half@done.example"})
    events.mail_draft_link(draft, email="half@done.example", name="Half Done", token=token, language="en")
    invited = factories.invite(**somebody(8, "Ida Larkspur", "Knit and Natter"), by=officer).registration
    waiting = factories.ask(**somebody(9, "Jon Waitwell", "Brass Museum"))
    events.keep_waiting(waiting, by=officer, reason="Known for years.")
    events.not_this_time(factories.ask(**somebody(10, "Kay Nothere", "Far Group")), by=officer, reason="Too far away.")

    run = matching.request_run(event, by="test")
    assert matching.perform_run(run), run.problem
    pairs = {name: _pair(event, museum, other) for name, other in (("group", group), ("choir", choir), ("band", band))}
    _say(pairs["group"], museum, "yes")
    introduction = _say(pairs["group"], group, "yes")
    _say(pairs["choir"], museum, "yes")
    _say(pairs["band"], museum, "yes")
    _say(pairs["band"], band, "no", reason="other", reason_text=PRIVATE_REASON)
    matching.queue_due_follow_ups(now=timezone.now() + dt.timedelta(days=15))
    tables = [{"name": "", "seats": 3, "step_free": True, "quiet": False} for _table in range(2)]
    plan = plans.make_plan(event, form="tables", rounds=3, tables=tables, by=officer)
    assert plans.work_out(plan), plan.problem
    day = dt.datetime.combine(event.held_on, dt.time(9), tzinfo=dt.UTC)
    events.mark_attendance(band, True, by=officer, now=day)
    events.queue_thank_yous(now=day + dt.timedelta(days=2))
    world = World(
        event=event,
        officer=officer,
        museum=museum,
        colleague=colleague,
        group=group,
        choir=choir,
        outsider=outsider,
        invited=invited,
        introduction=introduction,
        open_pair=pairs["choir"],
        declined_pair=pairs["band"],
    )
    world.tokens = {
        "ask/draft": token,
        "request": mailed_token("request", museum),
        "invitation": mailed_token("invitation", invited),
        "follow-up": mailed_token("follow-up", museum),
    }
    return world


def write_the_rest(world: World) -> None:
    """The letters that a calm season does not write: of waiting, leaving, changing, and the days around the day."""
    by, far = world.officer, "Known for years."
    matching.queue_follow_up_reminders(now=timezone.now() + dt.timedelta(days=23))
    matching.answer_follow_up(world.asked(), outcome="ended", by="Ana Reedsworth")
    small = factories.make_event("valley-2031", capacity=1)
    place = factories.confirm(small, 21, by)
    next_one, considered, far_away, other = (factories.ask(small, number) for number in range(22, 26))
    events.keep_waiting(next_one, by=by, reason=far)
    events.withdraw(place, by="Person 21")  # offers the place
    events.keep_considering(considered, by=by)
    events.not_this_time(far_away, by=by, reason="Too far.", no_event_near=True)
    events.suggest_elsewhere(other, by=by, reason="Nearer to you.", other=world.event)

    big = factories.make_event("harbour-2031", capacity=9)
    sends, moves, comes, absent = (factories.confirm(big, number, by) for number in range(31, 35))
    events.send_colleague(sends, events.Colleague(name="Mari Rees", email="mari@group31.example"), by="Person 31")
    events.move(moves, small, by="Person 32")
    invitation = factories.invite(big, 35, by)
    for days in (6, 2):
        events.queue_reminders(now=invitation.reply_by - dt.timedelta(days=days))
    events.keep_needs(comes, {"cost": "A taxi."})
    events.decide_costs(comes.arrangements.get(), granted=True, words="", by=by)
    partners.report_concern(comes.organisation, worry="It names a child.", by=by)
    line = comes.organisation.listings.filter(side="need").get()
    partners.hide_listing(line, reason="Please say what you need.", by=by)
    day = dt.datetime.combine(big.held_on, dt.time(9), tzinfo=dt.UTC)
    events.queue_warm_ups(now=day - dt.timedelta(days=14))
    events.queue_joining_notes(now=day - dt.timedelta(days=7))
    events.queue_day_before(now=day - dt.timedelta(days=1))
    events.mark_attendance(absent, False, by=by, now=day)
    events.queue_sorry_letters(now=day + dt.timedelta(days=1))
    big = Event.objects.select_related("programme").get(pk=big.pk)
    events.announce_change(big, by=by)
    events.cancel_event(big, by=by, words="The harbour is closed.")


def mailed_token(what: str, registration: Registration) -> str:
    """The token in the newest letter to this person that carries a link of this sort."""
    for message in Message.objects.to_person(registration.person.code).order_by("-pk"):
        for kind, token in TOKEN.findall(message.text):
            if kind == what:
                return str(token)
    raise LookupError(f"no {what} link was mailed to {registration.person}")


def links_in(message: Message) -> set[str]:
    """Every address of a letter: in its text, its HTML, its headers and its attachments."""
    parts = [message.text, message.html, *message.headers.values(), *(part[1] for part in message.attachments)]
    return {link.replace("&amp;", "&") for part in parts for link in OURS.findall(str(part))}


def everything() -> dict[str, list[str]]:
    """Every row of every table but the sessions."""
    models = [m for m in apps.get_models(include_auto_created=True) if m is not Session]
    return {m._meta.label: sorted(map(_in_words, m._base_manager.values_list())) for m in models}


def _in_words(row: tuple[Any, ...]) -> str:
    """PostgreSQL gives binary columns as views of memory, whose words are their address."""
    return repr([bytes(value) if isinstance(value, memoryview) else value for value in row])


def route_names(resolver: Any = None, spaces: tuple[str, ...] = ()) -> list[str]:
    """The full name of every route there is."""
    names = []
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            names += route_names(pattern, (*spaces, pattern.namespace) if pattern.namespace else spaces)
        elif isinstance(pattern, URLPattern):
            names.append(":".join((*spaces, pattern.name or str(pattern.pattern))))
    return sorted(set(names))


def _join(colleague: Registration, museum: Registration) -> None:
    """Staff put a second person where they belong."""
    alone = colleague.organisation
    Membership.objects.filter(pk=colleague.membership_id).update(organisation=museum.organisation)
    alone.delete()
    colleague.refresh_from_db()


def _pair(event: Event, museum: Registration, other: Registration) -> Suggestion:
    found = Suggestion.objects.filter(museum=museum.organisation, partner=other.organisation).first()
    return found or factories.suggest(event, museum.organisation, other.organisation)


def _say(pair: Suggestion, place: Registration, choice: str, **rest: Any) -> Any:
    return matching.answer_suggestion(
        pair, organisation=place.organisation, person=place.person, choice=Answer.Choice(choice), **rest
    )
