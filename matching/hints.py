"""Kinds, themes and audiences a text speaks of, with how surely: for forms and for staff, who tick what is right."""

from collections import defaultdict
from typing import Any

from matching.engine import Term, TermReader
from partners.hints import Hint
from partners.models import Audience, Kind, Listing, Theme

EXAMPLES = 500  # texts people ticked something for, the newest, that teach what a term means


class Reader:
    """Reads texts by the names and notes of the terms and by texts that were ticked before. Seven queries to make."""

    def __init__(self) -> None:
        newest = list(Listing.objects.approved().order_by("-pk").values_list("pk", flat=True)[:EXAMPLES])
        self._of: dict[Any, tuple[dict[str, Any], TermReader]] = {}
        for model, ticked in ((Kind, Listing.kinds), (Theme, Listing.themes), (Audience, Listing.audiences)):
            terms: dict[str, Any] = {term.slug: term for term in model._default_manager.order_by("slug")}
            confirmed = defaultdict(list)
            rows = ticked.through.objects.filter(listing__in=newest).order_by("pk")
            for slug, words in rows.values_list(f"{model._meta.model_name}__slug", "listing__text"):
                confirmed[slug].append(words)
            scopes = [
                Term(slug=slug, scope=(term.name_en, term.name_cy, term.scope_en, term.scope_cy))
                for slug, term in terms.items()
            ]
            self._of[model] = terms, TermReader.of(scopes, examples=confirmed)

    def read(self, model: type[Kind | Theme | Audience], text: str, *, language: str, limit: int = 3) -> list[Hint]:
        """The terms of one vocabulary that a text points to, surest first."""
        terms, reader = self._of[model]
        found = reader.read(text, language=language, limit=limit)
        return [Hint(terms[hint.slug], hint.sureness, hint.side) for hint in found]


def read(text: str, language: str) -> list[Hint]:
    """What a text points to in all three vocabularies."""
    reader = Reader()
    return [hint for model in (Kind, Theme, Audience) for hint in reader.read(model, text, language=language)]
