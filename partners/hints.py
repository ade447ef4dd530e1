"""What words point to in the vocabulary. Reading words is the engine's knowledge: the app above it gives its reader."""

from collections.abc import Callable
from dataclasses import dataclass

from partners.models.vocabulary import Audience, Kind, Theme


@dataclass(frozen=True)
class Hint:
    """A kind, theme or audience that words point to, with how surely, in (0, 1).

    `side` is "need" or "offer" where the words around it say which of the two, else "".
    """

    term: Kind | Theme | Audience
    sureness: float
    side: str = ""


Reader = Callable[[str, str], list[Hint]]

_reader: Reader = lambda text, language: []  # noqa: E731 nobody can read yet


def learn_from(reader: Reader) -> None:
    """Called once, by the app that can read."""
    global _reader
    _reader = reader


def hints(text: str, *, language: str) -> list[Hint]:
    """Kinds first, then themes, then audiences; the surest of each first. A fixed number of queries."""
    return _reader(text, language)
