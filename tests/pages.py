"""What every page promises, asked in a real browser."""

from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Request

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class PageChecks:
    """Collects what the browser complains about, and says it at the end of the test."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.found: list[str] = []
        self.expected: list[str] = []

    def expect(self, part: str) -> None:
        """A complaint with `part` in it belongs to this test."""
        self.expected.append(part)

    def watch(self, page: Page) -> None:
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.found.append(f"script error: {error}"))
        page.on("requestfailed", self._on_failed)
        page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.found.append(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def _on_failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a page left before all of it came; a download
            self.found.append(f"failed: {request.url} {request.failure}")

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https") and address.netloc != self.host:
            self.found.append(f"another host: {request.url}")

    def assert_clean(self) -> None:
        left = [words for words in self.found if not any(part in words for part in self.expected)]
        assert not left, "\n".join(["the browser complained:", *left])


def assert_accessible(page: Page) -> None:
    """axe finds nothing against WCAG 2.2 AA, nor against what it calls best practice."""
    # preloading would have axe put the admin's imported stylesheets inline, which our policy refuses
    results = Axe().run(page, options={"runOnly": {"type": "tag", "values": STANDARDS}, "preload": False})
    assert results.violations_count == 0, f"{page.url}\n{results.generate_report()}"


def assert_fits(page: Page) -> None:
    """Nobody has to scroll sideways."""
    width, room = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width <= room, f"{page.url} is {width} wide in {room}"
