"""Asking for a run, watching it, and reading what it says."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from events.models import Event, Registration
from matching import services
from matching.admin import runs
from matching.models import FollowUp, MatchRun, Suggestion
from partners.models import Organisation, User

REQUEST = "/admin/matching/matchrun/request/"


def change(run: MatchRun) -> str:
    return reverse("admin:matching_matchrun_change", args=[run.pk])


def test_one_run_however_often_the_button_is_pressed(desk: Client, event: Event, officer: User) -> None:
    answers = [desk.post(REQUEST, {"event": event.pk, "kind": "suggest"}) for _press in range(3)]
    run = MatchRun.objects.get()
    assert {answer.url for answer in answers} == {change(run)}  # type: ignore[attr-defined]
    assert (run.event, run.rehearsal, run.requested_by) == (event, False, str(officer))


def test_a_rehearsal_is_another_run(desk: Client, event: Event) -> None:
    for kind in ("suggest", "rehearsal", "rehearsal"):
        desk.post(REQUEST, {"event": event.pk, "kind": kind})
    assert sorted(MatchRun.objects.values_list("rehearsal", flat=True)) == [False, True]


def test_asking_without_saying_what_for_is_refused_in_words(desk: Client, event: Event) -> None:
    answer = desk.post(REQUEST, {"event": "", "kind": "nonsense"})
    assert answer.status_code == 422
    assert "This field is required." in answer.content.decode()
    assert not MatchRun.objects.exists()


def test_looking_at_the_form_asks_for_nothing(desk: Client, event: Event) -> None:
    assert desk.get(f"{REQUEST}?event={event.pk}&kind=rehearsal").status_code == 200
    assert not MatchRun.objects.exists()


def test_a_dead_broker_does_not_stop_anybody(
    desk: Client, event: Event, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def dead() -> None:
        raise OSError("connection refused")

    monkeypatch.setattr(runs.score_requested_runs, "delay", dead)
    with django_capture_on_commit_callbacks(execute=True):
        assert desk.post(REQUEST, {"event": event.pk, "kind": "suggest"}).status_code == 302
    assert MatchRun.objects.get().state == "requested"


@pytest.mark.parametrize(
    ("state", "words", "again"),
    [
        ("requested", "It waits for a worker", "3"),
        ("running", "40% so far", "3"),
        ("done", "Done at", None),
        ("failed", "It stopped: too <b>little</b>", None),
    ],
)
def test_the_page_says_what_happens_and_looks_again_while_it_does(
    desk: Client, event: Event, state: str, words: str, again: str | None
) -> None:
    run = MatchRun.objects.create(event=event, state=state, steps_done=2, steps_total=5, problem="too <b>little</b>")
    answer = desk.get(change(run))
    assert answer.headers.get("Refresh") == again
    assert words.replace("<", "&lt;").replace(">", "&gt;") in answer.content.decode()


def test_the_list_shows_how_far_it_is(desk: Client, event: Event) -> None:
    MatchRun.objects.create(event=event, state="running", steps_done=2, steps_total=5)
    page = desk.get(reverse("admin:matching_matchrun_changelist")).content.decode()
    assert '<progress max="100" value="40"' in page


@pytest.fixture
def imported(event: Event) -> list[Organisation]:
    described = [
        ("museum", "Kelham <i>Mill</i> Museum", "A museum of steel with a room for reading groups and oral history."),
        ("museum", "Wicker Museum", "Looks after photographs of the steelworks and runs reading groups."),
        ("community", "Riverside Readers", "A reading group that collects oral history of the steelworks."),
        ("community", "Quiet Group", ""),
    ]
    rows = [
        Organisation.objects.create(
            name=name,
            sector=sector,
            description=words,
            easting=435_000 + n,
            northing=387_000,
            identifier_scheme="list",
            identifier=str(n),
            council_code="E08000039",
        )  # fmt: skip
        for n, (sector, name, words) in enumerate(described)
    ]
    event.known_organisations.set(rows)
    return rows


def test_a_rehearsal_is_read_as_sentences_and_suggests_nothing(
    desk: Client, event: Event, imported: list[Organisation]
) -> None:
    run = services.request_run(event, by="the officer", rehearsal=True)
    services.perform_run(run)
    page = desk.get(change(run)).content.decode()

    assert run.state == "done", run.problem
    assert not Suggestion.objects.exists()
    assert "Kelham &lt;i&gt;Mill&lt;/i&gt; Museum" in page
    assert "= both ways" in page
    assert "2 museums and 2 others; 3 with words;" in page
    assert "They have written nothing yet that others may see." in page
    assert "call and write down one need and one offer" in page


def test_a_description_that_stands_in_for_an_offer_is_quoted(
    desk: Client, event: Event, imported: list[Organisation]
) -> None:
    museum, reader = imported[0], imported[2]
    pair = {
        "museum": museum.code,
        "partner": reader.code,
        "band": "strong",
        "score": {"value": 0.4, "reciprocal": 0.5, "near": 1.0, "timing": 0.5, "percentile": 99.0},
        "reasons": [
            {
                "code": "offer_meets_need",
                "evidence": {
                    "seeker": museum.code,
                    "provider": reader.code,
                    "need": "gone",
                    "offer": f"description:{reader.code}",
                    "kind": "",
                    "words": ["oral"],
                },
            }
        ],
        "cautions": [{"code": "one_way", "evidence": {"seeker": museum.code}}],
    }
    run = MatchRun.objects.create(event=event, rehearsal=True, state="done", report={"pairs": [pair]})
    page = desk.get(change(run)).content.decode()
    assert "Riverside Readers offers: “A reading group that collects oral history of the steelworks.”" in page
    assert "(words taken back since)" in page
    assert "0.400 = both ways 0.500 × surroundings 0.800" in page
    assert "helps Kelham &lt;i&gt;Mill&lt;/i&gt; Museum more" in page


def test_a_longer_report_asks_no_more(
    desk: Client, event: Event, imported: list[Organisation], queries_of: Any
) -> None:
    run = services.request_run(event, by="the officer", rehearsal=True)
    services.perform_run(run)
    pairs = run.report["pairs"]
    desk.get(change(run))
    all_pairs = queries_of(change(run))
    MatchRun.objects.filter(pk=run.pk).update(report=run.report | {"pairs": pairs[:1]})
    assert queries_of(change(run)) == all_pairs


def test_a_suggestion_shows_its_numbers_and_private_answers(
    desk: Client, suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    services.perform_run(services.request_run(suggestion.event, by="the officer"))
    suggestion.refresh_from_db()
    services.answer_suggestion(
        suggestion, organisation=museum.organisation, person=museum.person, choice="not_now", reason_text="Roof first."
    )
    page = desk.get(reverse("admin:matching_suggestion_change", args=[suggestion.pk])).content.decode()
    assert "Roof first." in page
    if suggestion.parts:
        assert "= both ways" in page


def test_who_to_call_is_found(
    desk: Client, suggestion: Suggestion, museum: Registration, community: Registration
) -> None:
    for place in (museum, community):
        services.answer_suggestion(suggestion, organisation=place.organisation, person=place.person, choice="yes")
    community.person.contact_email, community.person.phone = "", "0114 496 0003"
    community.person.save()
    FollowUp.objects.update(state="asked")
    page = reverse("admin:matching_followup_changelist")
    for way, name in (("call", "Ben Mills"), ("quiet", "Ana Reed")):
        listed = desk.get(f"{page}?ask={way}").context["cl"].result_list
        assert {follow_up.person.name for follow_up in listed} == {name}


def test_the_event_leads_to_its_requests_and_runs(desk: Client, event: Event) -> None:
    page = desk.get(reverse("admin:events_event_change", args=[event.pk])).content.decode()
    assert f"{REQUEST}?event={event.pk}" in page
    assert f"?event__id__exact={event.pk}" in page


def test_the_index_begins_with_the_queue(desk: Client) -> None:
    apps = desk.get(reverse("admin:index")).context["app_list"]
    assert [app["app_label"] for app in apps[:5]] == ["events", "partners", "matching", "outbox", "journal"]
    assert apps[0]["models"][0]["object_name"] == "Registration"
