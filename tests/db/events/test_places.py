"""Places: who gets which, for whom some are kept, and what the waiting list is owed."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tablib import Dataset

from events import services
from events.models import Conversation, Event, Invitation, Registration, SectorPlaces
from partners.models import Membership, User
from partners.resources import OrganisationResource
from partners.services import merge_records
from pwp.journal.models import Entry
from pwp.outbox.models import Message
from pwp.refusals import Refused
from tests import factories
from tests.clock import Clock
from tests.html import read

R = Registration.State
KNOWN = "Known for years."


@pytest.fixture
def full(officer: User) -> Event:
    """Two places, both taken: by a museum and a community group."""
    event = factories.make_event(capacity=2)
    factories.confirm(event, 1, officer)
    factories.confirm(event, 2, officer)
    return event


def wait(event: Event, number: int, officer: User, **answers: object) -> Registration:
    registration = factories.ask(event, number, **answers)
    services.keep_waiting(registration, by=officer, reason=KNOWN)
    return registration


def state(registration: Registration) -> str:
    return Registration.objects.get(pk=registration.pk).state


def place_of(event: Event, number: int) -> Registration:
    return event.registrations.get(person__name=f"Person {number}")


def reasons(registration: Registration) -> list[str]:
    return list(Entry.objects.about(registration).order_by("pk").values_list("reason", flat=True))


def test_a_freed_place_is_offered_to_who_has_waited_longest(full: Event, officer: User) -> None:
    first, second = wait(full, 11, officer), wait(full, 12, officer)

    services.withdraw(place_of(full, 1), by="Person 1")

    assert (state(first), state(second)) == ("invited", "waiting")
    offer = first.invitations.get()
    assert (offer.kind, offer.state) == ("offer", "sent")
    assert Message.objects.filter(key__startswith=f"invitation:{offer.code}:offer:").count() == 1
    assert services.places_promised(full) == 2


@pytest.mark.parametrize(
    ("freed_on", "answer_by"),
    [((2031, 1, 3), dt.date(2031, 1, 10)), ((2031, 2, 9), dt.date(2031, 2, 10))],  # a Friday; two days before the day
)
def test_an_offer_lasts_the_programmes_working_days_and_never_into_the_day(
    full: Event, officer: User, clock: Clock, freed_on: tuple[int, int, int], answer_by: dt.date
) -> None:
    clock.set(*freed_on)
    first = wait(full, 11, officer)

    services.withdraw(place_of(full, 1), by="Person 1")

    assert timezone.localtime(first.invitations.get().reply_by).date() == answer_by


def test_late_on_the_day_before_the_officer_is_asked_to_ring_instead(full: Event, officer: User, clock: Clock) -> None:
    first = wait(full, 11, officer, phone="0114 496 0011")
    clock.set(2031, 2, 10, 21)

    services.withdraw(place_of(full, 1), by="Person 1")

    assert (state(first), services.offer_all_free_places()) == ("waiting", 0)
    letter = Message.objects.get(key__startswith="officer:")
    assert letter.urgent
    assert "Would you ring the first on the waiting list? Person 11 (phone 0114 496 0011)." in letter.text


def test_silence_for_a_few_hours_costs_nobody_their_place_on_the_waiting_list(
    full: Event, officer: User, clock: Clock
) -> None:
    clock.set(2031, 2, 3)
    first = wait(full, 11, officer)
    clock.set(2031, 2, 10, 9)
    services.withdraw(place_of(full, 1), by="Person 1")
    assert state(first) == "invited"

    clock.set(2031, 2, 11, 0, 5)
    services.expire_invitations()

    first.refresh_from_db()
    assert (first.state, first.waiting_since) == ("waiting", clock.set(2031, 2, 3))
    assert not first.calls.exists()


def test_on_the_day_itself_nobody_is_offered_a_place(full: Event, officer: User, clock: Clock) -> None:
    waiting = wait(full, 11, officer)
    clock.set(2031, 2, 11, 7)

    services.withdraw(place_of(full, 1), by="Person 1")

    assert (state(waiting), services.offer_all_free_places()) == ("waiting", 0)


@pytest.mark.parametrize("how", ["declined", "expired", "capacity", "moved", "released"])
def test_however_a_place_becomes_free_the_next_is_offered_it(officer: User, how: str) -> None:
    event = factories.make_event(capacity=1)
    other = factories.make_event("fife-2031", held_on=factories.FAR_AHEAD + dt.timedelta(days=7))
    holder = factories.ask(event, 1)
    now = timezone.now()
    invitation = (
        services.hold_place(holder, by=officer)
        if how == "released"
        else services.invite(holder, by=officer, no_talk_reason=KNOWN)
    )
    waiting = wait(event, 11, officer)

    if how == "declined":
        services.decline_invitation(invitation, by="Person 1")
    elif how == "expired":
        now = invitation.reply_by + dt.timedelta(minutes=1)
        services.expire_invitations(now=now)
    elif how == "capacity":
        Event.objects.filter(pk=event.pk).update(capacity=2)
    elif how == "moved":
        services.move(holder, other, by=officer)
    else:
        services.release_place(holder, by=officer)
    services.offer_all_free_places(now=now)

    assert state(waiting) == "invited"


def test_a_place_that_nobody_waits_for_stays_free_and_offering_again_changes_nothing(full: Event) -> None:
    services.withdraw(place_of(full, 1), by="Person 1")

    assert services.offer_all_free_places() == 0
    assert services.places_promised(full) == 1


def test_places_kept_for_a_sector_pass_by_the_others_and_their_journal_says_so(full: Event, officer: User) -> None:
    SectorPlaces.objects.create(event=full, sector="community", held=1)
    museum = wait(full, 11, officer)
    group = wait(full, 12, officer)

    services.withdraw(place_of(full, 2), by="Person 2")

    assert (state(museum), state(group)) == ("waiting", "invited")
    assert reasons(museum)[-1] == "a place went to somebody further down the list, because it is kept for their sector"
    assert reasons(museum).count(reasons(museum)[-1]) == 1


def test_keeping_fewer_places_lets_them_go_to_the_next_in_line(officer: User) -> None:
    event = factories.make_event(capacity=2)
    kept = SectorPlaces.objects.create(event=event, sector="community", held=2)
    museum = wait(event, 1, officer)
    assert services.offer_all_free_places() == 0

    SectorPlaces.objects.filter(pk=kept.pk).update(held=1)

    assert services.offer_all_free_places() == 1
    assert state(museum) == "invited"


def test_nobody_is_invited_into_a_place_that_is_kept_for_another_sector(officer: User) -> None:
    event = factories.make_event(capacity=2)
    SectorPlaces.objects.create(event=event, sector="community", held=1)
    factories.invite(event, 1, officer)

    with pytest.raises(Refused, match="kept for other sectors"):
        factories.invite(event, 3, officer)

    assert factories.invite(event, 2, officer).state == "sent"


def test_when_more_were_invited_than_there_are_places_the_kept_ones_stay_kept(officer: User) -> None:
    event = factories.make_event(capacity=2, over_invite=2)
    SectorPlaces.objects.create(event=event, sector="community", held=1)
    invited = [factories.invite(event, number, officer) for number in (1, 3, 2)]

    states = [services.accept_invitation(invitation, by="a guest").state for invitation in invited]

    assert states == ["confirmed", "waiting", "confirmed"]


def test_a_promise_is_kept_although_places_were_kept_for_others_afterwards(officer: User) -> None:
    event = factories.make_event(capacity=1)
    invitation = factories.invite(event, 1, officer)
    SectorPlaces.objects.create(event=event, sector="community", held=1)

    assert services.accept_invitation(invitation, by="Person 1").state == "confirmed"


def test_nobody_is_told_that_they_wait_while_there_is_room_for_them(event: Event, officer: User) -> None:
    registration = factories.ask(event, 1)

    with pytest.raises(Refused, match="still room for them"):
        services.keep_waiting(registration, by=officer, reason=KNOWN)

    assert state(registration) == "requested"


def test_inviting_somebody_out_of_order_needs_a_reason_and_the_journal_keeps_it(officer: User) -> None:
    event = factories.make_event(capacity=1, over_invite=1)
    factories.confirm(event, 1, officer)
    wait(event, 11, officer)
    new = factories.ask(event, 12)

    with pytest.raises(Refused, match="Person 11 has waited longer"):
        services.invite(new, by=officer, no_talk_reason=KNOWN)
    services.invite(new, by=officer, no_talk_reason=KNOWN, reason="The only youth group of the valley.")

    assert reasons(new)[-1] == "Known for years.; The only youth group of the valley."


def test_staff_put_somebody_at_the_head_of_the_list_with_a_reason(full: Event, officer: User) -> None:
    first, second = wait(full, 11, officer), wait(full, 12, officer)

    with pytest.raises(Refused, match="say why"):
        services.next_in_line(second, by=officer, reason=" ")
    services.next_in_line(second, by=officer, reason="Comes from furthest away and must book a bus.")
    services.withdraw(place_of(full, 1), by="Person 1")

    assert (state(first), state(second)) == ("waiting", "invited")
    assert "Comes from furthest away and must book a bus." in reasons(second)


def test_who_comes_back_to_the_list_starts_at_its_end(full: Event, officer: User) -> None:
    back, patient = wait(full, 11, officer), wait(full, 12, officer)
    services.withdraw(back, by="Person 11")
    services.keep_waiting(back, by=officer, reason=KNOWN)

    services.withdraw(place_of(full, 1), by="Person 1")

    assert (state(back), state(patient)) == ("waiting", "invited")


def test_a_place_kept_without_a_letter_counts_and_runs_out_without_moving_the_request(
    officer: User, event: Event
) -> None:
    registration = factories.ask(event, 1)
    held = services.hold_place(registration, by=officer, reason="The board meets on the 9th.")
    assert services.places_promised(event) == 1
    assert not Message.objects.filter(key__contains=":sent:").exists()

    services.expire_invitations(now=held.reply_by + dt.timedelta(minutes=1))

    held.refresh_from_db()
    assert (held.state, state(registration), services.places_promised(event)) == ("expired", "requested", 0)


def test_inviting_somebody_whose_place_is_kept_uses_that_place(officer: User) -> None:
    event = factories.make_event(capacity=1)
    registration = factories.ask(event, 1)
    held = services.hold_place(registration, by=officer)

    invitation = services.invite(registration, by=officer, no_talk_reason=KNOWN)

    assert (invitation.pk, invitation.state, Invitation.objects.count()) == (held.pk, "sent", 1)


def test_the_balance_says_for_each_sector_what_is_wanted_and_what_is_there(full: Event, officer: User) -> None:
    Event.objects.filter(pk=full.pk).update(capacity=5)
    full.refresh_from_db()
    SectorPlaces.objects.create(event=full, sector="community", wanted=3, held=2)
    SectorPlaces.objects.create(event=full, sector="funder", wanted=1)
    factories.invite(full, 3, officer)

    lines = {line.sector: line for line in services.balance(full)}

    assert list(lines) == ["museum", "community", "funder"]
    museum, community, funder = lines.values()
    assert (museum.confirmed, museum.invited, museum.free) == (1, 1, 1)
    assert (community.wanted, community.held, community.confirmed, community.free) == (3, 2, 1, 2)
    assert (funder.wanted, funder.confirmed, funder.free) == (1, 0, 1)


def test_an_invitation_needs_a_talk_or_a_reason_why_not(event: Event, officer: User) -> None:
    registration = factories.ask(event, 1)
    with pytest.raises(Refused, match="Nobody has talked with them"):
        services.invite(registration, by=officer)

    services.log_conversation(Conversation(registration=registration, means="call", summary="A good talk."), by=officer)

    assert services.invite(registration, by=officer).state == "sent"


def test_a_talk_counts_also_where_the_request_was_moved_from(event: Event, officer: User) -> None:
    registration = factories.ask(event, 1)
    services.log_conversation(Conversation(registration=registration, means="call", summary="A good talk."), by=officer)
    other = factories.make_event("fife-2031")

    moved = services.move(registration, other, by="Person 1")

    assert services.invite(moved, by=officer).state == "sent"


# --- kept places, and sectors that change ----------------------------------------------------------------------------


@pytest.fixture
def kept(officer: User) -> Event:
    """Two places: a museum has one, the other is kept for a community group."""
    event = factories.make_event(capacity=2)
    SectorPlaces.objects.create(event=event, sector="community", held=1)
    factories.confirm(event, 1, officer)
    return event


def museum_hat(registration: Registration) -> Membership:
    museum = factories.ask(factories.make_event("fife-2031"), 3).organisation
    return Membership.objects.create(person=registration.person, organisation=museum, role="trustee")


@pytest.mark.parametrize("reader", ["guest", "staff"])
def test_a_place_kept_for_a_group_is_not_taken_up_for_a_museum(kept: Event, officer: User, reader: str) -> None:
    invitation = factories.invite(kept, 2, officer)
    hat = museum_hat(invitation.registration)

    def wear() -> object:
        if reader == "guest":
            return services.accept_invitation(invitation, by="Person 2", membership=hat)
        return services.choose_hat(invitation.registration, hat, by=officer)

    with pytest.raises(Refused, match="kept for another kind" if reader == "guest" else "kept for other sectors"):
        wear()

    again = Registration.objects.get(pk=invitation.registration_id)
    assert (again.state, again.organisation.sector) == ("invited", "community")
    services.accept_invitation(Invitation.objects.get(pk=invitation.pk), by="Person 2")
    assert state(again) == "confirmed"


def test_where_there_is_room_for_the_other_hat_it_is_worn(kept: Event, officer: User) -> None:
    Event.objects.filter(pk=kept.pk).update(capacity=3)
    invitation = factories.invite(kept, 2, officer)

    services.accept_invitation(invitation, by="Person 2", membership=museum_hat(invitation.registration))

    assert state(invitation.registration) == "confirmed"
    kept.refresh_from_db()
    assert services.standing(kept).room_for("community") == 1


def test_beyond_the_places_another_hat_waits_for_a_seat_of_its_own(officer: User) -> None:
    event = factories.make_event(capacity=1, over_invite=1)
    SectorPlaces.objects.create(event=event, sector="community", held=1)
    invitation = factories.invite(event, 2, officer)

    services.accept_invitation(invitation, by="Person 2", membership=museum_hat(invitation.registration))

    assert state(invitation.registration) == "waiting"


@pytest.mark.parametrize("how", ["admin", "import", "merge"])
def test_no_correction_of_a_sector_takes_a_kept_place_in_silence(
    client: Client, kept: Event, officer: User, how: str
) -> None:
    group = factories.confirm(kept, 2, officer).organisation
    client.force_login(officer)

    if how == "admin":
        address = reverse("admin:partners_organisation_change", args=[group.pk])
        said = str(client.post(address, {**read(client.get(address)).typed(), "sector": "museum"}).content)
    elif how == "import":
        rows = Dataset([group.code, group.name, "museum"], headers=["code", "name", "sector"])
        said = str(OrganisationResource().import_data(rows, dry_run=True).invalid_rows[0].error)
    else:
        museum = factories.ask(factories.make_event("fife-2031"), 3).organisation
        with pytest.raises(Refused) as refusal:
            merge_records(museum, group, take={}, by=officer)
        said = str(refusal.value)

    assert "those left are kept for others" in said
    assert Registration.objects.get(person__name="Person 2").organisation.sector == "community"
