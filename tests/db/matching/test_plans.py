"""The day's plan: who sits where, what stays when it is changed, and what is printed."""

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from django.utils import timezone, translation

from events import services as events
from events.models import Event, EventArea, Registration
from matching import day_pack, planning
from matching.models import Guest, PairRule, Plan, Seat
from matching.moves import Move
from matching.services import answer_suggestion, forget_needs, plans, work_out_wanted_plans
from matching.services.plans import Stay
from partners import services as partners
from partners.models import Organisation, User
from pwp.journal.models import Entry
from pwp.refusals import Refused
from pwp.states import StaleState
from tests import factories

FOUR_TABLES = [{"name": "", "seats": 4, "step_free": at < 2, "quiet": at == 1} for at in range(4)]


@pytest.fixture
def places(event: Event, officer: User) -> list[Registration]:
    """Twelve people with a place: museums and community groups by turns."""
    return [factories.confirm(event, number, officer) for number in range(1, 13)]


def make(event: Event, **said: Any) -> Plan:
    """A plan that was worked out."""
    options = {"form": "tables", "rounds": 3, "tables": FOUR_TABLES, "by": "the officer"}
    plan = plans.make_plan(event, **(options | said))
    assert plans.work_out(plan), plan.problem
    return plan


def guest_of(plan: Plan, registration: Registration) -> Guest:
    return plan.guests.select_related("registration__person").get(registration=registration)


def table_of(plan: Plan, registration: Registration, at: int) -> int | None:
    return plan.seats.filter(guest__registration=registration, round=at).values_list("table", flat=True).first()


def stays_of(plan: Plan, **changed: Stay) -> dict[int, Stay]:
    """Everybody as they are, but for guests given by their key."""
    own = {g.pk: Stay(g.first_round, g.last_round, g.step_free, g.quiet, g.most_talks) for g in plan.guests.all()}
    return own | {int(name.removeprefix("guest")): stay for name, stay in changed.items()}


def change_one(plan: Plan, guest: Guest, stay: Stay) -> None:
    plans.change_guests(plan, stays_of(plan, **{f"guest{guest.pk}": stay}), version=plan.version)
    assert plans.work_out(plan), plan.problem


def keep_apart(event: Event, one: Registration, other: Registration) -> None:
    PairRule.objects.create(
        event=event, museum=one.organisation, partner=other.organisation, rule="keep_apart", reason="They asked for it."
    )


# --- making one ------------------------------------------------------------------------------------------------------


def test_everybody_with_a_place_has_one_seat_in_every_round(
    event: Event, places: list[Registration], officer: User
) -> None:
    factories.invite(event, 40, officer)
    plan = make(event)

    assert {guest.registration_id for guest in plan.guests.all()} == {place.pk for place in places}
    assert Counter(plan.seats.values_list("round", flat=True)) == {0: 12, 1: 12, 2: 12}
    crowded = Counter(plan.seats.values_list("round", "table"))
    assert max(crowded.values()) <= 4
    assert plan.measures["unseated"] == plan.measures["lacking"] == 0


def test_asking_for_a_plan_works_nothing_out_and_the_next_tick_does(event: Event, places: list[Registration]) -> None:
    plan = plans.make_plan(event, form="tables", rounds=3, tables=FOUR_TABLES, by="the officer")

    assert (plan.wanted, plan.seats.count()) == (True, 0)
    assert work_out_wanted_plans() == 1
    assert work_out_wanted_plans() == 0
    plan.refresh_from_db()
    assert (plan.wanted, plan.claimed_at, plan.seats.count()) == (False, None, 36)


def test_a_plan_whose_worker_died_is_worked_out_by_the_next_one(event: Event, places: list[Registration]) -> None:
    plan = plans.make_plan(event, form="tables", rounds=3, tables=FOUR_TABLES, by="the officer")
    Plan.objects.filter(pk=plan.pk).update(claimed_at=timezone.now())

    assert work_out_wanted_plans() == 0
    Plan.objects.filter(pk=plan.pk).update(claimed_at=timezone.now() - dt.timedelta(minutes=6))
    assert work_out_wanted_plans() == 1


def test_the_same_people_get_the_same_plan(event: Event, places: list[Registration]) -> None:
    first, second = make(event), make(event)

    def seats(plan: Plan) -> list[Any]:
        return sorted(plan.seats.values_list("guest__registration", "round", "table"))

    assert seats(first) == seats(second)


def test_too_few_seats_are_refused_with_what_to_do(event: Event, places: list[Registration]) -> None:
    with pytest.raises(Refused, match="12 people but 8 seats"):
        plans.make_plan(event, form="tables", rounds=3, tables=FOUR_TABLES[:2], by="the officer")

    assert not Plan.objects.exists()


def test_nobody_to_seat_is_said_in_words(event: Event, museum: Registration) -> None:
    with pytest.raises(Refused, match="Fewer than two people"):
        plans.make_plan(event, form="tables", rounds=3, tables=FOUR_TABLES, by="the officer")


def test_pairs_who_both_said_yes_share_a_table_and_who_is_kept_apart_never_does(
    event: Event, places: list[Registration]
) -> None:
    museum, group, other = places[0], places[5], places[3]
    pair = factories.suggest(event, museum.organisation, group.organisation)
    for place in (museum, group):
        answer_suggestion(pair, organisation=place.organisation, person=place.person, choice="yes")
    keep_apart(event, museum, other)
    plan = make(event)

    together = [at for at in range(3) if table_of(plan, museum, at) == table_of(plan, group, at)]
    assert len(together) >= 1
    assert [at for at in range(3) if table_of(plan, museum, at) == table_of(plan, other, at)] == []
    assert (plan.measures["yes_met"], plan.measures["yes"]) == (1, 1)


def test_funders_and_services_are_no_community_voice_and_umbrella_bodies_are(event: Event, officer: User) -> None:
    sectors = ["museum", "community", "network", "statutory", "funder", "other"]
    for number, sector in enumerate(sectors, 1):
        factories.confirm(event, number, officer, sector=sector)
    company = planning.company_of(make(event))

    assert company.museum.tolist() == [True, False, False, False, False, False]
    assert company.community.tolist() == [False, True, True, False, False, False]


def test_needs_entered_once_are_those_of_the_next_plan_too(event: Event, places: list[Registration]) -> None:
    plan = make(event)
    change_one(plan, guest_of(plan, places[4]), Stay(0, 3, step_free=True, quiet=True))
    again = make(event)

    assert guest_of(again, places[4]).quiet
    assert {table_of(again, places[4], at) for at in range(3)} == {1}


def test_more_people_than_suitable_seats_are_refused_with_the_round(event: Event, places: list[Registration]) -> None:
    plan = make(event)
    stays = {pk: Stay(0, 3, quiet=True) for pk in stays_of(plan)}

    with pytest.raises(Refused, match="Round 1: 12 people need a quiet table, which seat 4"):
        plans.change_guests(plan, stays, version=plan.version)

    assert not plan.guests.filter(quiet=True).exists()
    tables = [table | {"quiet": True} for table in FOUR_TABLES]
    plan.refresh_from_db()
    plans.change_tables(plan, tables, version=plan.version)
    plans.change_guests(plan, stays, version=plan.version)
    assert plans.work_out(plan)


def test_a_table_that_is_gone_keeps_its_number_and_seats_nobody(event: Event, places: list[Registration]) -> None:
    plan = make(event)
    closed = [FOUR_TABLES[0] | {"seats": 0}, *FOUR_TABLES[1:]]
    with pytest.raises(Refused, match="keeps its number"):
        plans.change_tables(plan, closed[1:], version=plan.version)

    plans.change_tables(plan, closed, version=plan.version)
    assert plans.work_out(plan)
    assert 0 not in plan.seats.values_list("table", flat=True)


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_a_move_shows_what_it_would_do_and_changes_nothing(event: Event, places: list[Registration]) -> None:
    plan = make(event)
    before = sorted(plan.seats.values_list("guest", "round", "table", "held"))
    effect = plans.effect_of(plan, Move(guest_of(plan, places[0]), 0))

    assert (effect.before["unseated"], effect.after["unseated"], effect.objections) == (0, 1, [])
    assert sorted(plan.seats.values_list("guest", "round", "table", "held")) == before


def test_two_people_who_change_places_stay_there_when_the_plan_is_worked_out_again(
    event: Event, places: list[Registration]
) -> None:
    plan = make(event)
    one = places[0]
    other = next(p for p in places if table_of(plan, p, 1) != table_of(plan, one, 1))
    here, there = table_of(plan, one, 1), table_of(plan, other, 1)

    plans.move_by_hand(plan, Move(guest_of(plan, one), 1, beside=guest_of(plan, other)), version=plan.version)
    plans.work_out_again(plan, version=plan.version)
    assert plans.work_out(plan)

    assert (table_of(plan, one, 1), table_of(plan, other, 1)) == (there, here)
    assert plan.seats.filter(held=True).count() == 2
    plans.work_out_again(plan, version=plan.version, release=True)
    assert plans.work_out(plan)
    assert not plan.seats.filter(held=True).exists()


def test_a_move_that_breaks_a_hard_rule_is_refused_with_every_reason(event: Event, places: list[Registration]) -> None:
    plan = make(event, tables=[table | {"seats": 12} for table in FOUR_TABLES])
    one = guest_of(plan, places[0])
    Guest.objects.filter(pk=one.pk).update(step_free=True, quiet=True, last_round=1)
    one.refresh_from_db()
    Seat.objects.filter(plan=plan, guest__registration=places[3], round=2).update(table=3)
    keep_apart(event, places[0], places[3])

    with pytest.raises(Refused) as refusal:
        plans.move_by_hand(plan, Move(one, 2, table=3), version=plan.version)

    assert str(refusal.value) == (
        "Person 1 is not there in round 3. Person 1 needs a step-free table, and table 4 is not marked so. "
        "Person 1 needs a quiet table, and table 4 is not marked so. "
        "A rule keeps Person 1 and Person 4 apart, at table 4 as at any."
    )


def test_a_full_table_and_a_round_that_is_over_take_nobody(event: Event, places: list[Registration]) -> None:
    plan = make(event, tables=FOUR_TABLES[:3])
    one = guest_of(plan, places[0])
    other = next(table for table in range(3) if table != table_of(plan, places[0], 0))

    assert plans.effect_of(plan, Move(one, 0, table=other)).objections == [
        f"Every seat at table {other + 1} is taken: exchange two people instead."
    ]
    plans.finish_rounds(plan, 1, version=plan.version)
    assert plans.effect_of(plan, Move(one, 0)).objections == ["Round 1 is over: nothing moves in it any more."]


@pytest.mark.parametrize("what", ["move", "guests", "tables", "again", "finish", "told", "use"])
def test_of_two_who_change_a_plan_at_once_the_second_is_told_and_nothing_is_lost(
    event: Event, places: list[Registration], officer: User, what: str
) -> None:
    plan = make(event)
    stale = Plan.objects.get(pk=plan.pk)
    plans.finish_rounds(plan, 1, version=plan.version)
    seats = sorted(plan.seats.values_list("guest", "round", "table", "held"))
    version = stale.version
    acts = {
        "move": lambda: plans.move_by_hand(stale, Move(guest_of(plan, places[0]), 2), version=version),
        "guests": lambda: plans.change_guests(stale, stays_of(plan), version=version),
        "tables": lambda: plans.change_tables(stale, FOUR_TABLES, version=version),
        "again": lambda: plans.work_out_again(stale, version=version),
        "finish": lambda: plans.finish_rounds(stale, 0, version=version),
        "told": lambda: plans.everybody_was_told(stale, version=version),
        "use": lambda: plans.put_in_use(stale, version=version, by=officer),
    }

    with pytest.raises(StaleState, match="Somebody else changed the plan"):
        acts[what]()

    plan.refresh_from_db()
    assert (plan.finished_rounds, plan.wanted, plan.state) == (1, False, "draft")
    assert sorted(plan.seats.values_list("guest", "round", "table", "held")) == seats


def test_why_a_plan_could_not_be_worked_out_is_said_in_the_readers_language(
    event: Event, places: list[Registration]
) -> None:
    plan = make(event)
    tables = [plan.tables[0] | {"seats": 2}, *plan.tables[1:]]
    plans.change_tables(plan, tables, version=plan.version)
    Seat.objects.filter(plan=plan, guest__registration__in=places[:3]).update(table=0, held=True)

    assert not plans.work_out(plan)

    assert "Round 1: not everybody can be seated" in plan.problem_words
    with translation.override("cy"):
        assert "Round" not in plan.problem_words


def test_what_a_worker_found_for_an_older_version_is_not_kept(
    event: Event, places: list[Registration], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plans.make_plan(event, form="tables", rounds=3, tables=FOUR_TABLES, by="the officer")
    first = guest_of(plan, places[0])
    solve = planning.seated

    def slowly(*given: Any) -> Any:
        monkeypatch.setattr(planning, "seated", solve)
        stays = stays_of(plan, **{f"guest{first.pk}": Stay(0, 0)})
        plans.change_guests(Plan.objects.get(pk=plan.pk), stays, version=plan.version)
        return solve(*given)

    monkeypatch.setattr(planning, "seated", slowly)
    assert work_out_wanted_plans() == 0
    assert not plan.seats.exists()
    assert work_out_wanted_plans() == 1
    assert not plan.seats.filter(guest=first).exists()


# --- on the day ------------------------------------------------------------------------------------------------------


def test_rounds_that_were_held_stand_and_the_rest_is_worked_out_for_who_is_there(
    event: Event, places: list[Registration]
) -> None:
    plan = make(event)
    held = sorted(plan.seats.filter(round=0).values_list("guest", "table"))
    plans.finish_rounds(plan, 1, version=plan.version)
    gone, late = guest_of(plan, places[2]), guest_of(plan, places[7])
    change_one(plan, gone, Stay(0, 1))
    change_one(plan, late, Stay(2, 3))

    assert sorted(plan.seats.filter(round=0).values_list("guest", "table")) == held
    assert sorted(plan.seats.filter(guest=gone).values_list("round", flat=True)) == [0]
    assert sorted(plan.seats.filter(guest=late).values_list("round", flat=True)) == [0, 2]
    assert plan.measures["unseated"] == 0


def test_who_got_a_place_since_comes_in_and_who_gave_it_back_leaves(
    event: Event, places: list[Registration], officer: User
) -> None:
    plan = make(event)
    plans.finish_rounds(plan, 1, version=plan.version)
    new = factories.confirm(event, 30, officer)
    events.withdraw(places[6], by=officer)
    plans.work_out_again(plan, version=plan.version)
    assert plans.work_out(plan)

    assert [table_of(plan, new, at) is not None for at in range(3)] == [False, True, True]
    assert [table_of(plan, places[6], at) is not None for at in range(3)] == [True, False, False]


@pytest.mark.parametrize("held_meanwhile", [0, 1])
def test_who_was_marked_absent_by_mistake_is_there_again_from_the_next_round_on(
    event: Event, places: list[Registration], officer: User, held_meanwhile: int
) -> None:
    plan = make(event)
    change_one(plan, guest_of(plan, places[2]), Stay(0, 2))
    day = dt.datetime.combine(event.held_on, dt.time(12), tzinfo=dt.UTC)
    for place in (places[1], places[2]):
        events.mark_attendance(place, False, by=officer, now=day)
    plans.work_out_again(plan, version=plan.version)
    assert plans.work_out(plan)
    assert [table_of(plan, places[1], at) for at in range(3)] == [None, None, None]
    plans.finish_rounds(plan, held_meanwhile, version=plan.version)
    change_one(plan, guest_of(plan, places[0]), Stay(0, 3, step_free=True))  # the page sends everybody as they are

    for place in (places[1], places[2]):
        events.mark_attendance(place, True, by=officer, reason="She was in the other room.", now=day)
    plans.work_out_again(plan, version=plan.version)
    assert plans.work_out(plan)

    assert [table_of(plan, places[1], at) is not None for at in range(3)] == [at >= held_meanwhile for at in range(3)]
    leaves_early = [table_of(plan, places[2], at) is not None for at in range(3)]
    assert leaves_early == [at >= held_meanwhile and at < 2 for at in range(3)]


def test_who_is_not_there_because_staff_said_so_stays_away(event: Event, places: list[Registration]) -> None:
    plan = make(event)
    change_one(plan, guest_of(plan, places[1]), Stay(0, 0))

    plans.work_out_again(plan, version=plan.version)
    assert plans.work_out(plan)

    assert table_of(plan, places[1], 0) is None


def test_what_changed_is_told_from_what_people_were_told(
    event: Event, places: list[Registration], officer: User
) -> None:
    plan = make(event)
    plans.put_in_use(plan, version=plan.version, by=officer)
    assert day_pack.changes_since_told(plan) == []

    first = guest_of(plan, places[0])
    here = plan.table_name(table_of(plan, places[0], 2) or 0)
    plans.move_by_hand(plan, Move(first, 2), version=plan.version)
    changes = day_pack.changes_since_told(plan)
    assert [(c.guest, c.round, c.before, c.after) for c in changes] == [(first, 3, here, "")]

    plans.everybody_was_told(plan, version=plan.version)
    assert day_pack.changes_since_told(plan) == []


def test_on_the_day_only_those_are_told_whose_day_changed(
    event: Event, places: list[Registration], officer: User
) -> None:
    plan = make(event)
    plans.put_in_use(plan, version=plan.version, by=officer)
    plans.finish_rounds(plan, 1, version=plan.version)
    gone = guest_of(plan, places[2])
    change_one(plan, gone, Stay(0, 1))

    changes = day_pack.changes_since_told(plan)
    assert [(c.guest, c.round, c.after) for c in changes] == [(gone, 2, ""), (gone, 3, "")]


def test_one_plan_of_a_kind_is_in_use_and_the_journal_says_who_put_it_there(
    event: Event, places: list[Registration], officer: User
) -> None:
    first, second = make(event), make(event)
    plans.put_in_use(first, version=first.version, by=officer)
    plans.put_in_use(second, version=second.version, by=officer)
    first.refresh_from_db()

    assert (first.state, second.state) == ("retired", "in_use")
    assert [(e.to_state, e.by) for e in Entry.objects.about(first)] == [("retired", officer), ("in_use", officer)]
    with pytest.raises(Refused, match="put away"):
        plans.work_out_again(first, version=first.version)
    plans.put_in_use(first, version=first.version, by=officer)
    second.refresh_from_db()
    assert (first.state, second.state) == ("in_use", "retired")


def test_a_plan_that_is_not_worked_out_cannot_be_put_in_use(
    event: Event, places: list[Registration], officer: User
) -> None:
    plan = plans.make_plan(event, form="tables", rounds=3, tables=FOUR_TABLES, by="the officer")

    with pytest.raises(Refused, match="not worked out"):
        plans.put_in_use(plan, version=plan.version, by=officer)

    plan.refresh_from_db()
    assert (plan.state, plan.version) == ("draft", 0)


def test_what_table_somebody_needed_is_forgotten_thirty_days_after_the_event(
    event: Event, places: list[Registration]
) -> None:
    plan = make(event)
    change_one(plan, guest_of(plan, places[0]), Stay(0, 3, step_free=True))

    assert forget_needs(today=event.held_on + dt.timedelta(days=30)) == 0
    assert forget_needs(today=event.held_on + dt.timedelta(days=31)) == 1
    assert not plan.guests.filter(step_free=True).exists()


# --- talks for two ---------------------------------------------------------------------------------------------------


@pytest.fixture
def pairs(event: Event, places: list[Registration]) -> list[tuple[Registration, Registration]]:
    """Six suggested pairs, of which the first two both said yes."""
    found = [(places[at], places[(at + 3) % 12]) for at in range(0, 12, 2)]
    for number, (museum, group) in enumerate(found):
        pair = factories.suggest(event, museum.organisation, group.organisation, score=0.3 + number / 20)
        for place in (museum, group) if number < 2 else ():
            answer_suggestion(pair, organisation=place.organisation, person=place.person, choice="yes")
    return found


def talks_of(plan: Plan) -> set[frozenset[int]]:
    """Who talks with whom, by registration."""
    tables: dict[tuple[int, int], set[int]] = {}
    for at, table, registration in plan.seats.values_list("round", "table", "guest__registration"):
        tables.setdefault((at, table), set()).add(registration)
    assert all(len(members) == 2 for members in tables.values())
    return {frozenset(members) for members in tables.values()}


Talks = list[tuple[Registration, Registration]]


def test_talks_for_two_are_for_pairs_who_both_said_yes_and_for_others_where_staff_want_it(
    event: Event, pairs: Talks
) -> None:
    wanted = [frozenset((museum.pk, group.pk)) for museum, group in pairs]
    few, many = make(event, form="talks"), make(event, form="talks", suggested_too=True)

    assert talks_of(few) == set(wanted[:2])
    assert talks_of(many) == set(wanted)
    assert few.measures["value"] == pytest.approx(few.measures["bound"])
    assert (many.measures["yes_met"], many.measures["pairs_met"]) == (2, 6)


def test_talks_are_at_tables_that_suit_both(event: Event, pairs: Talks) -> None:
    plan = make(event, form="talks", suggested_too=True, tables=FOUR_TABLES)
    for place, stay in ((pairs[0][0], Stay(0, 3, quiet=True)), (pairs[3][1], Stay(0, 3, step_free=True))):
        change_one(plan, guest_of(plan, place), stay)

    assert len(talks_of(plan)) == 6
    assert plan.seats.get(guest__registration=pairs[0][0]).table == 1
    assert plan.seats.get(guest__registration=pairs[3][1]).table in (0, 1)


def test_a_talk_put_in_by_hand_stays_and_one_that_was_held_is_not_repeated(event: Event, pairs: Talks) -> None:
    plan = make(event, form="talks", suggested_too=True)
    museum, group = guest_of(plan, pairs[0][0]), guest_of(plan, pairs[1][1])
    plans.move_by_hand(plan, Move(museum, 2, beside=group), version=plan.version)
    plans.work_out_again(plan, version=plan.version)
    assert plans.work_out(plan)

    seats = plan.seats.filter(round=2, guest__in=[museum, group])
    assert len({seat.table for seat in seats}) == 1
    assert [seat.held for seat in seats] == [True, True]
    plans.finish_rounds(plan, 3, version=plan.version)
    Plan.objects.filter(pk=plan.pk).update(rounds=4)
    Guest.objects.filter(plan=plan).update(last_round=4)
    plan.refresh_from_db()
    assert plans.effect_of(plan, Move(museum, 3, beside=group)).objections == ["The two have had their talk already."]


def test_two_of_one_side_have_no_talk_also_by_hand(event: Event, pairs: Talks) -> None:
    plan = make(event, form="talks", suggested_too=True)
    one, other = guest_of(plan, pairs[0][0]), guest_of(plan, pairs[1][0])

    assert plans.effect_of(plan, Move(one, 2, beside=other)).objections == ["Please choose somebody else."]


def test_most_talks_and_who_has_gone_are_respected(event: Event, pairs: Talks) -> None:
    plan = make(event, form="talks", suggested_too=True)
    change_one(plan, guest_of(plan, pairs[0][0]), Stay(0, 3, most_talks=0))
    change_one(plan, guest_of(plan, pairs[1][1]), Stay(0, 0))

    assert len(talks_of(plan)) == 4


# --- what is printed -------------------------------------------------------------------------------------------------


def test_the_door_list_names_everybody_who_comes_in_the_order_of_the_alphabet(
    event: Event, places: list[Registration]
) -> None:
    plan = make(event)
    change_one(plan, guest_of(plan, places[0]), Stay(0, 0))
    change_one(plan, guest_of(plan, places[1]), Stay(1, 3))
    lines = day_pack.door_list(plan)

    assert [line.name for line in lines] == sorted(f"Person {n}" for n in range(2, 13))
    late = next(line for line in lines if line.name == "Person 2")
    assert (late.round, late.table) == (2, plan.table_name(table_of(plan, places[1], 1) or 0))


def test_cards_name_only_who_agreed_and_begin_with_what_one_needs_and_another_offers(
    event: Event, places: list[Registration]
) -> None:
    shy, closed = places[1], places[3]
    partners.record_consents(shy.person, {"visible_at_event": False}, channel="page")
    Organisation.objects.filter(pk=closed.organisation.pk).update(open_to_contact=False)
    factories.suggest(event, places[0].organisation, shy.organisation)
    factories.suggest(event, places[2].organisation, places[5].organisation)
    plan = make(event, rounds=1, tables=[FOUR_TABLES[0] | {"seats": 12}])
    Seat.objects.filter(plan=plan).update(table=0)
    (card,) = day_pack.DayPack(plan).cards()

    assert {sitter.name for sitter in card.sitters} == {f"Person {n}" for n in range(1, 13)} - {"Person 2", "Person 4"}
    assert (card.unnamed, card.languages, len(card.starters)) == (2, ["en"], 3)
    said = str(card.starters)
    assert "Group 3 needs:" in said
    assert "Group 6 offers:" in said
    assert "Group 2" not in said


def test_who_gave_their_place_back_is_on_nothing_that_is_printed_since(
    event: Event, places: list[Registration]
) -> None:
    plan = make(event)
    events.withdraw(places[0], by="Person 1")
    pack = day_pack.DayPack(plan)

    assert "Person 1" not in {line.name for line in day_pack.door_list(plan)}
    assert "Person 1" not in {sheet.name for sheet in pack.sheets()}
    assert "Person 1" not in {sitter.name for card in pack.cards() for sitter in card.sitters}


def test_a_reason_only_an_older_engine_knew_is_on_no_card(event: Event, places: list[Registration]) -> None:
    pair = factories.suggest(event, places[0].organisation, places[1].organisation)
    pair.reasons = [{"code": "of_old", "evidence": {}}]
    pair.save()
    plan = make(event, rounds=1, tables=[FOUR_TABLES[0] | {"seats": 12}])
    (card,) = day_pack.DayPack(plan).cards()

    assert len(card.starters) == 3
    assert "Group 1 and Group 2" not in str(card.starters)


def test_a_sheet_is_in_its_guests_language_and_names_those_they_were_introduced_to(
    event: Event, places: list[Registration]
) -> None:
    museum, group = places[0], places[1]
    pair = factories.suggest(event, museum.organisation, group.organisation)
    for place in (museum, group):
        answer_suggestion(pair, organisation=place.organisation, person=place.person, choice="yes")
    partners.record_consents(group.person, {"visible_at_event": False}, channel="page")
    museum.person.language = "cy"
    museum.person.save()
    plan = make(event, form="talks")
    sheets = {sheet.name: sheet for sheet in day_pack.DayPack(plan).sheets()}

    assert sheets["Person 1"].language == "cy"
    assert [sitter.name for sitter in sheets["Person 1"].lines[0].sitters] == ["Person 2"]
    assert sheets["Person 2"].language == "en"


def test_cards_in_wales_are_in_both_languages_welsh_first(event: Event, places: list[Registration]) -> None:
    EventArea.objects.create(event=event, council_code="W06000011", name_en="Swansea", nearness="core")
    card = day_pack.DayPack(make(event)).cards()[0]

    assert card.languages == ["cy", "en"]
    assert [[language for language, _ in starter.versions] for starter in card.starters] == [["cy", "en"]] * 3
