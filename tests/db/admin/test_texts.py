"""Texts are read in full before others may see them; words in use are not deleted."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from events.models import Event, Registration
from partners.models import Kind, KindRelation, Listing, Organisation
from pwp.outbox.models import Message
from tests import factories
from tests.db.admin.conftest import as_shown
from tests.letters import waiting

Choose = Callable[[str, str, list[Any]], HttpResponse]
Confirm = Callable[..., HttpResponse]


@pytest.fixture
def asked(event: Event) -> Registration:
    return factories.ask(event, 1, offer="A dry <b>room</b>.", need="Stories of the steelworks.")


def seen_by_others(organisation: Organisation) -> list[str]:
    return sorted(organisation.listings.exclude(text="").values_list("text", flat=True))


@pytest.mark.parametrize("where", ["events_registration", "partners_organisation"])
def test_approving_lets_others_see_the_texts(choose: Choose, confirm: Confirm, asked: Registration, where: str) -> None:
    row = asked if where == "events_registration" else asked.organisation
    page = choose(where, "approve_texts", [row])
    assert "A dry &lt;b&gt;room&lt;/b&gt;." in page.content.decode()
    assert seen_by_others(asked.organisation) == []

    for _twice in range(2):
        confirm(page)
    assert seen_by_others(asked.organisation) == ["A dry <b>room</b>.", "Stories of the steelworks."]


def test_single_listings_are_approved_too(choose: Choose, confirm: Confirm, asked: Registration) -> None:
    offer = asked.organisation.listings.get(side="offer")
    confirm(choose("partners_listing", "approve", [offer]))
    assert seen_by_others(asked.organisation) == ["A dry <b>room</b>."]


@pytest.mark.parametrize(
    ("where", "action"), [("partners_organisation", "approve_texts"), ("partners_listing", "approve")]
)
def test_what_changed_since_it_was_read_is_not_approved(
    choose: Choose, confirm: Confirm, asked: Registration, where: str, action: str
) -> None:
    offer = asked.organisation.listings.get(side="offer")
    page = choose(where, action, [offer if where == "partners_listing" else asked.organisation])
    Listing.objects.filter(pk=offer.pk).update(pending_text="Something nobody read.")

    confirm(page)

    assert seen_by_others(asked.organisation) == []


def test_a_text_is_returned_with_a_reason_and_leaves_the_list(
    choose: Choose, confirm: Confirm, desk: Client, asked: Registration
) -> None:
    offer = asked.organisation.listings.get(side="offer")
    page = choose("partners_listing", "send_back", [offer])
    assert confirm(page, reason="").status_code == 422

    confirm(page, reason="Please leave out the name of the lady.")

    offer.refresh_from_db()
    assert (offer.hidden_reason, offer.text) == ("Please leave out the name of the lady.", "")
    listed = desk.get(reverse("admin:partners_listing_changelist")).context["cl"].result_list
    assert [row.side for row in listed] == ["need"]
    assert seen_by_others(asked.organisation) == []


def test_moving_an_organisation_works_out_its_council_again(desk: Client, asked: Registration) -> None:
    page = reverse("admin:partners_organisation_change", args=[asked.organisation.pk])
    typed = as_shown(desk.get(page), "listings", "memberships") | {"work_place": "KY12 7NL"}

    assert desk.post(page, typed).status_code == 302
    assert Organisation.objects.get(pk=asked.organisation.pk).council_name == "Fife"


# --- words -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def used(asked: Registration) -> Kind:
    kind = factories.make_kind("training")
    for listing in asked.organisation.listings.all():
        listing.kinds.add(kind)
    return kind


def test_a_word_in_use_is_not_deleted_and_the_refusal_says_how_often_it_is_used(desk: Client, used: Kind) -> None:
    for page, data in (
        (reverse("admin:partners_kind_delete", args=[used.pk]), {"post": "yes"}),
        (reverse("admin:partners_kind_changelist"), {"action": "delete_selected", "_selected_action": used.pk}),
    ):
        for sent in (data, data | {"post": "yes"}):
            answer = desk.post(page, sent, follow=True)
            assert "“Training” was not deleted: 2 listings and organisations use it." in answer.content.decode()
    assert Kind.objects.filter(pk=used.pk).exists()


def test_a_word_nobody_uses_is_deleted_after_a_question(desk: Client, used: Kind) -> None:
    free = factories.make_kind("free")
    KindRelation.objects.create(need_kind=free, offer_kind=used)
    data = {"action": "delete_selected", "_selected_action": [free.pk, used.pk]}
    page = reverse("admin:partners_kind_changelist")
    assert desk.post(page, data).status_code == 200
    desk.post(page, data | {"post": "yes"})
    assert list(Kind.objects.values_list("slug", flat=True)) == ["training"]


def test_the_slug_of_a_word_stays(desk: Client, used: Kind) -> None:
    fields = {"name_en": "Courses", "name_cy": "", "scope_en": "", "scope_cy": "", "position": "0", "slug": "courses"}
    desk.post(reverse("admin:partners_kind_change", args=[used.pk]), fields)
    used.refresh_from_db()
    assert (used.name_en, used.slug) == ("Courses", "training")


# --- letters ---------------------------------------------------------------------------------------------------------


def test_letters_are_sent_again_or_held_back_where_that_is_possible(choose: Choose, desk: Client) -> None:
    failed, sent = waiting(1, state="failed"), waiting(2, state="sent")
    choose("outbox_message", "send_again", [failed, sent])
    assert list(Message.objects.order_by("key").values_list("state", flat=True)) == ["queued", "sent"]
    choose("outbox_message", "cancel", [failed, sent])
    assert list(Message.objects.order_by("key").values_list("state", flat=True)) == ["cancelled", "sent"]


def test_bounced_letters_are_found(desk: Client, event: Event) -> None:
    waiting(1, state="failed")
    waiting(2, state="failed", bounced_at="2026-11-22T08:00Z")
    page = reverse("admin:outbox_message_changelist")
    for became, subjects in (("bounced", ["Letter 2"]), ("failed", ["Letter 1"]), ("sent", [])):
        listed = desk.get(f"{page}?delivery={became}").context["cl"].result_list
        assert [message.subject for message in listed] == subjects
