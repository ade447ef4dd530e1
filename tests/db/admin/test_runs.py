"""Asking for a run, watching it, and reading what it says."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from events import services as events
from events.models import Event, Registration
from matching import services
from matching.admin import runs
from matching.models import FollowUp, MatchRun, Suggestion
from partners import services as partners
from partners.models import Organisation, User
from pwp import waking
from tests import factories, html

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


def test_the_form_asks_as_often_for_three_events_as_for_one(desk: Client, event: Event) -> None:
    with CaptureQueriesContext(connection) as one:
        desk.get(REQUEST)
    for number in range(2):
        factories.make_event(f"other-{number}")
    with CaptureQueriesContext(connection) as three:
        desk.get(REQUEST)

    assert len(three) == len(one)


def test_looking_at_the_form_asks_for_nothing(desk: Client, event: Event) -> None:
    assert desk.get(f"{REQUEST}?event={event.pk}&kind=rehearsal").status_code == 200
    assert not MatchRun.objects.exists()


def test_a_dead_broker_does_not_stop_anybody(
    desk: Client, event: Event, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def dead() -> None:
        raise OSError("connection refused")

    monkeypatch.setattr(waking, "_no_broker_until", 0.0)
    monkeypatch.setattr(runs.score_requested_runs, "delay", dead)
    with django_capture_on_commit_callbacks(execute=True):
        assert desk.post(REQUEST, {"event": event.pk, "kind": "suggest"}).status_code == 302
    assert MatchRun.objects.get().state == "requested"


@pytest.mark.parametrize(
    ("state", "words", "again"),
    [
        ("requested", "It waits for a worker", "3"),
        ("running", "40% so far", "3"),
        ("concluding", "Everybody is scored", "3"),
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


def test_a_run_says_how_many_blocks_who_scored_them_and_how_long_it_took(desk: Client, event: Event) -> None:
    run = MatchRun.objects.create(event=event, state="running", steps_done=2, steps_total=3)
    for number, worker in enumerate(("host:1", "host:2", "")):
        run.blocks.create(
            number=number,
            first=number * 5,
            last=number * 5 + 5,
            worker=worker,
            state="done" if worker else "waiting",
            seconds=1.25 if worker else None,
        )
    listed = desk.get(reverse("admin:matching_matchrun_changelist")).content.decode()
    page = desk.get(change(run)).content.decode()
    for shown in (listed, page):
        assert "2 of 3 blocks, 2 workers, 2.5 s" in shown
    assert ["3", "5", "waiting", "", ""] in html.parse(page).rows()


def test_a_list_of_more_runs_asks_no_more(desk: Client, event: Event, queries_of: Any) -> None:
    address = reverse("admin:matching_matchrun_changelist")
    MatchRun.objects.create(event=event, state="done", report={"pairs": []})
    desk.get(address)
    one = queries_of(address)
    for _more in range(3):
        MatchRun.objects.create(event=event, state="done", report={"pairs": []}).blocks.create(
            number=0, first=0, last=1
        )
    assert queries_of(address) == one


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


# --- what changed ----------------------------------------------------------------------------------------------------


def changes(run: MatchRun, query: str = "") -> str:
    return reverse("admin:matching_matchrun_changes", args=[run.pk]) + query


def done(event: Event) -> MatchRun:
    run = services.request_run(event, by="the officer")
    assert services.perform_run(run), run.problem
    return run


def test_what_changed_between_two_runs_is_told_pair_by_pair_with_the_reason(
    desk: Client, event: Event, museum: Registration, community: Registration, officer: User
) -> None:
    done(event)
    coming = factories.confirm(event, 4, officer, organisation="Harbour <b>Choir</b>")
    events.withdraw(community, by="Ben Mills")
    after = done(event)

    page = desk.get(changes(after)).content.decode()

    assert "Pairs that are new: 1. Gone: 1. With another score or band: 0. The same: 0." in page
    assert "Harbour &lt;b&gt;Choir&lt;/b&gt; takes part now." in page
    assert "Riverside Readers no longer takes part" in page
    assert desk.get(change(after)).content.decode().count(changes(after)) == 1
    assert coming.organisation.name not in page


def test_where_nothing_changed_the_page_says_so(
    desk: Client, event: Event, museum: Registration, community: Registration
) -> None:
    first, second = done(event), done(event)

    assert "Nothing changed." in desk.get(changes(second)).content.decode()
    assert "no earlier run of this event" in desk.get(changes(first)).content.decode()


def test_a_refresh_is_listed_and_read_like_any_other_run(
    desk: Client, event: Event, museum: Registration, community: Registration, officer: User
) -> None:
    for number in range(4, 10):
        factories.confirm(event, number, officer)
    whole = done(event)
    Organisation.objects.filter(pk=museum.organisation.pk).update(description="Photographs of the harbour.")
    services.refresh_changed_events()
    refresh = MatchRun.objects.exclude(pk=whole.pk).get()

    listed = desk.get(reverse("admin:matching_matchrun_changelist")).content.decode()
    page = desk.get(change(refresh)).content.decode()

    assert refresh.refresh_of == whole
    assert listed.count("pairs for 8 organisations") == 2
    assert f"{len(refresh.pairs_shown)} pairs for 8 organisations" in listed
    assert community.organisation.name in page
    assert desk.get(changes(refresh)).status_code == 200


def test_another_run_to_compare_with_can_be_chosen(
    desk: Client, event: Event, museum: Registration, community: Registration, outsider: Registration
) -> None:
    first, elsewhere = done(event), done(outsider.event)
    partners.record_consents(community.person, {"visible_at_event": False}, channel="page")
    done(event)
    last = done(event)

    assert "Nothing changed." in desk.get(changes(last)).content.decode()
    assert "Riverside Readers no longer takes part" in desk.get(changes(last, f"?with={first.pk}")).content.decode()
    for nonsense in (elsewhere.pk, "x", 10**20, ""):
        assert "Nothing changed." in desk.get(changes(last, f"?with={nonsense}")).content.decode()


def test_a_run_whose_report_is_no_longer_kept_is_not_compared_with(
    desk: Client, event: Event, museum: Registration, community: Registration
) -> None:
    done(event)
    MatchRun.objects.update(report={})
    page = desk.get(changes(done(event))).content.decode()

    assert "no earlier run of this event" in page


def test_a_run_whose_report_is_no_longer_kept_claims_nothing(
    desk: Client, event: Event, museum: Registration, community: Registration
) -> None:
    done(event)
    bare = done(event)
    MatchRun.objects.filter(pk=bare.pk).update(report={})

    assert desk.get(changes(bare)).status_code == 404
    page = desk.get(change(bare)).content.decode()
    assert "Done at" in page
    assert changes(bare) not in page


def test_a_run_that_is_not_done_has_changed_nothing(desk: Client, event: Event) -> None:
    assert desk.get(changes(MatchRun.objects.create(event=event))).status_code == 404
    assert desk.get(reverse("admin:matching_matchrun_changes", args=["x"])).status_code == 404


def test_more_changes_ask_no_more(
    desk: Client, event: Event, museum: Registration, community: Registration, officer: User, queries_of: Any
) -> None:
    done(event)
    factories.confirm(event, 4, officer)
    few = done(event)
    desk.get(changes(few))
    asked = queries_of(changes(few))
    for number in (6, 8, 10):
        factories.confirm(event, number, officer)
    assert queries_of(changes(done(event))) == asked


def test_who_looks_for_the_same_thing_is_told_to_staff_alone(desk: Client, event: Event, officer: User) -> None:
    kind = factories.make_kind("volunteers", name_en="Volunteers")
    for number in (1, 2):
        place = factories.confirm(event, number, officer, need="Volunteers to catalogue our photographs.", offer="Tea.")
        place.organisation.listings.get(side="need").kinds.add(kind)
    pair = {"museum": "", "partner": "", "need_a": "", "need_b": "", "kind": "volunteers", "words": ["photographs"]}
    ours, theirs = Organisation.objects.filter(sector="museum")[0], Organisation.objects.filter(sector="community")[0]
    pair |= {"museum": ours.code, "partner": theirs.code}
    pair |= {"need_a": ours.listings.get(side="need").code, "need_b": "taken back"}
    run = MatchRun.objects.create(event=event, state="done", report={"pairs": [], "together": [pair]})

    page = desk.get(change(run)).content.decode()

    assert "Could ask together" in page
    assert "Volunteers (photographs)" in page
    assert "<p>Volunteers to catalogue our photographs.</p><p>(words taken back since)</p>" in page


def test_a_pair_says_its_place_in_both_lists_and_why_else_it_is_shown(
    desk: Client, event: Event, museum: Registration, community: Registration
) -> None:
    run = done(event)
    pair = run.report["pairs"][0] | {"pinned": True, "exploring": True, "chance": 0.314}
    MatchRun.objects.filter(pk=run.pk).update(report=run.report | {"pairs": [pair]})

    page = desk.get(change(run)).content.decode()

    assert "place 1 in the museum&#x27;s list, 1 in the partner&#x27;s" in page
    assert "must meet: a rule of staff" in page
    assert "shown to learn: we know little of them" in page
    assert "about 3 in 10 such pairs both said yes" in page
