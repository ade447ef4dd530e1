"""Runs of the engine, what they suggest, what people answer, what comes of it, and who sits where on the day."""

from matching.models.day import Guest, Plan, Seat
from matching.models.introductions import FollowUp, Introduction
from matching.models.rules import PairRule
from matching.models.runs import MatchBlock, MatchRun
from matching.models.suggestions import Answer, Suggestion, Trio
from matching.models.weights import WeightSet

__all__ = [
    "Answer",
    "FollowUp",
    "Guest",
    "Introduction",
    "MatchBlock",
    "MatchRun",
    "PairRule",
    "Plan",
    "Seat",
    "Suggestion",
    "Trio",
    "WeightSet",
]
