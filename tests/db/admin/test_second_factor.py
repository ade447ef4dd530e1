"""Where staff must have a second step, nobody reaches the desk without one: an app's codes, and codes kept on paper."""

import re
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.conf import LazySettings
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.test import Client

from events.models import Registration
from partners.models import User
from tests import factories
from tests.html import read

ACTIVATE = "/account/2fa/totp/activate/"


@pytest.fixture
def strict(settings: LazySettings) -> None:
    settings.STAFF_MFA = True


def by_password(client: Client, user: User) -> str:
    """Where the sign-in leads to."""
    answer = client.post("/sign-in/password/?next=/admin/", {"login": user.email, "password": "a-long-password"})
    return str(answer["Location"])


def code_of(secret: str) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))


def again(client: Client) -> None:
    """The password once more, as before every change to how somebody signs in."""
    client.post(f"/account/again/?next={ACTIVATE}", {"password": "a-long-password"})


def set_up(client: Client) -> list[str]:
    """Go through the page, and return the codes to keep on paper."""
    again(client)
    page = client.get(ACTIVATE)
    secret = read(page).all("input", id="authenticator_secret")[0].get("value") or ""
    kept = client.post(ACTIVATE, {"code": code_of(secret)}, follow=True)
    return (read(kept).all("textarea")[0].text or "").split()


@pytest.mark.usefixtures("strict")
def test_without_a_second_step_every_page_of_the_desk_leads_to_where_it_is_set_up(
    client: Client, officer: User
) -> None:
    by_password(client, officer)

    led = {client.get(page).headers.get("Location") for page in ("/admin/", "/admin/events/registration/")}

    assert led == {ACTIVATE}


@pytest.mark.usefixtures("strict")
def test_it_is_set_up_with_an_app_and_the_desk_opens(client: Client, officer: User) -> None:
    by_password(client, officer)

    codes = set_up(client)

    assert len(codes) == 10
    assert client.get("/admin/").status_code == 200


@pytest.mark.usefixtures("strict")
def test_the_next_sign_in_asks_for_it_and_a_paper_code_works_once(client: Client, officer: User) -> None:
    by_password(client, officer)
    paper = set_up(client)[0]

    for expected in (200, 302):
        another = Client()
        assert by_password(another, officer) == "/account/2fa/authenticate/"
        another.post("/account/2fa/authenticate/", {"code": paper})
        assert another.get("/admin/").status_code == expected


@pytest.mark.usefixtures("strict")
def test_a_mailed_code_alone_does_not_open_the_desk(
    client: Client, officer: User, mailoutbox: list[EmailMessage]
) -> None:
    by_password(client, officer)
    set_up(client)
    another = Client()
    another.post("/sign-in/", {"email": officer.email})
    code = re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", str(mailoutbox[-1].body), re.MULTILINE)
    assert code

    answer = another.post("/sign-in/code/", {"code": code[1]})

    assert str(answer["Location"]).startswith("/account/2fa/authenticate/")
    assert another.get("/admin/").status_code == 302


@pytest.mark.usefixtures("strict")
def test_participants_are_not_asked_for_one(client: Client, museum: Registration) -> None:
    client.force_login(factories.sign_up(museum))

    assert client.get("/my/").status_code == 200


def test_a_portal_somebody_tries_out_asks_nobody_for_one(desk: Client) -> None:
    assert desk.get("/admin/").status_code == 200
    assert not Authenticator.objects.exists()


@pytest.mark.usefixtures("strict")
def test_the_pages_have_no_script_of_their_own_and_show_the_secret_as_text(client: Client, officer: User) -> None:
    by_password(client, officer)
    again(client)

    for path in (ACTIVATE, f"/cy{ACTIVATE}"):
        page = read(client.get(path))
        assert page.errors == []
        assert [e for e in page.all("script") if not e.get("src")] == []
        assert page.all("input", id="authenticator_secret")[0].get("value")


@pytest.mark.usefixtures("strict")
def test_who_signs_in_by_mailed_codes_sees_the_codes_for_paper_right_after_setting_the_app_up(
    client: Client, db: None
) -> None:
    call_command("give_role", "ceri@example.org", "officer", stdout=StringIO())
    client.force_login(User.objects.get(email="ceri@example.org"))
    secret = read(client.get(ACTIVATE)).all("input", id="authenticator_secret")[0].get("value") or ""

    kept = read(client.post(ACTIVATE, {"code": code_of(secret)}, follow=True))

    assert len((kept.all("textarea")[0].text or "").split()) == 10
    assert "/admin/" in kept.links()


def test_staff_who_take_part_in_nothing_begin_at_the_desk_and_others_on_their_page(
    client: Client, officer: User, museum: Registration
) -> None:
    participant = factories.sign_up(museum)
    participant.set_password("a-long-password")
    participant.is_staff = True
    participant.save()

    def lands_on(user: User) -> str:
        answer = Client().post("/sign-in/password/", {"login": user.email, "password": "a-long-password"})
        return str(answer["Location"])

    assert (lands_on(officer), lands_on(participant)) == ("/admin/", "/my/")
