"""Runs of the engine, answers to what it suggests, and what follows from two yeses."""

from matching.services.answers import FOLLOW_UP_AFTER, answer_suggestion
from matching.services.follow_ups import (
    answer_follow_up,
    drop_follow_up,
    note_how_it_goes,
    queue_due_follow_ups,
    stop_follow_ups,
)
from matching.services.runs import perform_run, request_nightly_runs, request_run, score_requested_runs

__all__ = [
    "FOLLOW_UP_AFTER",
    "answer_follow_up",
    "answer_suggestion",
    "drop_follow_up",
    "note_how_it_goes",
    "perform_run",
    "queue_due_follow_ups",
    "request_nightly_runs",
    "request_run",
    "score_requested_runs",
    "stop_follow_ups",
]
