"""The officer's pages of asking and inviting, at a desk and on a phone: axe finds nothing, and nothing runs over."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

from events import services as events
from events.models import Call, Registration
from partners.models import Membership
from tests import factories
from tests import world as season
from tests.browser.conftest import OpenPage
from tests.pages import assert_accessible, assert_fits
from tests.world import World


@pytest.fixture
def world() -> World:
    world = season.play()
    factories.ask(world.event, 41)
    factories.ask(world.event, 42, language="cy", authority="recommend")
    colleague = events.Colleague(name="Mari Rees", phone="0114 496 0002")
    sent = events.send_colleague(world.choir, colleague, by="Dora Quillfeather").registration
    Membership.objects.create(person=sent.person, organisation=world.museum.organisation, role="trustee")
    Registration.objects.filter(state="invited").first().calls.create(why="no_email", about="test")
    return world


def paths(world: World) -> list[str]:
    """Every page that asks before it does something, and the lists they start from."""
    asked = Registration.objects.filter(state="requested")
    ids = "&".join(f"id={row.pk}" for row in asked)
    slugs = "invite consider keep-waiting not-this-time no-event-near elsewhere move hold".split()
    decide = [f"{reverse('admin:events_registration_decide', args=[slug])}?{ids}" for slug in slugs]
    call = Call.objects.get(about="test")
    unsure = Registration.objects.get(membership__authority="recommend")
    sent = Registration.objects.get(substitute_for=world.choir)
    return [
        f"/request/{events.request_token(unsure)}/",
        f"/request/{events.request_token(sent)}/",
        f"{reverse('admin:events_registration_decide', args=['said-yes'])}?id={sent.pk}",
        f"{reverse('admin:events_call_deed', args=['made'])}?id={sent.calls.get().pk}",
        reverse("admin:events_registration_changelist"),
        reverse("admin:events_registration_change", args=[world.museum.pk]),
        *decide,
        reverse("admin:events_registration_enter"),
        reverse("admin:events_invitation_changelist"),
        reverse("admin:events_call_changelist"),
        reverse("admin:events_call_change", args=[call.pk]),
        f"{reverse('admin:events_call_deed', args=['made'])}?id={call.pk}",
        reverse("admin:events_event_announce", args=[world.event.pk]),
        reverse("admin:events_event_cancel", args=[world.event.pk]),
    ]


@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_of_asking_and_inviting_is_accessible_and_fits(
    open_page: OpenPage, live_server: LiveServer, world: World, width: int
) -> None:
    client = Client()
    client.force_login(world.officer)
    page = open_page(viewport={"width": width, "height": 800})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    for path in paths(world):
        answer = page.goto(path)
        assert answer
        assert answer.status == 200, path
        assert_accessible(page)
        assert_fits(page)
