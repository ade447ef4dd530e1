"""The whole way of two people, from the first page to each other's phone numbers: as somebody does it, step by step."""

import re
from urllib.parse import urlsplit

import pytest
from django.core.mail import EmailMessage
from playwright.sync_api import Page, expect

from events import services as events
from events.models import Conversation, Event, Registration
from matching import services as matching
from matching.models import Introduction
from partners.services import approve_texts
from pwp.outbox.models import Message
from tests import factories, world
from tests.browser.conftest import OpenPage
from tests.pages import PageChecks, assert_accessible, assert_fits

NEED = "People who remember the steelworks, to tell us their stories."
OFFER = "A dry room with a long table and forty chairs."
CODE = re.compile(r"^\s*([A-Z0-9]{3,4}-[A-Z0-9]{3,4})\s*$", re.MULTILINE)


@pytest.fixture
def event(transactional_db: None) -> Event:
    factories.make_event("fife-2031")
    return factories.make_event()


@pytest.fixture
def group(event: Event) -> Registration:
    """The other side: a group with a place, whose words fit."""
    place = factories.confirm(
        event,
        2,
        factories.make_staff(),
        name="Ben Mills",
        organisation="Riverside Readers",
        phone="0114 496 8002",
        offer="Twelve people who worked at the steelworks and love to tell stories.",
        need="A dry room with a table, where forty people can sit on chairs.",
    )
    factories.sign_up(place)
    place.person.refresh_from_db()
    return place


def ask(page: Page, event: Event) -> Registration:
    """From the first page to the end of the form."""
    page.goto("/")
    page.locator("main").get_by_role("link", name=event.name).first.click()
    page.locator("main").get_by_role("link", name="Ask for an invitation").click()
    expect(page.get_by_label(re.compile("^Sheffield, .*11 February 2031$"))).to_be_checked()
    page.get_by_label("Your name").fill("Moira Baird")
    page.get_by_label("E-mail", exact=True).fill("moira@two-rooms.example")
    page.get_by_label("Name of your museum").fill("Two Rooms Museum")
    page.get_by_label("Museum", exact=True).check()
    page.get_by_label("Where does most of your work happen?").fill("S1 2HH")
    page.get_by_label("Tiny: no paid staff").check()
    page.get_by_label("Yes, with my committee or manager").check()
    page.get_by_label("What can you offer?").fill(OFFER)
    page.get_by_label("Show my organisation").check()
    page.get_by_label("Pass on my name").check()
    page.get_by_role("button", name="Send my request").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your request")
    expect(page.get_by_text("We have your request. Thank you.")).to_be_visible()
    expect(page.get_by_text(OFFER)).to_be_visible()
    return Registration.objects.get(person__name="Moira Baird")


def invited_by_staff(registration: Registration) -> str:
    """The path of the link in the invitation, once staff have talked to them and invited them."""
    approve_texts(registration.organisation)
    officer = factories.make_staff("second@partnerships.example")
    events.log_conversation(
        Conversation(registration=registration, means="call", summary="They would come."), by=officer
    )
    events.invite(registration, by=officer)
    letter = Message.objects.get(key__contains=":sent:", person_code=registration.person.code)
    (link,) = {link for link in world.links_in(letter) if "/invitation/" in link}
    return urlsplit(link).path


def sign_in(page: Page, email: str, mailoutbox: list[EmailMessage]) -> None:
    page.goto("/")
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Type in the code")
    code = CODE.search(str(mailoutbox[-1].body))
    assert code
    page.get_by_label("Code").fill(code[1])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My page")


def score(event: Event) -> None:
    run = matching.request_run(event, by="test")
    assert matching.perform_run(run), run.problem


def say_yes(page: Page, other: str) -> None:
    page.get_by_role("link", name="Suggested partners").click()
    expect(page.get_by_role("heading", level=2, name=other)).to_be_visible()
    page.get_by_role("button", name=re.compile(rf"Yes, introduce us\s*: {other}")).click()


def test_the_whole_way_on_a_phone_without_scripts(
    open_page: OpenPage, event: Event, group: Registration, mailoutbox: list[EmailMessage]
) -> None:
    page = open_page(java_script_enabled=False, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    registration = ask(page, event)

    page.goto(invited_by_staff(registration))
    expect(page.get_by_text("For Moira Baird, Two Rooms Museum")).to_be_visible()
    page.get_by_role("button", name="Yes, I am coming").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your place is confirmed")

    sign_in(page, "moira@two-rooms.example", mailoutbox)
    score(event)
    say_yes(page, "Riverside Readers")
    expect(page.get_by_text("Noted. If they say yes too, we write to both of you.")).to_be_visible()
    expect(page.get_by_text("0114 496 8002")).to_have_count(0)

    other = open_page(java_script_enabled=False, viewport={"width": 390, "height": 844})
    sign_in(other, "person2@group2.example", mailoutbox)
    say_yes(other, "Two Rooms Museum")
    expect(other.get_by_role("heading", level=1)).to_have_text("You and Two Rooms Museum")
    expect(other.locator("main").get_by_role("link", name="moira@two-rooms.example")).to_be_visible()

    page.goto(Introduction.objects.get().get_absolute_url())
    expect(page.get_by_role("heading", level=1)).to_have_text("You and Riverside Readers")
    expect(page.locator("main").get_by_role("link", name="0114 496 8002")).to_be_visible()


def test_the_whole_way_at_a_desk(
    page: Page, event: Event, group: Registration, mailoutbox: list[EmailMessage], open_page: OpenPage
) -> None:
    registration = ask(page, event)
    assert_accessible(page)
    page.goto(invited_by_staff(registration))
    page.get_by_role("button", name="Yes, I am coming").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your place is confirmed")
    sign_in(page, "moira@two-rooms.example", mailoutbox)
    score(event)
    say_yes(page, "Riverside Readers")
    expect(page.get_by_text("Noted. If they say yes too, we write to both of you.")).to_be_visible()

    other = open_page()
    sign_in(other, "person2@group2.example", mailoutbox)
    say_yes(other, "Two Rooms Museum")

    expect(other.locator("main").get_by_role("link", name="moira@two-rooms.example")).to_be_visible()
    assert_accessible(other)
    assert_fits(other)


def test_a_form_with_a_mistake_says_where_it_is_and_keeps_every_word(
    plain_page: Page, event: Event, page_checks: PageChecks
) -> None:
    page_checks.expect("422")
    plain_page.goto("/ask/")
    plain_page.get_by_label("What do you need?").fill(NEED)
    plain_page.get_by_label("Tell me about later rounds").check()
    plain_page.get_by_role("button", name="Send my request").click()

    expect(plain_page.get_by_role("heading", name="There is a problem")).to_be_visible()
    expect(plain_page.get_by_label("What do you need?")).to_have_value(NEED)
    expect(plain_page.get_by_label("Tell me about later rounds")).to_be_checked()
    expect(plain_page.get_by_label("Show my organisation")).not_to_be_checked()
    plain_page.get_by_role("alert").get_by_role("link").first.click()
    expect(plain_page).to_have_url(re.compile(r"#id_name$"))


def test_what_was_saved_is_there_again_behind_the_link(plain_page: Page, event: Event) -> None:
    plain_page.goto("/cy/ask/")
    plain_page.locator("#id_need").fill("Pobl sy'n cofio'r gwaith dur.")
    plain_page.locator("#id_email").fill("dai@gardd.example")
    plain_page.locator("button[name=save]").click()
    expect(plain_page.get_by_role("heading", level=1)).to_have_text("Cadwyd. Gorffennwch pan fynnwch.")

    (link,) = {link for link in world.links_in(Message.objects.get()) if "/ask/draft/" in link}
    plain_page.goto(urlsplit(link).path)

    assert link.split("/")[3] == "cy"
    expect(plain_page.locator("#id_need")).to_have_value("Pobl sy'n cofio'r gwaith dur.")


def test_the_form_can_be_filled_with_the_keyboard_alone(page: Page, event: Event) -> None:
    page.goto("/ask/?event=sheffield-2031")
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.name || document.activeElement.tagName"))

    names = [name for name in dict.fromkeys(reached) if name.islower()]
    assert names[:7] == ["name", "email", "phone", "organisation", "sector", "work_place", "size"]
    assert {"offer", "need", "event", "visible_at_event", "send", "save"} <= set(names)
