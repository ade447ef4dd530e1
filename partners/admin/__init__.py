"""The staff's pages about organisations and people."""

from partners.admin import concerns, duplicates, organisations, people, vocabulary

__all__ = ["concerns", "duplicates", "organisations", "people", "vocabulary"]
