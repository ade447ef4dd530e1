"""Giving a place back, sending a colleague, moving to another day, and being entered by somebody else."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from events import services
from events.asking import Agreement
from events.models import Arrangement, Call, Event, Invitation, Registration
from events.services import Colleague
from partners.models import Consent, Membership, User
from pwp.journal.models import Entry
from pwp.outbox.delivery import deliver_due_messages
from pwp.outbox.models import Message
from pwp.refusals import Refused
from tests import factories, world
from tests.clock import Clock
from tests.html import read

MARI = Colleague(name="Mari Rees", email="mari@group.example")


def to_the_officer() -> list[str]:
    return list(Message.objects.filter(key__startswith="officer:").order_by("pk").values_list("text", flat=True))


def path_of(what: str, registration: Registration, end: str = "") -> str:
    return f"/{what}/{world.mailed_token(what, registration)}/{end}"


def test_a_withdrawal_tells_the_officer_once_and_who_was_offered_the_place(officer: User) -> None:
    event = factories.make_event(capacity=1)
    place = factories.confirm(event, 1, officer)
    next_one = factories.ask(event, 2)
    services.keep_waiting(next_one, by=officer, reason="Known for years.")

    services.withdraw(place, by="Person 1", reason="Surgery.")

    [text] = to_the_officer()
    assert "Surgery." in text
    assert "Person 2" in text
    assert Message.objects.get(key__startswith="officer:").urgent is False


def test_close_to_the_day_the_officer_hears_at_night_too(event: Event, museum: Registration, clock: Clock) -> None:
    clock.set(2031, 2, 10, 22)
    services.withdraw(museum, by="Ana Reed")

    assert Message.objects.get(key__startswith="officer:").urgent is True


def test_what_staff_enter_themselves_is_not_reported_to_them(museum: Registration, officer: User) -> None:
    services.withdraw(museum, by=officer)

    assert to_the_officer() == []


def test_who_gives_a_place_back_gets_one_letter_that_empties_the_calendar(museum: Registration) -> None:
    services.withdraw(museum, by="Ana Reed")

    letter = Message.objects.get(key__contains=":withdrawn:")
    assert "METHOD:CANCEL" in letter.attachments[0][1]
    assert f"UID:{museum.code}@" in letter.attachments[0][1]


def test_letters_that_still_wait_do_not_reach_somebody_who_has_left(museum: Registration, clock: Clock) -> None:
    clock.set(2031, 2, 5)
    services.queue_joining_notes()

    services.withdraw(museum, by="Ana Reed")

    states = dict(Message.objects.to_person(museum.person.code).values_list("key", "state"))
    assert {key.split(":")[2]: state for key, state in states.items() if "joining" in key} == {
        "joining-notes": "cancelled"
    }


@pytest.mark.parametrize("left", [False, True], ids=["had not left yet", "had left"])
def test_who_comes_after_all_gets_the_joining_notes_of_this_confirmation_once(
    museum: Registration, officer: User, clock: Clock, left: bool
) -> None:
    clock.set(2031, 2, 5)
    services.queue_joining_notes()
    if left:
        deliver_due_messages(now=clock.at)
    services.withdraw(museum, by="Ana Reed")

    services.accept_invitation(
        services.invite(museum, by=officer, no_talk_reason="She rang."), by="Ana Reed", now=clock.at
    )
    for _hour in range(3):
        services.queue_joining_notes()
        services.queue_day_before(now=clock.at + dt.timedelta(days=5))

    notes = Message.objects.filter(key__contains=":joining-notes").order_by("pk")
    assert [(letter.key.split(":")[2], letter.state) for letter in notes] == [
        ("joining-notes", "sent" if left else "cancelled"),
        ("joining-notes-2", "queued"),
    ]
    assert Message.objects.filter(key__contains=":day-before").count() == 1


def test_who_came_back_is_not_rung_about_the_question_of_the_first_time(
    museum: Registration, officer: User, clock: Clock
) -> None:
    clock.set(2031, 1, 29)
    services.queue_warm_ups()
    services.withdraw(museum, by="Ana Reed")
    clock.forward(days=5)
    services.accept_invitation(
        services.invite(museum, by=officer, no_talk_reason="She rang."), by="Ana Reed", now=clock.at
    )

    clock.forward(days=3)
    services.queue_calls()

    assert not Call.objects.to_make().exists()


# --- a colleague -----------------------------------------------------------------------------------------------------


def test_a_colleague_gets_the_place_a_link_and_nothing_else(event: Event, museum: Registration) -> None:
    Arrangement.objects.create(registration=museum, kind="access", words="A ramp.")

    invitation = services.send_colleague(museum, MARI, by="Ana Reed")

    instead = invitation.registration
    assert (museum.state, instead.state, instead.substitute_for) == ("withdrawn", "invited", museum)
    assert instead.organisation == museum.organisation
    assert not instead.arrangements.exists()
    assert not instead.person.consents.exists()
    assert services.places_promised(event) == 1
    assert Message.objects.get(key__startswith=f"invitation:{invitation.code}:sent:").to_email == "mari@group.example"
    assert len(to_the_officer()) == 1


@pytest.mark.parametrize("where", ["invitation", "request"])
def test_the_colleague_answers_and_chooses_for_themselves(client: Client, museum: Registration, where: str) -> None:
    instead = services.send_colleague(museum, MARI, by="Ana Reed").registration
    path = path_of("invitation", instead) if where == "invitation" else f"/request/{services.request_token(instead)}/"
    page = read(client.get(path))
    assert page.typed()["visible_at_event"] == []

    client.post(
        f"{path}{'accept' if where == 'invitation' else 'answer'}/", {"answer": "accept", "visible_at_event": "on"}
    )

    instead.refresh_from_db()
    assert instead.state == "confirmed"
    said = dict(instead.person.consents.values_list("purpose", "given"))
    assert said == {purpose: purpose == "visible_at_event" for purpose in Consent.Purpose.values}
    assert museum.person.agrees_to("share_after_two_yes")


def test_a_colleague_who_declines_frees_the_place_for_the_next(officer: User) -> None:
    event = factories.make_event(capacity=1)
    place = factories.confirm(event, 1, officer)
    waiting = factories.ask(event, 2)
    services.keep_waiting(waiting, by=officer, reason="Known for years.")
    invitation = services.send_colleague(place, MARI, by="Person 1")
    assert Registration.objects.get(pk=waiting.pk).state == "waiting"

    services.decline_invitation(invitation, by="Mari Rees")

    assert Registration.objects.get(pk=waiting.pk).state == "invited"


def test_a_colleague_with_a_phone_alone_is_called(museum: Registration) -> None:
    services.send_colleague(museum, Colleague(name="Mari Rees", phone="0114 496 0002"), by="Ana Reed")

    assert Call.objects.get().registration.person.name == "Mari Rees"


def test_a_colleague_can_be_sent_until_the_day_before(museum: Registration, clock: Clock) -> None:
    clock.set(2031, 2, 11, 7)
    with pytest.raises(Refused, match="just ring us"):
        services.send_colleague(museum, MARI, by="Ana Reed")

    clock.set(2031, 2, 10, 20)
    services.send_colleague(museum, MARI, by="Ana Reed")


def test_the_guest_sends_a_colleague_from_the_page_of_the_request(client: Client, museum: Registration) -> None:
    path = path_of("request", museum, "colleague/")
    wrong = client.post(path, {"colleague-name": "Mari Rees"})
    assert wrong.status_code == 422
    assert read(wrong).errors_shown() == [
        "Give an e-mail address or a phone number, so that we can reach your colleague."
    ]

    client.post(path, {"colleague-name": "Mari Rees", "colleague-email": "Mari@Group.Example"})
    client.post(path, {"colleague-name": "Mari Rees", "colleague-email": "Mari@Group.Example"})

    assert Registration.objects.filter(substitute_for=museum).count() == 1


# --- another day -----------------------------------------------------------------------------------------------------


def test_a_move_keeps_the_history_frees_the_place_and_asks_again(event: Event, museum: Registration) -> None:
    other = factories.make_event("swansea-2031", held_on=factories.FAR_AHEAD + dt.timedelta(days=17))

    new = services.move(museum, other, by="Ana Reed", reason="Surgery.")

    assert (museum.state, new.state, new.moved_from, new.event) == ("moved", "requested", museum, other)
    assert (new.person, new.membership) == (museum.person, museum.membership)
    assert services.places_promised(event) == services.places_promised(other) == 0
    letter = Message.objects.get(key__startswith=f"registration:{new.code}:moved:")
    assert "You do not have a place at this event yet." in letter.text
    assert "METHOD:CANCEL" in letter.attachments[0][1]
    assert "Surgery." in Entry.objects.about(museum).first().reason


def test_a_move_changes_no_consent(museum: Registration) -> None:
    before = museum.person.choices()

    new = services.move(museum, factories.make_event("swansea-2031"), by="Ana Reed")

    assert new.person.choices() == before
    assert museum.person.consents.count() == len(before)


def test_nobody_changes_the_sector_their_place_was_given_for(client: Client, museum: Registration) -> None:
    client.force_login(factories.sign_up(museum))
    client.post(f"/my/organisations/{museum.organisation.code}/edit/", {"sector": "funder", "work_place": "S1 2HH"})

    assert Registration.objects.get(pk=museum.pk).organisation.sector == "museum"


def test_nobody_moves_to_where_they_ask_already_or_where_nobody_can_ask(event: Event, museum: Registration) -> None:
    past = factories.make_event("past-2021", held_on=dt.date(2021, 2, 11))
    other = factories.make_event("swansea-2031")
    twin = Registration.objects.create(
        event=other, person=museum.person, membership=museum.membership, state="requested"
    )

    for to, words in ((event, "ask for already"), (past, "no requests any more"), (twin.event, "already")):
        with pytest.raises(Refused, match=words):
            services.move(museum, to, by="Ana Reed")

    assert Registration.objects.get(pk=museum.pk).state == "confirmed"


def test_the_guest_moves_from_a_page_where_nothing_is_chosen_beforehand(client: Client, museum: Registration) -> None:
    factories.make_event("swansea-2031")
    path = path_of("request", museum, "move/")
    page = read(client.get(path))
    assert page.typed()["event"] == []
    assert client.post(path, {}).status_code == 422

    answer = client.post(path, {"event": "swansea-2031"}, follow=True)

    new = Registration.objects.get(moved_from=museum)
    assert (new.state, answer.status_code) == ("requested", 200)
    assert client.post(path, {"event": "swansea-2031"}, follow=True).status_code == 200
    assert Registration.objects.filter(moved_from=museum).count() == 1


@pytest.mark.parametrize(
    ("what", "typed", "kept"),
    [
        ("move", {"event": "swansea-2031", "reason": "Salwch."}, "moved to Swansea, 11 Feb 2031; Salwch."),
        ("withdraw", {"reason": "Salwch."}, "Salwch."),
        ("colleague", {"colleague-name": "Mari Rees", "colleague-phone": "0114 496 0002"}, "sends a colleague"),
    ],
)
def test_what_a_guest_does_in_welsh_reaches_officer_and_journal_in_english(
    client: Client, museum: Registration, what: str, typed: dict[str, str], kept: str
) -> None:
    factories.make_event("swansea-2031", name_en="Swansea", name_cy="Abertawe")

    client.post(f"/cy{path_of('request', museum, f'{what}/')}", typed)

    [text] = to_the_officer()
    assert "11 February 2031" in text
    assert ("Their words: Salwch." in text) == (what != "colleague")
    assert ("They ask to come to Swansea on" in text) == (what == "move")
    left = Entry.objects.about(museum).first()
    assert (left.reason, left.by_name) == (kept, "Ana Reed")
    ours = set(Entry.objects.exclude(pk=left.pk).values_list("reason", flat=True))
    assert ours <= {
        "",
        "Known for years.",
        "the invitation was answered or has run out",
        "moved from Sheffield, 11 Feb 2031",
        "comes in a colleague's place",
    }


# --- hats, mailboxes, and entries for somebody else ------------------------------------------------------------------


@pytest.fixture
def hats(event: Event, officer: User) -> tuple[Invitation, Membership]:
    """Somebody is invited for Group 1, and speaks for the Food Bank too."""
    invitation = factories.invite(event, 1, officer)
    bank = factories.ask(event, 3, organisation="Food Bank").organisation
    hat = Membership.objects.create(person=invitation.registration.person, organisation=bank, role="trustee")
    return invitation, hat


@pytest.mark.parametrize("where", ["invitation", "request"])
def test_who_has_several_hats_picks_one_for_the_day(
    client: Client, hats: tuple[Invitation, Membership], where: str
) -> None:
    registration, hat = hats[0].registration, hats[1]
    path = (
        path_of(where, registration) if where == "invitation" else f"/request/{services.request_token(registration)}/"
    )
    shown = read(client.get(path))
    assert "Food Bank (trustee)" in shown.text
    assert shown.typed()["membership"] == []
    act = f"{path}accept/" if where == "invitation" else f"{path}answer/"

    unsaid = client.post(act, {"answer": "accept"})
    assert (unsaid.status_code, read(unsaid).errors_shown()) == (422, ["Choose for which organisation."])
    client.post(act, {"answer": "accept", "membership": str(hat.pk)})

    registration.refresh_from_db()
    assert (registration.state, registration.membership) == ("confirmed", hat)
    assert "comes for Food Bank, not for Group 1" in Entry.objects.about(registration).values_list("reason", flat=True)


def test_ones_own_page_sends_who_must_choose_to_where_they_can(
    client: Client, hats: tuple[Invitation, Membership]
) -> None:
    registration = hats[0].registration
    client.force_login(factories.sign_up(registration))

    answer = client.post(f"/my/invitations/{registration.code}/", {"answer": "accept"}, follow=True)

    assert "Please answer here" in read(answer).text
    assert read(answer).typed()["membership"] == []
    assert Registration.objects.get(pk=registration.pk).state == "invited"


@pytest.mark.parametrize("how", ["request", "call"])
def test_on_the_phone_staff_ask_for_the_hat_and_the_choices_and_note_what_was_said(
    client: Client, event: Event, museum: Registration, officer: User, how: str
) -> None:
    instead = services.send_colleague(museum, Colleague("Mari Rees", phone="0114 496 0002"), by="Ana Reed").registration
    bank = factories.ask(event, 3, organisation="Food Bank").organisation
    hat = Membership.objects.create(person=instead.person, organisation=bank, role="trustee")
    client.force_login(officer)
    address = (
        f"{reverse('admin:events_registration_decide', args=['said-yes'])}?id={instead.pk}"
        if how == "request"
        else f"{reverse('admin:events_call_deed', args=['made'])}?id={instead.calls.get().pk}"
    )
    shown = read(client.get(address)).typed()
    assert [shown["membership"], shown["visible_at_event"]] == [[], []]
    said = {"seen": shown["seen"], "note": "She comes.", "answer": "yes", "visible_at_event": "yes", "evaluation": "no"}

    assert client.post(address, said).status_code == 422
    client.post(address, said | {"membership": hat.pk})

    instead.refresh_from_db()
    assert (instead.state, instead.membership) == ("confirmed", hat)
    consents = set(instead.person.consents.values_list("purpose", "given", "channel"))
    assert consents == {("visible_at_event", True, "phone"), ("evaluation", False, "phone")}


def test_nobody_picks_a_hat_that_is_not_theirs(event: Event, officer: User) -> None:
    registration = factories.ask(event, 1)
    foreign = factories.ask(event, 2).membership

    with pytest.raises(Refused):
        services.choose_hat(registration, foreign, by=officer)


def test_an_assistant_says_yes_only_with_the_councillors_word(client: Client, event: Event, officer: User) -> None:
    khan = factories.invite(event, 2, officer, name="Cllr Khan", email="office@ward.example").registration
    assistant = factories.ask(event, 4, name="Ivo Assist", email="office@ward.example").membership
    Membership.objects.filter(pk=assistant.pk).update(role=Membership.Role.ASSISTANT)
    client.force_login(factories.sign_up(khan))
    path = path_of("invitation", khan)
    assert read(client.get(path)).typed()["own_word"] == []

    client.post(f"/my/invitations/{khan.code}/", {"answer": "accept"})
    assert client.post(f"{path}accept/").status_code == 422
    assert Registration.objects.get(pk=khan.pk).state == "invited"
    client.post(f"{path}accept/", {"own_word": "on"})

    assert Registration.objects.get(pk=khan.pk).state == "confirmed"


@pytest.mark.parametrize(("authority", "asked"), [("recommend", True), ("not_sure", True), ("yes", False)])
def test_who_cannot_decide_is_asked_who_can_and_need_not_say(
    client: Client, event: Event, officer: User, authority: str, asked: bool
) -> None:
    registration = factories.ask(event, 1, authority=authority)
    path = path_of("request", registration)
    assert ("Who decides with you?" in read(client.get(path)).words("h2")) is asked
    if not asked:
        return

    wrong = client.post(f"{path}decider/", {"decider-name": "www.links.example"})
    assert (wrong.status_code, len(read(wrong).errors_shown())) == (422, 1)
    client.post(f"{path}decider/", {"decider-name": "Jo Chair, chair of trustees"})

    client.force_login(officer)
    desk = client.get(reverse("admin:events_registration_change", args=[registration.pk])).content.decode()
    assert "Jo Chair, chair of trustees" in desk
    assert "Jo Chair, chair of trustees" in read(client.get(path)).text
    client.post(f"{path}decider/", {})
    assert Membership.objects.get(pk=registration.membership_id).decider == ""


def test_two_people_of_one_mailbox_have_a_link_each(client: Client, event: Event, officer: User) -> None:
    both = [
        factories.invite(event, number, officer, email="trustees@two-rooms.example", name=name).registration
        for number, name in ((1, "Moira Baird"), (3, "Ian Baird"))
    ]

    tokens = [world.mailed_token("invitation", one) for one in both]
    pages = [read(client.get(f"/invitation/{token}/")).text for token in tokens]
    client.post(f"/invitation/{tokens[0]}/accept/")

    assert ["For Moira Baird" in pages[0], "For Ian Baird" in pages[1]] == [True, True]
    for end in ("", "move/", "needs/"):
        for one in both:
            page = read(client.get(f"/request/{services.request_token(one)}/{end}"))
            assert page.words("p", class_="kicker")[0].startswith(f"For {one.person}, {one.organisation}")
    assert [Registration.objects.get(pk=one.pk).state for one in both] == ["confirmed", "invited"]


def test_a_request_entered_for_somebody_says_by_whom_and_who_agreed(event: Event, officer: User) -> None:
    registration = services.keep_draft(None, {})
    asked = factories.Asked(
        event=event,
        name="Amal Haddad",
        email="",
        phone="0114 496 0005",
        language="en",
        organisation="Kitchen of Hope",
        sector="community",
        work_place="S1 2HH",
        size="tiny",
        authority="yes",
        offer="Meals.",
        need="A room.",
        consents=factories.ALL_YES,
        channel="phone",
    )
    agreed = Agreement(entered_by=officer, agreed_with="the chair, by phone", agreed_on=dt.date(2026, 11, 2))

    services.submit_request(registration, asked, agreed=agreed)

    registration.refresh_from_db()
    assert (registration.entered_by, registration.agreed_with) == (officer, "the chair, by phone")
    assert set(registration.person.consents.values_list("channel", flat=True)) == {"phone"}
    assert Entry.objects.about(registration).get().by == officer


def test_a_place_is_not_moved_away_after_the_day(event: Event, museum: Registration, clock: Clock) -> None:
    later = factories.make_event("fife-2031", held_on=event.held_on + dt.timedelta(days=60))
    clock.set(2031, 2, 12)

    with pytest.raises(Refused, match="The day has been"):
        services.move(museum, later, by="Ana Reed")
