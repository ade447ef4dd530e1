"""Every public page and every page of a participant: accessible, quiet, and not wider than a small phone."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests import world as season
from tests.browser.conftest import OpenPage
from tests.pages import PageChecks, assert_accessible, assert_fits
from tests.world import WITHOUT_A_PAGE, World


@pytest.fixture
def world(transactional_db: None) -> World:
    return season.play()


@pytest.fixture
def guest(open_page: OpenPage, world: World, live_server: LiveServer) -> Page:
    """The museum's person, signed in."""
    client = Client()
    client.force_login(world.museum.person.user)
    page = open_page(viewport={"width": 320, "height": 700})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    return page


def paths(world: World) -> list[str]:
    return [reverse(name, kwargs=kwargs) for name, kwargs in world.routes().items() if name not in WITHOUT_A_PAGE]


def look_at(page: Page, path: str) -> None:
    answer = page.goto(path)
    assert answer
    assert answer.status == 200, path
    assert_accessible(page)
    assert_fits(page)


def test_every_page_of_a_participant_is_accessible_and_fits_a_small_phone(guest: Page, world: World) -> None:
    for path in paths(world):
        look_at(guest, path)


def test_welsh_pages_with_their_longer_words_do_too(guest: Page, world: World) -> None:
    wanted = re.compile(r"^/$|^/ask/$|^/my/$|partners/$|^/request|^/invitation|/edit/$")
    for path in filter(wanted.search, paths(world)):
        look_at(guest, f"/cy{path}")


def test_the_pages_of_signing_in_and_of_things_that_are_not_there(
    open_page: OpenPage, world: World, page_checks: PageChecks
) -> None:
    page = open_page(viewport={"width": 320, "height": 700})
    for path in ("/sign-in/", "/sign-in/password/", "/account/closed/"):
        look_at(page, path)
    page_checks.expect("404")
    for path in ("/nowhere/", "/request/no-such-token/"):
        page.goto(path)
        assert_accessible(page)
        assert_fits(page)


def test_a_form_with_mistakes_is_accessible_and_the_summary_has_the_focus(
    open_page: OpenPage, world: World, page_checks: PageChecks
) -> None:
    page_checks.expect("422")
    page = open_page(viewport={"width": 320, "height": 700})
    page.goto("/ask/")
    page.get_by_role("button", name="Send my request").click()

    expect(page.locator(".error-summary")).to_be_focused()  # granted a moment after the page is there
    assert_accessible(page)
    assert_fits(page)


def test_in_the_dark_the_pages_are_as_easy_to_read(open_page: OpenPage, world: World) -> None:
    page = open_page(color_scheme="dark")
    for path in ("/", "/ask/", world.event.get_absolute_url(), "/sign-in/"):
        look_at(page, path)
