"""The page behind an invitation: it shows, its buttons act, once, and it says honestly what became of it."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from events import services
from events.models import Event, Invitation, Registration
from partners.models import Membership, User
from tests import factories, html, world


@pytest.fixture
def invitation(event: Event, officer: User) -> Invitation:
    return factories.invite(event, 1, officer, name="Moira Baird", organisation="Two Rooms Museum")


@pytest.fixture
def path(invitation: Invitation) -> str:
    return f"/invitation/{world.mailed_token('invitation', invitation.registration)}/"


def heading(client: Client, path: str) -> str:
    return html.read(client.get(path)).words("h1")[0]


def states(invitation: Invitation) -> tuple[str, str]:
    fresh = Invitation.objects.select_related("registration").get(pk=invitation.pk)
    return fresh.state, fresh.registration.state


def test_the_page_says_whom_it_is_for_when_to_answer_and_has_two_buttons(client: Client, path: str) -> None:
    page = html.read(client.get(path))

    assert page.words("h1") == ["You are invited: Sheffield"]
    assert "For Moira Baird, Two Rooms Museum" in page.text
    assert "Can you come? We keep your place until" in page.text
    assert page.words("button") == ["Yes, I am coming", "No, I cannot come", "I have read this and answer later"]


def test_yes_confirms_the_place_and_says_what_happens_next(client: Client, path: str, invitation: Invitation) -> None:
    page = html.read(client.post(f"{path}accept/", follow=True))

    assert states(invitation) == ("accepted", "confirmed")
    assert page.words("h1") == ["Your place is confirmed"]
    assert "What happens next" in page.text


def test_no_frees_the_place_and_says_thank_you(client: Client, path: str, invitation: Invitation) -> None:
    page = html.read(client.post(f"{path}decline/", follow=True))

    assert states(invitation) == ("declined", "declined")
    assert page.words("h1") == ["You told us that you cannot come"]


def test_pressing_yes_twice_confirms_once_and_shows_the_place(
    client: Client, path: str, invitation: Invitation
) -> None:
    client.post(f"{path}accept/")

    page = html.read(client.post(f"{path}accept/", follow=True))

    assert states(invitation) == ("accepted", "confirmed")
    assert page.words("h1") == ["Your place is confirmed"]


def test_a_yes_cannot_be_turned_into_a_no_by_the_old_button(client: Client, path: str, invitation: Invitation) -> None:
    client.post(f"{path}accept/")

    client.post(f"{path}decline/")

    assert states(invitation) == ("accepted", "confirmed")


def test_who_says_yes_when_the_last_place_went_waits_and_reads_why(client: Client, officer: User) -> None:
    event = factories.make_event("full-2031", capacity=1, over_invite=1)
    first, second = factories.invite(event, 1, officer), factories.invite(event, 2, officer)
    services.accept_invitation(first, by="Person 1")
    path = f"/invitation/{world.mailed_token('invitation', second.registration)}/"

    client.post(f"{path}accept/")

    assert states(second) == ("accepted", "waiting")
    assert heading(client, path) == "You said yes, but the last place has just gone"


def test_an_invitation_that_ran_out_says_so_and_takes_no_answer(
    client: Client, path: str, invitation: Invitation
) -> None:
    services.expire_invitations(now=invitation.reply_by + dt.timedelta(minutes=1))

    page = html.read(client.post(f"{path}accept/", follow=True))

    assert states(invitation) == ("expired", "talking")
    assert page.words("h1") == ["This invitation has run out"]
    assert page.words("button") == []


def test_an_invitation_nobody_expired_yet_is_still_good_after_its_day(
    client: Client, path: str, invitation: Invitation
) -> None:
    Invitation.objects.update(reply_by=timezone.now() - dt.timedelta(hours=1))

    client.post(f"{path}accept/")

    assert states(invitation) == ("accepted", "confirmed")


def test_after_withdrawing_the_page_says_so(client: Client, path: str, invitation: Invitation) -> None:
    client.post(f"{path}accept/")
    services.withdraw(Registration.objects.get(), by="Moira Baird")

    assert heading(client, path) == "You have withdrawn"


@pytest.mark.parametrize(
    ("answer", "state"), [("accept", "confirmed"), ("decline", "declined"), ("perhaps", "invited")]
)
def test_an_invitation_can_be_answered_from_ones_own_page(
    client: Client, invitation: Invitation, answer: str, state: str
) -> None:
    client.force_login(factories.sign_up(invitation.registration))
    page = html.read(client.get("/my/"))
    (form,) = [f for f in page.all("form") if "/my/invitations/" in (f.get("action") or "")]

    after = html.read(client.post(form.get("action"), {"answer": answer}, follow=True))
    again = client.post(form.get("action"), {"answer": "decline"})

    assert after.words("h1") == ["My page"]
    assert states(invitation)[1] == ("declined" if answer == "perhaps" else state)
    assert again["Location"] == "/my/"


def test_the_page_of_the_request_speaks_of_the_place(client: Client, path: str, invitation: Invitation) -> None:
    client.post(f"{path}accept/")
    token = world.mailed_token("request", invitation.registration)

    assert "Your place is confirmed." in html.read(client.get(f"/request/{token}/")).text


@pytest.mark.parametrize("state", [state for state in Registration.State if state != "draft"])
def test_whatever_the_state_the_pages_say_it_and_every_button_is_answered_in_words(
    event: Event, path: str, invitation: Invitation, state: str
) -> None:
    client = html.Visitor()
    client.force_login(factories.sign_up(invitation.registration))
    token = world.mailed_token("request", invitation.registration)
    Registration.objects.update(state=state)

    for language in ("", "/cy"):
        for seen in (path, f"/request/{token}/", f"/request/{token}/more/", "/my/"):
            page = html.read(client.get(f"{language}{seen}"))
            assert (page.errors, len(page.words("h1"))) == ([], 1)
    for pressed in (f"{path}accept/", f"{path}decline/", f"/request/{token}/withdraw/"):
        page = html.read(client.post(pressed, follow=True))
        assert (page.errors, len(page.words("h1"))) == ([], 1)


DONE = {  # what guests can do from the page of their request, what they send with it, and in which states it is done
    "withdraw/": ({}, {"requested", "talking", "waiting", "invited", "confirmed"}),
    "move/": ({"event": "fife-2031"}, {"requested", "talking", "waiting", "invited", "confirmed"}),
    "colleague/": ({"colleague-name": "Mari Rees", "colleague-phone": "0114 496 0002"}, {"confirmed"}),
    "needs/": ({"access": "A ramp.", "agree": "on"}, {"invited", "confirmed"}),
    "still-coming/": ({"words": "A choir."}, {"confirmed"}),
    "decider/": ({"decider-name": "The chair"}, {"requested", "talking", "waiting"}),
    "answer/": ({"answer": "accept"}, {"invited"}),
}


@pytest.mark.parametrize("action", DONE)
@pytest.mark.parametrize("state", [state for state in Registration.State if state != "draft"])
def test_whatever_guests_press_in_whatever_state_it_is_done_or_refused_in_words(
    officer: User, state: str, action: str
) -> None:
    registration = factories.invite(factories.make_event(), 1, officer).registration
    factories.make_event("fife-2031")
    Membership.objects.update(authority="recommend")
    token = services.request_token(registration)
    Registration.objects.filter(pk=registration.pk).update(state=state)
    typed, possible = DONE[action]
    before = world.everything()

    page = html.read(html.Visitor().post(f"/cy/request/{token}/{action}", typed, follow=True))

    assert (page.errors, len(page.words("h1"))) == ([], 1)
    changed = {name for name, rows in world.everything().items() if rows != before[name]} - {"partners.MailedLink"}
    assert bool(changed) is (state in possible), changed
    assert state in possible or len(page.all("div", role="status")) == 1


@pytest.mark.parametrize("state", Invitation.State)
def test_whatever_became_of_an_invitation_its_page_says_it(path: str, invitation: Invitation, state: str) -> None:
    Invitation.objects.update(state=state)

    buttons = {language: html.read(html.Visitor().get(f"{language}{path}")).words("button") for language in ("", "/cy")}

    assert [len(found) for found in buttons.values()] == ([3, 3] if state == "sent" else [0, 0])


def test_the_event_page_says_what_is_known(client: Client, event: Event) -> None:
    page = html.read(client.get(event.get_absolute_url()))

    assert page.words("h1") == ["Partnerships with Purpose in Sheffield"]
    assert "Venue to be confirmed" in page.text
    assert "11 February 2031" in page.text
    assert "Chesterfield" not in page.text  # near, which staff decide, is not promised


def test_an_event_that_is_not_there_is_not_found(event: Event) -> None:
    paths = ("/events/x/", "/events/x/calendar.ics", "/cy/events/x/")

    assert [html.Visitor().get(path).status_code for path in paths] == [404] * 3
