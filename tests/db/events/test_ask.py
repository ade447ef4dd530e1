"""Asking for an invitation: eight questions on one page, nothing ticked beforehand, and nothing typed is ever lost."""

import re
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from events import services
from events.models import Event, Programme, Registration
from partners.models import Consent, Kind, MailedLink, Organisation, Person
from partners.models.people import new_token
from pwp.outbox.models import Message
from tests import factories, html, world

OFFER, NEED = "A dry room with a long table.", "People who remember the mill."
CONSENTS = ["visible_at_event", "share_after_two_yes", "evaluation", "keep_in_touch"]


def answers(event: Event | None, **changes: Any) -> dict[str, Any]:
    given = {
        "name": "Moira Baird",
        "email": "Moira@Two-Rooms.example",
        "phone": "",
        "organisation": "Two Rooms Museum",
        "sector": "museum",
        "work_place": "KY1 1XT",
        "size": "tiny",
        "authority": "with_committee",
        "offer": OFFER,
        "need": NEED,
        "event": event.slug if event else "",
    }
    return {name: value for name, value in (given | changes).items() if value is not None}


def ask(client: Client, event: Event, **changes: Any) -> Any:
    return client.post("/ask/", answers(event, **changes))


def kept(page: html.Page, given: dict[str, Any]) -> dict[str, Any]:
    """What the page still holds of the answers given."""
    typed = page.typed()
    return {name: (typed.get(name) or [""])[0] for name in given}


def token_in(text: str) -> str:
    found = re.search(r"/ask/draft/([\w-]+)/", text)
    assert found
    return found[1]


# --- the page --------------------------------------------------------------------------------------------------------


def test_there_are_eight_numbered_questions_and_four_choices(client: Client, event: Event) -> None:
    page = html.read(client.get("/ask/"))

    assert page.words("span", class_="number") == ["1", "2", "3", "4", "5", "6", "7", "8"]
    assert [e.get("name") for e in page.all("input", type="checkbox")] == CONSENTS


def test_nothing_is_preselected_and_nothing_is_ticked(client: Client, event: Event) -> None:
    page = html.read(client.get("/ask/"))

    chosen = {name: values for name, values in page.typed().items() if any(values) and name != "draft"}
    buttons_apart = {e.get("name") for e in page.fields()} - {"draft"}
    assert chosen == {}
    assert buttons_apart == {*answers(event), *CONSENTS}


def test_the_event_of_the_page_one_came_from_is_chosen(client: Client, event: Event) -> None:
    factories.make_event("fife-2031")

    assert html.read(client.get(f"/ask/?event={event.slug}")).typed()["event"] == [event.slug]
    assert html.read(client.get("/ask/?event=nowhere-1999")).typed()["event"] == []


def test_events_that_are_over_or_closed_are_not_offered(client: Client, event: Event) -> None:
    factories.make_event("gone-2019", held_on=factories.FAR_AHEAD.replace(year=2019))
    closed = factories.make_programme(slug="closed", state=Programme.State.CLOSED)
    factories.make_event("closed-2031", programme=closed)

    page = html.read(client.get("/ask/"))
    refused = html.read(client.post("/ask/", answers(event) | {"event": "gone-2019"}))

    assert [e.get("value") for e in page.all("input", name="event")] == [event.slug]
    assert refused.errors_shown() == ["Choose one of these events. The one you chose takes no requests any more."]


# --- sending it ------------------------------------------------------------------------------------------------------


def test_a_request_ends_on_a_page_that_says_what_happens_next_and_shows_what_was_sent(
    client: Client, event: Event
) -> None:
    response = ask(client, event)
    page = html.read(client.get(response["Location"]))

    assert Registration.objects.get().state == "requested"
    assert page.words("h1") == ["Your request"]
    for words in ("We have your request.", "What happens next", "Moira Baird", OFFER, NEED, "Two Rooms Museum"):
        assert words in page.text
    assert "There is no event near you yet." in page.text  # honest about the place, without turning anybody away


def test_reloading_the_page_after_sending_asks_once(client: Client, event: Event) -> None:
    response = ask(client, event)
    for _ in range(2):
        client.get(response["Location"])

    assert response.status_code == 302
    assert (Registration.objects.count(), Message.objects.count()) == (1, 1)


@pytest.mark.parametrize("reached_by", [{"phone": ""}, {"email": "", "phone": "01592 496 0000"}])
def test_an_e_mail_address_or_a_phone_number_is_enough(
    client: Client, event: Event, reached_by: dict[str, str]
) -> None:
    assert ask(client, event, **reached_by).status_code == 302
    assert Message.objects.count() == (0 if reached_by.get("email") == "" else 1)


@pytest.mark.parametrize("said", [{"offer": ""}, {"need": ""}])
def test_an_offer_or_a_need_is_enough(client: Client, event: Event, said: dict[str, str]) -> None:
    assert ask(client, event, **said).status_code == 302


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ({"email": "", "phone": ""}, "Give an e-mail address or a phone number, so that we can answer you."),
        (
            {"offer": " ", "need": "\n"},
            "Write a few words about what you can offer or what you need. You can change them later.",
        ),
        ({"phone": "ring me"}, "Please give a phone number in figures, for example 0114 496 0000."),
        ({"email": "moira@"}, "Enter a valid email address."),
        ({"name": "Visit www.win.example"}, "Please write the name without a web address or the signs < and >."),
    ],
)
def test_one_problem_is_one_clear_line_and_keeps_everything_typed(
    client: Client, event: Event, missing: dict[str, str], words: str
) -> None:
    given = answers(event, **missing)

    response = client.post("/ask/", given)
    page = html.read(response)

    assert response.status_code == 422
    assert page.errors_shown() == [words]
    assert {n: v.strip() for n, v in kept(page, given).items()} == {n: v.strip() for n, v in given.items()}
    assert Person.objects.count() == 0


def test_an_empty_form_names_each_thing_that_is_missing_once(client: Client, event: Event) -> None:
    page = html.read(client.post("/ask/", {}))

    assert len(page.errors_shown()) == 9
    assert len(page.words("p", class_="hint")) == 2
    targets = [link.removeprefix("#") for link in page.links() if link.startswith("#id_")]
    assert [bool(page.all("input", id=t) or page.all("textarea", id=t)) for t in targets] == [True] * 9


def test_choices_ticked_survive_an_error(client: Client, event: Event) -> None:
    page = html.read(client.post("/ask/", answers(event, name="", evaluation="on", visible_at_event="on")))

    ticked = [e.get("name") for e in page.all("input", type="checkbox") if "checked" in e.attrib]
    assert ticked == ["visible_at_event", "evaluation"]


def test_consents_are_kept_as_given_and_as_refused(client: Client, event: Event) -> None:
    ask(client, event, visible_at_event="on")

    assert dict(Consent.objects.values_list("purpose", "given")) == {
        "visible_at_event": True,
        "share_after_two_yes": False,
        "evaluation": False,
        "keep_in_touch": False,
    }


def test_the_answer_is_the_same_for_an_address_we_know_and_one_we_do_not(client: Client, event: Event) -> None:
    museum = factories.confirm(event, 1, factories.make_staff())
    factories.sign_up(museum)

    pages = {}
    for email in ("person1@group1.example", "stranger@nowhere.example"):
        response = ask(client, event, email=email)
        text = html.read(client.get(response["Location"])).text
        pages[email] = (response.status_code, text.replace(email, "…"))

    assert len(set(pages.values())) == 1
    letters = Message.objects.filter(key__contains=":acknowledgement:").order_by("pk")
    assert len({re.sub(r"\S*/request/\S*", "", m.text) for m in letters if m.to_name == "Moira Baird"}) == 1


def test_a_request_never_joins_an_organisation_or_a_person_we_know(client: Client, event: Event) -> None:
    ask(client, event)
    ask(client, event, offer="Another room.")

    assert (Person.objects.count(), Organisation.objects.count()) == (2, 2)


def test_a_funder_is_closed_to_contact_until_they_open_it(client: Client, event: Event) -> None:
    ask(client, event, sector="funder")

    assert Organisation.objects.get().open_to_contact is False


def test_somebody_who_asks_in_welsh_gets_letters_in_welsh(event: Event) -> None:
    client = html.Visitor()
    response = client.post("/cy/ask/", answers(event))
    registration = Registration.objects.get()
    services.invite(registration, by=factories.make_staff(), no_talk_reason="Known for years.")

    assert response["Location"].startswith("/cy/request/")
    assert registration.person.language == "cy"
    assert {(m.language, "Moira" in m.text) for m in Message.objects.all()} == {("cy", True)}
    assert {bool(re.search(r"/cy/(request|invitation)/", m.text)) for m in Message.objects.all()} == {True}
    assert html.read(client.get(response["Location"])).lang == "cy"


# --- nothing is lost -------------------------------------------------------------------------------------------------


def test_a_form_that_stayed_open_for_days_is_taken_without_any_cookie(event: Event) -> None:
    strict = Client(enforce_csrf_checks=True)

    response = strict.post("/ask/", answers(event) | {"csrfmiddlewaretoken": "expired"})

    assert response.status_code == 302
    assert Registration.objects.get().state == "requested"


def test_other_forms_with_an_expired_token_give_back_what_was_typed(event: Event) -> None:
    token = services.request_token(factories.ask(event))
    strict = Client(enforce_csrf_checks=True)

    response = strict.post(f"/request/{token}/withdraw/", {"reason": "The roof <leaks>\nand drips."})
    page = html.read(response)

    assert (response.status_code, page.errors) == (403, [])
    assert ("The roof <leaks>" in page.text, "and drips." in page.text) == (True, True)
    assert Registration.objects.get().state == "requested"


def test_an_unfinished_form_is_saved_with_everything_typed_and_its_link_is_mailed_once(
    client: Client, event: Event
) -> None:
    given = answers(event, name="Moira", sector="", size="", evaluation="on")

    page = html.read(client.post("/ask/", given | {"save": "1"}))
    letter = Message.objects.get()
    draft = Registration.objects.get()
    again = html.read(client.get(f"/ask/draft/{token_in(letter.text)}/"))

    assert page.words("h1") == ["Saved. Finish when you like."]
    assert "moira@two-rooms.example" in page.text
    assert (draft.state, letter.to_email, letter.key.split(":")[0]) == ("draft", "moira@two-rooms.example", "draft")
    assert kept(again, given) == given
    assert (Person.objects.count(), Organisation.objects.count(), Consent.objects.count()) == (0, 0, 0)


def test_saving_again_keeps_the_link_and_writes_no_second_letter(client: Client, event: Event) -> None:
    client.post("/ask/", answers(event, need="First words.", save="1"))
    token = token_in(Message.objects.get().text)

    client.post("/ask/", answers(event, need="Better words.", save="1", draft=token))

    assert (Registration.objects.count(), Message.objects.count()) == (1, 1)
    assert html.read(client.get(f"/ask/draft/{token}/")).typed()["need"] == ["Better words."]


def test_saving_without_an_address_shows_the_link_to_keep(client: Client, event: Event) -> None:
    page = html.read(client.post("/ask/", {"name": "Moira", "need": NEED, "save": "1"}))
    (link,) = {link for link in page.links() if link.startswith("/ask/draft/")}

    assert f"http://localhost:8000{link}" in page.text
    assert Message.objects.count() == 0
    assert html.read(client.get(link)).typed()["need"] == [NEED]


def test_a_form_with_errors_is_a_draft_already(client: Client, event: Event) -> None:
    page = html.read(ask(client, event, name=""))
    (token,) = page.typed()["draft"]

    assert html.read(client.get(f"/ask/draft/{token}/")).typed()["need"] == [NEED]


def test_finishing_a_draft_sends_it_and_ends_its_link(client: Client, event: Event) -> None:
    client.post("/ask/", answers(event, save="1"))
    token = token_in(Message.objects.get().text)

    response = client.post("/ask/", answers(event, draft=token))

    assert response.status_code == 302
    assert list(Registration.objects.values_list("state", flat=True)) == ["requested"]
    assert client.get(f"/ask/draft/{token}/").status_code == 404


def test_a_draft_link_that_ran_out_loses_nothing_that_is_typed_now(client: Client, event: Event) -> None:
    response = ask(client, event, draft="a-link-that-never-was")

    assert response.status_code == 302
    assert Registration.objects.get().state == "requested"


@pytest.mark.parametrize("gone", [False, True], ids=["the token is another link's", "the request was deleted"])
def test_a_form_that_cannot_be_kept_says_so_and_the_same_page_can_be_sent_again(
    client: Client, event: Event, gone: bool
) -> None:
    earlier = factories.ask(event, 1)
    token = services.request_token(earlier)
    if gone:
        token = new_token()
        ask(client, event, draft=token, name="Ana Reed")
        Registration.objects.filter(person__name="Ana Reed").delete()

    answer = client.post("/ask/", answers(event, draft=token))

    page = html.read(answer)
    assert (answer.status_code, "Send the form again" in page.text or "Please send it again" in page.text) == (
        409,
        True,
    )
    assert kept(page, answers(event)) == answers(event)
    client.post("/ask/", answers(event, draft=page.typed()["draft"][0]))
    assert Registration.objects.filter(person__name="Moira Baird", state="requested").count() == 1


def test_many_requests_from_one_network_are_asked_to_wait_and_lose_nothing(
    client: Client, event: Event, settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"ask": "2/h/ip", "draft_link": "9/h/ip"}
    given = answers(event)
    statuses = [client.post("/ask/", given).status_code for _ in range(2)]

    response = client.post("/ask/", given)
    page = html.read(response)

    assert (statuses, response.status_code) == ([302, 302], 429)
    assert page.errors_shown() == ["Many requests came from your network just now. Please wait a little, or call us."]
    assert kept(page, given) == given


def test_a_draft_link_is_not_mailed_to_one_address_again_and_again(client: Client, event: Event) -> None:
    for number in range(5):
        client.post("/ask/", answers(event, need=f"Words {number}", save="1"))

    assert Message.objects.count() == 3  # the limit of draft_link, per address


# --- the page of the request -----------------------------------------------------------------------------------------


def asked(event: Event, **changes: Any) -> tuple[Registration, str]:
    registration = factories.ask(event, **changes)
    return registration, world.mailed_token("request", registration)


def test_withdrawing_takes_one_press_and_says_thank_you(client: Client, event: Event) -> None:
    registration, token = asked(event)

    page = html.read(client.post(f"/request/{token}/withdraw/", {"reason": "The roof."}, follow=True))

    registration.refresh_from_db()
    assert registration.state == "withdrawn"
    assert "You have withdrawn. Thank you for telling us; you are welcome to ask again." in page.text
    assert [f for f in page.all("form") if "withdraw" in (f.get("action") or "")] == []


def test_withdrawing_twice_is_said_kindly(client: Client, event: Event) -> None:
    _, token = asked(event)
    client.post(f"/request/{token}/withdraw/")

    response = client.post(f"/request/{token}/withdraw/", follow=True)

    assert response.status_code == 200
    assert "things have moved on" in html.read(response).text


def test_a_reason_that_is_too_long_does_not_keep_anybody_from_withdrawing(client: Client, event: Event) -> None:
    registration, token = asked(event)

    client.post(f"/request/{token}/withdraw/", {"reason": "x" * 10_000})

    registration.refresh_from_db()
    assert registration.state == "withdrawn"


@pytest.fixture
def kinds(db: None) -> list[Kind]:
    call_command("load_vocabulary", verbosity=0)
    return list(Kind.objects.all())


def test_the_second_page_finds_kinds_in_the_words_and_ticks_none_of_them(
    client: Client, event: Event, kinds: list[Kind]
) -> None:
    need = "We have 40 pensioners who knit and nowhere to show it."
    registration, token = asked(event, need=need, offer="")
    listing = registration.organisation.listings.get()

    page = html.read(client.get(f"/request/{token}/more/"))

    boxes = page.all("input", name=f"kinds_{listing.code}")
    assert "space-show" in [box.get("value") for box in boxes]
    assert [box for box in page.all("input") if "checked" in box.attrib] == []
    assert need in page.text


def test_what_is_ticked_on_the_second_page_is_kept(client: Client, event: Event, kinds: list[Kind]) -> None:
    registration, token = asked(event, need="We have 40 pensioners who knit and nowhere to show it.", offer="")
    listing = registration.organisation.listings.get()
    theme = factories.make_theme("knitting")

    response = client.post(
        f"/request/{token}/more/",
        {
            f"kinds_{listing.code}": ["space-show"],
            "themes": [theme.pk],
            "type": "museum-volunteer",
            "postcode": "S1 2HH",
        },
    )

    organisation = Organisation.objects.get()
    assert response["Location"] == f"/request/{token}/"
    assert list(listing.kinds.values_list("slug", flat=True)) == ["space-show"]
    assert (organisation.type, organisation.postcode) == ("museum-volunteer", "S1 2HH")
    assert list(organisation.themes.all()) == [theme]


def test_the_second_page_shows_again_what_was_ticked(client: Client, event: Event, kinds: list[Kind]) -> None:
    registration, token = asked(event, offer="", need="A wall to show our quilts.")
    listing = registration.organisation.listings.get()
    listing.kinds.set(Kind.objects.filter(slug="space-show"))

    page = html.read(client.get(f"/request/{token}/more/"))

    assert page.typed()[f"kinds_{listing.code}"] == ["space-show"]


def test_a_link_works_until_it_is_revoked(client: Client, event: Event) -> None:
    _, token = asked(event)
    opened = [client.get(f"/request/{token}/").status_code for _ in range(3)]

    MailedLink.objects.update(revoked_at=MailedLink.objects.get().created_at)

    assert (opened, client.get(f"/request/{token}/").status_code) == ([200] * 3, 404)


def test_going_back_and_sending_the_same_words_again_is_one_request(client: Client, event: Event) -> None:
    client.post("/ask/", answers(event) | {"draft": "a" * 32})
    client.post("/ask/", answers(event) | {"draft": "b" * 32})

    assert Registration.objects.filter(state="requested").count() == 1


def test_a_double_click_is_one_request(client: Client, event: Event) -> None:
    client.post("/ask/", answers(event) | {"draft": "a" * 32})
    client.post("/ask/", answers(event) | {"draft": "a" * 32})

    assert Registration.objects.count() == 1


def test_the_language_can_change_in_the_middle_and_keeps_what_was_typed(client: Client, event: Event) -> None:
    response = client.post("/ask/", answers(event) | {"draft": "a" * 32, "switch": "1"})

    page = html.read(client.get(response["Location"]))
    assert response["Location"] == f"/cy/ask/draft/{'a' * 32}/"
    assert page.typed()["name"] == [answers(event)["name"]]
