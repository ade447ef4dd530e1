"""Words that worry somebody are gone at once; the lead is told; what happens to them then is written down."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events import services as events
from events.models import Conversation, Event, Programme, Registration
from matching import services as matching
from matching import snapshot
from matching.models import Suggestion
from partners import services
from partners.models import Concern, Listing, Organisation, User
from partners.resources import ListingResource, OrganisationResource
from pwp.journal.models import Entry
from pwp.outbox.models import Message
from pwp.refusals import Refused
from pwp.today import TodaysWork
from tests import factories, html, world

WORRY = "A child is named in it, with her street."


@pytest.fixture
def offer(community: Registration) -> Listing:
    """What the readers offer, as others see it."""
    return community.organisation.listings.get(side="offer")


@pytest.fixture
def lead(event: Event) -> str:
    Programme.objects.update(
        safeguarding_name="Ffion Daly", safeguarding_email="ffion@safe.example", safeguarding_phone="029 2018 0000"
    )
    return "ffion@safe.example"


@pytest.fixture
def guest(museum: Registration) -> Client:
    """Somebody with a place at the same event."""
    client = Client()
    client.force_login(factories.sign_up(museum))
    return client


@pytest.fixture
def desk(client: Client, officer: User) -> Client:
    client.force_login(officer)
    return client


def describe(organisation: Organisation, text: str = "We read aloud together.") -> Organisation:
    Organisation.objects.filter(pk=organisation.pk).update(description=text)
    organisation.refresh_from_db()
    return organisation


def letters(kind: str) -> list[str]:
    return sorted(Message.objects.filter(key__contains=f":{kind}:").values_list("to_email", flat=True))


def shown_in_matching(event: Event) -> str:
    return str(snapshot.gathering(event, as_of=event.registrations.latest("pk").started_at).profiles)


def exported(resource: Any, rows: Any) -> str:
    return str(resource().export(rows).csv)


def test_a_text_under_a_concern_is_on_no_page_in_no_run_in_no_table_and_found_by_no_search(
    guest: Client, desk: Client, event: Event, suggestion: Suggestion, community: Registration, offer: Listing,
    officer: User,
) -> None:  # fmt: skip
    words = "A clarinet nobody plays"
    Listing.objects.filter(pk=offer.pk).update(text=f"{words}, and its case.")
    pages = [
        community.organisation.get_absolute_url(),
        suggestion.get_absolute_url(),
        f"/my/organisations/{community.organisation.code}/",
    ]
    staff = [
        reverse("admin:partners_organisation_change", args=[community.organisation.pk]),
        reverse("admin:partners_listing_changelist") + "?which=all",
        reverse("admin:partners_listing_changelist") + "?which=all&q=clarinet",
    ]

    def seen() -> list[bool]:
        found = [words in guest.get(page).content.decode() for page in pages]
        found += [words in desk.get(page).content.decode() for page in staff]
        return [*found, words in shown_in_matching(event), words in exported(ListingResource, Listing.objects.all())]

    before = seen()
    services.report_concern(community.organisation, offer, worry=WORRY, by=officer)

    assert before == [True, True, False, True, True, True, True, True]  # the third is another one's own page
    assert seen() == [False] * 8
    assert desk.get(reverse("admin:partners_listing_change", args=[offer.pk])).status_code == 302


def test_a_text_under_a_concern_is_not_behind_its_own_mailed_links_either(
    community: Registration, offer: Listing, officer: User
) -> None:
    link = f"/request/{world.mailed_token('request', community)}/"
    pages = (link, f"{link}more/")

    def seen() -> list[bool]:
        return [offer.text in Client().get(page).content.decode() for page in pages]

    before = seen()
    services.report_concern(community.organisation, offer, worry=WORRY, by=officer)
    factories.make_kind("space-meet")
    Client().post(pages[1], {f"kinds_{offer.code}": ["space-meet"]})

    assert (before, seen(), offer.kinds.count()) == ([True] * 2, [False] * 2, 0)


def test_a_letter_that_quotes_the_words_and_has_not_left_waits_for_a_person(
    suggestion: Suggestion, museum: Registration, community: Registration, offer: Listing, officer: User
) -> None:
    for row in (museum, community):
        matching.answer_suggestion(suggestion, organisation=row.organisation, person=row.person, choice="yes")
    letters = Message.objects.filter(key__startswith="introduction:")
    assert [offer.text in letter.text for letter in letters] == [True, True]
    others = set(Message.objects.exclude(pk__in=letters).values_list("state", flat=True))

    services.report_concern(community.organisation, offer, worry=WORRY, by=officer)

    assert {letter.state for letter in letters.all()} == {"failed"}
    assert set(Message.objects.exclude(key__startswith="introduction:").values_list("state", flat=True)) == others
    assert {item.slug: item.count for item in TodaysWork(officer).items()}["letters"] == 2


def test_a_description_under_a_concern_is_gone_everywhere_too(
    guest: Client, event: Event, community: Registration, officer: User
) -> None:
    organisation = describe(community.organisation, "We read to the old lighthouse.")

    def seen() -> list[bool]:
        page = guest.get(organisation.get_absolute_url()).content.decode()
        table = exported(OrganisationResource, Organisation.objects.all())
        return ["lighthouse" in text for text in (page, shown_in_matching(event), table)]

    before = seen()
    services.report_concern(organisation, worry=WORRY, by=officer)

    assert (before, seen()) == ([True] * 3, [False] * 3)


def test_the_lead_is_told_at_once_and_the_letter_holds_neither_the_text_nor_the_worry(
    community: Registration, offer: Listing, officer: User, lead: str
) -> None:
    services.report_concern(community.organisation, offer, worry=WORRY, by=officer)

    letter = Message.objects.get(key__contains=":reported:")
    assert (letter.to_email, letter.urgent) == (lead, True)
    assert "Riverside Readers" in letter.text
    assert "999" in letter.text
    assert [words in letter.text + letter.html for words in (WORRY, offer.text, "child")] == [False] * 3
    assert WORRY not in str(list(Entry.objects.values_list("reason", flat=True)))


def test_while_no_lead_is_named_the_officer_is_told(community: Registration, offer: Listing, officer: User) -> None:
    services.report_concern(community.organisation, offer, worry=WORRY, by=officer)

    assert letters("reported") == ["ceri@partnerships.example"]


def test_a_concern_needs_words(community: Registration, offer: Listing, officer: User) -> None:
    with pytest.raises(Refused):
        services.report_concern(community.organisation, offer, worry=" ", by=officer)

    offer.refresh_from_db()
    assert (offer.restricted_at, Concern.objects.count()) == (None, 0)


def test_a_guest_reports_words_of_another_and_reads_whom_to_call_in_an_emergency(
    guest: Client, community: Registration, offer: Listing, lead: str
) -> None:
    profile = html.read(guest.get(community.organisation.get_absolute_url()))
    address = f"/organisations/{community.organisation.code}/concern/{offer.code}/"
    assert address in profile.links()

    page = html.read(guest.get(address))
    assert "This box is not for emergencies. If somebody may be in danger now, call 999." in page.text
    assert "Ffion Daly, answers on 029 2018 0000" in page.text
    assert guest.post(address, {"worry": ""}).status_code == 200
    assert Concern.objects.count() == 0

    after = html.read(guest.post(address, {"worry": WORRY}, follow=True))
    assert "Nobody sees these words until we have looked at them." in after.text
    assert offer.text not in after.text
    concern = Concern.objects.get()
    assert (concern.listing, concern.worry, concern.reported_by) == (offer, WORRY, "person1@group1.example")
    assert letters("reported") == [lead]


def test_only_who_may_read_a_text_can_report_it(
    community: Registration, outsider: Registration, offer: Listing
) -> None:
    code = community.organisation.code
    stranger, elsewhere = Client(), Client()
    elsewhere.force_login(factories.sign_up(outsider))
    for path in (f"/organisations/{code}/concern/{offer.code}/", f"/organisations/{code}/concern/"):
        assert elsewhere.post(path, {"worry": WORRY}).status_code == 404
        assert stranger.post(path, {"worry": WORRY}).status_code == 302

    assert Concern.objects.count() == 0


def test_words_that_wait_for_staff_or_are_under_a_concern_already_cannot_be_reported(
    guest: Client, community: Registration, offer: Listing, officer: User
) -> None:
    services.report_concern(community.organisation, offer, worry=WORRY, by=officer)
    waiting = community.organisation.listings.create(side="need", pending_text="Not read yet.")

    for line in (offer, waiting):
        path = f"/organisations/{community.organisation.code}/concern/{line.code}/"
        assert guest.get(path).status_code == 404


def test_while_a_concern_is_open_its_people_can_neither_change_nor_remove_the_words(
    community: Registration, offer: Listing, officer: User
) -> None:
    services.report_concern(community.organisation, offer, worry=WORRY, by=officer)
    theirs = Client()
    theirs.force_login(factories.sign_up(community))

    theirs.post(f"/my/listings/{offer.code}/", {"text": "Other words."})
    said = html.read(theirs.post(f"/my/listings/{offer.code}/remove/", follow=True)).text

    offer.refresh_from_db()
    assert offer.pending_text == ""
    assert "We are looking at these words." in said
    assert offer.text not in said


def test_closing_a_concern_brings_the_text_back_with_a_line_in_the_journal(
    community: Registration, offer: Listing, officer: User
) -> None:
    concern = services.report_concern(community.organisation, offer, worry=WORRY, by=officer)

    services.close_concern(concern, by=officer, outcome="Her mother wrote it herself.")

    offer.refresh_from_db()
    assert (offer.restricted_at, concern.state, concern.outcome) == (None, "closed", "Her mother wrote it herself.")
    moves = Entry.objects.about(offer).order_by("pk").values_list("from_state", "to_state", "by_name")
    assert list(moves)[1:] == [("shown", "restricted", str(officer)), ("restricted", "shown", str(officer))]


def test_what_was_done_about_a_concern_stays_when_its_people_remove_the_line(
    community: Registration, offer: Listing, officer: User
) -> None:
    concern = services.report_concern(community.organisation, offer, worry="It is unkind.", by=officer)
    services.close_concern(concern, by=officer, outcome="We talked.")

    services.remove_listing(Listing.objects.get(pk=offer.pk))

    assert Concern.objects.get().outcome == "We talked."


def test_a_concern_is_closed_once_and_with_an_outcome(community: Registration, offer: Listing, officer: User) -> None:
    concern = services.report_concern(community.organisation, offer, worry=WORRY, by=officer)
    stale = Concern.objects.get()
    with pytest.raises(Refused):
        services.close_concern(concern, by=officer, outcome="")
    services.close_concern(concern, by=officer, outcome="Settled.")

    with pytest.raises(Refused):
        services.close_concern(stale, by=officer, outcome="Settled again.")


@pytest.mark.parametrize("about", ["listing", "description"])
def test_a_text_has_one_open_concern_and_what_a_second_person_says_is_added_to_it(
    community: Registration, offer: Listing, officer: User, about: str
) -> None:
    line = offer if about == "listing" else None
    first = services.report_concern(community.organisation, line, worry=WORRY, by=officer)
    for _twice in range(2):
        second = services.report_concern(community.organisation, line, worry="And a phone number.", by="Ana Reed")
        services.report_concern(community.organisation, line, worry=WORRY, by=officer)

    assert (second.pk, Concern.objects.count()) == (first.pk, 1)
    said = Concern.objects.get().worry
    assert (said.startswith(WORRY), said.endswith("And a phone number."), said.count("Ana Reed")) == (True, True, 1)
    assert len(Message.objects.filter(key__contains=":reported")) == 2

    services.close_concern(second, by=officer, outcome="Settled.")
    third = services.report_concern(community.organisation, line, worry="Again.", by=officer)
    assert third.pk != first.pk


def test_while_two_merged_records_each_had_a_concern_the_text_stays_away_until_both_are_closed(
    community: Registration, offer: Listing, officer: User
) -> None:
    other = Organisation.objects.create(name="Riverside Readers Trust", sector="community")
    organisation = community.organisation
    first, second = (services.report_concern(one, worry=WORRY, by=officer) for one in (organisation, other))
    services.merge_records(organisation, other, take={}, by=officer)

    services.close_concern(Concern.objects.get(pk=first.pk), by=officer, outcome="Settled.")
    organisation.refresh_from_db()
    between = organisation.restricted_at
    services.close_concern(Concern.objects.get(pk=second.pk), by=officer, outcome="Settled.")
    organisation.refresh_from_db()

    assert (between is not None, organisation.restricted_at) == (True, None)


def test_who_was_writing_while_somebody_else_reported_the_same_words_loses_nothing(
    guest: Client, community: Registration, offer: Listing, officer: User
) -> None:
    path = f"/organisations/{community.organisation.code}/concern/{offer.code}/"
    services.report_concern(community.organisation, offer, worry=WORRY, by=officer)

    empty = guest.post(path, {"worry": ""})
    assert (empty.status_code, offer.text in empty.content.decode()) == (200, False)
    guest.post(path, {"worry": "It is unkind."})

    assert "It is unkind." in Concern.objects.get().worry


def test_staff_with_two_windows_report_one_text_once(desk: Client, community: Registration, offer: Listing) -> None:
    for _window in range(2):
        desk.post(reverse("admin:partners_listing_concern", args=[offer.pk]), {"worry": WORRY})

    assert Concern.objects.count() == 1


@pytest.mark.parametrize("about", ["listing", "description"])
def test_a_text_that_stays_hidden_tells_its_people_why_and_can_be_written_anew(
    community: Registration, offer: Listing, officer: User, about: str
) -> None:
    organisation = describe(community.organisation)
    listing = offer if about == "listing" else None
    concern = services.report_concern(organisation, listing, worry=WORRY, by=officer)

    services.close_concern(concern, by=officer, outcome="Hidden.", hide_because="Please leave out her name.")

    letter = Message.objects.get(key__contains=":hidden:")
    assert letter.to_email == "person2@group2.example"
    assert "Please leave out her name." in letter.text
    assert f"/my/organisations/{organisation.code}/" in letter.text
    theirs = Client()
    theirs.force_login(factories.sign_up(community))
    page = html.read(theirs.get(f"/my/organisations/{organisation.code}/")).text
    assert "Others do not see these words yet. Please leave out her name." in page
    row: Any = (listing or organisation).__class__.objects.get(pk=(listing or organisation).pk)
    shown = row.text if listing else row.shown_description
    assert (shown, row.restricted_at) == ("", None)


def test_an_advertisement_is_hidden_with_a_reason_and_its_people_are_told_once(
    desk: Client, community: Registration, offer: Listing, officer: User
) -> None:
    listed = reverse("admin:partners_listing_changelist") + "?which=approved"
    page = desk.post(listed, {"action": "hide", "_selected_action": [offer.pk], "index": 0})
    confirmation = page.context["confirmation"]
    assert desk.post(confirmation.post_to, {"seen": confirmation.seen, "reason": ""}).status_code == 422

    for _twice in range(2):
        desk.post(confirmation.post_to, {"seen": confirmation.seen, "reason": "Please do not sell here."})

    offer.refresh_from_db()
    assert (offer.text, offer.hidden_reason) == ("", "Please do not sell here.")
    assert letters("hidden") == ["person2@group2.example"]
    assert Entry.objects.about(offer).latest("pk").to_state == "hidden"


def test_a_description_is_returned_or_hidden_with_a_reason(desk: Client, community: Registration) -> None:
    organisation = describe(community.organisation)
    Organisation.objects.filter(pk=organisation.pk).update(pending_description="Buy our books!")
    for slug, others_see in (("return", "We read aloud together."), ("hide", "")):
        address = reverse("admin:partners_organisation_describe", args=[organisation.pk, slug])
        confirmation = desk.get(address).context["confirmation"]
        desk.post(address, {"seen": confirmation.seen, "reason": "Please say what you do."})

        organisation.refresh_from_db()
        assert (organisation.description_hidden_reason, organisation.shown_description) == (
            "Please say what you do.",
            others_see,
        )
        assert not organisation.description_waits

    assert letters("hidden") == ["person2@group2.example"]


def test_a_returned_text_waits_for_its_people_and_not_for_staff(community: Registration, officer: User) -> None:
    line = community.organisation.listings.create(side="need", pending_text="Buy now.")
    services.return_listing(line, reason="Please say what you need.", by=officer)

    assert services.approve_texts(community.organisation, by=officer) == 0
    assert list(Listing.objects.to_check()) == []


def test_staff_report_read_and_close_a_concern_in_the_admin(
    desk: Client, community: Registration, offer: Listing, officer: User, lead: str
) -> None:
    report = reverse("admin:partners_listing_concern", args=[offer.pk])
    asked = desk.get(report).content.decode()
    assert "This box is not for emergencies." in asked
    assert "029 2018 0000" in asked
    assert Concern.objects.count() == 0
    desk.post(report, {"worry": WORRY})
    concern = Concern.objects.get()

    page = desk.get(reverse("admin:partners_concern_change", args=[concern.pk])).content.decode()
    assert [words in page for words in (WORRY, offer.text, "Close this concern")] == [True] * 3
    listed = desk.get(reverse("admin:partners_concern_changelist")).context["cl"].result_list
    assert list(listed) == [concern]
    for q, found in ((WORRY[:8], 0), ("Riverside", 1)):
        searched = desk.get(reverse("admin:partners_concern_changelist"), {"q": q}).context["cl"].result_list
        assert len(searched) == found

    close = reverse("admin:partners_concern_close", args=[concern.pk])
    assert desk.post(close, {"outcome": "Done.", "text": "hidden", "reason": ""}).status_code == 422
    desk.post(close, {"outcome": "Done.", "text": "back", "reason": ""})
    concern.refresh_from_db()
    offer.refresh_from_db()
    assert (concern.state, offer.restricted_at) == ("closed", None)


def test_every_approval_has_a_line_in_the_journal_with_who_read_it(desk: Client, event: Event, officer: User) -> None:
    asked = factories.ask(event, 9)
    describe(asked.organisation, "")
    Organisation.objects.filter(pk=asked.organisation.pk).update(pending_description="We sing.")
    listed = reverse("admin:partners_organisation_changelist")
    page = desk.post(listed, {"action": "approve_texts", "_selected_action": [asked.organisation.pk], "index": 0})
    confirmation = page.context["confirmation"]

    desk.post(confirmation.post_to, {"seen": confirmation.seen})

    texts = [*asked.organisation.listings.all(), asked.organisation]
    lines = [Entry.objects.about(text).values_list("from_state", "to_state", "by_name").get() for text in texts]
    assert lines == [("waiting", "shown", str(officer))] * 3


TALK = "Her grandchild Iris, of 3 Mill Lane, is alone all day. " + "She told us so on the phone. " * 10


@pytest.fixture
def talked(desk: Client, event: Event, officer: User, lead: str) -> Registration:
    """Somebody who said on the phone what should not stand in a note."""
    asked = factories.ask(event, 9)
    said = Conversation(registration=asked, means="call", summary=TALK)
    events.log_conversation(said, by=officer)
    Registration.objects.filter(pk=asked.pk).update(warm_up_answer="To meet a choir.")
    return asked


def report_talk(desk: Client, talked: Registration) -> Concern:
    page = reverse("admin:events_registration_concern", args=[talked.pk])
    choices = desk.get(page).context["confirmation"].form.fields["words"].choices
    assert len(choices) == 2  # the talk, which the journal repeats in part, and the answer
    [talk] = [value for value, words in choices if "Iris" in words]
    desk.post(page, {"words": talk, "worry": WORRY})
    return Concern.objects.get()


def test_words_of_a_talk_under_a_concern_are_on_no_page_but_the_concerns_own(
    desk: Client, talked: Registration, lead: str
) -> None:
    request = reverse("admin:events_registration_change", args=[talked.pk])
    assert "Iris" in desk.get(request).content.decode()

    concern = report_talk(desk, talked)

    journal = desk.get(reverse("admin:journal_entry_changelist"), {"q": "Iris"})
    assert journal.context["cl"].result_count == 0
    assert "Iris" not in desk.get(request).content.decode()
    assert "Iris" in desk.get(reverse("admin:partners_concern_change", args=[concern.pk])).content.decode()
    assert letters("reported") == [lead]
    assert "Iris" not in Message.objects.get(key__contains=":reported:").text


@pytest.mark.parametrize("back", [True, False])
def test_closing_gives_the_words_back_to_every_place_or_to_none(
    desk: Client, talked: Registration, officer: User, back: bool
) -> None:
    concern = report_talk(desk, talked)

    services.close_concern(concern, by=officer, outcome="We rang.", hide_because="" if back else "Not for notes.")

    summary = talked.conversations.get().summary
    copies = Entry.objects.about(talked).filter(reason=TALK[:200]).count()
    assert (summary == TALK, copies) == ((True, 1) if back else (False, 0))


def test_words_under_a_concern_are_forgotten_with_their_request(
    desk: Client, talked: Registration, officer: User
) -> None:
    report_talk(desk, talked)
    Organisation.objects.filter(pk=talked.organisation.pk).update(identifier="9")  # so that it stays
    events.not_this_time(Registration.objects.get(pk=talked.pk), by=officer, reason="Another time.")

    events.purge_old_requests(now=timezone.now() + dt.timedelta(days=190))

    concern = Concern.objects.get()
    assert (concern.words, "Iris" in str(concern.taken_from), concern.worry) == ("", False, WORRY)
