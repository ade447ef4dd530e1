"""A whole season on a clock that stands still: forty requests, twenty-five places, and nobody forgotten."""

import datetime as dt
from collections import Counter
from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.core import mail
from django.test import Client

from events import services as events
from events.models import Call, Conversation, Event, Invitation, Registration, SectorPlaces
from partners.models import User
from pwp.journal.models import Entry
from pwp.outbox.delivery import deliver_due_messages
from pwp.outbox.models import Message
from pwp.today import TodaysWork
from tests import factories, world
from tests.clock import LONDON, Clock
from tests.html import read

PLACES = 25
QUIET = (dt.time(20), dt.time(8))
VISITS = dt.timedelta(hours=12)  # of the scheduler, in this test
PHONE_ONLY = {7, 17, 27}
WELSH = {4, 14, 24, 34}
FINAL = {"attended", "absent", "withdrawn", "declined", "not_this_time", "elsewhere", "moved"}
TASKS: list[Callable[[], int]] = [
    events.expire_invitations,
    events.offer_all_free_places,
    events.queue_reminders,
    events.queue_warm_ups,
    events.queue_joining_notes,
    events.queue_day_before,
    events.queue_calls,
    events.queue_sorry_letters,
    events.queue_thank_yous,
    deliver_due_messages,
]


def number(registration: Registration) -> int:
    return int(registration.person.name.split()[-1])


class Season:
    """Winter 2018–19 in Sheffield: a museum in four of five requests, and seven places kept for community groups."""

    def __init__(self, clock: Clock, officer: User) -> None:
        self.clock, self.officer = clock, officer
        clock.set(2018, 12, 3)
        programme = factories.make_programme(starts_on=clock.at.date(), ends_on=clock.at.date())
        self.event = self._event("sheffield-2019", 2019, 2, 11, programme)
        self.swansea = self._event("swansea-2019", 2019, 2, 28, programme)
        SectorPlaces.objects.create(event=self.event, sector="community", wanted=9, held=7)
        self.asked: dict[int, Registration] = {}
        self.browser = Client()

    def _event(self, slug: str, year: int, month: int, day: int, programme: object) -> Event:
        day_of = self.clock.set(year, month, day).date()
        self.clock.set(2018, 12, 3)
        return factories.make_event(slug, programme=programme, held_on=day_of, capacity=PLACES)

    # --- time

    def until(self, month: int, day: int, hour: int = 9, minute: int = 0) -> None:
        """Let the clock run to a moment, with everything the scheduler does, twice at each visit."""
        year = 2018 if month == 12 else 2019
        start = self.clock.at
        end = self.clock.set(year, month, day, hour, minute)
        self.clock.at = start
        while self.clock.at < end:
            self.clock.at = min(end, self.clock.at + VISITS)
            self.tick()

    def tick(self) -> None:
        for _twice in range(2):
            for task in TASKS:
                task()
        promised = events.places_promised(self.event)
        assert promised <= PLACES or self.clock.at.date() >= self.event.held_on, promised
        self.nobody_is_forgotten()

    def nobody_is_forgotten(self) -> None:
        """Whoever waits for a decision is on today's page, at every moment; the others wait in a known line."""
        undecided = Registration.objects.filter(state__in=("requested", "talking"))
        shown = {item.slug: item.count for item in TodaysWork(self.officer).items()}
        seen = sum(shown.get(slug, 0) for slug in ("requests", "talks", "left-open"))
        over = Registration.objects.left_open(self.clock.at.date()).exclude(state__in=("requested", "talking"))
        assert seen == undecided.count() + over.count(), (self.clock.at, shown)

    # --- who does what

    def ask(self, numbers: range) -> None:
        for n in numbers:
            reached = {"email": "", "phone": f"0114 496 00{n:02}"} if n in PHONE_ONLY else {}
            sector = "community" if n % 5 == 0 else "museum"
            self.asked[n] = factories.ask(
                self.event, n, sector=sector, language="cy" if n in WELSH else "en", **reached
            )

    def now(self, n: int) -> Registration:
        """The row of number `n` as it is now."""
        return Registration.objects.select_related("event__programme", "person", "membership__organisation").get(
            pk=self.asked[n].pk
        )

    def talk(self, n: int) -> None:
        said = Conversation(registration=self.now(n), means="call", summary=f"A good talk with number {n}.")
        events.log_conversation(said, by=self.officer)

    def invite(self, n: int, **reasons: str) -> None:
        events.invite(self.now(n), by=self.officer, **reasons)

    def press(self, n: int, answer: str) -> None:
        """The button behind the link in their letter, which a scanner opened before."""
        path = f"/invitation/{world.mailed_token('invitation', self.now(n))}/"
        Client(HTTP_USER_AGENT="SafeLinks").get(path)
        self.browser.post(f"{path}{answer}/")

    def page(self, n: int, end: str, typed: dict[str, str] | None = None) -> None:
        path = f"/request/{world.mailed_token('request', self.now(n))}/"
        assert self.browser.post(f"{path}{end}/", typed or {}).status_code == 302

    def call(self, n: int, note: str, answer: str = "") -> None:
        """Make every call that is on the list for number `n`; the answer goes with the first."""
        while call := self.now(n).calls.to_make().first():  # an answer takes others off the list
            events.make_call(call, by=self.officer, note=note, answer=answer)
            answer = ""

    def take_offers(self) -> None:
        """Whoever has an open invitation now says yes."""
        for registration in Registration.objects.filter(event=self.event, state="invited").select_related("person"):
            n = number(registration)
            if registration.person.contact_email:
                self.press(n, "accept")
            else:
                self.call(n, "Yes please.", "yes")

    def states(self) -> Counter[str]:
        return Counter(Registration.objects.filter(event=self.event).values_list("state", flat=True))


@pytest.fixture
def season(clock: Clock, officer: User, settings: LazySettings) -> Season:
    settings.LETTER_HOLD_MINUTES = 60
    settings.QUIET_HOURS = QUIET
    return Season(clock, officer)


def play(s: Season) -> None:
    asking_and_deciding(s)
    answers(s)
    places_change_hands(s)
    the_last_fortnight(s)
    the_day_and_after(s)


def asking_and_deciding(s: Season) -> None:
    """3 to 19 December: requests, talks, and a decision for everybody."""
    for day in range(10):
        s.until(12, 3 + day, 11)
        s.ask(range(4 * day + 1, 4 * day + 5))
    s.until(12, 17, 10)
    for n in range(1, 41):
        if n not in (3, 38):
            s.talk(n)
    s.until(12, 18, 10)
    museums = [n for n in range(1, 41) if n % 5 and n not in (36, 37, 38, 39)]
    groups = [n for n in range(1, 41) if n % 5 == 0]
    for n in [*museums[:18], *groups[:7]]:
        s.invite(n, **({"no_talk_reason": "Trustee of ours, known for years."} if n == 3 else {}))
    s.until(12, 18, 10, 30)
    events.not_this_time(s.now(36), by=s.officer, reason="Oh no, the wrong line.")
    events.undo_decision(s.now(36), by=s.officer)
    events.suggest_elsewhere(s.now(36), by=s.officer, reason="Swansea is your own valley.", other=s.swansea)
    events.not_this_time(s.now(37), by=s.officer, reason="Yours was the third brass band.")
    events.not_this_time(s.now(38), by=s.officer, reason="Plymouth is too far.", no_event_near=True)
    events.keep_considering(s.now(39), by=s.officer, words="The venue may find another room.")
    for n in [*museums[18:], *groups[7:]]:
        events.keep_waiting(s.now(n), by=s.officer)
    s.until(12, 19)


def answers(s: Season) -> None:
    """Most say yes; one says no; two stay silent, and are reminded; one letter bounces; phones are rung."""
    invited = sorted(n for n in s.asked if s.now(n).state == "invited")
    assert len(invited) == PLACES
    for n in PHONE_ONLY & set(invited):
        s.call(n, "Glad to come.", "yes")
    s.until(12, 20, 14)
    silent, no, bounced = {8, 16}, {12}, {13}
    lost = Message.objects.get(key__startswith="invitation:", person_code=s.now(13).person.code)
    Message.objects.filter(pk=lost.pk).update(bounced_at=s.clock.at)
    for n in invited:
        if n not in silent | no | bounced | PHONE_ONLY:
            s.press(n, "accept")
    s.press(12, "decline")
    s.until(12, 21)
    assert list(s.now(13).calls.to_make().values_list("why", flat=True)) == ["bounced"]
    s.call(13, "The address was wrong; he comes.", "yes")
    s.until(12, 22)
    assert Invitation.objects.open_offers(s.clock.at).count() == 1
    for offer in Invitation.objects.open_offers(s.clock.at):
        s.press(number(offer.registration), "accept")
    s.until(1, 3)
    assert {s.now(n).state for n in silent} == {"talking"}
    for n in silent:
        assert list(s.now(n).calls.to_make().values_list("why", flat=True)) == ["silent"]
        s.call(n, "Had forgotten, and has something else that day.")
        events.not_this_time(s.now(n), by=s.officer, reason="As we said on the phone: another time.")
    s.until(1, 4)
    s.take_offers()
    offers = Invitation.objects.filter(registration__event=s.event, kind="offer")
    assert offers.count() == 3  # for the one no and the two who stayed silent


def places_change_hands(s: Season) -> None:
    """January: two withdraw, one sends a colleague, one moves to Swansea; each place goes on."""
    s.until(1, 10)
    s.page(1, "withdraw", {"reason": "The roof."})
    s.page(2, "withdraw")
    s.until(1, 11, 18)
    s.page(4, "colleague", {"colleague-name": "Person 41", "colleague-email": "mari@group4.example"})
    s.page(6, "move", {"event": "swansea-2019", "reason": "Surgery."})
    s.until(1, 12, 12)
    colleague = Registration.objects.get(substitute_for=s.asked[4])
    s.asked[41] = colleague
    s.press(41, "accept")
    s.take_offers()


def the_last_fortnight(s: Season) -> None:
    """The question whether they come, the calls, a new venue two days before, and somebody at the last moment."""
    s.until(1, 29)
    coming = sorted(n for n in s.asked if s.now(n).state == "confirmed" and s.now(n).event_id == s.event.pk)
    assert len(coming) == PLACES
    for n in coming[:-3]:
        if n not in PHONE_ONLY:
            s.page(n, "still-coming", {"answer": "yes", "words": "To meet people."})
    s.until(2, 6)
    silent = Call.objects.to_make().filter(why="warm_up")
    assert {number(call.registration) for call in silent} >= set(coming[-3:]) - {41}
    for call in list(Call.objects.to_make()):
        answer = "no" if call.registration.person == s.now(coming[-1]).person else "yes"
        call.refresh_from_db()
        if call.state == "to_make":
            events.make_call(call, by=s.officer, note="Rang about the day.", answer=answer)
    s.until(2, 7, 12)
    s.take_offers()
    s.until(2, 9, 11)
    s.event = Event.objects.select_related("programme").get(pk=s.event.pk)
    dry = {"venue_en": "The Dry Hall", "venue_cy": "Y Neuadd Sych"}
    events.announce_change(s.event, by=s.officer, facts=dry, words="A pipe burst in the old hall.")
    s.event.refresh_from_db()
    to_ring = list(Call.objects.to_make().filter(why="venue"))
    assert len(to_ring) == Registration.objects.filter(event=s.event, state__in=("confirmed", "invited")).count()
    for call in to_ring[:20]:
        n = number(call.registration)
        if n in PHONE_ONLY:
            events.make_call(call, by=s.officer, note="Told them the new place.")
        else:
            s.page(n, "seen")
    for call in to_ring[20:]:
        events.make_call(call, by=s.officer, note="Told them the new place.")
    s.until(2, 10, 21)
    s.page(9, "withdraw")
    s.until(2, 11, 8)


def the_day_and_after(s: Season) -> None:
    """Who came is marked at the door, the rest from paper; everybody gets one last word."""
    here = list(Registration.objects.filter(event=s.event, state="confirmed").order_by("pk"))
    for registration in here[:-2]:
        events.mark_attendance(registration, True, by=s.officer)
    events.mark_attendance(s.now(39), True, by=s.officer, reason="Came all the same, and was welcome.")
    s.until(2, 12, 10)
    for registration in here[-2:]:
        events.mark_attendance(registration, False, by=s.officer, reason="From the paper list.")
    s.until(2, 15)
    for call in Call.objects.to_make().filter(registration__event=s.event):
        events.drop_call(call, by=s.officer, reason="The day is over.")
    for registration in Registration.objects.left_open(s.clock.at.date()).filter(event=s.event):
        events.not_this_time(registration, by=s.officer, reason="No place came free in the end; let us talk in spring.")
    s.until(2, 18)


def test_a_season_ends_with_every_letter_once_a_complete_journal_and_nobody_in_limbo(season: Season) -> None:
    play(season)

    nobody_is_in_limbo(season)
    every_letter_left_once()
    the_journal_is_complete()
    people_heard_what_they_should(season)


def nobody_is_in_limbo(s: Season) -> None:
    here = Registration.objects.filter(event=s.event)
    assert set(here.values_list("state", flat=True)) <= FINAL
    elsewhere = Registration.objects.get(event=s.swansea)
    assert (elsewhere.state, list(Registration.objects.to_answer())) == ("requested", [elsewhere])  # the desk's list
    assert not Call.objects.to_make().exists()
    assert not Invitation.objects.filter(state__in=("held", "sent")).exists()
    assert s.states()["attended"] + s.states()["absent"] - here.filter(walk_in=True).count() <= PLACES
    assert s.states()["absent"] == 2


def every_letter_left_once() -> None:
    states = Counter(Message.objects.values_list("state", flat=True))
    assert set(states) <= {"sent", "cancelled"}
    assert states["sent"] == len(mail.outbox)
    ids = [message.extra_headers["Message-ID"] for message in mail.outbox]
    assert len(set(ids)) == len(ids)


def the_journal_is_complete() -> None:
    for registration in Registration.objects.all():
        lines = list(Entry.objects.about(registration).order_by("pk"))
        assert [line.from_state for line in lines[1:]] == [line.to_state for line in lines[:-1]], registration
        assert (lines[0].from_state, lines[-1].to_state) == ("draft", registration.state)
        assert all(line.by_name for line in lines)
    for invitation in Invitation.objects.all():
        lines = list(Entry.objects.about(invitation).order_by("pk"))
        assert (lines[0].from_state, lines[-1].to_state) == ("held", invitation.state)


def people_heard_what_they_should(s: Season) -> None:
    """Each letter of the life of a place at most once a person, except what can happen twice; none at night."""
    by_person: dict[str, Counter[str]] = {}
    for message in Message.objects.filter(state="sent").exclude(person_code=""):
        step = next(part for part in message.key.split(":")[2:] if not part.isdigit())
        by_person.setdefault(message.person_code, Counter())[step] += 1
        local = message.sent_at.astimezone(LONDON)
        assert message.urgent or 8 <= local.hour < 20, (message.key, local)
    assert all(count == 1 for steps in by_person.values() for count in steps.values())
    assert max(sum(steps.values()) for steps in by_person.values()) <= 10
    came = Registration.objects.filter(event=s.event, state="attended", walk_in=False)
    wanted = {"acknowledgement", "confirmed", "warm-up", "joining-notes", "changed-1", "day-before", "thank-you"}
    for registration in came.exclude(person__contact_email="").exclude(pk__in=(s.asked[41].pk,)):
        steps = set(by_person[registration.person.code])
        late = registration.confirmed_at.month == 2
        assert wanted - steps <= ({"warm-up"} if late else set()), (registration, steps)
        assert "sorry" not in steps
    for registration in Registration.objects.filter(event=s.event, state="absent").exclude(person__contact_email=""):
        steps = by_person[registration.person.code]
        assert (steps["sorry"], steps["thank-you"]) == (1, 0)
    for n in WELSH:
        text = Message.objects.filter(person_code=s.asked[n].person.code).latest("pk").text
        assert "Annwyl" in text
    assert read(Client().get(f"/request/{world.mailed_token('request', s.now(37))}/")).words("h1") == ["Your request"]
