"""Every page: valid to a strict reader, in the language of its address, with one heading and safe headers."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from django.db import transaction
from django.urls import reverse

from events import services as events
from events.models import Event
from tests import factories, html
from tests import world as season
from tests.world import WITHOUT_A_PAGE, World

SIGNING_IN = ["account_request_login_code", "account_login", "account_signup", "account_inactive"]
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


class Seen(NamedTuple):
    page: html.Page
    headers: Mapping[str, str]


def guest(world: World) -> html.Visitor:
    client = html.Visitor()
    client.force_login(world.museum.person.user)
    return client


def paths(world: World) -> list[str]:
    """Every page of ours that a participant can look at, and the pages of signing in."""
    own = [reverse(name, kwargs=kwargs) for name, kwargs in world.routes().items() if name not in WITHOUT_A_PAGE]
    return [*own, f"/events/{world.event.slug}/partners/?band=possible&sector=funder"]


def all_pages(world: World) -> dict[str, Any]:
    """Each page as its visitor gets it, in both languages, and the pages that say something is not there."""
    client, stranger = guest(world), html.Visitor()
    found = {}
    for prefix in ("", "/cy"):
        found |= {f"{prefix}{path}": client.get(f"{prefix}{path}") for path in paths(world)}
        found |= {f"{prefix}{reverse(name)}": stranger.get(f"{prefix}{reverse(name)}") for name in SIGNING_IN}
        for path in ("/nowhere/", "/request/no-such-token/", f"/organisations/{world.outsider.organisation.code}/"):
            found[f"{prefix}{path}"] = client.get(f"{prefix}{path}")
        found[f"{prefix}/ask/ sent empty"] = stranger.post(f"{prefix}/ask/", {})
        found[f"{prefix}/sign-in/ sent empty"] = stranger.post(f"{prefix}/sign-in/", {})
        found[f"{prefix}/sign-out/"] = client.get(f"{prefix}/sign-out/")
        found[f"{prefix} expired"] = html.Visitor(enforce_csrf_checks=True).post(f"{prefix}/sign-in/", {"email": "<b>"})
    return found


@pytest.fixture(scope="module")
def seen(django_db_setup: None, django_db_blocker: Any, static_files: None) -> dict[str, Seen]:
    """Every page, fetched once for the tests that only read them."""
    with django_db_blocker.unblock(), transaction.atomic():
        found = {
            path: Seen(html.read(response), response.headers) for path, response in all_pages(season.play()).items()
        }
        transaction.set_rollback(True)
    return found


def test_every_page_is_valid_has_one_heading_and_speaks_the_language_of_its_address(seen: dict[str, Seen]) -> None:
    pages = {path: one.page for path, one in seen.items()}

    assert {path: page.errors for path, page in pages.items() if page.errors} == {}
    assert {path: page.words("h1") for path, page in pages.items() if len(page.words("h1")) != 1} == {}
    assert {p: page.lang for p, page in pages.items() if page.lang != ("cy" if p.startswith("/cy") else "en")} == {}
    assert {path for path, page in pages.items() if [bool(words) for words in page.words("title")] != [True]} == set()
    assert len(pages) > 60


def test_ids_are_used_once_and_everything_that_points_to_one_finds_it(seen: dict[str, Seen]) -> None:
    twice, lost = {}, {}

    for path, (page, _) in seen.items():
        ids = [e.get("id") for e in page.root.iter() if e.get("id")]
        pointers = [e.get(name) for e in page.root.iter() for name in ("for", "aria-labelledby") if e.get(name)]
        pointers += [one for e in page.root.iter() for one in (e.get("aria-describedby") or "").split()]
        pointers += [link[1:] for link in page.links() if link.startswith("#")]
        if len(ids) != len(set(ids)):
            twice[path] = sorted({one for one in ids if ids.count(one) > 1})
        if set(pointers) - set(ids):
            lost[path] = sorted(set(pointers) - set(ids))

    assert (twice, lost) == ({}, {})


def test_every_page_carries_the_safe_headers_and_nothing_inline(seen: dict[str, Seen]) -> None:
    wrong = {}

    for path, (page, headers) in seen.items():
        said = {
            "policy": set(headers["Content-Security-Policy"].split("; ")),
            "nosniff": headers["X-Content-Type-Options"],
            "frames": headers["X-Frame-Options"],
            "referrer": headers["Referrer-Policy"],
        }
        inline = [e.tag for e in page.root.iter() if "style" in e.attrib or any(n.startswith("on") for n in e.attrib)]
        inline += [e.tag for e in page.root.iter("style")]
        inline += ["script" for e in page.root.iter("script") if not e.get("src")]
        if inline or said != {"policy": POLICY, "nosniff": "nosniff", "frames": "DENY", "referrer": "same-origin"}:
            wrong[path] = (said, inline)

    assert wrong == {}


def test_pages_load_nothing_from_elsewhere(seen: dict[str, Seen]) -> None:
    away = set()

    for page, _ in seen.values():
        loaded = [e.get(name) for e in page.root.iter() for name in ("src", "srcset") if e.get(name)]
        loaded += [e.get("href") for e in page.root.iter("link")]
        away |= {one for one in loaded if one and not one.startswith("/static/")}

    assert away == set()


def test_the_language_toggle_keeps_the_page_and_what_was_asked_of_it() -> None:
    world = season.play()
    client = guest(world)

    for path in paths(world):
        (there,) = [a.get("href") for a in html.read(client.get(path)).all("a", class_="language-toggle")]
        (back,) = [a.get("href") for a in html.read(client.get(there)).all("a", class_="language-toggle")]

        assert (there, back) == (f"/cy{path}", path)


def test_the_toggle_cannot_be_made_to_lead_away(client: html.Visitor) -> None:
    for path in ("/nowhere/?x=//evil.example", "//evil.example/", "/%0d%0aevil/"):
        page = html.read(html.Visitor().get(path))

        (toggle,) = page.all("a", class_="language-toggle")
        assert (toggle.get("href") or "").startswith("/cy/")


def test_private_pages_are_kept_by_no_cache() -> None:
    world = season.play()
    client = guest(world)

    kept = {
        name: client.get(reverse(name, kwargs=kwargs)).headers.get("Cache-Control", "")
        for name, kwargs in world.routes().items()
        if name in ("account_request_login_code", "my", "matching:introduction-detail", "events:request-detail")
    }

    assert {name for name, said in kept.items() if "public" in said or "s-maxage" in said} == set()


@pytest.mark.parametrize(("path", "words"), [("/", "No events are planned at the moment."), ("/ask/", "")])
def test_an_empty_portal_is_honest_about_it(client: html.Visitor, path: str, words: str) -> None:
    page = html.read(client.get(path))

    assert page.errors == []
    assert words in page.text
    assert "The programme has not been set up yet, so there is nobody to ring here." in page.text


def test_an_empty_portal_works_in_welsh() -> None:
    page = html.read(html.Visitor().get("/cy/"))

    assert (page.lang, page.errors, len(page.words("h1"))) == ("cy", [], 1)


def test_asking_without_any_event_says_so_instead_of_a_question_nobody_can_answer(client: html.Visitor) -> None:
    page = html.read(client.get("/ask/"))

    assert page.all("input", name="event") == []
    assert "There is no event you can ask for at the moment." in page.text


def test_the_first_page_lists_what_is_ahead_in_order(client: html.Visitor, event: Event) -> None:
    factories.make_event("earlier-2031", held_on=event.held_on.replace(day=1))
    factories.make_event("gone-2019", held_on=event.held_on.replace(year=2019))

    links = [link for link in html.read(client.get("/")).links() if link.startswith("/events/")]

    assert list(dict.fromkeys(links)) == ["/events/earlier-2031/", "/events/sheffield-2031/"]


def test_names_with_markup_stay_text_on_every_page() -> None:
    world = season.play()
    organisation = world.group.organisation
    organisation.name = "<script>alert(1)</script> & “Sons”"
    organisation.save()
    organisation.listings.update(text="<img src=x onerror=alert(2)>")

    pages = all_pages(world)

    assert {p for p, r in pages.items() if b"<script>alert" in r.content or b"<img src=x" in r.content} == set()
    assert organisation.name in html.read(pages[f"/events/{world.event.slug}/partners/"]).words("h2")
    assert "<img src=x onerror=alert(2)>" in html.read(pages[organisation.get_absolute_url()]).words("blockquote")


RUBBISH = ["%00", "%ff%fe", "a" * 3000, "'; DROP TABLE", "[]", "{{7*7}}", "\u202e", "1e999", "-1"]


def test_rubbish_in_the_query_never_breaks_a_page() -> None:
    world = season.play()
    client = guest(world)
    tried = ["/", "/ask/", "/my/", f"/events/{world.event.slug}/", f"/events/{world.event.slug}/partners/", "/sign-in/"]

    statuses = {}
    for rubbish in RUBBISH:
        value = rubbish if rubbish.startswith("%") else quote(rubbish)
        query = "&".join(f"{name}={value}" for name in ("event", "band", "sector", "unanswered", "next", "page", "q"))
        statuses |= {(path, rubbish): client.get(f"{path}?{query}").status_code for path in tried}

    assert {at: status for at, status in statuses.items() if status not in (200, 302)} == {}


def test_a_cancelled_event_says_so_wherever_it_is_shown(db: None) -> None:
    world = season.play()
    events.cancel_event(world.event, by=world.officer, words="The hall has a leak.")
    client = guest(world)
    event_page = client.get(world.event.get_absolute_url()).content.decode()

    assert "This event does not take place." in event_page
    assert "https://schema.org/EventCancelled" in event_page
    assert "calendar.ics" not in event_page
    for address in ("/", "/my/"):
        assert "Does not take place" in html.read(client.get(address)).text
