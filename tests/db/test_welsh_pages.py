"""Every page somebody can meet, in Welsh: no English is left in what they read, apart from names and their own words.

The people here write in Welsh, so whatever is English was written by the portal.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import polib
import pytest
from django.conf import settings
from django.core import mail
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone, translation

from events import services
from events.models import Event, Invitation, Registration
from matching import services as matching
from matching.models import FollowUp, Introduction, Suggestion
from partners.models import Audience, Kind, Listing, MailedLink, Theme, User
from pwp.outbox.models import Message
from tests import factories
from tests.html import Page, Visitor, parse, read

CATALOGUE = polib.pofile(str(settings.BASE_DIR / "locale" / "cy" / "LC_MESSAGES" / "django.po"))
PLACEHOLDER = re.compile(r"(%\(\w+\)[.\d]*[a-z]|%[sd]|</?\w[^>]*>)")
# Names: of a fund, and of a language to choose.
NAMES = re.compile(r"Explore and Test|^English$")
ENGLISH_WORD = re.compile(
    r"\b(the|and|you|your|with|for|please|of|this|that|our|from|not|have|will|to|page|day|it|are|what|who|how|yes"
    r"|can|has|was|been|sign|enter|needs?|more|about|events?|request|invitation|museum|group)\b",
    re.IGNORECASE,
)
SILENT = ("script", "style")
ATTRIBUTES = ("aria-label", "alt", "title", "placeholder", "value")
WEEKDAY_OR_MONTH = re.compile(
    r"\b(Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|January|February|March|April|May|June|July|August"
    r"|September|October|November|December)\b"
)
WELSH: dict[str, Any] = {
    "name": "Ana Rhys",
    "organisation": "Amgueddfa Cwm Llwyd",
    "language": "cy",
    "offer": "Ystafell sych gyda bwrdd hir a deugain cadair.",
    "need": "Straeon am y gwaith dur gan bobl oedd yno.",
}


def pieces_of(element: Element, language: str = "cy") -> Iterator[str]:
    """What is read on a page, or read out, in pieces; without what is marked as English."""
    language = element.get("lang", language)
    if not isinstance(element.tag, str) or element.tag in SILENT:
        return
    if language != "en":
        button = element.tag == "input" and element.get("type") == "submit"
        yield from (element.get(name, "") for name in ATTRIBUTES if name != "value" or button)
        yield element.text or ""
    for child in element:
        yield from pieces_of(child, language)
        if language != "en":
            yield child.tail or ""


def untranslated() -> tuple[set[str], re.Pattern[str]]:
    """The English of the catalogue where the Welsh differs: short messages as they are, long ones as one pattern."""
    whole, parts = set(), []
    for entry in CATALOGUE:
        for english in filter(None, (entry.msgid, entry.msgid_plural)):
            if english in (entry.msgstr, *entry.msgstr_plural.values()):
                continue
            bits = [" ".join(bit.split()) for bit in PLACEHOLDER.split(english)[::2]]
            long = [bit for bit in bits if bit.count(" ") >= 2]
            if len(bits) == 1:
                whole.add(bits[0])
            parts += long
    return whole, re.compile("|".join(re.escape(part) for part in sorted(set(parts), key=len, reverse=True)))


# Words that are spelled alike in both languages, in pieces this short.
SHORT, LONG = untranslated()
ALIKE = {str(entry.msgstr) for entry in CATALOGUE}


def english_in(page: Page) -> list[str]:
    pieces = (NAMES.sub("", " ".join(piece.split())) for piece in pieces_of(page.root))
    return [
        piece
        for piece in pieces
        if (piece in SHORT and piece not in ALIKE)
        or LONG.search(piece)
        or ENGLISH_WORD.search(piece)
        or WEEKDAY_OR_MONTH.search(piece)
    ]


def assert_welsh(client: Visitor, url: str, *, status: int = 200, post: dict[str, Any] | None = None) -> Page:
    """Get (or post to) a page under /cy/, and read all of it."""
    assert url.startswith("/cy/"), url
    response = client.get(url) if post is None else client.post(url, post)
    page = read(response)

    assert response.status_code == status, (url, response.status_code, response.headers.get("Location"))
    assert page.lang == "cy"
    assert english_in(page) == []
    toggle = page.all("a", class_="language-toggle")
    assert [(link.text, link.get("lang"), link.get("hreflang")) for link in toggle] == [("English", "en", "en")]
    assert not str(toggle[0].get("href")).startswith("/cy/")
    return page


def cy(name: str, *args: object) -> str:
    with translation.override("cy"):
        return reverse(name, args=args)


@pytest.fixture
def client() -> Visitor:
    return Visitor()


@pytest.fixture
def event(db: None) -> Event:
    call_command("load_vocabulary", verbosity=0)
    event = factories.make_event(
        "abertawe-2031",
        name_en="Swansea",
        name_cy="Abertawe",
        summary_cy="Diwrnod i gwrdd.",
        summary_en="A day to meet.",
        held_on=dt.date(2031, 7, 10),
    )
    event.areas.filter(council_code="E08000039").update(name_cy="Pontarddulais", name_en="Pontardulais")
    programme = event.programme
    programme.officer_hours_en, programme.officer_hours_cy = "Mondays", "Dydd Llun i ddydd Iau"
    programme.save()
    return event


@pytest.fixture
def museum(event: Event, officer: User) -> Registration:
    """A museum's place at the event."""
    return factories.confirm(event, 1, officer, **WELSH)


@pytest.fixture
def community(event: Event, officer: User) -> Registration:
    """A community group's place at the event."""
    return factories.confirm(
        event, 2, officer, **WELSH | {"organisation": "Darllenwyr Glan Afon", "name": "Ben Meredydd"}
    )


@pytest.fixture
def signed_in(client: Visitor, museum: Registration) -> Visitor:
    client.force_login(factories.sign_up(museum))
    return client


def test_the_test_sees_english() -> None:
    page = parse('<html lang="cy"><p>Send my request</p><p lang="en">Send my request</p><p>10 July 2031<p>Diolch')

    assert english_in(page) == ["Send my request", "10 July 2031"]


@pytest.mark.parametrize(
    "name",
    [
        "home",
        "events:ask",
        "privacy",
        "accessibility",
        "place-data",
        "account_request_login_code",
        "account_login",
        "account_inactive",
        "account_signup",
    ],
)
def test_pages_open_to_all(client: Visitor, event: Event, name: str) -> None:
    assert_welsh(client, cy(name))


def test_the_first_page_without_a_programme(client: Visitor, db: None) -> None:
    assert_welsh(client, cy("home"))


def test_the_page_of_an_event_has_its_date_in_welsh(client: Visitor, event: Event) -> None:
    page = assert_welsh(client, event_page := cy("events:event-detail", event.slug))

    assert "Dydd Iau 10 Gorffennaf 2031" in page.text
    assert "Abertawe" in page.text
    assert event_page.removeprefix("/cy") in page.links()


def test_an_event_that_is_over_says_so(client: Visitor, event: Event) -> None:
    Event.objects.update(held_on=dt.date(2019, 7, 11))

    assert_welsh(client, cy("events:event-detail", event.slug))
    assert_welsh(client, cy("home"))


def test_asking_with_nothing_filled_in(client: Visitor, event: Event) -> None:
    page = assert_welsh(client, cy("events:ask"), post={}, status=422)

    assert "Dywedwch wrthym beth yw eich enw." in page.errors_shown()


def test_asking_with_everything_wrong(client: Visitor, event: Event) -> None:
    wrong = {
        "name": "www.enw.example",
        "email": "dim",
        "phone": "dim",
        "organisation": "x" * 500,
        "sector": "dim",
        "size": "dim",
        "authority": "dim",
        "event": "dim",
        "offer": "x" * 5000,
    }

    assert_welsh(client, cy("events:ask"), post=wrong, status=422)


def test_saving_for_later_and_going_on(client: Visitor, event: Event) -> None:
    page = assert_welsh(client, cy("events:ask"), post={"save": "1", "name": "Ana Rhys", "email": "ana@cwm.example"})
    link = [link for link in page.links() if "/cy/ask/draft/" in link]

    assert_welsh(client, urlsplit(link[0]).path)


@pytest.mark.parametrize("where", ["request/dim/", "invitation/dim/", "follow-up/dim/", "follow-up/dim/stop/", "x/"])
def test_links_that_lead_nowhere(client: Visitor, event: Event, where: str) -> None:
    assert_welsh(client, f"/cy/{where}", status=404)


def test_a_form_that_was_open_too_long(event: Event) -> None:
    response = Visitor(enforce_csrf_checks=True).post(cy("account_request_login_code"), {"email": "ana@cwm.example"})

    assert response.status_code == 403
    assert english_in(read(response)) == []


@pytest.mark.parametrize("state", [state for state in Registration.State if state != Registration.State.DRAFT])
def test_the_page_of_a_request_in_every_state(client: Visitor, event: Event, state: str) -> None:
    registration = factories.ask(event, 1, **WELSH)
    Registration.objects.update(state=state)

    assert_welsh(client, cy("events:request-detail", services.request_token(registration)))


@pytest.mark.parametrize("place", ["S40 1AA", "AB10 1AA", "dim syniad"])
def test_the_page_of_a_request_from_near_far_and_nowhere(client: Visitor, event: Event, place: str) -> None:
    registration = factories.ask(event, 1, **WELSH, work_place=place)

    assert_welsh(client, cy("events:request-detail", services.request_token(registration)))


def test_withdrawing_a_request(client: Visitor, event: Event) -> None:
    token = services.request_token(factories.ask(event, 1, **WELSH))

    client.post(cy("events:request-withdraw", token))

    assert_welsh(client, cy("events:request-detail", token))


def test_telling_more_about_a_request(client: Visitor, event: Event) -> None:
    registration = factories.ask(event, 1, **WELSH)
    url = cy("matching:request-details", services.request_token(registration))

    assert_welsh(client, url)
    assert_welsh(client, url, post={"type": "dim", "themes": "dim", "postcode": "x" * 50}, status=422)


@pytest.mark.parametrize("state", list(Invitation.State))
def test_the_page_of_an_invitation_in_every_state(client: Visitor, event: Event, officer: User, state: str) -> None:
    invitation = factories.invite(event, 1, officer, **WELSH)
    places = {"accepted": "confirmed", "declined": "declined", "withdrawn": "withdrawn", "expired": "requested"}
    Invitation.objects.update(state=state)
    Registration.objects.update(state=places.get(state, "invited"))
    token = MailedLink.make(MailedLink.Purpose.INVITATION, invitation.code, person=None, days=9)

    assert_welsh(client, cy("events:invitation-detail", token))


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_answering_an_invitation(client: Visitor, event: Event, officer: User, answer: str) -> None:
    invitation = factories.invite(event, 1, officer, **WELSH)
    token = MailedLink.make(MailedLink.Purpose.INVITATION, invitation.code, person=None, days=9)

    client.post(cy("events:invitation-answer", token, answer))
    assert_welsh(client, cy("events:invitation-detail", token))
    client.post(cy("events:invitation-answer", token, "decline" if answer == "accept" else "accept"))
    assert_welsh(client, cy("events:invitation-detail", token))


def test_accepting_when_the_last_place_is_gone(client: Visitor, event: Event, officer: User) -> None:
    Event.objects.update(over_invite=5)
    event.refresh_from_db()
    invitation = factories.invite(event, 1, officer, **WELSH)
    Event.objects.update(capacity=0)
    token = MailedLink.make(MailedLink.Purpose.INVITATION, invitation.code, person=None, days=9)

    client.post(cy("events:invitation-answer", token, "accept"))

    assert_welsh(client, cy("events:invitation-detail", token))


def test_signing_in(client: Visitor, museum: Registration, mailbox: Callable[[], str]) -> None:
    sign_in = cy("account_request_login_code")
    assert_welsh(client, sign_in, post={"email": "dim"})
    client.post(sign_in, {"email": museum.person.contact_email})
    code_page = cy("account_confirm_login_code")

    assert_welsh(client, code_page)
    assert_welsh(client, code_page, post={"code": "000000"})
    assert not ENGLISH_WORD.search(NAMES.sub("", mailbox()))


@pytest.fixture
def mailbox() -> Callable[[], str]:
    """The letter that was sent last, frame and all."""

    def last() -> str:
        if mail.outbox:
            return str(mail.outbox[-1].subject) + "\n" + str(mail.outbox[-1].body)
        return Message.objects.latest("pk").text

    return last


def test_signing_in_with_a_password_that_is_wrong(client: Visitor, event: Event) -> None:
    assert_welsh(client, cy("account_login"), post={"login": "ana@cwm.example", "password": "dim"})
    assert_welsh(client, cy("account_login"), post={})


@pytest.mark.parametrize(
    "name", ["account_change_password", "account_set_password", "account_reauthenticate", "mfa_index"]
)
def test_passwords_and_second_steps(signed_in: Visitor, museum: Registration, name: str) -> None:
    user = User.objects.get(email=museum.person.contact_email)
    if name != "account_set_password":
        user.set_password("cyfrinair-hir-iawn")
        user.save()
        signed_in.force_login(user)

    assert_welsh(signed_in, cy(name))
    if name != "mfa_index":
        assert_welsh(signed_in, cy(name), post={"password1": "dim", "password2": "x"})


def test_my_page(signed_in: Visitor, suggestion: Suggestion) -> None:
    assert "Dydd Iau 10 Gorffennaf 2031" in assert_welsh(signed_in, cy("my")).text


def test_my_page_before_anything(client: Visitor, event: Event) -> None:
    client.force_login(User.objects.create_user("newydd@cwm.example"))

    assert_welsh(client, cy("my"))


def test_signing_out_asks_first(signed_in: Visitor) -> None:
    assert_welsh(signed_in, cy("account_logout"))


def test_my_organisation(signed_in: Visitor, museum: Registration) -> None:
    organisation = museum.organisation
    organisation.themes.set(Theme.objects.all())
    organisation.audiences.set(Audience.objects.all())
    for listing in organisation.listings.all():
        listing.kinds.set(Kind.objects.all())

    assert_welsh(signed_in, cy("partners:profile", organisation.code))
    update = cy("partners:organisation-update", organisation.code)
    assert_welsh(signed_in, update)
    assert_welsh(signed_in, update, post={"name": "", "reach_km": "dim", "website": "dim", "themes": "dim"})


@pytest.mark.parametrize("side", ["need", "offer"])
def test_my_needs_and_offers(signed_in: Visitor, museum: Registration, side: str) -> None:
    listing = museum.organisation.listings.get(side=side)
    for url in (
        cy("partners:listing-create", museum.organisation.code, side),
        cy("partners:listing-update", listing.code),
    ):
        assert_welsh(signed_in, url)
        assert_welsh(signed_in, url, post={"text": "", "kinds": "dim"})


def test_words_that_staff_sent_back(signed_in: Visitor, museum: Registration) -> None:
    museum.organisation.listings.update(pending_text="Geiriau newydd.", hidden_reason="Ysgrifennwch fwy.")

    assert_welsh(signed_in, cy("partners:profile", museum.organisation.code))


def test_adding_and_removing_words(signed_in: Visitor, museum: Registration) -> None:
    profile = cy("partners:profile", museum.organisation.code)
    signed_in.post(cy("partners:listing-create", museum.organisation.code, "offer"), {"text": "Gardd fach."})
    assert_welsh(signed_in, profile)
    for listing in Listing.objects.filter(organisation=museum.organisation):
        signed_in.post(cy("partners:listing-delete", listing.code))
        assert_welsh(signed_in, profile)


def test_my_details(signed_in: Visitor, museum: Registration) -> None:
    url = cy("partners:person-update", museum.person.code)

    assert_welsh(signed_in, url)
    assert_welsh(signed_in, url, post={"name": "", "phone": "dim", "language": "dim"})


def test_suggestions(signed_in: Visitor, event: Event, suggestion: Suggestion) -> None:
    suggestions = cy("matching:suggestion-list", event.slug)
    assert_welsh(signed_in, suggestions)
    assert_welsh(signed_in, suggestions + "?band=possible")
    for choice in ("", "yes", "not_now", "no"):
        signed_in.post(cy("matching:suggestion-answer", suggestion.code), {"choice": choice})
        assert_welsh(signed_in, suggestions)


EVERY_REASON = [
    {"code": "shared_themes", "evidence": {"themes": ["nature-climate"]}},
    {"code": "shared_audiences", "evidence": {"audiences": ["older"]}},
    {"code": "shared_words", "evidence": {"words": ["gardd", "cof"]}},
    {"code": "common_words", "evidence": {"words": ["prifysgol"]}},
    {"code": "same_need", "evidence": {"kind": "training"}},
    *({"code": "near", "evidence": {"km": km}} for km in (1, 2, 3, 8)),
]


def test_every_reason_and_caution(signed_in: Visitor, event: Event, suggestion: Suggestion) -> None:
    own, other = suggestion.museum.code, suggestion.partner.code
    suggestion.reasons = [*suggestion.reasons, *EVERY_REASON]
    suggestion.cautions = [
        {"code": "one_way", "evidence": {"seeker": own, "provider": other}},
        {"code": "one_way", "evidence": {"seeker": other, "provider": own}},
        {"code": "far", "evidence": {"km": 80}},
        {"code": "would_help", "evidence": {"what": "when", "keys": [""]}},
    ]
    suggestion.save()

    assert_welsh(signed_in, cy("matching:suggestion-list", event.slug))


def test_nobody_to_suggest_yet(signed_in: Visitor, event: Event) -> None:
    assert_welsh(signed_in, cy("matching:suggestion-list", event.slug))


def test_an_organisation_at_my_event(signed_in: Visitor, community: Registration) -> None:
    assert_welsh(signed_in, cy("matching:organisation-detail", community.organisation.code))


@pytest.fixture
def introduction(suggestion: Suggestion, museum: Registration, community: Registration) -> Introduction:
    for place in (museum, community):
        made = matching.answer_suggestion(
            suggestion, organisation=place.organisation, person=place.person, choice="yes", may_share=True
        )
    assert made is not None
    return made


def test_an_introduction(signed_in: Visitor, event: Event, introduction: Introduction) -> None:
    assert_welsh(signed_in, cy("matching:introduction-detail", introduction.code))
    assert_welsh(signed_in, cy("matching:suggestion-list", event.slug))
    assert_welsh(signed_in, cy("my"))


def test_the_letters_of_an_introduction_give_reasons_in_welsh(
    event: Event, suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    suggestion.reasons = EVERY_REASON
    suggestion.save()
    for place in (museum, community):
        matching.answer_suggestion(suggestion, organisation=place.organisation, person=place.person, choice="yes")
    letters = Message.objects.filter(subject__contains="Mae'r ddwy ochr wedi dweud ie")

    assert len(letters) == 2
    for letter in letters:
        assert "Natur a hinsawdd" in letter.text
        assert "Nature and climate" not in letter.text


def test_how_it_is_going(client: Visitor, introduction: Introduction) -> None:
    matching.queue_due_follow_ups(now=timezone.now() + dt.timedelta(days=15))
    question = FollowUp.objects.filter(state=FollowUp.State.ASKED).first()
    assert question is not None
    token = MailedLink.make(MailedLink.Purpose.FOLLOW_UP, question.code, person=question.person, days=9)
    url = cy("matching:follow-up", token)

    assert_welsh(client, url)
    assert_welsh(client, url, post={"outcome": "dim"}, status=422)
    for outcome in FollowUp.Outcome.values:
        FollowUp.objects.update(state=FollowUp.State.ASKED)
        client.post(url, {"outcome": outcome})
        assert_welsh(client, url)
    assert_welsh(client, cy("matching:follow-up-stop", token))
    assert_welsh(client, cy("matching:follow-up-stop", token), post={})
