"""What a first visit costs somebody on a data bundle: everything the browser fetches, as it came over the line."""

from playwright.sync_api import Response
from pytest_django.live_server_helper import LiveServer

from tests import factories
from tests.browser.conftest import OpenPage

MOST = 60_000  # bytes; other people's ticket shops take 60 to 400 thousand


def test_a_first_visit_to_the_home_page_and_the_form_fits_a_small_bundle(
    transactional_db: None, open_page: OpenPage, live_server: LiveServer
) -> None:
    for number in range(4):
        factories.make_event(f"place-{number}-2031")
    fetched: list[Response] = []
    page = open_page(viewport={"width": 390, "height": 844})
    page.on("response", lambda response: fetched.append(response))

    weights = {}
    for path in ("/", "/ask/"):
        fetched.clear()
        page.goto(path)
        page.wait_for_load_state("networkidle")
        weights[path] = sum(
            sizes["responseBodySize"] + sizes["responseHeadersSize"]
            for sizes in (response.request.sizes() for response in fetched)
        )

    assert {path: weight for path, weight in weights.items() if not 0 < weight <= MOST} == {}
