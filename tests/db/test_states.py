"""Every pair of states of every table, and the one function that moves a row."""

from typing import Any

import pytest
from django.db import models
from django.utils import translation

from events.models import Call, Invitation, Registration
from events.states import CALL, INVITATION, REGISTRATION
from matching.models import FollowUp, Introduction, MatchBlock, MatchRun, PairRule, Plan, Suggestion, WeightSet
from matching.states import BLOCK, FOLLOW_UP, INTRODUCTION, PAIR_RULE, PLAN, RUN, SUGGESTION, WEIGHT_SET
from partners.models import Concern, Merge, User
from partners.states import CONCERN, MERGE
from pwp.journal.models import Entry
from pwp.outbox.models import Message
from pwp.outbox.states import TRANSITIONS as MESSAGE
from pwp.states import NotAllowed, StaleState, Table, advance, advance_all, swap
from tests.letters import waiting

TABLES: list[tuple[Any, Table]] = [
    (Message, MESSAGE),
    (Registration, REGISTRATION),
    (Invitation, INVITATION),
    (MatchRun, RUN),
    (Suggestion, SUGGESTION),
    (Introduction, INTRODUCTION),
    (FollowUp, FOLLOW_UP),
    (MatchBlock, BLOCK),
    (WeightSet, WEIGHT_SET),
    (PairRule, PAIR_RULE),
    (Plan, PLAN),
    (Call, CALL),
    (Merge, MERGE),
    (Concern, CONCERN),
]
NAMES = [model.__name__ for model, _ in TABLES]
PAIRS = [
    pytest.param(model, table, old, new, id=f"{model.__name__}-{old}-{new}")
    for model, table in TABLES
    for old in model.State
    for new in model.State
]
NOBODY = 0  # no row has this key, so a move that the table allows finds nothing to move


@pytest.mark.parametrize(("model", "table"), TABLES, ids=NAMES)
def test_a_table_knows_every_state_of_its_model_and_no_other(model: Any, table: Table) -> None:
    mentioned = set(table) | {state for moves in table.values() for state in moves}

    assert (set(table), mentioned) == (set(model.State), set(model.State))


@pytest.mark.parametrize(("model", "table", "old", "new"), PAIRS)
def test_a_row_moves_as_its_table_says_and_no_other_way(model: Any, table: Table, old: str, new: str) -> None:
    row: models.Model = model(pk=NOBODY, state=old)

    with pytest.raises(StaleState if new in table[old] else NotAllowed):
        swap(row, new, table=table)


@pytest.mark.parametrize(("model", "table"), TABLES, ids=NAMES)
def test_no_row_moves_to_the_state_it_is_in(model: Any, table: Table) -> None:
    assert [state for state in model.State if state in table[state]] == []


def test_a_move_writes_the_state_and_its_moment_together() -> None:
    letter = waiting(1)

    swap(letter, "sending", table=MESSAGE, attempts=1)

    kept = Message.objects.get()
    assert (letter.state, letter.attempts) == (kept.state, kept.attempts) == ("sending", 1)


def test_of_two_copies_of_a_row_one_moves() -> None:
    letter, copy = waiting(1), Message.objects.get()
    swap(letter, "cancelled", table=MESSAGE)

    with pytest.raises(StaleState) as refusal:
        swap(copy, "sending", table=MESSAGE)

    assert (Message.objects.get().state, copy.state) == ("cancelled", "queued")
    assert (str(refusal.value), refusal.value.detail) == (
        "Somebody else was faster. Please look at the page again.",
        f"outbox.Message {letter.pk} is no longer queued",
    )


def test_the_journal_says_who_moved_what_when_and_why(officer: User) -> None:
    letter = waiting(1)

    advance(letter, "cancelled", table=MESSAGE, by=officer, reason="The day was moved.")

    entry = Entry.objects.about(letter).get()
    assert (entry.from_state, entry.to_state, entry.by, entry.by_name, entry.reason) == (
        "queued",
        "cancelled",
        officer,
        str(officer),
        "The day was moved.",
    )


def test_a_reason_of_ours_is_read_in_the_readers_language_and_words_of_people_as_they_were_written() -> None:
    entry = Entry(reason="no answer to the invitation; She is away.")

    assert entry.why == "no answer to the invitation; She is away."
    with translation.override("cy"):
        assert entry.why == "dim ateb i'r gwahoddiad; She is away."
    assert Entry(reason="").why == ""


def test_somebody_without_an_account_is_in_the_journal_by_name() -> None:
    letter = waiting(1)

    advance(letter, "cancelled", table=MESSAGE, by="Ana Reed, by phone")

    entry = Entry.objects.about(letter).get()
    assert (entry.by, entry.by_name) == (None, "Ana Reed, by phone")


@pytest.mark.parametrize("to", ["sending", "sent"], ids=["too late", "not allowed"])
def test_a_move_that_did_not_happen_is_not_in_the_journal(to: str, officer: User) -> None:
    letter, copy = waiting(1), Message.objects.get()
    swap(letter, "cancelled", table=MESSAGE)

    with pytest.raises((StaleState, NotAllowed)):
        advance(copy, to, table=MESSAGE, by=officer)

    assert Entry.objects.about(letter).count() == 0


def test_many_rows_move_at_once_each_with_its_entry() -> None:
    letters = [waiting(number) for number in range(3)]

    advance_all(letters, "cancelled", table=MESSAGE, by="the officer", reason="The day was moved.")

    assert set(Message.objects.values_list("state", flat=True)) == {letter.state for letter in letters} == {"cancelled"}
    assert [Entry.objects.about(letter).get().from_state for letter in letters] == ["queued"] * 3


@pytest.mark.parametrize("to", ["cancelled", "sent"], ids=["too late", "not allowed"])
def test_of_many_rows_all_move_or_none(to: str) -> None:
    letters, first = [waiting(number) for number in range(3)], Message.objects.earliest("pk")
    swap(first, "sending", table=MESSAGE)

    with pytest.raises((StaleState, NotAllowed)):
        advance_all(letters, to, table=MESSAGE, by="the officer")

    assert sorted(Message.objects.values_list("state", flat=True)) == ["queued", "queued", "sending"]
    assert not Entry.objects.exists()


def test_more_rows_than_one_statement_takes_move_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pwp.states.TOGETHER", 2)
    letters = [waiting(number) for number in range(5)]

    advance_all(letters, "cancelled", table=MESSAGE, by="the officer")

    assert set(Message.objects.values_list("state", flat=True)) == {"cancelled"}
    assert Entry.objects.count() == 5
