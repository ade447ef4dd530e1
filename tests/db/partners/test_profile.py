"""What people say of their organisation: both sides with equal weight, and new words wait to be read."""

from typing import Any

import pytest
from django.test import Client

from events.models import Registration
from partners import services
from partners.models import Consent, Kind, Listing, Organisation
from tests import factories, html


@pytest.fixture
def mine(client: Client, museum: Registration) -> Organisation:
    """The museum, with its person signed in."""
    client.force_login(factories.sign_up(museum))
    return museum.organisation


def add(client: Client, organisation: Organisation, side: str = "need", **fields: Any) -> html.Page:
    path = f"/my/organisations/{organisation.code}/add/{side}/"
    return html.read(client.post(path, {"text": "Help on Saturdays.", **fields}, follow=True))


def test_both_sides_are_on_one_page(client: Client, mine: Organisation) -> None:
    page = html.read(client.get(f"/my/organisations/{mine.code}/"))

    assert page.words("h1") == ["Kelham Mill Museum"]
    assert page.words("h2")[:2] == ["What we can offer", "What we need"]


@pytest.mark.parametrize("side", ["need", "offer"])
def test_a_new_line_waits_to_be_read(client: Client, mine: Organisation, side: str) -> None:
    page = add(client, mine, side)

    line = Listing.objects.get(pending_text="Help on Saturdays.")
    assert (line.side, line.text) == (side, "")
    assert "We read new words before others see them" in page.text
    assert "Waiting to be checked" in page.text


def test_a_changed_line_keeps_the_old_words_for_others(client: Client, mine: Organisation) -> None:
    line = mine.listings.get(side="need")
    old = line.text

    client.post(f"/my/listings/{line.code}/", {"text": "Quite other words.", "when": "In May"})

    line.refresh_from_db()
    assert (line.text, line.pending_text) == (old, "Quite other words.")
    assert (line.when, line.pending_when) == ("", "In May")


def test_typing_the_approved_words_again_leaves_nothing_to_read(client: Client, mine: Organisation) -> None:
    line = mine.listings.get(side="need")
    client.post(f"/my/listings/{line.code}/", {"text": "Other."})

    client.post(f"/my/listings/{line.code}/", {"text": line.text})

    line.refresh_from_db()
    assert line.pending_text == ""


def test_the_form_shows_the_newest_wording(client: Client, mine: Organisation) -> None:
    line = mine.listings.get(side="need")
    client.post(f"/my/listings/{line.code}/", {"text": "Newest."})

    assert html.read(client.get(f"/my/listings/{line.code}/")).typed()["text"] == ["Newest."]


def test_a_line_can_be_removed(client: Client, mine: Organisation) -> None:
    line = mine.listings.get(side="need")

    page = html.read(client.post(f"/my/listings/{line.code}/remove/", follow=True))

    assert list(mine.listings.values_list("side", flat=True)) == ["offer"]
    assert "Removed." in page.text


def test_up_to_three_kinds(client: Client, mine: Organisation) -> None:
    kinds = [factories.make_kind(slug) for slug in ("one", "two", "three", "four")]

    refused = add(client, mine, kinds=[kind.pk for kind in kinds])
    add(client, mine, kinds=[kind.pk for kind in kinds[:3]])

    assert refused.errors_shown() == ["Please choose up to three; these are 4."]
    assert set(Listing.objects.get(pending_text="Help on Saturdays.").kinds.all()) == set(kinds[:3])


def test_only_funders_and_statutory_bodies_offer_money(client: Client, mine: Organisation) -> None:
    money = factories.make_kind("money")

    refused = add(client, mine, "offer", kinds=[money.pk])
    needed = add(client, mine, "need", kinds=[money.pk])

    assert refused.errors_shown() == ["Only funders and statutory bodies can offer money here."]
    assert needed.errors_shown() == []
    assert list(Kind.objects.filter(listing__organisation=mine)) == [money]


def test_words_staff_sent_back_come_with_the_reason(client: Client, mine: Organisation) -> None:
    add(client, mine)
    line = Listing.objects.get(pending_text="Help on Saturdays.")
    services.return_listing(line, reason="Please leave out the name of the child.")

    for path in (f"/my/organisations/{mine.code}/", f"/my/listings/{line.code}/"):
        assert "Please leave out the name of the child." in html.read(client.get(path)).text


def describe(client: Client, organisation: Organisation, **changes: Any) -> Any:
    fields = {
        "name": organisation.name,
        "about": "We keep the mill.",
        "work_place": organisation.work_place,
        "open_to_contact": "on",
    }
    return client.post(f"/my/organisations/{organisation.code}/edit/", fields | changes)


def test_a_description_waits_and_the_rest_counts_at_once(client: Client, mine: Organisation) -> None:
    theme = factories.make_theme("history")

    describe(client, mine, themes=[theme.pk], work_place="KY16 9AJ", reach_km="12.5")

    mine.refresh_from_db()
    assert (mine.description, mine.pending_description) == ("", "We keep the mill.")
    assert (mine.council_name, mine.reach_km) == ("Fife", 12.5)
    assert list(mine.themes.all()) == [theme]


def test_every_box_may_be_empty_and_the_name_is_the_staffs_to_change(client: Client, mine: Organisation) -> None:
    assert client.post(f"/my/organisations/{mine.code}/edit/", {"name": "Ring 07700 900123"}).status_code == 302

    mine.refresh_from_db()
    assert mine.name == "Kelham Mill Museum"


def test_editing_never_changes_what_one_agreed_to_nor_the_place(
    client: Client, mine: Organisation, museum: Registration
) -> None:
    before = list(Consent.objects.values_list())

    describe(client, mine)
    add(client, mine)

    museum.refresh_from_db()
    assert list(Consent.objects.values_list()) == before
    assert museum.state == "confirmed"


@pytest.mark.parametrize("reach", ["-1", "0", "1e9", "NaN", "inf", "far"])
def test_a_reach_that_is_no_distance_is_refused(client: Client, mine: Organisation, reach: str) -> None:
    page = html.read(describe(client, mine, reach_km=reach))

    assert len(page.errors_shown()) == 1
    assert page.typed()["reach_km"] == [reach]
    assert page.typed()["about"] == ["We keep the mill."]


def test_more_than_five_themes_are_refused(client: Client, mine: Organisation) -> None:
    themes = [factories.make_theme(f"theme-{n}") for n in range(6)]

    page = html.read(describe(client, mine, themes=[theme.pk for theme in themes]))

    assert page.errors_shown() == ["Please choose up to five; these are 6."]
    assert len(page.typed()["themes"]) == 6


# --- one's own details and choices -----------------------------------------------------------------------------------


def person_form(client: Client, registration: Registration, **fields: str) -> Any:
    path = f"/my/details/{registration.person.code}/"
    return client.post(path, {"name": "Ana Reed", "phone": "", "language": "en", **fields})


def test_the_form_shows_what_was_agreed_to(client: Client, mine: Organisation, museum: Registration) -> None:
    page = html.read(client.get(f"/my/details/{museum.person.code}/"))

    ticked = [e.get("name") for e in page.all("input", type="checkbox") if "checked" in e.attrib]
    assert ticked == ["visible_at_event", "share_after_two_yes"]


def test_a_choice_taken_back_is_a_new_line_in_the_ledger(
    client: Client, mine: Organisation, museum: Registration
) -> None:
    person_form(client, museum, share_after_two_yes="on")
    person_form(client, museum, share_after_two_yes="on")

    said = museum.person.consents.filter(purpose="visible_at_event").order_by("pk")
    assert list(said.values_list("given", "channel")) == [(True, "form"), (False, "page")]
    assert museum.person.consents.filter(purpose="share_after_two_yes").count() == 1


def test_the_language_for_letters_can_be_changed(client: Client, mine: Organisation, museum: Registration) -> None:
    person_form(client, museum, language="cy", phone="0114 496 0000")

    museum.person.refresh_from_db()
    assert (museum.person.language, museum.person.phone) == ("cy", "0114 496 0000")


def test_somebody_with_a_phone_alone_cannot_take_it_away(client: Client, museum: Registration) -> None:
    """One way to reach a person has to stay; the page says so instead of breaking."""
    client.force_login(factories.sign_up(museum))
    museum.person.refresh_from_db()
    museum.person.contact_email, museum.person.phone = "", "0114 496 0000"
    museum.person.save()

    response = person_form(client, museum)

    assert response.status_code == 200
    assert len(html.read(response).errors_shown()) == 1


def test_an_organisation_says_how_many_new_partners_it_can_manage(client: Client, mine: Organisation) -> None:
    page = f"/my/organisations/{mine.code}/edit/"
    form = {"about": "", "size": "small", "open_to_contact": "on"}
    assert "New introductions you can manage" in html.read(client.get(page)).text

    client.post(page, {**form, "most_introductions": "3"})
    mine.refresh_from_db()
    assert mine.most_introductions == 3
    client.post(page, {**form, "most_introductions": ""})
    mine.refresh_from_db()
    assert mine.most_introductions is None


@pytest.mark.parametrize("number", ["-1", "101", "99999999", "a few"])
def test_a_number_of_introductions_that_makes_no_sense_is_said_beside_its_field(
    client: Client, mine: Organisation, number: str
) -> None:
    answer = client.post(f"/my/organisations/{mine.code}/edit/", {"size": "small", "most_introductions": number})

    assert answer.status_code == 200
    assert answer.context["form"].errors["most_introductions"]
