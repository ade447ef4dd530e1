"""Whether two organisations look like one: a likeness in [0, 1], and the reasons in words. It decides nothing.

    name     shared words, weighed by how much each tells: "Dunmore" tells more than "museum", "museum" more than "the"
    place    the same postcode, sector, outcode, or postal area; being elsewhere counts against
    numbers  the same charity number, website or mail domain count for, two different charity numbers against
    telling  words on one side alone that make another body of it: friends, foundation, brownies, 9th

Names are compared in lower case without accents, punctuation and legal form, Welsh words as their English ones, so that
"Amgueddfa Cwm Cyf" meets "Cwm Museum Ltd". Above LIKELY two are probably one body; above POSSIBLE somebody should look.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations
from typing import Final
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

LIKELY: Final = 0.8
POSSIBLE: Final = 0.55
MOST_OF_A_KEY: Final = 60  # records that share a key; a key that more share says nothing

# Welsh words in names of organisations, as their English ones.
WELSH: Final = {
    "amgueddfa": "museum", "amgueddfeydd": "museums", "archifau": "archives", "canolfan": "centre",
    "capel": "chapel", "castell": "castle", "celf": "art", "celfyddydau": "arts", "cerdd": "music", "clwb": "club",
    "cwmni": "company", "cyfeillion": "friends", "cyfyngedig": "limited", "cyf": "ltd", "cyngor": "council",
    "cymdeithas": "society", "cymru": "wales", "cymuned": "community", "cymunedol": "community", "eglwys": "church",
    "elusen": "charity", "ffrindiau": "friends", "gardd": "garden", "gerddi": "gardens", "grwp": "group",
    "gwirfoddol": "voluntary", "hanes": "history", "ieuenctid": "youth", "llyfrgell": "library",
    "menter": "initiative", "merched": "women", "mudiad": "movement", "neuadd": "hall", "oriel": "gallery",
    "parc": "park", "prifysgol": "university", "prosiect": "project", "sefydliad": "foundation",
    "theatr": "theatre", "treftadaeth": "heritage", "ty": "house", "undeb": "union",
    "ymddiriedolaeth": "trust", "ysgol": "school", "abertawe": "swansea", "caerdydd": "cardiff",
    "caerfyrddin": "carmarthen", "casnewydd": "newport", "castell-nedd": "neath", "llanelli": "llanelli",
}  # fmt: skip
LITTLE: Final = frozenset("the and of for in on at to a an with y yr ar o i er am".split())
LEGAL: Final = frozenset(
    "ltd limited plc llp cic cio scio company incorporated inc registered charity charitable org".split()
)
SPELT_ALIKE: Final = {"center": "centre", "centres": "centre", "museums": "museum", "galleries": "gallery",
    "arts": "art", "saint": "st", "gardens": "garden", "archives": "archive", "societies": "society",
    "churches": "church", "schools": "school", "theatres": "theatre", "womens": "women", "mens": "men",
    "childrens": "children", "friend": "friends", "brownie": "brownies", "rainbow": "rainbows", "ranger": "rangers",
    "guide": "guides", "cub": "cubs", "beaver": "beavers", "scout": "scouts"}  # fmt: skip

# What kind of body it is: words that come and go with a name without making another body of it.
KIND_OF_BODY: Final = frozenset("trust museum gallery centre heritage art project".split())
# Words that many names have: alone they do not say who it is.
COMMON: Final = KIND_OF_BODY | frozenset(
    "society association club group community church school hall house college university library archive castle "
    "garden park theatre support youth women men children family families young people advice advocacy action network "
    "partnership initiative service services national royal city town village county district parish united local "
    "voluntary volunteer social welfare health care mental abuse rape sexual second chance first new old north south "
    "east west great british english scottish welsh wales scotland england international education training learning "
    "st mary marys michael michaels john johns peter peters paul pauls andrew andrews james luke lukes george georges "
    "star sun green history historic housing memorial baptist methodist catholic evangelical fellowship mission "
    "allotment fuel relief poor charities fund foundation friends unit georgian victorian centre day nursery".split()
)
# On one side alone these make another body of it: supporters, givers of money, owners, a section of its own.
ANOTHER_BODY: Final = frozenset(
    "friends foundation fund endowment scholarship bursary benevolent appeal bequest housing enterprises trading "
    "supporters patrons alumni volunteers projects military regiment regimental".split()
)
SECTIONS: Final = frozenset("rainbows brownies guides rangers beavers cubs scouts explorers squirrels".split())
NUMBER = re.compile(r"\d+(?:st|nd|rd|th)?")
ROMAN: Final = frozenset("ii iii iv vi vii viii ix".split())

# Where many unrelated bodies have a page or a mailbox.
SHARED_HOSTS: Final = frozenset(
    "facebook.com instagram.com twitter.com x.com linkedin.com youtube.com wordpress.com wixsite.com weebly.com "
    "blogspot.com sites.google.com eventbrite.co.uk justgiving.com btck.co.uk chessck.co.uk".split()
)
SHARED_MAIL: Final = frozenset(
    "gmail.com googlemail.com hotmail.com hotmail.co.uk outlook.com live.com live.co.uk msn.com yahoo.com yahoo.co.uk "
    "ymail.com icloud.com me.com mac.com aol.com btinternet.com btconnect.com sky.com talktalk.net virginmedia.com "
    "ntlworld.com tiscali.co.uk protonmail.com proton.me mail.com gmx.com zoho.com".split()
)


@dataclass(frozen=True, slots=True)
class Body:
    """What is compared of one organisation. `key` tells them apart, `mailboxes` are the addresses of its people."""

    key: int
    name: str
    postcode: str = ""
    charity_number: str = ""
    listed_in: str = ""  # the list it was imported from: one list names each body once
    website: str = ""
    mailboxes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """`code` names a sentence of `words_for`; `words` go into it."""

    code: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Likeness:
    value: float  # in [0, 1]
    reasons: tuple[Reason, ...]

    @property
    def is_likely(self) -> bool:
        return self.value >= LIKELY

    @property
    def is_possible(self) -> bool:
        return self.value >= POSSIBLE


@dataclass(frozen=True, slots=True)
class _Read:
    """A body, taken apart once."""

    body: Body
    words: tuple[str, ...]  # of the name, in order, without little words and legal form
    plain: str  # the name without accents, capitals, punctuation, "the"
    postcode: str
    number: str
    host: str
    domains: frozenset[str]

    @property
    def own(self) -> frozenset[str]:
        """The words that say who it is."""
        return frozenset(self.words) - COMMON


def likeness(one: Body, other: Body) -> Likeness:
    """How much two organisations look like one. Symmetric."""
    return _likeness(_read(one), _read(other))


def look_alikes(
    bodies: Iterable[Body], *, of: Body | None = None, apart: Iterable[tuple[int, int]] = ()
) -> list[tuple[Body, Body, Likeness]]:
    """The pairs that are possibly one, likeliest first; with `of`, only its pairs, itself as the first.

    Only bodies that share a rare word, a postcode, a number, a website or a mail domain are compared at all, so that
    thousands take a moment. `apart` are pairs of keys somebody said are different.
    """
    different = {frozenset(pair) for pair in apart}
    read = {body.key: _read(body) for body in bodies}
    if of is not None:
        read[of.key] = _read(of)
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for key in sorted(read):
        for block in _blocks(read[key]):
            groups[block].append(key)
    pairs = _pairs(groups, of.key if of is not None else None)
    found = [(read[a], read[b]) for a, b in pairs if frozenset((a, b)) not in different]
    alike = [(a.body, b.body, _likeness(a, b)) for a, b in found]
    return sorted((hit for hit in alike if hit[2].is_possible), key=lambda hit: (-hit[2].value, hit[0].key, hit[1].key))


def _pairs(groups: Mapping[str, list[int]], of: int | None) -> list[tuple[int, int]]:
    if of is not None:
        near = {key for keys in groups.values() if of in keys for key in keys}
        return [(of, key) for key in sorted(near - {of})]
    small = (keys for keys in groups.values() if 1 < len(keys) <= MOST_OF_A_KEY)
    return sorted({pair for keys in small for pair in combinations(keys, 2)})


def _blocks(read: _Read) -> set[str]:
    words = read.own or frozenset(read.words)
    blocks = {f"word {word[:5]}" for word in words if len(word) > 2}
    blocks |= {f"name {' '.join(sorted(read.words))}", f"number {read.number}", f"host {read.host}"}
    blocks |= {f"postcode {read.postcode}", *(f"mail {domain}" for domain in read.domains)}
    return {block for block in blocks if not block.endswith(" ")}


# --- what is compared ------------------------------------------------------------------------------------------------


def _read(body: Body) -> _Read:
    plain = _plain(body.name)
    return _Read(
        body=body,
        words=tuple(word for word in plain.split() if word not in LITTLE and word not in LEGAL) or tuple(plain.split()),
        plain=plain,
        postcode=re.sub(r"[^A-Z0-9]", "", body.postcode.upper()),
        number=re.sub(r"[^A-Z0-9]", "", body.charity_number.upper()).lstrip("0"),
        host=_host(body.website),
        domains=frozenset(filter(None, map(_domain, body.mailboxes))),
    )


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name.casefold())
    folded = "".join(character for character in folded if not unicodedata.combining(character))
    folded = re.sub(r"['’‘`.]", "", folded)
    words = (WELSH.get(word, word) for word in re.findall(r"[^\W_]+", folded))
    spelt = [SPELT_ALIKE.get(word, word) for word in words]
    return " ".join(word for word in spelt if word != "the") or " ".join(spelt)


def _host(website: str) -> str:
    address = website if "//" in website else f"//{website}"
    try:
        host = (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:  # not an address at all
        return ""
    return "" if host in SHARED_HOSTS or any(host.endswith(f".{shared}") for shared in SHARED_HOSTS) else host


def _domain(mailbox: str) -> str:
    domain = mailbox.rpartition("@")[2].lower()
    return "" if domain in SHARED_MAIL else domain


# --- how like ---------------------------------------------------------------------------------------------------------


def _likeness(one: _Read, other: _Read) -> Likeness:
    name, reasons = _name_likeness(one, other)
    place, where = _place_factor(one, other)
    value = name * place
    reasons += where
    if one.number and one.number == other.number:
        value, reasons = max(value, 0.9), [*reasons, Reason("same number", one.number)]
    elif one.number and other.number:
        value, reasons = min(value, 0.75), [*reasons, Reason("other number", f"{one.number} / {other.number}")]
    if one.body.listed_in and one.body.listed_in == other.body.listed_in:
        value, reasons = min(value, 0.75), [*reasons, Reason("one list", one.body.listed_in)]
    if one.host and one.host == other.host:
        value, reasons = 1 - (1 - value) * 0.5, [*reasons, Reason("same website", one.host)]
    if shared := sorted(one.domains & other.domains):
        value, reasons = 1 - (1 - value) * 0.65, [*reasons, Reason("same mail", ", ".join(shared))]
    if telling := _telling(one, other):
        value, reasons = min(value, telling[0]), [*reasons, telling[1]]
    return Likeness(round(value, 3), tuple(reasons))


def _name_likeness(one: _Read, other: _Read) -> tuple[float, list[Reason]]:
    """Likeness of the names in [0, 1], and what is alike."""
    a, b = set(one.words), set(other.words)
    if one.plain == other.plain:
        return 1.0, [Reason("same name")]
    if a == b:
        return 0.98, [Reason("same words", " ".join(one.words))]
    matched, shared = _match(a, b)
    only = (a | b) - {word for pair in matched for word in pair}
    both, rest = sum(map(_weight, shared)), sum(map(_weight, only))
    value = both / (both + rest) if both else 0.0
    return value, [Reason("shared words", " ".join(w for w in one.words if w in shared))] if shared else []


def _match(a: set[str], b: set[str]) -> tuple[list[tuple[str, str]], set[str]]:
    """Words that both have, a slip of the pen forgiven in long ones: (pairs, those of `a`)."""
    pairs = [(word, word) for word in sorted(a & b)]
    left = sorted(b - a)
    for word in sorted(a - b):
        twin = next((w for w in left if _nearly(word, w)), None)
        if twin:
            pairs.append((word, twin))
            left.remove(twin)
    return pairs, {first for first, _second in pairs}


def _nearly(one: str, other: str) -> bool:
    if not (one + other).isalpha():  # 1370 and 1371 are not a slip of the pen
        return False
    if min(len(one), len(other)) < 5 or one[0] != other[0]:
        return False
    return SequenceMatcher(None, one, other).ratio() >= 0.87


def _weight(word: str) -> float:
    if word in KIND_OF_BODY:
        return 0.15 if word == "trust" else 0.25  # a trust is nearly a legal form
    return 0.6 if word in COMMON else 1.0


def _place_factor(one: _Read, other: _Read) -> tuple[float, list[Reason]]:
    if not one.postcode or not other.postcode:
        return 0.85, []
    a, b = _parts(one.postcode), _parts(other.postcode)
    levels = [("same postcode", 1.0), ("same sector", 0.97), ("same district", 0.94), ("same area", 0.9)]
    for (code, factor), x, y in zip(levels, a, b, strict=True):
        if x and x == y:
            return factor, [Reason(code, one.body.postcode if code == "same postcode" else x)]
    known = one.own & other.own
    return (0.85 if len(known) > 1 else 0.7), [Reason("elsewhere", f"{one.body.postcode} / {other.body.postcode}")]


def _parts(postcode: str) -> tuple[str, str, str, str]:
    """Full postcode, sector, outcode, area; "" for what is not there."""
    full = postcode if len(postcode) > 4 and postcode[-3:-2].isdigit() else ""
    outcode = postcode[:-3] if full else postcode
    sector = f"{outcode} {postcode[-3]}" if full else ""
    area = re.match(r"[A-Z]+", postcode)
    return full, sector, outcode, area.group() if area else ""


def _telling(one: _Read, other: _Read) -> tuple[float, Reason] | None:
    """A word that makes two bodies of them: the most the likeness can still be, and why."""
    a, b = set(one.words), set(other.words)
    for words in ({w for w in a | b if NUMBER.fullmatch(w)}, SECTIONS):
        if a & words != b & words:
            return 0.5, Reason("other unit", " / ".join(sorted((a ^ b) & words)))
    if another := sorted((a ^ b) & ANOTHER_BODY):
        return 0.75, Reason("belongs to it", " ".join(another))
    own = (one.own - other.own, other.own - one.own)
    if all(own) and not one.own & other.own:
        return 0.55, Reason("other words", " / ".join(" ".join(sorted(side)) for side in own))
    return None


# --- in words ---------------------------------------------------------------------------------------------------------


def words_for(reason: Reason) -> str:
    """One reason as staff read it. Raises KeyError on a code without a sentence."""
    return {
        "same name": _("the same name"),
        "same words": _("the same name but for word order or legal form"),
        "shared words": _("both names say “%(words)s”"),
        "same postcode": _("the same postcode, %(words)s"),
        "same sector": _("neighbouring postcodes in %(words)s"),
        "same district": _("the same postal district, %(words)s"),
        "same area": _("the same postal area, %(words)s"),
        "elsewhere": _("but in different places, %(words)s"),
        "same number": _("the same charity number, %(words)s"),
        "other number": _("but different charity numbers, %(words)s"),
        "one list": _("but the list “%(words)s” has both"),
        "same website": _("the same website, %(words)s"),
        "near name": _("names that are nearly the same"),
        "same mailbox": _("the same mailbox, %(words)s"),
        "near mailbox": _("mailboxes that differ by a letter or two, %(words)s"),
        "same phone": _("the same phone number, %(words)s"),
        "same organisation": _("they speak for %(words)s, both"),
        "same mail": _("e-mail at the same address, %(words)s"),
        "other unit": _("but another unit or number, %(words)s"),
        "belongs to it": _("but “%(words)s” often names a body beside it"),
        "other words": _("but they are named after different things, %(words)s"),
    }[reason.code] % {"words": reason.words}
