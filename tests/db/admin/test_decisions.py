"""Deciding about requests: a page first, then one letter each, once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from events import services as events
from events.models import Conversation, Event, Invitation, Registration
from partners.models import User
from pwp.journal.models import Entry
from pwp.outbox.models import Message
from tests import factories
from tests.db.admin.conftest import as_shown

Choose = Callable[[str, str, list[Any]], HttpResponse]
Confirm = Callable[..., HttpResponse]
QUEUE = "events_registration"
KNOWN = "Known for years."


def fill(event: Event, officer: User) -> None:
    """One place, and it is promised."""
    Event.objects.filter(pk=event.pk).update(capacity=1)
    factories.invite(event, 99, officer)


def letters(kind: str) -> list[str]:
    return sorted(Message.objects.filter(key__contains=kind).values_list("to_email", flat=True))


def moves(registration: Registration) -> list[tuple[str, str]]:
    entries = Entry.objects.about(registration).exclude(from_state="draft").order_by("pk")
    return list(entries.values_list("to_state", "by_name"))


def state(registration: Registration) -> str:
    return Registration.objects.get(pk=registration.pk).state


@pytest.fixture
def asked(event: Event) -> list[Registration]:
    """Three requests: one in Welsh, one from somebody with a phone alone."""
    return [
        factories.ask(event, 1),
        factories.ask(event, 2, language="cy"),
        factories.ask(event, 3, email="", phone="0114 496 0003"),
    ]


@pytest.mark.parametrize(
    ("action", "to", "letter"),
    [
        ("invite", "invited", ":sent:"),
        ("keep_waiting", "waiting", ":waiting:"),
        ("not_this_time", "not_this_time", ":not-this-time:"),
    ],
)
def test_a_decision_for_many_writes_one_letter_and_one_line_each_however_often_it_is_sent(
    choose: Choose, confirm: Confirm, asked: list[Registration], officer: User, action: str, to: str, letter: str
) -> None:
    if action == "keep_waiting":
        fill(asked[0].event, officer)
    page = choose(QUEUE, action, asked)
    assert [state(one) for one in asked] == ["requested"] * 3

    first = confirm(page, reason="We had many more requests than places.", no_talk_reason=KNOWN)
    second = confirm(page, reason="We had many more requests than places.", no_talk_reason=KNOWN)

    assert first.status_code == second.status_code == 302
    assert [moves(one) for one in asked] == [[(to, str(officer))]] * 3
    asked_for = ["person1@group1.example", "person2@group2.example"]
    assert [email for email in letters(letter) if email != "person99@group99.example"] == asked_for


def test_the_page_says_who_gets_a_letter_in_which_language_and_who_is_called(
    choose: Choose, asked: list[Registration]
) -> None:
    page = choose(QUEUE, "invite", asked).content.decode()
    assert "in English, to person1@group1.example" in page
    assert "in Cymraeg, to person2@group2.example" in page
    assert "no e-mail address: please call 0114 496 0003" in page
    assert "0 of 20 places are taken or promised" in page


def test_what_was_refused_is_named_and_the_rest_is_done(
    choose: Choose, confirm: Confirm, asked: list[Registration], event: Event
) -> None:
    Event.objects.filter(pk=event.pk).update(capacity=2)
    said = confirm(choose(QUEUE, "invite", asked), no_talk_reason=KNOWN).content.decode()

    assert [state(one) for one in asked] == ["invited", "invited", "requested"]
    assert "2 invitations were written." in said
    assert "Person 3" in said
    assert "All places at Sheffield are taken or promised." in said


def test_who_was_refused_is_asked_about_again_with_all_that_was_typed(
    choose: Choose, confirm: Confirm, asked: list[Registration], event: Event
) -> None:
    Event.objects.filter(pk=event.pk).update(capacity=1)
    again = confirm(choose(QUEUE, "invite", asked), no_talk_reason=KNOWN, words="Bring a friend.")
    refused = [str(one) for one in asked[1:]]
    assert [str(message) for message in again.context["messages"]] == [
        "1 invitation was written.",
        f"{'; '.join(refused)}: All places at Sheffield are taken or promised. "
        "Keep this request waiting, or add places to the event.",
    ]
    assert again.status_code == 422
    assert again.context["confirmation"].form["words"].value() == "Bring a friend."

    Event.objects.filter(pk=event.pk).update(capacity=3)
    assert confirm(again, no_talk_reason=KNOWN, words="Bring a friend.").status_code == 302
    assert [state(one) for one in asked] == ["invited"] * 3


def test_passing_somebody_by_who_waits_longer_needs_a_reason_before_anybody_is_invited(
    choose: Choose, confirm: Confirm, asked: list[Registration], officer: User
) -> None:
    event = asked[0].event
    fill(event, officer)
    events.keep_waiting(asked[0], by=officer, reason=KNOWN)
    Event.objects.filter(pk=event.pk).update(capacity=4)
    assert "reason" not in choose(QUEUE, "invite", asked).context["confirmation"].form.fields

    page = choose(QUEUE, "invite", asked[1:])
    assert "Person 1 has waited longer, and there is room." in page.content.decode()
    assert confirm(page, no_talk_reason=KNOWN).status_code == 422
    assert [state(one) for one in asked[1:]] == ["requested"] * 2

    confirm(page, no_talk_reason=KNOWN, reason="They can come by bus.")
    assert [state(one) for one in asked] == ["waiting", "invited", "invited"]


def test_who_waits_is_served_first_when_the_places_do_not_reach(
    choose: Choose, confirm: Confirm, asked: list[Registration], officer: User
) -> None:
    event = asked[0].event
    fill(event, officer)
    events.keep_waiting(asked[2], by=officer, reason=KNOWN)
    Event.objects.filter(pk=event.pk).update(capacity=2)

    confirm(choose(QUEUE, "invite", asked), no_talk_reason=KNOWN)

    assert [state(one) for one in asked] == ["requested", "requested", "invited"]


def test_after_a_decision_the_queue_is_filtered_as_before(
    desk: Client, confirm: Confirm, asked: list[Registration]
) -> None:
    queue = f"{reverse('admin:events_registration_changelist')}?stage=requested"
    page = desk.post(queue, {"action": "invite", "_selected_action": [one.pk for one in asked], "index": 0})
    assert page.context["confirmation"].back_to == queue
    assert confirm(page, no_talk_reason=KNOWN).headers["Location"] == queue


def test_what_somebody_else_decided_meanwhile_stays(
    choose: Choose, confirm: Confirm, asked: list[Registration], officer: User
) -> None:
    page = choose(QUEUE, "keep_waiting", asked[:1])
    events.invite(asked[0], by=officer, no_talk_reason=KNOWN)

    confirm(page, reason="")

    assert state(asked[0]) == "invited"
    assert letters(":waiting:") == []


def test_not_this_time_needs_words(choose: Choose, confirm: Confirm, asked: list[Registration]) -> None:
    page = choose(QUEUE, "not_this_time", asked)
    for words in ("", "   "):
        answer = confirm(page, reason=words)
        assert answer.status_code == 422
        assert "This field is required." in answer.content.decode()
    assert [state(one) for one in asked] == ["requested"] * 3
    assert letters(":not-this-time:") == []


def test_the_words_are_in_the_letter(choose: Choose, confirm: Confirm, asked: list[Registration]) -> None:
    confirm(choose(QUEUE, "not_this_time", asked[:1]), reason="Your hall is <far> away.")
    assert "Your hall is <far> away." in Message.objects.get(key__contains=":not-this-time:").text


def test_asking_changes_nothing(desk: Client, asked: list[Registration]) -> None:
    address = reverse("admin:events_registration_decide", args=["invite"])
    assert desk.get(f"{address}?id={asked[0].pk}").status_code == 200
    assert desk.get(f"{address}?id=nonsense").status_code == 302
    assert desk.get(reverse("admin:events_registration_decide", args=["nonsense"])).status_code == 404
    assert state(asked[0]) == "requested"


@pytest.mark.parametrize(
    ("slug", "to", "via"),
    [("said-yes", "confirmed", "phone"), ("said-no", "declined", "phone"), ("withdraw", "withdrawn", "")],
)
def test_answers_by_phone_are_entered_on_the_request(
    desk: Client, confirm: Confirm, event: Event, officer: User, slug: str, to: str, via: str
) -> None:
    invitation = factories.invite(event, 1, officer)
    address = reverse("admin:events_registration_decide", args=[slug])
    page = desk.get(f"{address}?id={invitation.registration.pk}")

    for _twice in range(2):
        confirm(page, reason="They rang.")

    assert state(invitation.registration) == to
    assert Invitation.objects.get(pk=invitation.pk).answered_via == via
    assert len(letters(":confirmed:")) == (to == "confirmed")


def test_the_request_offers_what_is_possible_now(desk: Client, event: Event, officer: User) -> None:
    def offered(registration: Registration) -> list[str]:
        page = desk.get(reverse("admin:events_registration_change", args=[registration.pk]))
        return [decision.slug for decision in page.context["decisions"]]

    undecided = ["invite", "hold", "consider", "keep-waiting", "not-this-time", "no-event-near", "elsewhere"]
    assert offered(factories.ask(event, 1)) == [*undecided, "withdraw", "move"]
    assert offered(factories.invite(event, 2, officer).registration) == [
        "said-yes", "said-no", "withdraw", "move", "undo"
    ]  # fmt: skip
    assert offered(factories.confirm(event, 3, officer)) == ["withdraw", "colleague", "move"]


def test_a_conversation_is_kept_with_who_had_it_and_moves_the_request_on(
    desk: Client, event: Event, officer: User
) -> None:
    asked = factories.ask(event, 1)
    page = reverse("admin:events_registration_change", args=[asked.pk])
    said = {"means": "call", "held_on": "2030-11-22", "summary": "A good talk.", "next_step": ""}
    typed = {f"conversations-0-{name}": value for name, value in said.items()} | {"conversations-TOTAL_FORMS": 1}
    answer = desk.post(page, as_shown(desk.get(page), "conversations") | typed)

    assert answer.status_code == 302
    assert list(Conversation.objects.values_list("summary", "by")) == [("A good talk.", officer.pk)]
    assert moves(asked) == [("talking", str(officer))]


def test_a_note_leaves_everything_else_as_it_is(desk: Client, event: Event, officer: User) -> None:
    asked = factories.ask(event, 1)
    page = reverse("admin:events_registration_change", args=[asked.pk])
    shown = as_shown(desk.get(page), "conversations")
    events.invite(asked, by=officer, no_talk_reason=KNOWN)

    desk.post(page, shown | {"staff_note": "Needs a ramp.", "state": "confirmed"})

    row = Registration.objects.get(pk=asked.pk)
    assert (row.staff_note, row.state) == ("Needs a ramp.", "invited")


def test_the_request_shows_its_journal_its_letters_and_their_delivery(
    desk: Client, event: Event, officer: User
) -> None:
    invitation = factories.invite(event, 1, officer)
    Message.objects.filter(key__contains=":sent:").update(state="failed", bounced_at=invitation.created_at)
    page = desk.get(reverse("admin:events_registration_change", args=[invitation.registration.pk])).content.decode()
    assert "bounced" in page
    assert str(officer) in page


def test_somebody_who_was_never_asked_has_not_agreed(desk: Client, event: Event) -> None:
    asked = factories.ask(event, 1, consents={})
    page = desk.get(reverse("admin:events_registration_change", args=[asked.pk])).content.decode()
    assert page.count("no answer") == 4


def test_invitations_say_what_became_of_their_letters(desk: Client, event: Event, officer: User) -> None:
    factories.invite(event, 1, officer)
    factories.invite(event, 2, officer, email="", phone="0114 496 0003")
    page = desk.get(reverse("admin:events_invitation_changelist")).content.decode()
    assert "letter waits to leave" in page
    assert "no letter: please call" in page


def test_a_venue_postcode_says_where_distances_are_measured_from(desk: Client, event: Event) -> None:
    Event.objects.filter(pk=event.pk).update(easting=None, northing=None)
    page = reverse("admin:events_event_change", args=[event.pk])
    shown = as_shown(desk.get(page), "sector_places", "areas")
    assert desk.post(page, shown | {"venue_postcode": "S1 2HH"}).status_code == 302
    event.refresh_from_db()
    assert event.easting is not None
    assert round(event.easting, -4) == 440_000


def test_before_an_event_is_chosen_the_page_does_not_say_that_there_is_no_letter(
    choose: Choose, asked: list[Registration]
) -> None:
    page = choose(QUEUE, "move", asked).content.decode()
    assert "Choose above first" in page
    assert "none of them has an e-mail address" not in page

    by_phone = choose(QUEUE, "move", asked[2:]).content.decode()
    assert "none of them has an e-mail address" in by_phone
