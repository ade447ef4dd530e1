"""The officer's pages of asking and inviting: words and previews, one list of fates, calls and entries."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.messages import get_messages
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from events import services as events
from events.admin import deciding, decisions
from events.admin.invitations import Fate, fates_of
from events.models import Call, Conversation, Event, Invitation, Registration, SectorPlaces
from partners.models import Membership, User
from pwp.journal.models import Entry
from pwp.outbox.delivery import deliver_due_messages
from pwp.outbox.models import Message
from tests import factories
from tests.clock import Clock
from tests.db.admin.conftest import as_shown
from tests.html import read

Choose = Callable[[str, str, list[Any]], HttpResponse]
Confirm = Callable[..., HttpResponse]
QUEUE = "events_registration"
KNOWN = "Known for years."


def ask_page(desk: Client, slug: str, *rows: Registration) -> HttpResponse:
    ids = "&".join(f"id={row.pk}" for row in rows)
    return desk.get(f"{reverse('admin:events_registration_decide', args=[slug])}?{ids}")


def state(registration: Registration) -> str:
    return Registration.objects.get(pk=registration.pk).state


def warnings(desk: Client) -> list[str]:
    page = desk.get(reverse("admin:events_registration_changelist"))
    return [str(message) for message in page.context["messages"]]


# --- deciding --------------------------------------------------------------------------------------------------------


def test_twenty_are_invited_in_two_presses_each_with_their_own_sentence_in_their_language(
    choose: Choose, confirm: Confirm, event: Event
) -> None:
    asked = [factories.ask(event, number, language="cy" if number % 4 == 0 else "en") for number in range(1, 21)]
    page = choose(QUEUE, "invite", asked)
    own = {f"own_{asked[0].pk}": "Bring your lantern slides."}

    confirm(page, words="We look forward to it.", words_cy="Edrychwn ymlaen.", no_talk_reason=KNOWN, **own)

    assert {state(one) for one in asked} == {"invited"}
    letters = list(Message.objects.filter(key__contains=":sent:"))
    assert len(letters) == 20
    assert sum("We look forward to it." in letter.text for letter in letters) == 15
    assert sum("Edrychwn ymlaen." in letter.text for letter in letters) == 5
    assert [m.to_email for m in letters if "Bring your lantern slides." in m.text] == ["person1@group1.example"]


def test_the_page_shows_the_letter_of_each_language_and_on_request_everybodys(
    desk: Client, choose: Choose, event: Event
) -> None:
    asked = [factories.ask(event, number, language="cy" if number == 2 else "en") for number in (1, 2, 3)]
    page = choose(QUEUE, "invite", asked)
    assert [letter.language for _one, letter in page.context["letters"]] == ["en", "cy"]

    confirmation = page.context["confirmation"]
    typed = {"seen": confirmation.seen, "words": "Come by bus.", "no_talk_reason": KNOWN, "preview": "1"}
    preview = desk.post(confirmation.post_to, typed)

    assert ["Come by bus." in letter.text for _one, letter in preview.context["letters"]] == [True, True, True]
    assert {state(one) for one in asked} == {"requested"}
    assert not Message.objects.filter(key__contains=":sent:").exists()


def test_who_is_on_the_page_is_who_gets_a_letter(choose: Choose, confirm: Confirm, event: Event) -> None:
    asked = [
        factories.ask(event, n, email="" if n == 2 else f"p{n}@g.example", phone="0114 496 0000") for n in (1, 2, 3)
    ]
    page = choose(QUEUE, "invite", asked)
    shown = [row[1] for row in page.context["confirmation"].rows]

    confirm(page, no_talk_reason=KNOWN)

    written = Message.objects.filter(key__contains=":sent:").values_list("to_email", flat=True)
    assert sorted(written) == sorted(words.split()[-1] for words in shown if "@" in words)
    assert Call.objects.count() == sum("please call" in words for words in shown) == 1


def test_those_without_a_talk_are_refused_by_name_and_the_rest_is_invited(
    choose: Choose, confirm: Confirm, event: Event, officer: User
) -> None:
    talked, silent = factories.ask(event, 1), factories.ask(event, 2)
    events.log_conversation(Conversation(registration=talked, means="call", summary="Good."), by=officer)

    again = confirm(choose(QUEUE, "invite", [talked, silent])).content.decode()

    assert (state(talked), state(silent)) == ("invited", "requested")
    assert f"{silent}: Nobody has talked with them yet." in again


def test_a_kind_beginning_with_a_gap_in_it_does_not_leave(choose: Choose, confirm: Confirm, event: Event) -> None:
    asked = [factories.ask(event, 1)]
    page = choose(QUEUE, "not_this_time", asked)
    beginning = page.context["confirmation"].form["reason"].value()
    assert "Many more people asked" in beginning

    confirm(page, reason=beginning)
    assert state(asked[0]) == "requested"
    confirm(page, reason=beginning.partition("[")[0] + "Yours was the third choir.")

    assert state(asked[0]) == "not_this_time"
    assert "Yours was the third choir." in Message.objects.get(key__contains=":not-this-time:").text


def test_the_welsh_box_is_named_in_the_language_of_the_desk(choose: Choose, event: Event) -> None:
    page = choose(QUEUE, "not_this_time", [factories.ask(event, 1, language="cy")])

    form = page.context["confirmation"].form
    assert form["reason_cy"].label == "The same in Welsh"
    assert form["reason_cy"].value() != form["reason"].value()


@pytest.mark.parametrize(("slug", "letter"), [("withdraw", False), ("move", True)])
def test_the_page_does_not_name_a_letter_that_does_not_leave_nor_hide_one_that_does(
    desk: Client, event: Event, slug: str, letter: bool
) -> None:
    factories.make_event("fife-2031")
    page = ask_page(desk, slug, factories.ask(event, 1)).content.decode()

    assert ("in English, to person1@group1.example" in page) is letter
    assert ("no letter" in page) is not letter


def test_the_letter_about_a_move_can_be_read_before_it_leaves(desk: Client, event: Event) -> None:
    factories.make_event("fife-2031")
    page = ask_page(desk, "move", factories.ask(event, 1))
    confirmation = page.context["confirmation"]

    preview = desk.post(
        confirmation.post_to, {"seen": confirmation.seen, "event": "fife-2031", "preview": "1"}
    ).context["letters"]

    assert ["/request/link/" in letter.text for _one, letter in preview] == [True]


def test_a_second_press_does_nothing_also_where_the_state_stays_as_it_is(
    choose: Choose, confirm: Confirm, event: Event, officer: User
) -> None:
    asked = factories.ask(event, 1)
    events.log_conversation(Conversation(registration=asked, means="call", summary="Good."), by=officer)
    page = choose(QUEUE, "consider", [asked])

    for _twice in range(2):
        confirm(page, words="")

    assert Message.objects.filter(key__contains=":considering:").count() == 1


def test_a_decision_is_undone_from_the_page_of_the_request(
    desk: Client, confirm: Confirm, event: Event, officer: User, settings: LazySettings
) -> None:
    settings.LETTER_HOLD_MINUTES = 60
    invited = factories.invite(event, 1, officer).registration
    confirm(ask_page(desk, "undo", invited))
    assert state(invited) == "requested"

    settings.LETTER_HOLD_MINUTES = 0
    events.invite(Registration.objects.get(pk=invited.pk), by=officer, no_talk_reason=KNOWN)
    deliver_due_messages()
    confirm(ask_page(desk, "undo", invited))
    assert state(invited) == "invited"


DEEDS = [
    ("hold", {"until": "2031-01-20", "reason": "The board meets."}, "requested"),
    ("consider", {"words": ""}, "talking"),
    ("no-event-near", {"reason": "Plymouth is far."}, "not_this_time"),
    ("elsewhere", {"reason": "Fife fits better.", "other": "fife-2031"}, "elsewhere"),
    ("move", {"event": "fife-2031", "reason": "Surgery."}, "moved"),
    ("withdraw", {"reason": ""}, "withdrawn"),
]


@pytest.mark.parametrize(("slug", "typed", "to"), DEEDS, ids=[deed[0] for deed in DEEDS])
def test_every_decision_about_a_new_request_has_a_page_and_a_journal_line(
    desk: Client, confirm: Confirm, event: Event, officer: User, slug: str, typed: dict[str, str], to: str
) -> None:
    factories.make_event("fife-2031")
    asked = factories.ask(event, 1)
    before = Entry.objects.about(asked).count()

    page = ask_page(desk, slug, asked)
    assert (page.status_code, state(asked)) == (200, "requested")
    for _twice in range(2):
        confirm(page, **typed)

    assert state(asked) == to
    assert Entry.objects.about(asked).count() == before + 1
    assert Entry.objects.about(asked).first().by == officer


def test_a_place_is_kept_let_go_and_sent_to_a_colleague(
    desk: Client, confirm: Confirm, event: Event, museum: Registration
) -> None:
    asked = factories.ask(event, 7)
    confirm(ask_page(desk, "hold", asked), until="", reason="")
    assert events.places_promised(event) == 2
    confirm(ask_page(desk, "release", asked))
    assert events.places_promised(event) == 1

    confirm(ask_page(desk, "colleague", museum), name="Mari Rees", email="mari@mill.example", phone="")
    assert (state(museum), museum.substitute.person.name) == ("withdrawn", "Mari Rees")


def test_a_hat_is_changed_and_somebody_put_at_the_head_of_the_line(
    desk: Client, confirm: Confirm, officer: User
) -> None:
    event = factories.make_event("small-2031", capacity=1)
    factories.confirm(event, 1, officer)
    first, second = factories.ask(event, 3), factories.ask(event, 5)
    for one in (first, second):
        events.keep_waiting(one, by=officer, reason=KNOWN)
    hat = Membership.objects.create(person=second.person, organisation=first.organisation, role="trustee")

    confirm(ask_page(desk, "next-in-line", second), reason="Needs a bus.")
    confirm(ask_page(desk, "hat", second), membership=str(hat.pk))

    queue = desk.get(f"{reverse('admin:events_registration_changelist')}?stage=waiting").context["cl"].result_list
    assert {row.person.name: row.position for row in queue} == {"Person 5": 1, "Person 3": 2}
    assert Registration.objects.get(pk=second.pk).membership == hat


def test_who_came_is_entered_from_paper(
    desk: Client, confirm: Confirm, officer: User,
    museum: Registration, community: Registration, clock: Clock,
) -> None:  # fmt: skip
    assert ask_page(desk, "came", museum).status_code == 302  # not before the day
    clock.set(2031, 2, 12)
    desk.force_login(officer)  # the session of five years ago has run out

    confirm(ask_page(desk, "came", museum), reason="From the paper list.")
    confirm(ask_page(desk, "did-not-come", community), reason="From the paper list.")

    assert (state(museum), state(community)) == ("attended", "absent")


def test_the_request_shows_where_it_came_from_and_what_was_said_there(
    desk: Client, event: Event, museum: Registration, officer: User
) -> None:
    events.log_conversation(
        Conversation(registration=museum, means="call", summary="The loom is too wide."), by=officer
    )
    new = events.move(museum, factories.make_event("fife-2031"), by="Ana Reed")

    page = desk.get(reverse("admin:events_registration_change", args=[new.pk])).content.decode()

    assert "The loom is too wide." in page
    assert "moved from" in page
    assert reverse("admin:events_registration_change", args=[museum.pk]) in page


def in_every_state(event: Event, officer: User) -> dict[str, Registration]:
    """One request in each state; the event is today, so that people may come."""
    rows = {name: factories.ask(event, number) for number, name in enumerate(("requested", "talking"), start=1)}
    events.keep_considering(rows["talking"], by=officer)
    rows |= {
        name: factories.confirm(event, n, officer) for n, name in enumerate(("confirmed", "attended", "absent"), 3)
    }
    rows["withdrawn"] = factories.confirm(event, 6, officer)
    events.withdraw(rows["withdrawn"], by="Person 6")
    rows["not_this_time"], rows["elsewhere"], rows["moved"] = (factories.ask(event, number) for number in (7, 8, 9))
    events.not_this_time(rows["not_this_time"], by=officer, reason="Too far.")
    events.suggest_elsewhere(rows["elsewhere"], by=officer, reason="Nearer.")
    events.move(rows["moved"], Event.objects.get(slug="fife-2031"), by="Person 9")
    declined = factories.invite(event, 10, officer)
    events.decline_invitation(declined, by="Person 10")
    rows |= {"declined": declined.registration, "invited": factories.invite(event, 11, officer).registration}
    rows["draft"] = events.keep_draft(None, {"name": "Half"})
    Event.objects.filter(pk=event.pk).update(capacity=1)
    rows["waiting"] = factories.ask(event, 12)
    events.keep_waiting(rows["waiting"], by=officer, reason=KNOWN)
    return rows


def test_every_decision_in_every_state_is_done_or_refused_with_words(
    desk: Client, event: Event, officer: User, clock: Clock
) -> None:
    factories.make_event("fife-2031", held_on=factories.FAR_AHEAD + dt.timedelta(days=9))
    rows = in_every_state(event, officer)
    clock.set(2031, 2, 11, 7)
    desk.force_login(officer)
    for came in ("attended", "absent"):
        events.mark_attendance(rows[came], came == "attended", by=officer)
    assert {name: state(row) for name, row in rows.items()} == {name: name for name in Registration.State.values}
    typed = {
        "reason": "Because.",
        "no_talk_reason": KNOWN,
        "event": "fife-2031",
        "name": "Mari",
        "phone": "0114 496 0000",
    }
    silent, changed = set(), set()
    for slug in decisions.DECISIONS:
        for name, row in rows.items():
            seen = f"{row.pk}:{next(iter(deciding._marks([row]).values()))}"
            with transaction.atomic():
                answer = desk.post(reverse("admin:events_registration_decide", args=[slug]), {"seen": seen, **typed})
                said = [str(m) for m in get_messages(answer.wsgi_request)] or answer.status_code == 422
                if not said:
                    silent.add((slug, name))
                if state(row) != name:
                    changed.add((slug, name))
                transaction.set_rollback(True)
    assert silent == set()
    assert {name for slug, name in changed} <= set(Registration.State.values) - {"draft", "moved"}
    assert {slug for slug, name in changed} >= {"withdraw", "came", "not-this-time", "did-not-come"}


# --- entering for somebody -------------------------------------------------------------------------------------------


def test_staff_enter_the_same_questions_for_somebody_once_and_say_who_agreed(desk: Client, event: Event) -> None:
    address = reverse("admin:events_registration_enter")
    page = desk.get(address)
    assert {name for name in ("event", "sector", "size", "authority", "channel") if read(page).typed()[name]} == set()
    public = set(read(Client().get("/ask/")).typed())
    assert public - {"draft", "save", "switch", "csrfmiddlewaretoken"} <= set(read(page).typed())
    typed = {
        "draft": page.context["token"], "name": "Amal Haddad", "phone": "0114 496 0005", "need": "", "offer": "Meals.",
        "organisation": "Kitchen of Hope", "sector": "community", "work_place": "S1 2HH", "size": "tiny",
        "authority": "yes", "event": event.slug, "channel": "phone", "language": "en",
    }  # fmt: skip

    wrong = desk.post(address, typed)
    assert (wrong.status_code, Registration.objects.exclude(state="draft").count()) == (422, 0)
    for _twice in range(2):
        answer = desk.post(address, typed | {"agreed_with": "the chair, by phone", "agreed_on": "2026-01-05"})
        assert answer.status_code == 302

    made = Registration.objects.exclude(state="draft").get()
    assert (made.agreed_with, str(made.agreed_on), made.entered_by.email) == (
        "the chair, by phone", "2026-01-05", "officer@partnerships.example"
    )  # fmt: skip
    shown = desk.get(reverse("admin:events_registration_change", args=[made.pk])).content.decode()
    assert "agreed with the chair, by phone" in shown


ENTERED = {
    "name": "Amal Haddad", "need": "", "offer": "Meals.", "organisation": "Kitchen of Hope", "sector": "community",
    "work_place": "S1 2HH", "size": "tiny", "authority": "yes", "channel": "phone", "language": "cy",
    "agreed_with": "the chair, by phone", "agreed_on": "2026-01-05", "letter": "on",
}  # fmt: skip


def test_the_letter_of_an_entered_request_leaves_or_staff_hear_that_it_cannot(desk: Client, event: Event) -> None:
    address = reverse("admin:events_registration_enter")
    typed = ENTERED | {"draft": desk.get(address).context["token"], "event": event.slug, "phone": "0114 496 0005"}

    refused = desk.post(address, typed)
    assert (refused.status_code, Message.objects.count()) == (422, 0)
    assert "Without an e-mail address no letter can leave." in refused.content.decode()
    desk.post(address, typed | {"email": "amal@kitchen.example"})

    letter = Message.objects.get()
    assert (letter.to_email, letter.language) == ("amal@kitchen.example", "cy")
    assert ":acknowledgement:" in letter.key


def test_a_form_that_cannot_be_kept_keeps_what_staff_typed(desk: Client, event: Event) -> None:
    taken = events.request_token(factories.ask(event, 1))
    typed = {
        "draft": taken, "name": "Amal Haddad", "phone": "0114 496 0005", "need": "", "offer": "Meals.",
        "organisation": "Kitchen of Hope", "sector": "community", "work_place": "S1 2HH", "size": "tiny",
        "authority": "yes", "event": event.slug, "channel": "phone", "language": "en",
        "agreed_with": "the chair, by phone", "agreed_on": "2026-01-05",
    }  # fmt: skip

    answer = desk.post(reverse("admin:events_registration_enter"), typed)

    page = read(answer)
    assert (answer.status_code, page.typed()["offer"]) == (422, ["Meals."])
    assert "Please send it again" in page.text
    assert page.typed()["draft"] != [taken]


# --- one list of fates -----------------------------------------------------------------------------------------------


def test_every_invitation_has_one_fate_and_those_that_ran_out_are_listed_and_counted(
    desk: Client, event: Event, officer: User, clock: Clock
) -> None:
    clock.set(2030, 12, 1)
    made: dict[str, Invitation] = {}
    names = [fate for fate in Fate if fate not in (Fate.HELD, Fate.NO_LETTER)]
    for number, fate in enumerate(names, start=1):
        made[fate] = factories.invite(event, number, officer)
    made[Fate.HELD] = events.hold_place(factories.ask(event, 30), by=officer)
    made[Fate.NO_LETTER] = factories.invite(event, 31, officer, email="", phone="0114 496 0031")
    key = {fate: f"invitation:{one.code}:sent:" for fate, one in made.items()}
    for fate in (Fate.HANDED_OVER, Fate.OPENED):
        Message.objects.exclude(key__startswith=key[fate]).update(send_after=clock.at + dt.timedelta(days=99))
        deliver_due_messages()
        Message.objects.update(send_after=clock.at)
    Message.objects.filter(key__startswith=key[Fate.BOUNCED]).update(bounced_at=clock.at)
    events.mark_opened(made[Fate.OPENED])
    events.accept_invitation(made[Fate.ACCEPTED], by="a guest")
    events.decline_invitation(made[Fate.DECLINED], by="a guest")
    events.accept_invitation(made[Fate.BY_PHONE], by=officer, via="phone")
    events.withdraw(made[Fate.WITHDRAWN].registration, by="a guest")
    Invitation.objects.filter(pk=made[Fate.EXPIRED].pk).update(reply_by=clock.at)
    clock.forward(minutes=1)
    events.expire_invitations()

    assert fates_of(Invitation.objects.all()) == dict.fromkeys(Fate.values, 1)
    address = reverse("admin:events_invitation_changelist")
    for fate, one in made.items():
        assert list(desk.get(f"{address}?fate={fate}").context["cl"].result_list) == [one], fate
    assert "not answered in time (1)" in desk.get(address).content.decode()


def test_who_signed_in_since_has_opened_the_invitation(event: Event, officer: User, clock: Clock) -> None:
    clock.set(2030, 12, 1)
    invitation = factories.invite(event, 1, officer)
    user = factories.sign_up(invitation.registration)
    clock.forward(hours=1)
    Client().force_login(user)

    assert fates_of(Invitation.objects.all()) == {Fate.OPENED: 1}


# --- calls -----------------------------------------------------------------------------------------------------------


def test_a_call_is_made_on_one_page_with_its_answer_and_leaves_the_list(
    desk: Client, confirm: Confirm, event: Event, officer: User
) -> None:
    factories.invite(event, 1, officer, email="", phone="0114 496 0001")
    call = Call.objects.get()
    assert "0114 496 0001" in desk.get(reverse("admin:events_call_changelist")).content.decode()
    page = desk.get(f"{reverse('admin:events_call_deed', args=['made'])}?id={call.pk}")

    assert confirm(page, note="").status_code == 422
    for _twice in range(2):
        confirm(page, note="Yes, with her neighbour.", answer="yes")

    assert not desk.get(reverse("admin:events_call_changelist")).context["cl"].result_list
    assert (Registration.objects.get().state, Conversation.objects.count()) == ("confirmed", 1)


def test_calls_nobody_needs_are_ticked_off_together(
    desk: Client, choose: Choose, confirm: Confirm, event: Event, officer: User
) -> None:
    for number in (1, 2):
        factories.invite(event, number, officer, email="", phone="0114 496 0001")
    confirm(choose("events_call", "not_needed", list(Call.objects.all())), reason="Met both at the fair.")

    assert set(Call.objects.values_list("state", flat=True)) == {"not_needed"}
    shown = desk.get(reverse("admin:events_call_change", args=[Call.objects.first().pk])).content.decode()
    assert "Met both at the fair." in shown
    assert "Put it on the list again" in shown


# --- the event -------------------------------------------------------------------------------------------------------


def test_the_events_page_shows_the_mix_and_keeps_places(desk: Client, event: Event, museum: Registration) -> None:
    page = reverse("admin:events_event_change", args=[event.pk])
    none = as_shown(desk.get(page), "areas", "sector_places")
    line = {"sector_places-TOTAL_FORMS": 1, "sector_places-0-sector": "community", "sector_places-0-wanted": 6,
            "sector_places-0-held": 4}  # fmt: skip
    assert desk.post(page, none | line).status_code == 302

    assert SectorPlaces.objects.get().held == 4
    rows = read(desk.get(page)).words("tr")
    assert "Museum0010015" in rows  # hoped for, held, confirmed, invited, waiting, free
    assert "Community or third-sector group6400019" in rows


def test_a_call_says_what_to_tell_or_ask(desk: Client, event: Event, officer: User) -> None:
    by_phone = factories.ask(event, 1, email="", phone="0114 496 0001")
    silent = factories.ask(event, 2, email="", phone="0114 496 0002")
    events.keep_considering(silent, by=officer)
    events.invite(by_phone, by=officer, no_talk_reason=KNOWN)

    rows = read(desk.get(reverse("admin:events_call_changelist"))).rows()

    assert [row[4] for row in rows if row] == [
        "we are considering their request; nothing is decided",
        "they are invited: do they come?",
    ]


def test_the_waiting_list_is_shown_in_the_order_in_which_places_are_offered(
    desk: Client, event: Event, officer: User
) -> None:
    Event.objects.filter(pk=event.pk).update(capacity=1)
    factories.invite(event, 9, officer)
    first, second = factories.ask(event, 1), factories.ask(event, 2)
    events.keep_waiting(second, by=officer, reason=KNOWN)
    events.keep_waiting(first, by=officer, reason=KNOWN)

    page = desk.get(f"{reverse('admin:events_registration_changelist')}?stage=waiting")

    assert list(page.context["cl"].result_list) == [second, first]


def test_a_cancelled_event_says_so_at_the_desk(desk: Client, event: Event, officer: User) -> None:
    events.cancel_event(event, by=officer, words="The hall has a leak.")

    page = desk.get(reverse("admin:events_event_change", args=[event.pk])).content.decode()
    listed = read(desk.get(reverse("admin:events_event_changelist"))).text

    assert "This event is cancelled since" in page
    assert "Tuesday 11 February 2031, cancelled" in listed


def test_a_kept_place_is_shown_in_the_queue_and_calls_for_no_letter(desk: Client, event: Event, officer: User) -> None:
    registration = factories.ask(event, 1)
    events.hold_place(registration, by=officer, until=factories.FAR_AHEAD - dt.timedelta(days=9))

    queue = read(desk.get(reverse("admin:events_registration_changelist"))).text
    page = read(desk.get(reverse("admin:events_registration_change", args=[registration.pk]))).text

    assert "a place is kept until 2 Feb 2031" in queue
    assert "held, nothing sent" in page
    assert "no letter: please call" not in page


@pytest.mark.parametrize("record", ["person", "organisation"])
def test_a_board_that_agrees_three_weeks_later_is_in_the_journal_and_on_the_page_of_the_request(
    desk: Client, officer: User, event: Event, record: str
) -> None:
    asked = factories.ask(event, 1, authority="with_committee")
    row = asked.person if record == "person" else asked.organisation
    page = reverse(f"admin:partners_{record}_change", args=[row.pk])

    desk.post(page, read(desk.get(page)).typed() | {"memberships-0-authority": "yes"})
    desk.post(page, read(desk.get(page)).typed())

    line = Entry.objects.about(asked.membership).get()
    assert (line.from_state, line.to_state, line.by) == ("with_committee", "yes", officer)
    request = read(desk.get(reverse("admin:events_registration_change", args=[asked.pk]))).text
    assert f"Yes, with my committee or manager (changed by {officer})" in request
    journal = read(desk.get(reverse("admin:journal_entry_changelist"))).text
    assert "Person 1, Group 1" in journal
