"""The desk's own pages in a real browser: today, the day, the door; at a desk and on a phone."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from events import services as events
from events.models import Arrangement, Event
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
    pages = [day(world.event, name) for name in ("day", "register", "badges", "door", "walk_in", "paper", "change")]
    pages += [f"{day(world.event, 'colleague')}?who={world.museum.pk}"]
    pages += [reverse("admin:events_arrangement_changelist"), reverse("admin:events_programme_changelist")]
    pages += [reverse("admin:events_arrangement_change", args=[Arrangement.objects.get().pk])]
    pages += [reverse("admin:events_programme_change", args=[world.event.programme_id])]
    pages += [reverse("admin:matching_introduction_spoken", args=[world.introduction.pk])]
    for path in ("/admin/", "/cy/admin/", *pages):
        desk.goto(path)
        assert_accessible(desk)
        assert_fits(desk)


@pytest.mark.parametrize("desk", ["phone"], indirect=True)
def test_somebody_is_let_in_with_one_tap(desk: Page, world: World) -> None:
    desk.goto(day(world.event, "door"))
    desk.get_by_role("button", name="Ana Reedsworth came").click()

    expect(desk.get_by_role("status")).to_contain_text("1 of")
