"""Forgetting in time: who took part is anonymised a year after the end, the journal goes after two years."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events import services as events
from events.models import Conversation, Event, Programme, Registration
from matching.models import Answer, Introduction, MatchRun, Plan, Suggestion
from matching.services import forget_past_programmes
from partners.models import Consent, Listing, MailedLink, Organisation, Person, User
from partners.services import report_concern
from pwp.journal.models import Entry
from pwp.outbox.models import KeptMail, Message
from pwp.today import TodaysWork
from tests import factories
from tests import world as season
from tests.world import PRIVATE_REASON, World, everything

NAMES = ("Reedsworth", "Millsbury", "Quillfeather", "Fernhollow", "Orrington", "Ashgrove", "Larkspur", "Waitwell")
PLACES = ("Kelham Mill", "Riverside Readers", "Steel Street", "Harbour Museum", "Knit and Natter", "Brass Museum")
WORDS = ("forty chairs", "steelworks", "read aloud", PRIVATE_REASON, "0114 496", "her knee")


def noon(day: dt.date, **later: int) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC) + dt.timedelta(**later)


@pytest.fixture
def world(db: None) -> World:
    world = season.play()
    by = world.officer
    events.log_conversation(
        Conversation(registration=world.museum, means="call", summary="We spoke of her knee."), by=by
    )
    report_concern(world.group.organisation, worry="It names her knee.", by=world.museum.person.user)
    Registration.objects.exclude(state="draft").update(staff_note="Mind her knee.", agreed_with="Ana Reedsworth")
    KeptMail.objects.create(to="a@b.example", subject="Ana Reedsworth", text="x", at=timezone.now())
    return world


@pytest.fixture
def over(world: World) -> dt.datetime:
    """A year after the programme's last day."""
    return noon(events.forgotten_on(Programme.objects.get()))


def test_the_day_before_nothing_is_done(world: World, over: dt.datetime) -> None:
    before = everything()

    assert forget_past_programmes(now=over - dt.timedelta(days=1)) == 0

    assert everything() == before


def test_a_year_after_the_end_no_row_names_anybody_or_holds_their_words(world: World, over: dt.datetime) -> None:
    count = Person.objects.count()

    assert forget_past_programmes(now=over) == count

    left = {
        f"{table}: {word}"
        for table, rows in everything().items()
        for word in (*NAMES, *PLACES, *WORDS)
        if any(word in row for row in rows)
    }
    assert left == set()
    assert not Person.objects.exclude(contact_email="").exists()
    assert list(User.objects.all()) == [world.officer]
    assert [model.objects.count() for model in (Consent, Listing, Plan, KeptMail)] == [0] * 4
    assert not MailedLink.objects.exclude(purpose="draft").exists()
    assert not Message.objects.exists()


def test_what_is_counted_is_as_it_was(world: World, over: dt.datetime) -> None:
    def counts() -> list[object]:
        return [
            sorted(Registration.objects.exclude(state="draft").values_list("event__slug", "state")),
            sorted(Organisation.objects.values_list("sector", "size", "council_code")),
            sorted(Answer.objects.values_list("choice", "reason")),
            [model.objects.count() for model in (Introduction, Suggestion, MatchRun, Person)],
        ]

    before = counts()
    forget_past_programmes(now=over)

    assert counts() == before


def test_it_is_done_once_and_the_programme_s_journal_says_how_many(world: World, over: dt.datetime) -> None:
    count = Person.objects.count()

    assert [forget_past_programmes(now=over) for _night in range(2)] == [count, 0]

    [line] = Entry.objects.about(Programme.objects.get())
    assert line.reason == f"{count} people were anonymised, a year after the end"


def test_the_admin_still_opens_every_row(client: Client, world: World, over: dt.datetime) -> None:
    forget_past_programmes(now=over)
    client.force_login(world.officer)

    for model in (Person, Organisation, Registration, Introduction, Suggestion, MatchRun, Answer):
        for pk in model._base_manager.values_list("pk", flat=True):
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
            assert client.get(reverse(name, args=[pk])).status_code == 200, (model, pk)


def test_who_takes_part_in_a_newer_programme_is_kept(event: Event, officer: User) -> None:
    stays, goes = (factories.confirm(event, number, officer) for number in (1, 2))
    newer = factories.make_programme(
        slug="next-round", starts_on=event.held_on, ends_on=event.held_on + dt.timedelta(days=900)
    )
    again = factories.make_event("fife-2032", programme=newer, held_on=event.held_on + dt.timedelta(days=500))
    Registration.objects.create(event=again, person=stays.person, membership=stays.membership, state="requested")

    assert forget_past_programmes(now=noon(events.forgotten_on(event.programme))) == 1

    assert {(one.name, one.forgotten_at is None) for one in Person.objects.all()} == {("Person 1", True), ("–", False)}
    assert set(Organisation.objects.values_list("name", flat=True)) == {stays.organisation.name, "–"}
    assert goes.organisation.name != "–"


def test_lines_of_the_journal_go_after_two_years(event: Event, officer: User) -> None:
    asked = factories.ask(event, 1)
    old = timezone.now() - dt.timedelta(days=731)
    Entry.objects.update(at=old)
    events.keep_considering(asked, by=officer)

    assert events.purge_journal() == 1
    assert events.purge_journal() == 0

    assert list(Entry.objects.about(asked).values_list("to_state", flat=True)) == ["talking"]


def test_the_first_page_warns_a_month_before(world: World, over: dt.datetime) -> None:
    def warned(days: int) -> int | None:
        found = TodaysWork(world.officer, now=over - dt.timedelta(days=days)).items()
        return next((item.count for item in found if item.slug == "forgotten"), None)

    assert [warned(days) for days in (31, 30, 1)] == [None, Person.objects.count(), Person.objects.count()]
    forget_past_programmes(now=over)
    assert warned(0) is None


def test_what_would_go_is_counted_and_nothing_goes(world: World, over: dt.datetime) -> None:
    before, said = everything(), StringIO()

    call_command("what_goes", "--on", f"{over:%Y-%m-%d}", stdout=said)

    lines = dict(line.rsplit(": ", 1) for line in said.getvalue().splitlines())
    assert int(lines["requests, with their people and letters"]) > 0
    assert int(lines["people anonymised"]) > 0
    assert int(lines["lines of the journal and the log"]) > 0
    assert everything() == before
