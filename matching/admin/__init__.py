"""The staff's pages about runs, suggestions and introductions."""

from matching.admin import answers, runs

__all__ = ["answers", "runs"]
