"""The staff's pages about letters in a real browser: easy to use, not wider than a phone, and frames that only show."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from pwp.outbox.letters import both_parts
from pwp.outbox.models import KeptMail, Message
from tests import factories
from tests.browser.conftest import OpenPage
from tests.letters import waiting
from tests.pages import assert_accessible, assert_fits

WORDING = reverse("admin:outbox_lettertext_letter", args=["events", "invitation"])
SIZES = {"desk": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}


@pytest.fixture
def letters(transactional_db: None) -> list[Message]:
    _text, html = both_parts("Hello", "Dear Ana,\n\nCome.", "en", {})
    now = timezone.now()
    KeptMail.objects.create(to="ana@reeds.example", subject="Hello", text="Hello.", html=html)
    return [
        waiting(1, to_name="Ana Reed", html=html),
        waiting(2, to_name="Ben Mills", html=html, state="sent", sent_at=now, delays=1),
        waiting(3, to_name="Col Orr", html=html, state="failed", bounced_at=now, server_said="550 no such mailbox"),
    ]


@pytest.fixture
def desk(open_page: OpenPage, letters: list[Message], live_server: LiveServer, request: pytest.FixtureRequest) -> Page:
    client = Client()
    client.force_login(factories.make_staff())
    page = open_page(viewport=SIZES[getattr(request, "param", "desk")])
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    return page


@pytest.mark.parametrize("desk", ["desk", "phone"], indirect=True)
def test_the_pages_about_letters_are_accessible_and_fit(desk: Page, letters: list[Message]) -> None:
    rows = [reverse("admin:outbox_message_change", args=[letter.pk]) for letter in letters]
    mailbox = [reverse("admin:outbox_keptmail_changelist")]
    mailbox += [reverse("admin:outbox_keptmail_change", args=[KeptMail.objects.get().pk])]
    wording = [reverse("admin:outbox_lettertext_changelist"), WORDING, f"/cy{WORDING}"]
    for path in (reverse("admin:outbox_message_changelist"), *rows, *mailbox, *wording):
        desk.goto(path)
        assert_accessible(desk)
        assert_fits(desk)


def test_words_are_looked_at_saved_and_put_back(desk: Page) -> None:
    desk.goto(WORDING)
    frame = desk.frame_locator('iframe[name="look-en"]')
    expect(frame.get_by_text("We would love you to come")).to_be_visible()
    english = desk.locator("#form-en")

    english.get_by_label("Text").fill("Dear {name},\n\nDo come to {event}!\n\nAnswer here:\n{link}")
    english.get_by_role("button", name="Show how this looks").click()
    expect(frame.get_by_text("Do come to Swansea!")).to_be_visible()
    expect(frame.get_by_role("link", name="Answer here")).to_have_css("background-color", "rgb(166, 61, 18)")
    english.get_by_role("button", name="Show the plain text").click()
    expect(frame.locator("pre")).to_contain_text("Answer here:\nhttp")
    english.get_by_role("button", name="Save").click()

    expect(desk.get_by_text("Saved. Letters written from now on say this.")).to_be_visible()
    desk.get_by_role("button", name="Back to the original").click()
    expect(frame.get_by_text("We would love you to come")).to_be_visible()
