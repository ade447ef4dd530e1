"""Kinds, themes and audiences a text speaks of, with how surely: for forms and for staff, who tick what is right."""

from collections import defaultdict
from typing import Any

from matching.engine import Term, TermReader
from partners.hints import Hint
from partners.models import Audience, Kind, Listing, Theme

MOST = 3  # of each vocabulary
EXAMPLES = 500  # texts people ticked something for, the newest, that teach what a term means


def read(text: str, language: str) -> list[Hint]:
    """What a text points to, from the names and notes of the terms and from texts that were ticked before."""
    newest = list(Listing.objects.approved().order_by("-pk").values_list("pk", flat=True)[:EXAMPLES])
    found = []
    for model, ticked in ((Kind, Listing.kinds), (Theme, Listing.themes), (Audience, Listing.audiences)):
        terms: dict[str, Any] = {term.slug: term for term in model._default_manager.order_by("slug")}
        confirmed = defaultdict(list)
        column = model._meta.model_name
        rows = ticked.through.objects.filter(listing__in=newest)
        for slug, words in rows.order_by("pk").values_list(f"{column}__slug", "listing__text"):
            confirmed[slug].append(words)
        reader = TermReader.of(
            [
                Term(slug=slug, scope=(term.name_en, term.name_cy, term.scope_en, term.scope_cy))
                for slug, term in terms.items()
            ],
            examples=confirmed,
        )
        for hint in reader.read(text, language=language, limit=MOST):
            found.append(Hint(terms[hint.slug], hint.sureness, hint.side))
    return found
