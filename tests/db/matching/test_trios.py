"""A pair with a funder or statutory body that fits both: made by every run, shown to the pair, never with details."""

import pytest
from django.test import Client

from events.models import Event, Registration
from matching import engine, services
from matching.models import MatchRun, Suggestion, Trio
from matching.services.trios import store_trios
from partners import services as partners
from partners.models import User
from tests import factories, html


@pytest.fixture
def council(event: Event, officer: User) -> Registration:
    """A statutory body with a place at the event."""
    return factories.confirm(
        event, 4, officer, organisation="Don Valley Council", sector="statutory", name="Dai Holt", phone="0114 496 0044"
    )


@pytest.fixture
def trio(suggestion: Suggestion, council: Registration) -> Trio:
    return Trio.objects.create(suggestion=suggestion, third=council.organisation, score=0.4)


def page_of(registration: Registration) -> html.Page:
    client = Client()
    client.force_login(factories.sign_up(registration))
    return html.read(client.get(f"/events/{registration.event.slug}/partners/"))


def thirds_on(page: html.Page) -> list[str]:
    return [words for words in page.words("p") if "partner that fits you both" in words]


def test_both_of_a_pair_read_who_else_fits_them_and_nothing_of_how_to_reach_them(
    trio: Trio, museum: Registration, community: Registration, council: Registration
) -> None:
    for place in (museum, community):
        page = page_of(place)
        assert thirds_on(page) == ["A third partner that fits you both: Don Valley Council"]
        assert "Dai Holt" not in page.text
        assert "0114 496 0044" not in page.text
        assert council.person.contact_email not in page.text


def test_a_third_that_is_not_seen_by_others_is_not_named(
    trio: Trio, museum: Registration, council: Registration
) -> None:
    partners.record_consents(council.person, {"visible_at_event": False}, channel="page")
    assert thirds_on(page_of(museum)) == []
    partners.record_consents(council.person, {"visible_at_event": True}, channel="page")
    type(council.organisation).objects.filter(pk=council.organisation.pk).update(open_to_contact=False)
    assert thirds_on(page_of(museum)) == []


def test_a_third_reads_of_the_other_partner_only_where_it_is_suggested_to_the_museum_itself(
    event: Event, trio: Trio, museum: Registration, council: Registration
) -> None:
    assert "Riverside Readers" not in page_of(council).text

    factories.suggest(event, museum.organisation, council.organisation)

    assert thirds_on(page_of(council)) == ["A third partner that fits you both: Riverside Readers"]


def test_a_pair_that_is_no_longer_shown_makes_no_trio(
    event: Event, trio: Trio, museum: Registration, council: Registration
) -> None:
    factories.suggest(event, museum.organisation, council.organisation)
    Suggestion.objects.filter(pk=trio.suggestion_id).update(state="dropped")

    assert thirds_on(page_of(council)) == []


def test_a_run_replaces_the_trios_of_its_event_and_of_no_other(
    event: Event, trio: Trio, museum: Registration, community: Registration, outsider: Registration, officer: User
) -> None:
    elsewhere = factories.suggest(outsider.event, museum.organisation, community.organisation)
    kept = Trio.objects.create(suggestion=elsewhere, third=outsider.organisation, score=0.3)
    fund = factories.confirm(event, 6, officer, organisation="Steel Fund", sector="funder").organisation
    found = engine.Threes(
        (
            engine.Three(museum.organisation.code, community.organisation.code, fund.code, 0.5),
            engine.Three(museum.organisation.code, "NOSUCHCODE12", fund.code, 0.4),
        ),
        value=0.9,
        bound=0.9,
    )

    store_trios(MatchRun.objects.create(event=event), found)

    assert set(Trio.objects.values_list("suggestion", "third", "score")) == {
        (trio.suggestion_id, fund.pk, 0.5),
        (kept.suggestion_id, outsider.organisation.pk, 0.3),
    }


def test_a_run_finds_trios_and_reports_their_worth_beside_the_bound(event: Event, officer: User) -> None:
    for number in range(1, 13):
        sector = "museum" if number % 2 else "statutory" if number % 4 else "community"
        factories.confirm(event, number, officer, sector=sector)
    run = services.request_run(event, by="test")
    assert services.perform_run(run), run.problem

    said = run.report["trios"]
    stored = Trio.objects.values_list("suggestion__museum__code", "suggestion__partner__code", "third__code")
    assert sorted(stored) == sorted((one["museum"], one["partner"], one["third"]) for one in said["threes"])
    assert said["value"] == pytest.approx(sum(one["value"] for one in said["threes"]))
    assert said["value"] <= said["bound"] + 1e-9
