"""Who takes back that we learn from their answers stays a guest; what they answered is gone if they ask."""

import datetime as dt

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events.models import Registration
from matching import services
from matching.models import Answer, FollowUp, Introduction, Suggestion
from partners.models import Consent, User
from pwp.journal.models import Entry


def test_what_they_answered_is_gone_and_they_go_on_as_before(
    client: Client, officer: User, suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    for row in (museum, community):
        services.answer_suggestion(suggestion, organisation=row.organisation, person=row.person, choice="yes")
    Answer.objects.filter(person=museum.person).update(reason="other", reason_text="They sing.")
    services.queue_due_follow_ups(now=timezone.now() + dt.timedelta(days=15))
    for asked in FollowUp.objects.filter(state="asked"):
        services.answer_follow_up(asked, outcome="talked", by=str(asked.person))
    Registration.objects.filter(pk=museum.pk).update(warm_up_answer="To meet a choir.")
    client.force_login(officer)
    page = reverse("admin:matching_answer_remove", args=[museum.person_id])
    assert client.get(page).context["confirmation"].rows[0][1] == 3
    assert page in client.get(reverse("admin:partners_person_change", args=[museum.person_id])).content.decode()

    for _twice in range(2):
        client.post(page)

    assert services.earlier_answers_of(museum.person) == 0
    assert services.earlier_answers_of(community.person) == 1
    museum.refresh_from_db()
    assert (museum.state, Introduction.objects.get().state, Answer.objects.filter(choice="yes").count()) == (
        "confirmed",
        "talking",
        2,
    )
    line = Entry.objects.about(museum.person).get()
    assert (line.by, line.reason) == (officer, "3 answers were removed, as they asked")


def test_taking_back_a_consent_alone_removes_nothing(museum: Registration) -> None:
    Registration.objects.filter(pk=museum.pk).update(warm_up_answer="To meet a choir.")

    Consent.objects.create(person=museum.person, purpose="evaluation", given=False)

    assert services.earlier_answers_of(museum.person) == 1
    assert (museum.state, museum.organisation.memberships.count()) == ("confirmed", 1)
