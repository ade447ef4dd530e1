"""The day's plan on a desk and on a phone, and on paper."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from matching.models import Plan
from partners.models import Person
from tests import world as season
from tests.browser.conftest import OpenPage
from tests.pages import PageChecks, assert_accessible, assert_fits

PAGES = ("change", "guests", "tables", "again", "changes", "use")
PRINTED = ("door", "cards", "sheets")
# axe reads the stylesheets once more by itself, and stumbles over the one that the admin's own forms.css imports
AXE_LOOKS_FOR_IMPORTS = ("Applying inline style", "widgets.", "Couldn't load preload assets")
A_PAGE = re.compile(rb"/Type\s*/Page\b")


@pytest.fixture
def plan(transactional_db: None) -> Plan:
    season.play()
    Person.objects.filter(name="Ana Reedsworth").update(name="Anastasia-Wilhelmina Reedsworth-Featherstonehaugh")
    return Plan.objects.get()


def desk(open_page: OpenPage, live_server: LiveServer, width: int) -> Page:
    """The officer, signed in."""
    client = Client()
    client.force_login(season.User.objects.get(is_superuser=True))
    page = open_page(viewport={"width": width, "height": 800})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    return page


def address(plan: Plan, name: str) -> str:
    return reverse(f"admin:matching_plan_{name}", args=[plan.pk])


@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_of_a_plan_is_accessible_and_fits(
    open_page: OpenPage, live_server: LiveServer, page_checks: PageChecks, plan: Plan, width: int
) -> None:
    for part in AXE_LOOKS_FOR_IMPORTS:
        page_checks.expect(part)
    page = desk(open_page, live_server, width)
    for path in ("/admin/matching/plan/add/", *(address(plan, name) for name in (*PAGES, *PRINTED))):
        page.goto(path)
        assert_accessible(page)
        assert_fits(page)

    page.goto(address(plan, "change"))
    page.locator(".plan-table a").first.click()
    page.get_by_role("button", name="See what it would do").click()
    expect(page.get_by_role("heading", name="What it would do")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)


def test_on_paper_each_card_and_each_sheet_is_a_page_of_its_own_in_fourteen_point(
    open_page: OpenPage, live_server: LiveServer, plan: Plan
) -> None:
    page = desk(open_page, live_server, 1280)
    wanted = {
        "cards": len(set(plan.seats.values_list("round", "table"))),
        "sheets": plan.guests.count(),
        "door": 1,
    }
    found = {}
    for name in wanted:
        page.goto(address(plan, name))
        paper = page.pdf(prefer_css_page_size=True, tagged=True)
        found[name] = len(A_PAGE.findall(paper))
        assert b"/StructTreeRoot" in paper
        assert page.evaluate("getComputedStyle(document.body).fontSize") == f"{14 * 96 / 72:.4f}".rstrip("0") + "px"

    assert found == wanted
    page.goto(address(plan, "cards") + "?size=18")
    assert page.evaluate("getComputedStyle(document.body).fontSize") == "24px"
