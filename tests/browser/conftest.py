"""A real Chromium on a live server, and pages that are watched for what a person would not forgive.

    page     1280 x 800      phone     390 x 844, touch      plain_page     without scripts

Each ends its test with an error if the browser complained, a request failed, or anything was asked of another host.
A test that provokes a complaint says so: `page_checks.expect("403")`. What else to ask of a page is in `tests.pages`.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from playwright.sync_api import Browser, Page, Playwright
from pytest_django.live_server_helper import LiveServer

from tests.pages import PageChecks
from tests.servers import apt_install

ARGUMENTS = [
    "--no-sandbox",  # root has no other choice
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ON_A_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
PACKAGES = ("chromium", "fonts-dejavu-core")


# --- the browser -----------------------------------------------------------------------------------------------------


def _chromium_here() -> str | None:
    named = os.environ.get("CHROMIUM")
    if named:
        if not os.access(named, os.X_OK):
            pytest.exit(f"CHROMIUM={named} is no program", returncode=3)
        return named
    found = next(filter(None, map(shutil.which, ON_PATH)), None)
    return found or (ON_A_MAC if Path(ON_A_MAC).exists() else None)


@cache
def find_chromium(playwrights_own: str) -> str:
    found = _chromium_here()
    if not found and Path(playwrights_own).exists():
        found = playwrights_own
    if not found and apt_install(*PACKAGES):
        found = _chromium_here()
    if not found:
        pytest.fail(
            "No Chromium. Set CHROMIUM=/path/to/it, or run: .venv/bin/playwright install chromium "
            f"(on Debian: apt-get install -y --no-install-recommends {' '.join(PACKAGES)})",
            pytrace=False,
        )
    return found


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], playwright: Playwright) -> dict[str, Any]:
    program = find_chromium(playwright.chromium.executable_path)
    return {**browser_type_launch_args, "executable_path": program, "args": ARGUMENTS}


# --- watched pages ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def live_server(static_files: None) -> Iterator[LiveServer]:
    """pytest-django's server, but with static files served as in the portal: hashed, by WhiteNoise."""
    server = LiveServer("localhost", start=False)
    server.thread.static_handler = lambda application: application
    server.start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def _links_lead_here(settings: LazySettings, live_server: LiveServer) -> None:
    """A link from a letter can be followed."""
    settings.SITE_URL = live_server.url


@pytest.fixture
def page_checks(live_server: LiveServer) -> Iterator[PageChecks]:
    checks = PageChecks(urlsplit(live_server.url).netloc)
    yield checks
    checks.assert_clean()


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer, page_checks: PageChecks) -> Iterator[OpenPage]:
    """A new, watched page in a context of its own: two of them are two people. Takes Playwright's context options."""
    contexts = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(
            **{"base_url": live_server.url, "viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **options}
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page_checks.watch(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    return open_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=2)


@pytest.fixture
def plain_page(open_page: OpenPage) -> Page:
    return open_page(java_script_enabled=False)
