"""The desk's own pages in a real browser: today, the day, the door; at a desk and on a phone."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from events import services as events
from events.models import Arrangement, Event, Registration
from partners import services as partners
from partners.models import SavedList
from tests import factories
from tests import world as season
from tests.browser.conftest import OpenPage
from tests.pages import assert_accessible, assert_fits
from tests.world import World

SIZES = {"desk": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}


@pytest.fixture
def world(transactional_db: None) -> World:
    world = season.play()
    factories.ask(world.event, 40)
    rung = factories.ask(world.event, 41, email="", phone="0114 496 0041")
    events.invite(rung, by=world.officer, no_talk_reason="Known for years.", reason="They asked first.")
    Arrangement.objects.create(registration=world.museum, kind="access", words="A ramp.")
    partners.report_concern(world.choir.organisation, worry="A name.", by="Ben")
    SavedList.objects.create(user=world.officer, name="Waiting", address="/admin/events/registration/?stage=waiting")
    Event.objects.filter(pk=world.event.pk).update(held_on=timezone.localdate())
    world.event.refresh_from_db()
    return world


@pytest.fixture
def desk(open_page: OpenPage, world: World, live_server: LiveServer, request: pytest.FixtureRequest) -> Page:
    client = Client()
    client.force_login(world.officer)
    page = open_page(viewport=SIZES[getattr(request, "param", "desk")])
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    return page


def day(event: Event, name: str) -> str:
    return reverse(f"admin:events_event_{name}", args=[event.pk])


@pytest.mark.parametrize("desk", ["desk", "phone"], indirect=True)
def test_the_pages_of_the_desk_are_accessible_and_fit(desk: Page, world: World) -> None:
    pages = [
        day(world.event, name)
        for name in ("day", "register", "badges", "door", "walk_in", "paper", "caterer", "clone", "change")
    ]
    pages += [f"{day(world.event, 'colleague')}?who={world.museum.pk}"]
    pages += [reverse("admin:events_arrangement_changelist"), reverse("admin:events_programme_changelist")]
    pages += [reverse("admin:events_arrangement_change", args=[Arrangement.objects.get().pk])]
    pages += [reverse("admin:events_programme_change", args=[world.event.programme_id])]
    pages += [reverse("admin:events_programme_clone", args=[world.event.programme_id])]
    pages += [reverse("admin:events_registration_concern", args=[world.museum.pk])]
    pages += [reverse("admin:matching_answer_remove", args=[world.museum.person_id])]
    pages += [reverse("admin:matching_introduction_spoken", args=[world.introduction.pk])]
    pages += [reverse("admin:matching_suggestion_by_phone", args=[world.museum.pk])]
    for path in ("/admin/", "/cy/admin/", *pages):
        desk.goto(path)
        assert_accessible(desk)
        assert_fits(desk)


@pytest.mark.parametrize("desk", ["desk", "phone"], indirect=True)
def test_two_records_of_one_person_are_merged_side_by_side(desk: Page, world: World) -> None:
    museum = world.museum.person
    event = factories.make_event("swansea-2031")
    again = factories.ask(event, 80, name="Ana Reedsworth", organisation="Kelham Mill", phone="0114 496 8099").person
    assert museum is not None
    pages = [reverse("admin:partners_person_change", args=[museum.pk]), reverse("admin:partners_person_duplicates")]
    pages += [reverse(f"admin:partners_person_{name}", args=[museum.pk, again.pk]) for name in ("different", "merge")]
    for path in pages:
        desk.goto(path)
        assert_accessible(desk)
        assert_fits(desk)

    desk.get_by_role("button", name="Merge").click()

    expect(desk.locator(".messagelist")).to_contain_text("Merged.")
    desk.get_by_role("link", name="It can be taken apart again.").click()
    expect(desk.get_by_role("link", name="Take apart again")).to_be_visible()
    assert_accessible(desk)
    assert_fits(desk)
    desk.get_by_role("link", name="Take apart again").click()
    desk.get_by_role("button", name="Take apart").click()
    expect(desk.locator(".messagelist")).to_contain_text("They are two records again.")


@pytest.mark.parametrize("desk", ["phone"], indirect=True)
def test_somebody_is_let_in_with_one_tap(desk: Page, world: World) -> None:
    desk.goto(day(world.event, "door"))
    desk.get_by_role("button", name="Ana Reedsworth came").click()

    expect(desk.get_by_role("status")).to_contain_text("2 of")


def test_badges_print_ten_to_a_sheet_and_the_register_in_fourteen_point(desk: Page, world: World) -> None:
    for number in range(60, 67):
        Registration.objects.filter(pk=factories.ask(world.event, number).pk).update(state="confirmed")
    desk.emulate_media(media="print")

    desk.goto(day(world.event, "badges"))
    assert desk.locator(".badge").count() == 12
    sheets = desk.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", sheets)) == 2

    desk.goto(day(world.event, "register"))
    cells = desk.locator(".register tbody th, .register tbody td:not(.tick)")
    assert set(cells.evaluate_all("cells => cells.map(cell => getComputedStyle(cell).fontSize)")) == {"18.6667px"}


@pytest.mark.parametrize("desk", ["phone"], indirect=True)
def test_a_second_step_is_set_up_on_pages_that_are_accessible_and_fit(desk: Page) -> None:
    desk.goto("/account/2fa/totp/activate/")
    assert_accessible(desk)
    desk.get_by_label("Password").fill("a-long-password")
    desk.get_by_role("button", name="Confirm").click()
    expect(desk.locator("#authenticator_secret")).to_be_visible()

    for path in ("/account/2fa/totp/activate/", "/cy/account/2fa/totp/activate/", "/account/2fa/"):
        desk.goto(path)
        assert_accessible(desk)
        assert_fits(desk)
