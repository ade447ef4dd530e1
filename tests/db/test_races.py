"""Where we promised something to whoever is first: many connections at once, on both databases."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection

from events import services as events
from events.models import Invitation, Registration
from matching import services as matching
from matching.models import Answer, Introduction, MatchRun, Suggestion
from matching.services import blocks
from partners.models import User
from pwp.outbox.models import Message
from pwp.refusals import Refused
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object], threads: int = 8) -> list[object]:
    """Run `acts` at the same moment, each thread with its own connection. Returns results and refusals."""
    results: list[object] = [None] * len(acts)
    start = threading.Barrier(min(threads, len(acts)))

    def work(first: int) -> None:
        start.wait()
        try:
            for number in range(first, len(acts), threads):
                try:
                    results[number] = acts[number]()
                except Refused as refusal:
                    results[number] = refusal
        finally:
            connection.close()

    workers = [threading.Thread(target=work, args=(first,)) for first in range(min(threads, len(acts)))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return results


@pytest.fixture
def officer() -> User:
    return factories.make_staff()


def test_eighty_acceptances_for_twenty_places_confirm_twenty_and_tell_sixty(officer: User) -> None:
    event = factories.make_event(capacity=20, over_invite=60)
    invitations = [factories.invite(event, number, officer) for number in range(80)]

    at_once(*(lambda i=i: events.accept_invitation(i, by="a guest") for i in invitations), threads=16)

    assert Counter(Registration.objects.values_list("state", flat=True)) == {"confirmed": 20, "waiting": 60}
    kinds = Counter(key.split(":")[2] for key in Message.objects.values_list("key", flat=True))
    assert (kinds["confirmed"], kinds["waiting"]) == (20, 60)
    assert set(Invitation.objects.values_list("state", flat=True)) == {"accepted"}


def test_two_officers_inviting_the_same_person_send_one_invitation(officer: User) -> None:
    event = factories.make_event()
    registration = factories.ask(event)
    copies = [Registration.objects.get(pk=registration.pk) for _ in range(4)]

    results = at_once(*(lambda c=c: events.invite(c, by=officer) for c in copies))

    assert sum(isinstance(result, Invitation) for result in results) == 1
    assert Message.objects.filter(key__contains=":sent:").count() == 1


def test_the_last_promise_is_given_once(officer: User) -> None:
    event = factories.make_event(capacity=3)
    asked = [factories.ask(event, number) for number in range(12)]

    at_once(*(lambda r=r: events.invite(r, by=officer) for r in asked), threads=12)

    assert Invitation.objects.count() == 3


def test_two_yeses_at_the_same_moment_make_one_introduction_and_one_letter_each(officer: User) -> None:
    event = factories.make_event()
    for number in range(1, 11):
        factories.confirm(event, number, officer)
    places = {r.organisation.pk: r for r in Registration.objects.select_related("membership__organisation", "person")}
    museums = [r for r in places.values() if r.organisation.sector == "museum"]
    groups = [r for r in places.values() if r.organisation.sector == "community"]
    pairs = [factories.suggest(event, m.organisation, g.organisation) for m, g in zip(museums, groups, strict=True)]

    def yes(pair: Suggestion, place: Registration) -> object:
        return matching.answer_suggestion(
            pair, organisation=place.organisation, person=place.person, choice=Answer.Choice.YES
        )

    at_once(*(lambda p=p, side=side: yes(p, places[side]) for p in pairs for side in (p.museum_id, p.partner_id)))

    assert Introduction.objects.count() == 5
    assert Message.objects.filter(key__contains=":made:").count() == 10


def test_two_workers_doing_the_same_run_do_it_once(officer: User) -> None:
    event = factories.make_event()
    for number in range(1, 5):
        factories.confirm(event, number, officer)
    run = matching.request_run(event, by="test")
    copies = [type(run).objects.select_related("event").get(pk=run.pk) for _ in range(4)]

    results = at_once(*(lambda c=c: matching.perform_run(c) for c in copies))

    assert sorted(results) == [False, False, False, True]
    assert Message.objects.filter(key__contains="suggestions-ready").count() == 4


def test_two_runs_of_one_event_at_once_are_one_after_the_other(officer: User) -> None:
    event = factories.make_event()
    for number in range(1, 5):
        factories.confirm(event, number, officer)
    runs = [MatchRun.objects.create(event=event, requested_by=str(number)) for number in range(4)]

    results = at_once(*(lambda r=r: matching.perform_run(r) for r in runs))

    assert True in results
    states = Counter(MatchRun.objects.values_list("state", flat=True))
    assert states["done"] == results.count(True)
    assert states["requested"] == 4 - states["done"]
    assert matching.score_requested_runs() == states["requested"]
    assert Message.objects.filter(key__contains="suggestions-ready").count() == 4


def test_workers_that_share_the_blocks_of_a_run_score_each_once_and_conclude_once(
    officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 1)
    monkeypatch.setattr(blocks, "MOST_BLOCKS", 1_000_000)
    event = factories.make_event()
    for number in range(1, 17):
        factories.confirm(event, number, officer)
    run = matching.request_run(event, by="test")
    assert blocks.start_run(run)

    scored = at_once(*(matching.work_off_blocks for _worker in range(4)))

    run.refresh_from_db()
    assert (run.state, sum(scored), run.steps_done) == ("done", 8, 8)  # type: ignore[call-overload]
    assert set(Suggestion.objects.values_list("times_shown", flat=True)) == {1}
