"""Runs of the engine, answers to what it suggests, and what follows from two yeses."""

from matching.services.answers import FOLLOW_UP_AFTER, answer_suggestion
from matching.services.blocks import perform_run, score_requested_runs, take_up_the_lost, work_off_blocks
from matching.services.earlier_answers import earlier_answers_of, remove_earlier_answers
from matching.services.follow_ups import (
    answer_follow_up,
    drop_follow_up,
    note_how_it_goes,
    queue_due_follow_ups,
    queue_follow_up_reminders,
    stop_follow_ups,
)
from matching.services.lessons import learn_from_answers
from matching.services.plans import forget_needs, work_out_wanted_plans
from matching.services.refreshes import refresh_changed_events
from matching.services.retention import forget_past_programmes
from matching.services.runs import request_nightly_runs, request_run

__all__ = [
    "FOLLOW_UP_AFTER",
    "answer_follow_up",
    "answer_suggestion",
    "drop_follow_up",
    "earlier_answers_of",
    "forget_needs",
    "forget_past_programmes",
    "learn_from_answers",
    "note_how_it_goes",
    "perform_run",
    "queue_due_follow_ups",
    "queue_follow_up_reminders",
    "refresh_changed_events",
    "remove_earlier_answers",
    "request_nightly_runs",
    "request_run",
    "score_requested_runs",
    "stop_follow_ups",
    "take_up_the_lost",
    "work_off_blocks",
    "work_out_wanted_plans",
]
