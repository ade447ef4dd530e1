import datetime as dt

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.test import Client
from django.utils import timezone

from events import services
from events.models import Conversation, Event, Invitation, Programme, Registration
from partners.models import Consent, Listing, MailedLink, Organisation, Person, User
from pwp.journal.models import Entry
from pwp.outbox.models import Message
from pwp.refusals import Refused
from pwp.states import NotAllowed, StaleState
from tests import factories, world

pytestmark = pytest.mark.django_db
R = Registration.State
KNOWN = "Known for years."


def letters_to(registration: Registration) -> list[str]:
    """What was written to this person, oldest first: the middle of each letter's key."""
    messages = Message.objects.to_person(registration.person.code).order_by("pk")
    return [next(part for part in message.key.split(":")[2:] if not part.isdigit()) for message in messages]


def steps_of(registration: Registration) -> list[str]:
    return list(Entry.objects.about(registration).order_by("pk").values_list("to_state", flat=True))


def test_a_request_keeps_who_asked_what_they_said_and_what_they_agreed_to(event: Event) -> None:
    registration = factories.ask(event, 1)

    assert registration.state == R.REQUESTED
    assert registration.person.name == "Person 1"
    assert registration.organisation.council_name == "Sheffield"
    assert sorted(registration.organisation.listings.values_list("side", "pending_text", "text")) == [
        ("need", "Stories of the steelworks from people who were there.", ""),
        ("offer", "A dry room with a long table and forty chairs.", ""),
    ]
    assert set(registration.person.consents.filter(given=True).values_list("purpose", flat=True)) == {
        Consent.Purpose.VISIBLE_AT_EVENT,
        Consent.Purpose.SHARE_AFTER_TWO_YES,
    }
    assert letters_to(registration) == ["acknowledgement"]
    assert steps_of(registration) == ["requested"]


@pytest.mark.parametrize(("language", "words"), [("en", "within 3 days"), ("cy", "o fewn 3 diwrnod")])
def test_letter_and_page_promise_an_answer_in_the_days_the_programme_allows(
    client: Client, event: Event, language: str, words: str
) -> None:
    Programme.objects.update(answer_within_days=3)
    event.refresh_from_db()

    registration = factories.ask(event, 1, language=language)

    assert words in Message.objects.get(key__contains=":acknowledgement:").text
    page = client.get(f"/request/{world.mailed_token('request', registration)}/")
    assert "usually answer within 3 days" in page.content.decode()


def test_a_request_never_attaches_itself_to_people_and_organisations_we_know(event: Event) -> None:
    first = factories.ask(event, 1)
    second = factories.ask(event, 1)

    assert first.person != second.person
    assert first.organisation != second.organisation


def test_a_funder_is_not_open_to_contact_until_they_say_so(event: Event) -> None:
    assert factories.ask(event, 1, sector="funder").organisation.open_to_contact is False
    assert factories.ask(event, 2, sector="statutory").organisation.open_to_contact is True


def test_somebody_with_a_phone_alone_can_ask_and_gets_no_letter(event: Event) -> None:
    registration = factories.ask(event, 1, email="", phone="0114 496 0000")

    assert registration.state == R.REQUESTED
    assert letters_to(registration) == []


def test_inviting_holds_a_place_and_writes_one_letter(event: Event, officer: User) -> None:
    registration = factories.ask(event, 1)

    invitation = services.invite(registration, by=officer, no_talk_reason=KNOWN)

    assert registration.state == R.INVITED
    assert invitation.state == Invitation.State.SENT
    assert services.places_promised(event) == 1
    assert letters_to(registration) == ["acknowledgement", "sent"]
    assert Entry.objects.about(registration).first().by == officer


def test_inviting_twice_from_an_old_page_sends_one_letter(event: Event, officer: User) -> None:
    registration = factories.ask(event, 1)
    stale = Registration.objects.get(pk=registration.pk)
    services.invite(registration, by=officer, no_talk_reason=KNOWN)

    with pytest.raises(StaleState):
        services.invite(stale, by=officer, no_talk_reason=KNOWN)

    assert letters_to(registration) == ["acknowledgement", "sent"]
    assert Invitation.objects.count() == 1


def test_no_more_invitations_than_places_and_over_invitations(officer: User) -> None:
    event = factories.make_event(capacity=1, over_invite=1)
    factories.invite(event, 1, officer)
    factories.invite(event, 2, officer)

    with pytest.raises(Refused, match="taken or promised"):
        factories.invite(event, 3, officer)

    assert Registration.objects.get(person__name="Person 3").state == R.REQUESTED


def test_accepting_confirms_the_place_and_sends_a_calendar_file(event: Event, officer: User) -> None:
    registration = services.accept_invitation(factories.invite(event, 1, officer), by="Person 1")

    assert registration.state == R.CONFIRMED
    letter = Message.objects.get(key__contains=":confirmed:")
    assert [part[0] for part in letter.attachments] == ["partnerships-with-purpose.ics"]
    assert f"UID:{registration.code}@" in letter.attachments[0][1]


def test_accepting_twice_confirms_once(event: Event, officer: User) -> None:
    invitation = factories.invite(event, 1, officer)
    stale = Invitation.objects.get(pk=invitation.pk)
    services.accept_invitation(invitation, by="Person 1")

    with pytest.raises(StaleState):
        services.accept_invitation(stale, by="Person 1")

    assert letters_to(invitation.registration) == ["acknowledgement", "sent", "confirmed"]


def test_who_accepts_when_the_last_place_has_gone_waits_and_is_told(officer: User) -> None:
    event = factories.make_event(capacity=1, over_invite=1)
    first, second = factories.invite(event, 1, officer), factories.invite(event, 2, officer)

    services.accept_invitation(first, by="Person 1")
    late = services.accept_invitation(second, by="Person 2")

    assert late.state == R.WAITING
    assert late.waiting_since is not None
    assert letters_to(late) == ["acknowledgement", "sent", "waiting"]


def test_declining_frees_the_place(event: Event, officer: User) -> None:
    invitation = factories.invite(event, 1, officer)

    services.decline_invitation(invitation, by="Person 1")

    assert invitation.registration.state == R.DECLINED
    assert services.places_promised(event) == 0


def test_withdrawing_frees_the_place_and_ends_the_invitation(event: Event, museum: Registration) -> None:
    services.withdraw(museum, by="Ana Reed")

    assert museum.state == R.WITHDRAWN
    assert services.places_promised(event) == 0
    assert museum.invitations.get().state == Invitation.State.WITHDRAWN


def test_somebody_who_withdrew_can_be_invited_again(officer: User, museum: Registration) -> None:
    services.withdraw(museum, by="Ana Reed")

    services.invite(museum, by=officer, no_talk_reason=KNOWN)

    assert museum.state == R.INVITED
    assert letters_to(museum) == ["acknowledgement", "sent", "confirmed", "withdrawn", "sent"]


def test_an_unanswered_invitation_expires_and_its_person_goes_back_to_the_staff(event: Event, officer: User) -> None:
    invitation = factories.invite(event, 1, officer)
    late = invitation.reply_by + dt.timedelta(minutes=1)

    assert services.expire_invitations(now=late) == 1
    assert services.expire_invitations(now=late) == 0

    invitation.refresh_from_db()
    invitation.registration.refresh_from_db()
    assert (invitation.state, invitation.registration.state) == (Invitation.State.EXPIRED, R.TALKING)


def test_not_this_time_needs_words_and_puts_them_into_one_letter(event: Event, officer: User) -> None:
    registration = factories.ask(event, 1)

    with pytest.raises(Refused):
        services.not_this_time(registration, by=officer, reason="  ")
    services.not_this_time(registration, by=officer, reason="Your work is in Plymouth; here is who can help there.")

    assert registration.state == R.NOT_THIS_TIME
    letter = Message.objects.get(key__contains=":not-this-time:")
    assert "Your work is in Plymouth; here is who can help there." in letter.text


def test_an_invitation_cannot_be_sent_for_a_day_that_is_over(officer: User) -> None:
    event = factories.make_event(held_on=timezone.localdate())
    registration = factories.ask(event, 1)

    with pytest.raises(Refused, match="too close or over"):
        services.invite(registration, by=officer, no_talk_reason=KNOWN)

    registration.refresh_from_db()
    assert registration.state == R.REQUESTED


def test_thank_yous_go_once_two_days_after_the_day(museum: Registration, event: Event, officer: User) -> None:
    day = dt.datetime.combine(event.held_on, dt.time(9), tzinfo=dt.UTC)
    services.mark_attendance(museum, True, by=officer, now=day)

    counts = [services.queue_thank_yous(now=day + dt.timedelta(days=days)) for days in (0, 1, 2, 2, 3)]

    assert counts == [0, 0, 1, 0, 0]
    assert letters_to(museum)[-1] == "thank-you"


def test_old_drafts_and_ended_requests_are_deleted_with_their_people(event: Event, officer: User) -> None:
    draft = services.keep_draft(None, {"name": "Half"})
    kept = factories.ask(event, 1)
    ended = factories.ask(event, 2)
    services.not_this_time(ended, by=officer, reason="Another time.")

    services.purge_old_requests(now=timezone.now() + dt.timedelta(days=190))

    assert list(Registration.objects.all()) == [kept]
    assert not Registration.objects.filter(pk=draft.pk).exists()
    assert list(Person.objects.all()) == [kept.person]
    assert list(Organisation.objects.all()) == [kept.organisation]
    assert set(Listing.objects.values_list("organisation", flat=True)) == {kept.organisation.pk}


def test_a_sent_request_revokes_the_link_of_its_draft(event: Event) -> None:
    draft = services.draft_behind("a" * 32)

    factories.events.submit_request(draft, factories.Asked(event=event, **_answers()))

    assert MailedLink.objects.valid().filter(purpose="draft").count() == 0


def test_one_form_is_one_request_however_often_it_is_sent(event: Event) -> None:
    assert services.draft_behind("b" * 32) == services.draft_behind("b" * 32)


def test_an_answer_after_its_day_takes_no_place_that_was_given_to_somebody_else(officer: User) -> None:
    event = factories.make_event(capacity=1)
    late = factories.invite(event, 1, officer)
    after = late.reply_by + dt.timedelta(minutes=1)
    services.invite(factories.ask(event, 2), by=officer, no_talk_reason=KNOWN, now=after)

    with pytest.raises(Refused, match="went to somebody else"):
        services.accept_invitation(late, by="Person 1", now=after)

    late.registration.refresh_from_db()
    assert late.registration.state == R.INVITED


def test_nobody_withdraws_after_the_day(event: Event, museum: Registration) -> None:
    after = dt.datetime.combine(event.held_on + dt.timedelta(days=1), dt.time(9), tzinfo=dt.UTC)

    with pytest.raises(Refused, match="The day has been"):
        services.withdraw(museum, by="Ana Reed", now=after)


def test_an_old_request_is_not_taken_up_beside_a_newer_one_of_the_same_person(event: Event, officer: User) -> None:
    old = factories.ask(event, 1)
    services.withdraw(old, by="a guest")
    newer = Registration.objects.create(event=event, person=old.person, membership=old.membership, state=R.REQUESTED)

    for take_up in (services.keep_considering, services.invite):
        with pytest.raises(Refused, match="newer request"):
            take_up(old, by=officer, **({"no_talk_reason": KNOWN} if take_up is services.invite else {}))

    assert (old.state, newer.state) == (R.WITHDRAWN, R.REQUESTED)


def test_an_invited_person_is_not_put_on_the_waiting_list(event: Event, officer: User) -> None:
    invitation = factories.invite(event, 1, officer)

    with pytest.raises(NotAllowed):
        services.keep_waiting(invitation.registration, by=officer, reason=KNOWN)

    assert services.places_promised(event) == 1


def test_requests_nobody_decided_are_deleted_six_months_later_with_their_letters(event: Event) -> None:
    forgotten = factories.ask(event, 1)
    long_after = dt.datetime.combine(event.held_on + dt.timedelta(days=190), dt.time(9), tzinfo=dt.UTC)

    assert services.purge_old_requests(now=long_after) == 1

    assert not Person.objects.exists()
    assert not Message.objects.to_person(forgotten.person.code).exists()
    assert set(Entry.objects.about(forgotten).values_list("by_name", flat=True)) == {"the person"}


def test_the_admins_own_log_forgets_them_too(event: Event, officer: User) -> None:
    forgotten = factories.ask(event, 1)
    for row in (forgotten, forgotten.person):
        LogEntry.objects.log_actions(officer.pk, [row], CHANGE, "Changed the name of Ana Reed.")
    long_after = dt.datetime.combine(event.held_on + dt.timedelta(days=190), dt.time(9), tzinfo=dt.UTC)

    services.purge_old_requests(now=long_after)

    said = set(LogEntry.objects.values_list("object_repr", "change_message"))
    assert said == {("a person who was forgotten", "")}


def test_nothing_names_somebody_who_was_forgotten(event: Event, officer: User) -> None:
    gone = factories.confirm(event, 1, officer, name="Quillfeather")
    services.withdraw(gone, by="Quillfeather")

    services.purge_old_requests(now=timezone.now() + dt.timedelta(days=190))

    assert not Entry.objects.filter(by_name__contains="Quillfeather").exists()
    assert not Message.objects.filter(text__contains="Quillfeather").exists()


def test_what_was_said_in_talks_goes_with_the_request(event: Event, officer: User) -> None:
    asked = factories.ask(event, 1)
    talk = Conversation(registration=asked, means="call", summary="Her knee keeps her at home.")
    services.log_conversation(talk, by=officer)
    assert Entry.objects.filter(reason__contains="knee").exists()
    long_after = dt.datetime.combine(event.held_on + dt.timedelta(days=190), dt.time(9), tzinfo=dt.UTC)

    services.purge_old_requests(now=long_after)

    assert not Entry.objects.filter(reason__contains="knee").exists()


def _answers() -> dict[str, object]:
    return {
        "name": "Moira Baird",
        "email": "moira@two-rooms.example",
        "phone": "",
        "language": "en",
        "organisation": "Two Rooms Museum",
        "sector": "museum",
        "work_place": "KY16 9AJ",
        "size": "tiny",
        "authority": "with_committee",
        "offer": "",
        "need": "Volunteers on Sundays.",
        "consents": {},
    }
