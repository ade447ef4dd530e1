"""The staff's pages about organisations and people."""

from partners.admin import organisations, people, vocabulary

__all__ = ["organisations", "people", "vocabulary"]
