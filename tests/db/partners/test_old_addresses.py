"""An address of a record that was merged leads on to the one that stays, for those who may see that one."""

import pytest
from django.test import Client

from events.models import Event, Registration
from partners.models import Organisation, User
from partners.services import merge_records, undo_merge
from tests import factories


@pytest.fixture
def merged(event: Event, museum: Registration, officer: User) -> tuple[str, Organisation]:
    """(the code of a record that was taken up, through another, into that of the museum; that of the museum)."""
    first, second = (Organisation.objects.create(name=f"Copy {n}", sector="museum") for n in range(2))
    merge_records(second, first, take={}, by=officer)
    merge_records(museum.organisation, second, take={}, by=officer)
    return first.code, museum.organisation


def browser(registration: Registration) -> Client:
    client = Client()
    client.force_login(factories.sign_up(registration))
    return client


def test_a_guest_is_led_on_and_an_outsider_meets_what_is_always_there(
    merged: tuple[str, Organisation], community: Registration, officer: User
) -> None:
    old, organisation = merged
    elsewhere = factories.confirm(factories.make_event("fife-2031"), 9, officer)

    answer = browser(community).get(f"/organisations/{old}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/organisations/{organisation.code}/")
    assert browser(elsewhere).get(f"/organisations/{old}/").status_code == 404


def test_its_own_people_are_led_on_and_what_they_typed_at_an_old_address_is_kept(
    merged: tuple[str, Organisation], museum: Registration
) -> None:
    old, organisation = merged
    own = browser(museum)

    assert own.get(f"/my/organisations/{old}/")["Location"] == f"/my/organisations/{organisation.code}/"
    assert own.get(f"/my/organisations/{old}/edit/").status_code == 200
    own.post(f"/my/organisations/{old}/add/need/", {"text": "A ladder."})

    assert organisation.listings.filter(pending_text="A ladder.").exists()


def test_an_old_address_of_a_person_leads_to_their_details(
    museum: Registration, community: Registration, officer: User
) -> None:
    again = factories.ask(factories.make_event("fife-2031"), 9).person
    merge_records(museum.person, again, take={}, by=officer)

    assert browser(museum).get(f"/my/details/{again.code}/").status_code == 200
    assert browser(community).get(f"/my/details/{again.code}/").status_code == 404


def test_after_a_merge_was_taken_apart_the_address_is_its_own_again(museum: Registration, officer: User) -> None:
    copy = Organisation.objects.create(name="Copy", sector="museum")
    undo_merge(merge_records(museum.organisation, copy, take={}, by=officer), by=officer)

    assert browser(museum).get(f"/my/organisations/{copy.code}/").status_code == 404
