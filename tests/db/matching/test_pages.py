"""Suggested partners as people meet them: both sides see the same pair, in words, and never more than was agreed to."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from events import services as events
from events.models import Event, Registration
from matching import services
from matching.models import Answer, Introduction, Suggestion
from partners import services as partners
from partners.models import Consent, User
from tests import factories, html, world

OFFER, NEED = "A dry room with a long table and forty chairs.", "Stories of the steelworks from people who were there."
NOT_NOW = "Not at the moment."


def visitor(registration: Registration) -> html.Visitor:
    client = html.Visitor()
    client.force_login(factories.sign_up(registration))
    return client


@pytest.fixture
def from_museum(museum: Registration) -> html.Visitor:
    return visitor(museum)


@pytest.fixture
def from_community(community: Registration) -> html.Visitor:
    return visitor(community)


def partners_page(client: Client, event: Event, query: str = "") -> html.Page:
    return html.read(client.get(f"/events/{event.slug}/partners/{query}"))


def names(page: html.Page) -> list[str]:
    return [html.words_of(li.find(".//h2")) for li in page.all("li", class_="suggestion")]


def say(client: Client, suggestion: Suggestion, choice: str, **rest: str) -> html.Page:
    path = f"/suggestions/{suggestion.code}/answer/"
    return html.read(client.post(path, {"choice": choice, **rest}, follow=True))


def introduce(suggestion: Suggestion, *clients: Client) -> Introduction:
    for client in clients:
        say(client, suggestion, "yes")
    return Introduction.objects.get(suggestion=suggestion)


# --- the list --------------------------------------------------------------------------------------------------------


def test_both_sides_see_the_same_pair_each_from_their_own_side(
    event: Event, suggestion: Suggestion, from_museum: Client, from_community: Client
) -> None:
    to_museum, to_community = partners_page(from_museum, event), partners_page(from_community, event)

    assert (names(to_museum), names(to_community)) == (["Riverside Readers"], ["Kelham Mill Museum"])
    shared = ["Strong", "You are about 4 km apart."]
    advice = ["To make this surer: say when you are free.", "You could ask them: when are you free?"]
    for page, own in ((to_museum, advice[:1]), (to_community, advice[1:])):
        assert [words in page.text for words in [*shared, *advice]] == [True, True, *(one in own for one in advice)]


def test_reasons_quote_both_sides_own_words(event: Event, suggestion: Suggestion, from_museum: Client) -> None:
    page = partners_page(from_museum, event)

    assert page.words("blockquote") == [NEED, OFFER, NEED, OFFER]
    leads = page.words("p", class_="exchange-lead")
    assert leads == ["You need:", "They offer:", "They need:", "You offer:"]


def test_words_in_another_language_are_marked(
    event: Event, suggestion: Suggestion, from_museum: Client, community: Registration
) -> None:
    community.organisation.listings.filter(side="offer").update(text="Ystafell sych", language="cy")

    page = partners_page(from_museum, event)

    assert {q.get("lang") for q in page.all("blockquote") if html.words_of(q) == "Ystafell sych"} == {"cy"}


def test_words_taken_back_are_gone_at_the_next_look(
    event: Event, suggestion: Suggestion, from_museum: Client, from_community: Client, community: Registration
) -> None:
    line = community.organisation.listings.get(side="offer")

    from_community.post(f"/my/listings/{line.code}/remove/")
    page = partners_page(from_museum, event)

    assert page.words("blockquote") == [NEED, OFFER]
    assert page.words("p", class_="exchange-lead") == ["They need:", "You offer:"]
    assert names(page) == ["Riverside Readers"]


def test_new_words_are_not_quoted_before_they_are_read(
    event: Event, suggestion: Suggestion, from_museum: Client, from_community: Client, community: Registration
) -> None:
    line = community.organisation.listings.get(side="offer")

    from_community.post(f"/my/listings/{line.code}/", {"text": "Not yet read."})

    assert "Not yet read." not in partners_page(from_museum, event).text
    partners.approve_texts(community.organisation)
    assert "Not yet read." in partners_page(from_museum, event).text


def test_who_takes_back_their_consent_is_gone_at_the_next_look_from_lists_and_profiles(
    event: Event, suggestion: Suggestion, from_museum: Client, from_community: Client, community: Registration
) -> None:
    profile = community.organisation.get_absolute_url()
    assert from_museum.get(profile).status_code == 200

    from_community.post(f"/my/details/{community.person.code}/", {"name": "Ben Mills", "language": "en"})

    assert community.person.agrees_to(Consent.Purpose.VISIBLE_AT_EVENT) is False
    assert names(partners_page(from_museum, event)) == []
    assert from_museum.get(profile).status_code == 404


def test_who_withdraws_is_gone_at_the_next_look(
    event: Event, suggestion: Suggestion, from_museum: Client, community: Registration
) -> None:
    events.withdraw(community, by="Ben Mills")

    assert names(partners_page(from_museum, event)) == []


def test_somebody_without_suggestions_reads_why_and_what_helps(event: Event, from_museum: Client) -> None:
    page = partners_page(from_museum, event)

    assert names(page) == []
    assert "People are still joining." in page.text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["Riverside Readers", "City Council"]),
        ("?band=strong", ["Riverside Readers"]),
        ("?band=possible", []),
        ("?sector=statutory", ["City Council"]),
        ("?unanswered=on", ["City Council"]),
        ("?band=nonsense&sector=%00", ["Riverside Readers", "City Council"]),
    ],
)
def test_filters(
    event: Event,
    officer: User,
    museum: Registration,
    suggestion: Suggestion,
    from_museum: Client,
    query: str,
    shown: list[str],
) -> None:
    council = factories.confirm(event, 4, officer, organisation="City Council", sector="statutory")
    factories.suggest(event, museum.organisation, council.organisation, band="worth_a_talk", score=0.4)
    say(from_museum, suggestion, "not_now")

    assert names(partners_page(from_museum, event, query)) == shown


def test_an_outsider_and_a_stranger_find_nothing(
    event: Event, suggestion: Suggestion, outsider: Registration, community: Registration
) -> None:
    client = visitor(outsider)
    paths = [f"/events/{event.slug}/partners/", community.organisation.get_absolute_url()]

    statuses = [client.get(path).status_code for path in paths]
    answer = client.post(f"/suggestions/{suggestion.code}/answer/", {"choice": "yes"}).status_code

    assert [*statuses, answer] == [404, 404, 404]
    assert Answer.objects.count() == 0


def test_codes_in_the_wrong_case_and_nonsense_are_not_found(
    event: Event, suggestion: Suggestion, from_museum: Client
) -> None:
    codes = [suggestion.code.upper(), "x", "a" * 300]

    statuses = [from_museum.post(f"/suggestions/{code}/answer/", {"choice": "yes"}).status_code for code in codes]

    assert statuses == [404, 404, 404]


# --- answers ---------------------------------------------------------------------------------------------------------


def test_a_yes_is_noted_and_shares_nothing(
    event: Event, suggestion: Suggestion, from_museum: Client, from_community: Client
) -> None:
    page = say(from_museum, suggestion, "yes")

    assert "Noted. If they say yes too, we write to both of you." in page.text
    assert "You said: yes" in partners_page(from_museum, event).text
    assert "You said" not in partners_page(from_community, event).text


def test_two_yeses_show_each_the_other_on_a_page_for_the_two_alone(
    event: Event,
    suggestion: Suggestion,
    museum: Registration,
    community: Registration,
    outsider: Registration,
    officer: User,
    from_museum: Client,
    from_community: Client,
) -> None:
    path = introduce(suggestion, from_museum, from_community).get_absolute_url()
    desk = html.Visitor()
    desk.force_login(officer)

    to_museum, to_community = html.read(from_museum.get(path)), html.read(from_community.get(path))

    assert (to_museum.words("h1"), to_community.words("h1")) == (
        ["You and Riverside Readers"],
        ["You and Kelham Mill Museum"],
    )
    assert ("person2@group2.example" in to_museum.text, "person1@group1.example" in to_museum.text) == (True, False)
    assert ("person1@group1.example" in to_community.text, "person2@group2.example" in to_community.text) == (
        True,
        False,
    )
    assert [c.get(path).status_code for c in (visitor(outsider), desk, html.Visitor())] == [404, 404, 302]


def test_after_a_no_the_other_side_reads_not_at_the_moment_and_never_why(
    event: Event, suggestion: Suggestion, from_museum: Client, from_community: Client
) -> None:
    say(from_museum, suggestion, "yes")
    say(from_community, suggestion, "no", reason="too_far", reason_text="They smell of glue.")

    to_museum, to_community = partners_page(from_museum, event), partners_page(from_community, event)

    assert NOT_NOW in to_museum.text
    assert [words in to_museum.text for words in ("They smell of glue.", "Too far", "no. They are")] == [False] * 3
    assert names(to_community) == []


def test_a_no_before_any_yes_takes_the_pair_from_both_lists(
    event: Event, suggestion: Suggestion, from_museum: Client, from_community: Client
) -> None:
    say(from_community, suggestion, "no")

    assert (names(partners_page(from_museum, event)), names(partners_page(from_community, event))) == ([], [])


def test_an_answer_that_is_none_of_the_three_is_asked_for_again(suggestion: Suggestion, from_museum: Client) -> None:
    for nonsense in ({}, {"choice": "perhaps"}, {"choice": "yes\x00"}, {"choice": "no", "reason_text": "x" * 10_000}):
        response = from_museum.post(f"/suggestions/{suggestion.code}/answer/", nonsense, follow=True)

        assert "Please choose one of the three answers." in html.read(response).text
    assert Answer.objects.count() == 0


def test_a_yes_without_agreeing_to_pass_on_details_says_what_to_tick(
    suggestion: Suggestion, museum: Registration, from_museum: Client
) -> None:
    partners.record_consents(museum.person, {"share_after_two_yes": False}, channel="page")

    refused = say(from_museum, suggestion, "yes")
    taken = say(from_museum, suggestion, "yes", may_share="on")

    assert "please tick that we may pass on your details" in refused.text
    assert "Noted." in taken.text


def test_answering_when_it_is_too_late_is_said_kindly(
    suggestion: Suggestion, from_museum: Client, from_community: Client
) -> None:
    say(from_community, suggestion, "no")

    assert "This suggestion is no longer open." in say(from_museum, suggestion, "yes").text


def test_a_page_left_open_after_the_introduction_leads_to_it(
    suggestion: Suggestion, from_museum: Client, from_community: Client
) -> None:
    introduction = introduce(suggestion, from_museum, from_community)

    response = from_museum.post(f"/suggestions/{suggestion.code}/answer/", {"choice": "no"})

    assert response["Location"] == introduction.get_absolute_url()


def test_ones_own_page_counts_what_waits_for_an_answer(
    event: Event,
    suggestion: Suggestion,
    museum: Registration,
    officer: User,
    outsider: Registration,
    from_museum: Client,
) -> None:
    other = factories.confirm(event, 6, officer)
    factories.suggest(event, museum.organisation, other.organisation)

    def waiting(client: Client) -> list[str]:
        return [words for words in html.read(client.get("/my/")).words("p") if "your answer" in words]

    before = waiting(from_museum)
    say(from_museum, suggestion, "not_now")

    assert before == ["2 suggested partners wait for your answer."]
    assert waiting(from_museum) == ["1 suggested partner waits for your answer."]
    assert waiting(visitor(outsider)) == []


# --- mailboxes that several people share -----------------------------------------------------------------------------


@pytest.fixture
def clerks(event: Event, officer: User, museum: Registration) -> tuple[Registration, Registration]:
    """Two people of the museum behind one mailbox, both with a place."""
    second = factories.confirm(event, 5, officer, name="Eve Ash", email=museum.person.contact_email)
    second.membership.organisation = museum.organisation
    second.membership.save()
    factories.sign_up(museum)
    return museum, second


def test_people_who_share_a_mailbox_say_which_of_them_answers(
    event: Event, suggestion: Suggestion, clerks: tuple[Registration, Registration], outsider: Registration
) -> None:
    client = visitor(clerks[0])
    (choice, *_) = partners_page(client, event).all("select", name="person")

    nobody = say(client, suggestion, "yes")
    stranger = say(client, suggestion, "yes", person=outsider.person.code)
    say(client, suggestion, "yes", person=clerks[1].person.code)

    assert [html.words_of(o) for o in choice.iter("option")] == ["Choose your name", "Ana Reed", "Eve Ash"]
    assert ["Please say who is answering" in page.text for page in (nobody, stranger)] == [True, True]
    assert Answer.objects.get().person == clerks[1].person


def test_one_person_alone_is_not_asked_who_they_are(event: Event, suggestion: Suggestion, from_museum: Client) -> None:
    assert partners_page(from_museum, event).all("select", name="person") == []


def test_a_mailbox_behind_both_sides_of_a_pair_can_answer_for_each(
    event: Event, suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    """The clerk of a village looks after the museum and the hall."""
    community.person.contact_email = museum.person.contact_email
    community.person.save()
    client = visitor(museum)

    offered = {o.get("value") for o in partners_page(client, event).all("option")} & {
        museum.person.code,
        community.person.code,
    }
    for person in (museum.person, community.person):
        say(client, suggestion, "yes", person=person.code)

    assert offered == {museum.person.code, community.person.code}
    assert Introduction.objects.count() == 1


# --- follow-ups ------------------------------------------------------------------------------------------------------


@pytest.fixture
def question(suggestion: Suggestion, from_museum: Client, from_community: Client, museum: Registration) -> Any:
    introduction = introduce(suggestion, from_museum, from_community)
    services.queue_due_follow_ups(now=timezone.now() + dt.timedelta(days=14))
    token = world.mailed_token("follow-up", museum)
    return introduction.follow_ups.get(person=museum.person, rule="two-weeks"), f"/follow-up/{token}/"


def test_one_press_answers_how_it_is_going(client: Client, question: Any) -> None:
    asked, path = question

    before = html.read(client.get(path))
    after = html.read(client.post(path, {"outcome": "help"}, follow=True))

    asked.refresh_from_db()
    assert before.words("h1") == ["How is it going with Riverside Readers?"]
    assert (asked.state, asked.outcome) == ("answered", "help")
    assert "We will ring or write to you to see how we can help." in after.text


def test_a_follow_up_can_be_answered_from_ones_own_page(question: Any, from_museum: Client) -> None:
    asked, _ = question
    page = html.read(from_museum.get("/my/"))
    form, _end = [f for f in page.all("form") if f.get("action") == f"/my/follow-ups/{asked.code}/"]

    after = html.read(from_museum.post(form.get("action"), {"outcome": "talked"}, follow=True))

    asked.refresh_from_db()
    assert (asked.state, asked.outcome) == ("answered", "talked")
    assert "Thank you. Every answer is a good answer." in after.text
    assert [f for f in after.all("form") if "/my/follow-ups/" in (f.get("action") or "")] == []


def test_a_follow_up_takes_one_answer_and_no_nonsense(client: Client, question: Any) -> None:
    asked, path = question

    assert client.post(path, {"outcome": "marvellous"}).status_code == 422
    client.post(path, {"outcome": "talked"})
    late = html.read(client.post(path, {"outcome": "ended"}, follow=True))

    asked.refresh_from_db()
    assert asked.outcome == "talked"
    assert "We have talked" in late.text


def test_questions_stop_when_somebody_asks_for_that(client: Client, question: Any) -> None:
    asked, path = question

    page = html.read(client.post(f"{path}stop/"))

    assert page.words("h1") == ["We will not ask again"]
    states = asked.introduction.follow_ups.filter(rule="three-months").values_list("person__name", "state")
    assert dict(states) == {"Ana Reed": "dropped", "Ben Mills": "planned"}


def test_who_closed_their_contact_or_stays_unseen_is_told_why_nobody_is_suggested(
    event: Event, museum: Registration
) -> None:
    visitor_of = visitor(museum)
    museum.organisation.open_to_contact = False
    museum.organisation.save()
    closed = partners_page(visitor_of, event).words("h2")
    museum.organisation.open_to_contact = True
    museum.organisation.save()
    partners.record_consents(museum.person, {"visible_at_event": False}, channel="page")
    unseen = partners_page(visitor_of, event).words("h2")

    assert "You are here to listen" in closed
    assert "You chose not to be seen by others" in unseen


# --- here to listen --------------------------------------------------------------------------------------------------


@pytest.fixture
def funder(event: Event, officer: User) -> Registration:
    """Somebody who gives grants and did not say that they may be contacted."""
    return factories.confirm(event, 9, officer, organisation="Lantern Fund", sector="funder")


def test_a_funder_who_listens_hears_themes_and_needs_but_not_whose_they_are_nor_of_money(
    event: Event, museum: Registration, community: Registration, outsider: Registration, funder: Registration
) -> None:
    theme = factories.make_theme("places")
    museum.organisation.themes.add(theme)
    community.organisation.listings.filter(side="need").update(text="Riverside Readers look for a room.")
    lines = {
        "A minibus on Fridays.": {},
        "Money for a roof.": {"kind": "money"},
        "Nobody has read this yet.": {"pending": True},
    }
    for text, about in lines.items():
        words = {"pending_text": text} if about.get("pending") else {"text": text}
        line = museum.organisation.listings.create(side="need", **words)
        if "kind" in about:
            line.kinds.add(factories.make_kind(about["kind"]))

    page = partners_page(visitor(funder), event)

    assert "You are here to listen" in page.words("h2")
    assert page.words("ul", class_="words") == [str(theme)]
    assert sorted(page.words("blockquote")) == ["A minibus on Fridays.", NEED]
    assert "Kelham Mill Museum" not in page.text


def test_others_read_that_a_guest_is_here_to_listen_and_nothing_they_could_ask_for(
    event: Event, museum: Registration, funder: Registration, from_museum: Client
) -> None:
    path = funder.organisation.get_absolute_url()
    closed = html.read(from_museum.get(path))

    assert closed.words("h1") == ["Lantern Fund"]
    assert "This guest is here to listen." in closed.text
    assert OFFER not in closed.text
    line = funder.organisation.listings.get(side="offer")
    assert from_museum.get(f"{path}concern/{line.code}/").status_code == 404

    type(funder.organisation).objects.filter(pk=funder.organisation.pk).update(open_to_contact=True)
    assert OFFER in html.read(from_museum.get(path)).text


def test_a_yes_to_a_guest_who_only_listens_by_now_says_so_and_is_kept(
    suggestion: Suggestion, community: Registration, from_museum: Client
) -> None:
    type(community.organisation).objects.filter(pk=community.organisation.pk).update(open_to_contact=False)

    page = say(from_museum, suggestion, "yes")

    assert "This guest is here to listen. We keep your answer, in case that changes." in page.text
    assert Answer.objects.get().choice == "yes"


def test_somebody_who_closed_their_contact_and_agreed_to_nothing_is_not_even_named(
    museum: Registration, funder: Registration, from_museum: Client
) -> None:
    partners.record_consents(funder.person, {"visible_at_event": False}, channel="page")

    assert from_museum.get(funder.organisation.get_absolute_url()).status_code == 404


# --- a pair that ends ------------------------------------------------------------------------------------------------


def test_who_ends_a_pair_may_say_why_to_staff_alone_and_is_shown_the_way_to_others(
    client: Client, from_community: Client, question: Any
) -> None:
    asked, path = question

    after = html.read(client.post(path, {"outcome": "ended", "reason_text": "They never rang back."}, follow=True))
    other_side = html.read(from_community.get(asked.introduction.get_absolute_url()))

    asked.refresh_from_db()
    assert asked.reason_text == "They never rang back."
    assert "There are others who could suit you" in after.text
    assert "/events/sheffield-2031/partners/" in after.links()
    assert "This introduction is not taken any further. Thank you both for giving it a try." in other_side.text
    assert "rang back" not in other_side.text
    assert "Not taken any further." in partners_page(from_community, asked.introduction.suggestion.event).text


def test_a_word_about_why_is_kept_of_an_end_only(client: Client, question: Any) -> None:
    asked, path = question

    client.post(path, {"outcome": "talked", "reason_text": "Typed and thought better of."})

    asked.refresh_from_db()
    assert (asked.outcome, asked.reason_text) == ("talked", "")
