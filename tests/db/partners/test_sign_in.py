"""Signing in by a mailed code: only an address somebody gave us gets one, and it has to come back from there."""

import re
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from events.models import Event, Registration
from partners.models import Listing, Person, User
from tests import factories, html

CODE = re.compile(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", re.MULTILINE)
NEVER = "nobody@nowhere.example"
GIVEN = "person1@group1.example"


@pytest.fixture
def asked(event: Event) -> Registration:
    """Somebody who asked with the address GIVEN and has never signed in."""
    return factories.ask(event, 1)


def request_code(client: Client, email: str, **rest: str) -> Any:
    return client.post(reverse("account_request_login_code"), {"email": email, **rest})


def code_in(mail: EmailMessage) -> str:
    found = CODE.search(str(mail.body))
    assert found, mail.body
    return found[1]


def send_back(client: Client, code: str, **rest: str) -> Any:
    return client.post(reverse("account_confirm_login_code"), {"code": code, **rest})


def sign_in(client: Client, mailoutbox: list[EmailMessage], email: str = GIVEN, **rest: str) -> Any:
    request_code(client, email, **rest)
    return send_back(client, code_in(mailoutbox[-1]), **rest)


def test_the_link_to_sign_in_leads_to_our_own_page_and_no_other_asks_for_a_code(client: Client) -> None:
    assert reverse("account_request_login_code") == "/sign-in/"
    assert reverse("account_confirm_login_code") == "/sign-in/code/"
    assert client.get("/account/login/code/").status_code == 404


def test_a_code_goes_to_an_address_somebody_gave_us_and_makes_no_mailbox_yet(
    client: Client, asked: Registration, mailoutbox: list[EmailMessage]
) -> None:
    response = request_code(client, GIVEN)

    assert response["Location"] == "/sign-in/code/"
    assert [mail.to for mail in mailoutbox] == [[GIVEN]]
    assert User.objects.count() == 0


def test_the_mailbox_is_made_when_the_code_comes_back_and_finds_its_person(
    client: Client, asked: Registration, mailoutbox: list[EmailMessage]
) -> None:
    response = sign_in(client, mailoutbox)

    user = User.objects.get()
    assert (user.email, user.is_staff, user.has_usable_password()) == (GIVEN, False, False)
    assert list(user.people.all()) == [asked.person]
    assert response["Location"] == "/my/"
    assert "Group 1" in html.read(client.get("/my/")).text


def test_the_address_may_be_typed_in_capitals(
    client: Client, asked: Registration, mailoutbox: list[EmailMessage]
) -> None:
    sign_in(client, mailoutbox, " Person1@GROUP1.example ")

    assert User.objects.get().email == GIVEN


def test_signing_in_again_opens_the_same_mailbox(asked: Registration, mailoutbox: list[EmailMessage]) -> None:
    for _ in range(2):
        sign_in(Client(), mailoutbox)

    assert (User.objects.count(), len(mailoutbox)) == (1, 2)


def test_an_unknown_address_meets_the_same_pages_and_gets_a_mail_without_a_code(
    asked: Registration, mailoutbox: list[EmailMessage]
) -> None:
    seen = {}
    for email in (GIVEN, NEVER):
        client = Client()
        response = request_code(client, email)
        page = client.get(response["Location"])
        seen[email] = (
            response.status_code,
            response["Location"],
            page.status_code,
            html.read(page).text.replace(email, ""),
        )

    assert seen[GIVEN] == seen[NEVER]
    assert [(mail.to, bool(CODE.search(str(mail.body)))) for mail in mailoutbox] == [([GIVEN], True), ([NEVER], False)]
    assert User.objects.count() == 0


def test_an_unknown_address_cannot_get_in_with_any_code(
    client: Client, asked: Registration, mailoutbox: list[EmailMessage]
) -> None:
    request_code(client, NEVER)

    statuses = [send_back(client, code).status_code for code in ("", "ABC-DEF", "000000")]

    assert statuses == [200, 200, 200]
    assert User.objects.count() == 0
    assert client.get("/my/").status_code == 302


def test_a_wrong_code_says_so_and_the_right_one_still_works(
    client: Client, asked: Registration, mailoutbox: list[EmailMessage]
) -> None:
    request_code(client, GIVEN)

    wrong = html.read(send_back(client, "WRO-NGG"))
    right = send_back(client, code_in(mailoutbox[0]))

    assert len(wrong.errors_shown()) == 1
    assert right["Location"] == "/my/"


def test_after_five_wrong_codes_the_right_one_is_worth_nothing(
    client: Client, asked: Registration, mailoutbox: list[EmailMessage]
) -> None:
    request_code(client, GIVEN)
    for _ in range(5):
        send_back(client, "WRO-NGG")

    send_back(client, code_in(mailoutbox[0]))

    assert User.objects.count() == 0


def test_a_mistyped_address_can_be_corrected_at_once(
    client: Client, asked: Registration, mailoutbox: list[EmailMessage]
) -> None:
    """The page of the code links back to the first page: that has to be more than a way round to itself."""
    page = html.read(client.get(request_code(client, NEVER)["Location"]))
    assert "/sign-in/" in page.links()

    again = client.get("/sign-in/")
    sign_in(client, mailoutbox)

    assert again.status_code == 200
    assert client.get("/my/").status_code == 200


def test_a_new_code_can_be_asked_for_and_replaces_the_old_one(
    client: Client, asked: Registration, mailoutbox: list[EmailMessage]
) -> None:
    request_code(client, GIVEN)
    request_code(client, GIVEN)
    old, new = (code_in(mail) for mail in mailoutbox)

    assert send_back(client, old).status_code == 200
    assert send_back(client, new)["Location"] == "/my/"


def test_a_code_works_only_where_it_was_asked_for(
    client: Client, asked: Registration, mailoutbox: list[EmailMessage]
) -> None:
    request_code(client, GIVEN)

    assert send_back(Client(), code_in(mailoutbox[0]))["Location"].startswith("/sign-in/")
    assert User.objects.count() == 0


def test_codes_to_one_address_are_limited(asked: Registration, mailoutbox: list[EmailMessage]) -> None:
    statuses = [request_code(Client(), GIVEN).status_code for _ in range(7)]

    assert len(mailoutbox) == 5
    assert statuses[:5] == [302] * 5
    assert set(statuses[5:]) <= {200, 429}


def test_two_people_who_share_a_mailbox_both_find_their_place(
    client: Client, event: Event, mailoutbox: list[EmailMessage]
) -> None:
    both = [factories.ask(event, n, email="clerk@parish.example", name=f"Clerk {n}") for n in (1, 2)]

    sign_in(client, mailoutbox, "clerk@parish.example")

    text = html.read(client.get("/my/")).text
    assert set(User.objects.get().people.all()) == {r.person for r in both}
    assert ("Clerk 1 for Group 1" in text, "Clerk 2 for Group 2" in text) == (True, True)


def test_somebody_who_asks_later_is_found_at_the_next_sign_in(
    event: Event, asked: Registration, mailoutbox: list[EmailMessage]
) -> None:
    sign_in(Client(), mailoutbox)
    later = factories.ask(event, 2, email=GIVEN)

    sign_in(Client(), mailoutbox)

    later.person.refresh_from_db()
    assert later.person.user == User.objects.get()


def test_somebody_who_is_only_typing_an_address_into_the_form_gains_nothing(
    client: Client, asked: Registration, mailoutbox: list[EmailMessage]
) -> None:
    """A request in somebody else's name waits for the code, which goes to them."""
    sign_in(client, mailoutbox)
    stolen = factories.ask(asked.event, 2, email=GIVEN, name="Somebody Else")

    text = html.read(client.get("/my/")).text

    assert "Somebody Else" not in text
    assert Person.objects.get(pk=stolen.person.pk).user is None


def test_signing_up_is_closed(client: Client) -> None:
    response = client.post(reverse("account_signup"), {"email": NEVER, "password1": "x" * 20, "password2": "x" * 20})

    assert User.objects.count() == 0
    assert response.status_code == 200
    assert client.get(reverse("account_signup")).status_code == 200


@pytest.mark.parametrize("away", ["https://evil.example", "//evil.example", "https:evil.example", "\\\\evil.example"])
def test_signing_in_never_leads_away_from_the_portal(
    client: Client, asked: Registration, mailoutbox: list[EmailMessage], away: str
) -> None:
    page = html.read(client.get(reverse("account_request_login_code"), {"next": away}))
    response = sign_in(client, mailoutbox, next=away)

    assert [link for link in page.links() if not re.match(r"/(?!/)|#|tel:|mailto:", link)] == []
    assert response["Location"] == "/my/"


def test_signing_in_leads_back_to_the_page_one_wanted(
    client: Client, asked: Registration, mailoutbox: list[EmailMessage]
) -> None:
    wanted = f"/my/organisations/{asked.organisation.code}/"
    first = client.get(wanted)
    form = html.read(client.get(first["Location"])).typed()
    request_code(client, GIVEN, next=form["next"][0])

    response = send_back(client, code_in(mailoutbox[-1]), next=form["next"][0])

    assert form["next"] == [wanted]
    assert response["Location"] == wanted


def test_the_code_and_its_page_speak_welsh_under_cy(asked: Registration, mailoutbox: list[EmailMessage]) -> None:
    client = html.Visitor()

    response = client.post("/cy/sign-in/", {"email": GIVEN})

    assert response["Location"] == "/cy/sign-in/code/"
    assert html.read(client.get(response["Location"])).lang == "cy"
    english = html.Visitor()
    english.post("/sign-in/", {"email": GIVEN})
    assert mailoutbox[0].subject != mailoutbox[1].subject


# --- a session that lapses while somebody types ----------------------------------------------------------------------


def test_a_need_typed_while_the_session_lapsed_is_there_again_after_signing_in(
    client: Client, asked: Registration, mailoutbox: list[EmailMessage]
) -> None:
    typed = {"text": "Volunteers who can knit.\nTwo would do.", "when": "In spring", "how_much": "Two"}
    path = f"/my/organisations/{asked.organisation.code}/add/need/"
    sign_in(client, mailoutbox)
    assert client.get(path).status_code == 200
    del client.cookies["sessionid"]

    lapsed = client.post(path, typed)
    sign_in(client, mailoutbox, next=path)
    page = html.read(client.get(path))

    assert lapsed["Location"] == f"/sign-in/?next={path}"
    assert Listing.objects.filter(when="In spring").count() == 0
    assert {name: page.typed()[name][0].replace("\r\n", "\n") for name in typed} == typed


def test_what_was_typed_is_forgotten_once_it_is_saved(
    client: Client, asked: Registration, mailoutbox: list[EmailMessage]
) -> None:
    path = f"/my/organisations/{asked.organisation.code}/add/need/"
    client.post(path, {"text": "Volunteers who can knit."})
    sign_in(client, mailoutbox)
    client.post(path, {"text": "Volunteers who can knit."})

    assert html.read(client.get(path)).typed()["text"] == [""]
    assert Listing.objects.filter(pending_text="Volunteers who can knit.").count() == 1


def test_what_one_person_typed_is_not_shown_to_the_next_at_the_same_machine(
    client: Client, asked: Registration, mailoutbox: list[EmailMessage], event: Event
) -> None:
    other = factories.ask(event, 2)
    path = f"/my/organisations/{asked.organisation.code}/add/need/"
    client.post(path, {"text": "A private worry."})

    sign_in(client, mailoutbox, other.person.contact_email)

    assert client.get(path).status_code == 404
    assert "A private worry." not in client.get("/my/").content.decode()
