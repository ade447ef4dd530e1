"""That watched pages are watched: on the first page, and on one that asks another host."""

import pytest
from playwright.sync_api import Page

from tests.pages import PageChecks, assert_accessible, assert_fits


def test_the_first_page_is_accessible_and_fits_a_phone(page: Page, phone: Page) -> None:
    for seen in (page, phone):
        seen.goto("/")
        assert_accessible(seen)
        assert_fits(seen)


def test_the_first_page_reads_the_same_without_scripts(plain_page: Page) -> None:
    answer = plain_page.goto("/")

    assert (answer and answer.status, plain_page.locator("h1").count()) == (200, 1)


def test_a_picture_from_elsewhere_and_a_missing_file_are_noticed(page: Page, page_checks: PageChecks) -> None:
    page.goto("/")
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'http://elsewhere.example/picture.png'}))")
    page.evaluate("fetch('/no-such-page/').then(() => {})")
    page.wait_for_timeout(500)

    with pytest.raises(AssertionError):
        page_checks.assert_clean()
    assert [
        part for part in ("elsewhere.example", "404") if not any(part in words for words in page_checks.found)
    ] == []
    page_checks.found.clear()
