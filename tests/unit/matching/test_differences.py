"""What changed between two runs, read from their reports."""

from dataclasses import asdict
from typing import Any

import pytest

from matching.admin.changes import cause_words
from matching.differences import Change, Difference
from matching.engine import DEFAULT
from matching.models import MatchRun

PARTS = {"kind": 0.5, "text": 0.5, "theme": 0.5, "audience": 0.5}


def score(value: float, **moved: float) -> dict[str, Any]:
    """A score of which both sides gain the same; `moved` sets a part, or near or timing."""
    exchange = {"parts": PARTS | {name: moved[name] for name in moved if name in PARTS}, "aims_parts": {}}
    around = {"near": 0.5, "timing": 0.5} | {name: moved[name] for name in moved if name not in PARTS}
    return {"value": value, "museum_wants": exchange, "partner_wants": exchange, **around}


def pair(museum: str, partner: str, value: float = 0.4, **rest: Any) -> dict[str, Any]:
    moved = rest.pop("moved", {})
    return {"museum": museum, "partner": partner, "band": "strong", "score": score(value, **moved)} | rest


def said(*pairs: dict[str, Any], here: str = "mill band choir", weights: Any = None, **rest: Any) -> MatchRun:
    """A run that shows these pairs; `changed` marks who wrote something else."""
    changed = rest.pop("changed", {})
    marks = {code: ["words", "ticks", "place", None] for code in here.split()} | changed
    report = {"pairs": list(pairs), "taking_part": marks, "excluded": [], "passed_over": [], "measures": {}}
    return MatchRun(weights=weights or asdict(DEFAULT), report=report | rest)


def only(old: MatchRun, new: MatchRun) -> Change:
    (change,) = Difference(old, new).changes
    return change


def causes(old: MatchRun, new: MatchRun) -> list[str]:
    return [cause_words(cause, str.title) for cause in only(old, new).causes]


BOTH = pair("mill", "band")


def test_nothing_changed() -> None:
    difference = Difference(said(BOTH), said(BOTH))

    assert difference.changes == []
    assert (difference.counts["same"], difference.by_organisation) == (1, [])


def test_what_was_gained_and_lost_is_counted_for_each_organisation() -> None:
    difference = Difference(said(BOTH), said(pair("mill", "choir")))

    assert difference.by_organisation == [("mill", 1, 1), ("band", 0, 1), ("choir", 1, 0)]
    assert difference.counts == {"gained": 1, "lost": 1, "same": 0}


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (
            said(here="mill choir"),
            ["Band no longer takes part: no place, not visible to others, or closed to contact."],
        ),
        (
            said(excluded=[["band", "mill", "declined"]]),
            ["Since then: one of them said no, which holds for six months."],
        ),
        (said(excluded=[["band", "mill", "keep_apart"]]), ["Since then: staff keep them apart."]),
        (said(excluded=[["band", "mill", "introduced"]]), ["Since then: they were introduced to each other."]),
        (
            said(changed={"band": ["words", "ticks", "place", 0]}),
            ["Band has met as many new partners as they can manage."],
        ),
        (
            said(passed_over=[pair("mill", "band", 0.4)]),
            ["They fit as they did, but their places went to pairs that fit better or needed them more."],
        ),
        (
            said(
                passed_over=[pair("mill", "band", 0.3, moved={"text": 0.1})],
                changed={"band": ["other words", "ticks", "place", None]},
            ),
            ["Band changed their words.", "The score fell from 0.400 to 0.300, most by: words."],
        ),
        (
            said(changed={"mill": ["words", "other ticks", "elsewhere", None]}),
            ["Mill changed what they ticked.", "Mill changed where they are or how far they reach."],
        ),
        (
            said(
                passed_over=[pair("mill", "band", 0.35, moved={"near": 0.1})], weights=asdict(DEFAULT) | {"strong": 97}
            ),
            ["The weights changed: Strong from.", "The score fell from 0.400 to 0.350, most by: nearness."],
        ),
        (
            said(),
            ["They fit as they did, but their places went to pairs that fit better or needed them more."],
        ),
    ],
)
def test_why_a_pair_is_gone(new: MatchRun, words: list[str]) -> None:
    old = said(BOTH)

    assert (only(old, new).what, causes(old, new)) == ("lost", words)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (said(here="mill choir"), said(BOTH), ["Band takes part now."]),
        (
            said(excluded=[["band", "mill", "declined"]]),
            said(BOTH),
            ["No longer: one of them said no, which holds for six months."],
        ),
        (said(), said(pair("mill", "band", pinned=True)), ["Staff said that they must meet."]),
        (
            said(),
            said(pair("mill", "band", exploring=True)),
            ["Shown to learn: one place in ten goes to a good pair we know little about."],
        ),
        (said(), said(BOTH, changed={"mill": ["new", "ticks", "place", None]}), ["Mill changed their words."]),
        (said(), said(BOTH), ["Neither of them changed: there was room on both lists again."]),
    ],
)
def test_why_a_pair_is_new(old: MatchRun, new: MatchRun, words: list[str]) -> None:
    assert (only(old, new).what, causes(old, new)) == ("gained", words)


def test_why_a_pair_has_another_score() -> None:
    new = said(pair("mill", "band", 0.5, moved={"kind": 1.0, "text": 0.6}))

    assert only(said(BOTH), new).what == "moved"
    assert causes(said(BOTH), new) == ["The score rose from 0.400 to 0.500, most by: kind."]


def test_a_pair_that_moved_to_another_band_because_others_changed() -> None:
    assert causes(said(BOTH), said(pair("mill", "band", band="possible"))) == [
        "Neither of them changed: the other pairs of the event did."
    ]


def test_a_difference_nobody_could_notice_is_none() -> None:
    assert Difference(said(BOTH), said(pair("mill", "band", 0.404))).changes == []


def test_a_pair_staff_no_longer_want_to_see_together() -> None:
    old = said(pair("mill", "band", pinned=True))

    assert causes(old, said(passed_over=[pair("mill", "band", 0.1)]))[0] == "Staff no longer say that they must meet."


def test_reports_of_long_ago_say_less_and_break_nothing() -> None:
    bare = MatchRun(report={"pairs": [BOTH]})
    empty = MatchRun(report={})

    assert [change.what for change in Difference(bare, empty).changes] == ["lost"]
    assert [change.what for change in Difference(empty, bare).changes] == ["gained"]
