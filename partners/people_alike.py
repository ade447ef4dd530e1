"""Whether two records look like one person, and the reasons in words. It decides nothing.

One name and one more thing in common (a mailbox, a phone number, an organisation) is probably one person; a full name
alone is perhaps one. Different names at one mailbox are different people: clerks and families share one.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations
from typing import Final

from partners.duplicates import MOST_OF_A_KEY, Likeness, Reason

NEAR: Final = 0.85  # as alike as a typing mistake leaves two names
NEAR_MAIL: Final = 0.9
LIKELY, POSSIBLE = 0.9, 0.6


@dataclass(frozen=True, slots=True)
class Human:
    """What is compared of one person. `organisations` are the names of those they speak for."""

    key: int
    name: str
    email: str = ""
    phone: str = ""
    organisations: tuple[str, ...] = ()

    @property
    def reach(self) -> str:
        return " · ".join(filter(None, (self.email, self.phone)))


def people_alike(
    people: Iterable[Human], *, of: Human | None = None, apart: Iterable[tuple[int, int]] = ()
) -> list[tuple[Human, Human, Likeness]]:
    """The pairs that are perhaps one, likeliest first; with `of`, only its pairs, itself as the first.

    Only people who share a surname, a given name and an initial, a mailbox or a phone number are compared at all.
    """
    different = {frozenset(pair) for pair in apart}
    by_key = {human.key: human for human in people}
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for key in sorted(by_key):
        human = by_key[key]
        for block in _blocks(human):
            groups[block].append(key)
    pairs = {
        pair
        for keys in groups.values()
        if len(keys) <= MOST_OF_A_KEY and (of is None or of.key in keys)
        for pair in combinations(keys, 2)
        if (of is None or of.key in pair) and frozenset(pair) not in different
    }
    ordered = [pair if of is None or pair[0] == of.key else pair[::-1] for pair in sorted(pairs)]
    found = [(by_key[a], by_key[b], _likeness(by_key[a], by_key[b])) for a, b in ordered]
    return sorted((one for one in found if one[2].is_possible), key=lambda one: (-one[2].value, one[0].key, one[1].key))


def _blocks(human: Human) -> set[str]:
    words = _words(human.name)
    found = {"mail": human.email, "phone": _digits(human.phone), "surname": words[-1] if words else ""}
    if len(words) > 1:
        found["given"] = f"{words[0]} {words[-1][0]}"
    return {f"{what}:{value}" for what, value in found.items() if value}


def _likeness(one: Human, other: Human) -> Likeness:
    first, second = _words(one.name), _words(other.name)
    same = first == second
    near = same or _initials_fit(first, second) or _nearly(" ".join(first), " ".join(second), NEAR)
    if not near or _numbers(first) != _numbers(second):
        return Likeness(0.0, ())
    reasons = [Reason("same name") if same else Reason("near name")]
    in_common = list(_in_common(one, other))
    if not in_common and (not same or len(first) < 2):
        return Likeness(0.0, ())
    return Likeness(LIKELY if in_common else POSSIBLE, (*reasons, *in_common))


def _in_common(one: Human, other: Human) -> Iterable[Reason]:
    if one.email and one.email == other.email:
        yield Reason("same mailbox", one.email)
    elif one.email and other.email and _nearly(one.email, other.email, NEAR_MAIL):
        yield Reason("near mailbox", f"{one.email} / {other.email}")
    if _digits(one.phone) and _digits(one.phone) == _digits(other.phone):
        yield Reason("same phone", one.phone)
    for name in sorted(set(one.organisations) & set(other.organisations)):
        yield Reason("same organisation", name)


def _nearly(one: str, other: str, least: float) -> bool:
    matcher = SequenceMatcher(None, one, other)
    return all(ratio() >= least for ratio in (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio))


def _words(name: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", name.casefold())
    return re.findall(r"[^\W_]+", "".join(one for one in folded if not unicodedata.combining(one)))


def _numbers(words: list[str]) -> list[str]:
    """ "Guide 4" and "Guide 5" are no typing mistake."""
    return [word for word in words if any(map(str.isdigit, word))]


def _initials_fit(first: list[str], second: list[str]) -> bool:
    """ "A. Reed" and "Ana Reed": one surname, and one given name begins with the other."""
    if len(first) < 2 or len(second) < 2 or first[-1] != second[-1]:
        return False
    return first[0].startswith(second[0]) or second[0].startswith(first[0])


def _digits(phone: str) -> str:
    """The last nine digits, whatever stands before them: 0114 …, +44 114 … and 0044 114 … are one number."""
    digits = re.sub(r"\D", "", phone)
    return digits[-9:] if len(digits) >= 9 else ""
