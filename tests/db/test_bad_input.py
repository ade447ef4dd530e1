"""What people, programs and the malicious type: never an error page, a clear message, and nothing lost or cut."""

from typing import Any

import pytest
from django.urls import reverse

from events.models import Event, Registration
from partners.models import Listing, Organisation, Person
from pwp.outbox.models import Message
from tests import factories, html
from tests import world as season
from tests.db.events.test_ask import answers

EMOJI, WELSH = "🧶 Ysgol", "Tŷ Gwŷr Ŵyl"
RIGHT_TO_LEFT = "\u200fمتحف المدينة\u200e"
LONG = "Sentence after sentence. " * 400  # 10,000 characters
NUL = "before\x00after"
HUGE = "9" * 40
MARKUP = "<script>alert(1)</script>"


@pytest.fixture
def client() -> html.Visitor:
    return html.Visitor()


@pytest.fixture
def registration(event: Event, client: html.Visitor) -> Registration:
    """The museum's place, with its person signed in."""
    place = factories.confirm(event, 1, factories.make_staff(), organisation="Kelham Mill Museum", name="Ana Reed")
    client.force_login(factories.sign_up(place))
    return place


def submitted() -> Registration | None:
    return Registration.objects.filter(state="requested").first()


# --- asking ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [EMOJI, RIGHT_TO_LEFT, WELSH, "O'Brien & Söhne", "ﷺ" * 50])
def test_words_in_any_script_arrive_as_they_were_typed(client: html.Visitor, event: Event, text: str) -> None:
    response = client.post("/ask/", answers(event, name=text, organisation=text, need=text, work_place=text))
    page = html.read(client.get(response["Location"]))

    asked = submitted()
    assert asked is not None
    assert (asked.person.name, asked.organisation.name, asked.organisation.work_place) == (text, text, text)
    assert text in [listing.pending_text for listing in asked.organisation.listings.all()]
    assert (page.errors, " ".join(text.split()) in page.text) == ([], True)
    assert text in Message.objects.get().text


@pytest.mark.parametrize("field", ["offer", "need"])
def test_an_answer_that_is_far_too_long_is_given_back_in_full_with_its_length(
    client: html.Visitor, event: Event, field: str
) -> None:
    response = client.post("/ask/", answers(event, **{field: LONG}))
    page = html.read(response)

    assert response.status_code == 422
    assert page.errors_shown() == [
        "This is 9999 characters long. Please keep it to 600, so that people read it to the end."
    ]
    assert page.typed()[field][0].strip() == LONG.strip()
    (token,) = page.typed()["draft"]
    assert html.read(client.get(f"/ask/draft/{token}/")).typed()[field][0].strip() == LONG.strip()


def test_exactly_as_long_as_allowed_is_taken_whole(client: html.Visitor, event: Event) -> None:
    client.post("/ask/", answers(event, need="n" * 600))

    assert Listing.objects.get(side="need").pending_text == "n" * 600


@pytest.mark.parametrize("field", ["name", "email", "phone", "organisation", "work_place"])
def test_a_long_line_is_refused_in_words_and_given_back(client: html.Visitor, event: Event, field: str) -> None:
    page = html.read(client.post("/ask/", answers(event, **{field: "9" * 10_000})))

    assert len(page.errors_shown()) >= 1
    assert page.typed()[field] == ["9" * 10_000]
    assert Person.objects.count() == 0


@pytest.mark.parametrize("field", [*answers(None), "draft", "visible_at_event"])
def test_a_nul_in_any_field_breaks_nothing_and_loses_nothing_else(
    client: html.Visitor, event: Event, field: str
) -> None:
    response = client.post("/ask/", answers(event) | {field: NUL})

    assert response.status_code in (302, 422)
    if response.status_code == 422:
        page = html.read(response)
        expected = answers(event)
        kept = {name: (page.typed().get(name) or [""])[0] for name in expected if name != field}
        assert kept == {name: value for name, value in expected.items() if name != field}


@pytest.mark.parametrize("save", ["", "1"])
def test_a_nul_in_every_field_is_a_draft_without_it(client: html.Visitor, event: Event, save: str) -> None:
    given = {name: f"{value}\x00" for name, value in answers(event).items()} | ({"save": save} if save else {})

    response = client.post("/ask/", given)

    assert response.status_code == (200 if save else 422)
    assert Registration.objects.get().answers["need"] == answers(event)["need"]


@pytest.mark.parametrize("field", ["sector", "size", "authority", "event"])
@pytest.mark.parametrize("value", ["no-such-thing", HUGE, "-1", "SHEFFIELD-2031", "null", "' OR 1=1 --"])
def test_a_choice_we_do_not_offer_is_one_line_and_keeps_the_rest(
    client: html.Visitor, event: Event, field: str, value: str
) -> None:
    page = html.read(client.post("/ask/", answers(event, need="My words.") | {field: value}))

    assert len(page.errors_shown()) == 1
    assert page.typed()["need"] == ["My words."]


@pytest.mark.parametrize("place", ["S1", "s1 2", "ZZ99 9ZZ", "S1 2HH S1 2HH", "12345", "???", "Sheffield, S1 2HH", "."])
def test_a_broken_postcode_holds_nobody_up(client: html.Visitor, event: Event, place: str) -> None:
    response = client.post("/ask/", answers(event, work_place=place))

    assert response.status_code == 302
    assert client.get(response["Location"]).status_code == 200
    assert Organisation.objects.get().work_place == place


@pytest.mark.parametrize("field", ["name", "organisation"])
@pytest.mark.parametrize("name", [MARKUP, "Win at https://evil.example", "www.evil.example", "<b>Bold</b>", "a://b"])
def test_a_name_with_markup_or_a_link_is_refused(client: html.Visitor, event: Event, field: str, name: str) -> None:
    page = html.read(client.post("/ask/", answers(event) | {field: name}))

    assert page.errors_shown() == ["Please write the name without a web address or the signs < and >."]
    assert page.typed()[field] == [name]


def test_markup_in_own_words_stays_text_in_pages_letters_and_the_admin(client: html.Visitor, event: Event) -> None:
    words = f"{MARKUP} <a href='https://evil.example'>click</a> **bold** {{{{ name }}}}"
    staff = html.Visitor()
    staff.force_login(factories.make_staff())
    response = client.post("/ask/", answers(event, need=words))
    asked = submitted()
    assert asked is not None
    Organisation.objects.update(name=MARKUP)  # however it came there
    Person.objects.update(name=MARKUP)

    shown = [
        client.get(response["Location"]),
        client.get(response["Location"] + "more/"),
        staff.get(reverse("admin:events_registration_changelist")),
        staff.get(reverse("admin:events_registration_change", args=[asked.pk])),
        staff.get(reverse("admin:partners_organisation_changelist")),
        staff.get(reverse("admin:partners_listing_changelist")),
        staff.get(reverse("admin:outbox_message_changelist")),
    ]
    invitation = factories.events.invite(
        Registration.objects.get(), by=factories.make_staff("two@staff.example"), no_talk_reason="Known."
    )
    letter = Message.objects.get(key__contains=invitation.code)

    assert [response.status_code for response in shown] == [200] * 7
    assert [MARKUP.encode() in response.content for response in shown] == [False] * 7
    assert "<script" not in letter.html
    assert words in [html.words_of(e) for e in html.read(shown[0]).all("dd")]


@pytest.mark.parametrize("newline", ["Moira\nBcc: all@evil.example", "Moira\r\nSubject: Hello"])
def test_a_name_with_a_line_break_cannot_write_headers(client: html.Visitor, event: Event, newline: str) -> None:
    client.post("/ask/", answers(event, name=newline))

    for message in Message.objects.all():
        assert "\n" not in message.subject + message.to_name + message.to_email
        assert "Bcc" not in message.headers


def test_a_request_that_is_not_a_form_is_no_error(client: html.Visitor, event: Event) -> None:
    sent = {
        "json": client.post("/ask/", "{", content_type="application/json").status_code,
        "multipart": client.post("/ask/", b"x", content_type="multipart/form-data; boundary=b").status_code,
        "bytes": client.post(
            "/ask/", b"name=%ff%fe&need=%00", content_type="application/x-www-form-urlencoded"
        ).status_code,
    }

    assert {kind for kind, status in sent.items() if status >= 500} == set()


# --- the second page, one's own pages, answers -----------------------------------------------------------------------


@pytest.mark.parametrize("value", [HUGE, "-1", "x", "\x00", "1.5", ""])
@pytest.mark.parametrize("field", ["themes", "audiences"])
def test_terms_we_do_not_have_are_refused_in_words_on_the_second_page(
    client: html.Visitor, event: Event, field: str, value: str
) -> None:
    token = season.mailed_token("request", factories.ask(event))

    response = client.post(f"/request/{token}/more/", {field: value, "postcode": "S1 2HH"})

    assert response.status_code == 422
    assert html.read(response).typed()["postcode"] == ["S1 2HH"]
    assert len(html.read(response).errors_shown()) == 1


def test_the_second_page_gives_back_a_long_postcode_and_takes_any_script(client: html.Visitor, event: Event) -> None:
    token = season.mailed_token("request", factories.ask(event))

    long = client.post(f"/request/{token}/more/", {"postcode": "S" * 5000, "type": "charity\x00"})
    fine = client.post(f"/request/{token}/more/", {"postcode": EMOJI})

    assert (long.status_code, fine.status_code) == (422, 302)
    assert html.read(long).typed()["postcode"] == ["S" * 5000]
    assert Organisation.objects.get().postcode == EMOJI


@pytest.mark.parametrize(
    "changes",
    [
        {"text": LONG},
        {"text": NUL},
        {"text": ""},
        {"when": "x" * 5000},
        {"how_much": NUL},
        {"kinds": HUGE},
        {"kinds": "\x00"},
        {"kinds": "-1"},
    ],
)
def test_a_line_that_cannot_be_kept_is_given_back_with_words(
    client: html.Visitor, registration: Registration, changes: dict[str, str]
) -> None:
    given = {"text": "My words.", "when": "In May", "how_much": "Two"} | changes
    path = f"/my/organisations/{registration.organisation.code}/add/need/"

    response = client.post(path, given)
    page = html.read(response)

    assert (response.status_code, len(page.errors_shown())) == (200, 1)
    typed = page.typed()
    assert {n: typed[n][0].strip().replace("\x00", "\ufffd") for n in ("text", "when", "how_much")} == {
        n: given[n].strip().replace("\x00", "\ufffd") for n in ("text", "when", "how_much")
    }
    assert Listing.objects.filter(pending_text="My words.").count() == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"about": LONG},
        {"about": NUL},
        {"website": "javascript:alert(1)"},
        {"website": "https://museum.example/" + "x" * 5000},
        {"reach_km": HUGE},
        {"type": "castle"},
        {"size": "vast"},
        {"themes": HUGE},
        {"audiences": "\x00"},
        {"postcode": "S" * 500},
    ],
)
def test_what_cannot_be_kept_about_an_organisation_is_given_back_with_words(
    client: html.Visitor, registration: Registration, changes: dict[str, str]
) -> None:
    organisation = registration.organisation
    given = {"name": "Kelham Mill", "about": "We keep the mill.", "work_place": "S1 2HH"} | changes

    response = client.post(f"/my/organisations/{organisation.code}/edit/", given)
    page = html.read(response)

    organisation.refresh_from_db()
    assert (response.status_code, organisation.name) == (200, "Kelham Mill Museum")
    assert len(page.errors_shown()) in (1, 2)  # an address can be wrong in two ways
    kept = {name: (page.typed()[name] or [""])[0].strip() for name in ("work_place", "about") if name not in changes}
    assert kept == {name: given[name] for name in kept}


@pytest.mark.parametrize(
    "changes",
    [{"name": MARKUP}, {"name": NUL}, {"phone": "x" * 500}, {"language": "fr"}, {"phone": "www.evil.example"}],
)
def test_what_cannot_be_kept_about_a_person_is_given_back_with_words(
    client: html.Visitor, registration: Registration, changes: dict[str, str]
) -> None:
    given = {"name": "Ana Reed", "phone": "0114 496 0000", "language": "en"} | changes

    page = html.read(client.post(f"/my/details/{registration.person.code}/", given))

    registration.person.refresh_from_db()
    assert (registration.person.name, len(page.errors_shown())) == ("Ana Reed", 1)


@pytest.mark.parametrize("email", [NUL, "a" * 5000 + "@b.example", "nobody", EMOJI, "a@b.example\nBcc: c@d.example"])
def test_rubbish_where_the_address_to_sign_in_goes(client: html.Visitor, email: str, mailoutbox: list[Any]) -> None:
    response = client.post("/sign-in/", {"email": email})

    assert response.status_code == 200
    assert len(html.read(response).errors_shown()) in (1, 2)
    assert mailoutbox == []


def test_a_reason_to_leave_with_a_nul_still_lets_one_leave(client: html.Visitor, event: Event) -> None:
    registration = factories.ask(event)
    token = season.mailed_token("request", registration)

    client.post(f"/request/{token}/withdraw/", {"reason": NUL})

    registration.refresh_from_db()
    assert registration.state == "withdrawn"


def test_addresses_with_rubbish_are_not_found(client: html.Visitor, registration: Registration) -> None:
    code = registration.organisation.code
    tried = [
        f"/organisations/{code.upper()}/",
        f"/organisations/{'a' * 500}/",
        f"/my/organisations/{code.upper()}/",
        f"/my/organisations/{code}/add/money/",
        "/my/listings/0/",
        "/my/details/none/",
        "/introductions/x/",
        "/events/SHEFFIELD-2031/",
        "/request/%00/",
        "/request/%F0%9F%A7%B6/",
        "/invitation/..%2f..%2fetc/",
        "/invitation/abc/perhaps/",
        "/follow-up/%ff/",
        "/ask/draft/" + "x" * 3000 + "/",
    ]

    assert {path: client.get(path).status_code for path in tried} == dict.fromkeys(tried, 404)
