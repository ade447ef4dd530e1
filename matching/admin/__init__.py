"""The staff's pages about runs, suggestions and introductions; rules for pairs, and weights."""

from matching.admin import answers, plans, rules, runs, weights

__all__ = ["answers", "plans", "rules", "runs", "weights"]
