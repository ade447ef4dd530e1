"""The words of a letter: its own file, or what staff wrote instead.

A letter's file, `<app>/email/<language>/<name>.txt`, is a Django template of ours: a line `Subject: …`, an empty line,
paragraphs. Whatever in it is not plain words (a value, or a passage that depends on something) gets a name here, taken
from the file itself, and staff write `{name}` where they want it. Their text is never run as a template: names are
looked up once, and everything else stays as it was typed.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template import Context, Engine, Template
from django.template.base import Lexer, Token, TokenType
from django.template.loader import get_template
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pwp.outbox.models import LetterText
from pwp.outbox.samples import sample_context

LANGUAGES = ("en", "cy")
LONGEST_SUBJECT = 150  # characters, with everything filled in
NAMED = re.compile(r"\{([^{}\n]*)\}")
MARKUP = re.compile(r"<[!?/a-z]", re.IGNORECASE)
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://\S*|\bwww\.\S+|\b(?:mailto|javascript|data):\S+", re.IGNORECASE)
BARE_ADDRESS = re.compile(r"(?<![\w@.])(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/\S*)?(?![\w@])", re.IGNORECASE)

# What a placeholder is called where the last word of its path would not do.
NAMES = {
    "person.name": "name",
    "event.held_on": "day",
    "other.name": "other_person",
    "if event.starts_at": "times",
    "if event.venue": "place",
    "if event.over_invite": "promise_of_a_place",
    "if programme.officer_hours": "hours",
    "if name": "greeting",
    "if full": "why_waiting",
    "if reasons": "reasons",
    "if other.contact_email": "other_email",
    "if other.phone": "other_phone",
    "if words": "words",
    "if event.joining_notes": "joining_notes",
    "if programme.is_away": "away",
    "if later_rounds": "later_rounds",
    "if had_place": "place_given_up",
    "if other": "other_event",
    "if confirmed": "what_it_means",
    "old_event.name": "old_event",
}
MEANINGS = {
    "name": gettext_lazy("the person the letter goes to"),
    "event": gettext_lazy("the place of the event"),
    "day": gettext_lazy("the day of the event"),
    "organisation": gettext_lazy("their organisation"),
    "other_person": gettext_lazy("the person of the other side"),
    "other_organisation": gettext_lazy("the organisation of the other side"),
    "other_email": gettext_lazy("a line with the other side's e-mail address, if they gave one"),
    "other_phone": gettext_lazy("a line with the other side's phone number, if they gave one"),
    "officer_name": gettext_lazy("your name, as the programme has it"),
    "officer_phone": gettext_lazy("your phone number"),
    "answer_within_days": gettext_lazy("within how many days you answer, as the programme says"),
    "hours": gettext_lazy("when to call you, if the programme says so"),
    "link": gettext_lazy("the person's own page; becomes a button named by the line above it"),
    "sign_in": gettext_lazy("the page to sign in; becomes a button named by the line above it"),
    "times": gettext_lazy("from when to when, or that it is not known yet"),
    "place": gettext_lazy("the venue, or that it is not known yet"),
    "promise_of_a_place": gettext_lazy("that a place is kept, or that more were invited than there are places"),
    "reply_by": gettext_lazy("the last day to answer"),
    "reply_by_time": gettext_lazy("the hour to answer by"),
    "greeting": gettext_lazy("Dear and the name, or Hello"),
    "why_waiting": gettext_lazy("why they are on the list: not decided yet, or the last place had just gone"),
    "reason": gettext_lazy("the sentence you write when you decide"),
    "reasons": gettext_lazy("why the two could be good partners, if there is something to say"),
    "count": gettext_lazy("how many suggestions there are"),
    "introduced_on": gettext_lazy("the day of the introduction"),
    "programme": gettext_lazy("the programme's name"),
    "away": gettext_lazy("that you are away, until when and who helps meanwhile; nothing when you are there"),
    "words": gettext_lazy("what you write when you press the button, if anything"),
    "joining_notes": gettext_lazy("the event's joining notes, if there are any"),
    "later_rounds": gettext_lazy("whether they want to hear of later rounds"),
    "other_event": gettext_lazy("the other event you suggest, or all events"),
    "old_event": gettext_lazy("the event they asked for before"),
    "place_given_up": gettext_lazy("that their place at the other event is free, if they had one"),
    "what_it_means": gettext_lazy("what somebody with a place should know, or somebody invited"),
    "sent_by": gettext_lazy("who named them to come instead"),
}


@dataclass(frozen=True)
class Part:
    """One thing that is filled in: `{name}` stands for `source`, a piece of the letter's own file."""

    name: str
    source: str
    is_link: bool = False

    @property
    def meaning(self) -> str:
        return str(MEANINGS.get(self.name, ""))

    def value(self, context: Mapping[str, Any]) -> str:
        written = Template(self.source).render(Context(dict(context), autoescape=False))
        return str(written).strip("\n")

    def examples(self, language: str) -> list[str]:
        """What it becomes when all is known, and when little is; "" for nothing."""
        with translation.override(language):
            values = [self.value(sample_context(self.source, language, bare=bare)) for bare in (False, True)]
        return list(dict.fromkeys(" ".join(value.split()) for value in values))


@dataclass(frozen=True)
class Wording:
    """A letter's own file in one language, with names for what is filled in."""

    subject: str
    body: str
    parts: Mapping[str, Part]

    def sample(self, language: str, *, bare: bool = False) -> dict[str, Any]:
        return sample_context("".join(part.source for part in self.parts.values()), language, bare=bare)

    def filled(self, subject: str, body: str, context: Mapping[str, Any]) -> tuple[str, str]:
        """`subject` and `body` with every `{name}` replaced; a line of names that come to nothing leaves no gap."""
        values = {name: self.parts[name].value(context) for name in names_in(subject + body)}

        def fill(text: str) -> str:
            return NAMED.sub(lambda match: values[match[1]], text)

        lines = [
            filled
            for line in body.splitlines()
            for filled in [fill(line)]
            if filled.strip() or NAMED.sub("", line).strip() or not line.strip()
        ]
        return " ".join(fill(subject).split()), tidy("\n".join(lines))


def words_of(letter: str, language: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """Subject and body of the letter "<app>/<name>": what staff wrote if it can be used, else its own file."""
    changed = _by_staff(letter, language)
    if changed and is_usable(changed):
        return original(letter, language).filled(changed.subject, changed.body, context)
    source = get_template(path_of(letter, language))
    written = source.template.render(Context(dict(context), autoescape=False))  # type: ignore[attr-defined]
    head, _empty, body = written.lstrip().partition("\n\n")
    return " ".join(head.removeprefix("Subject:").split()), tidy(body)


_looked_up: ContextVar[dict[tuple[str, str], LetterText | None] | None] = ContextVar("texts of staff", default=None)


@contextmanager
def looked_up_once() -> Iterator[None]:
    """What staff wrote instead of a letter is asked for once, however many are written meanwhile."""
    before = _looked_up.set({})
    try:
        yield
    finally:
        _looked_up.reset(before)


def _by_staff(letter: str, language: str) -> LetterText | None:
    known = _looked_up.get()
    if known is None:
        known = {}
    if (letter, language) not in known:
        known[letter, language] = LetterText.objects.filter(letter=letter, language=language).first()
    return known[letter, language]


def is_usable(changed: LetterText) -> bool:
    """Whether the file still knows every name that staff's words use: a letter must not fail over its wording."""
    return names_in(changed.subject + changed.body) <= set(original(changed.letter, changed.language).parts)


def tidy(body: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", body.strip())


def names_in(text: str) -> set[str]:
    return set(NAMED.findall(text))


def path_of(letter: str, language: str) -> str:
    app, name = letter.split("/")
    return f"{app}/email/{language}/{name}.txt"


def all_letters() -> list[str]:
    """Every letter there is, as "<app>/<name>": each `.txt` file under `templates/<app>/email/en/`."""
    folders = [Path(folder) for folder in Engine.get_default().dirs]
    return sorted(f"{path.parts[-4]}/{path.stem}" for folder in folders for path in folder.glob("*/email/en/*.txt"))


@cache
def original(letter: str, language: str) -> Wording:
    """The letter's own file, read into words and names."""
    source = get_template(path_of(letter, language)).template.source  # type: ignore[attr-defined]
    parts: dict[str, Part] = {}
    text = ""
    loads = "".join(_written(token) for token in Lexer(source).tokenize() if token.contents.startswith("load "))
    for is_words, piece in _pieces(source):
        if is_words:
            text += piece
            continue
        name = _free_name(_name(piece), loads + piece, parts)
        parts.setdefault(name, Part(name, loads + piece))
        text += _with_its_line_breaks(f"{{{name}}}", piece)
    head, _empty, body = text.strip().partition("\n\n")
    body = tidy(body)
    for name in _buttons(body):
        parts[name] = Part(name, parts[name].source, is_link=True)
    return Wording(head.removeprefix("Subject:").strip(), body, parts)


def _with_its_line_breaks(written: str, piece: str) -> str:
    """A passage that brings line breaks of its own keeps them around its name."""
    before = "\n" if re.match(r"{%[^%]+%}\n", piece) else ""
    after = "\n" if re.search(r"\n(?:{% end\w+ %})+$", piece) else ""
    return f"{before}{written}{after}"


def _buttons(body: str) -> Iterator[str]:
    """Names that stand alone under the line that says what to press."""
    for block in body.split("\n\n"):
        lines = block.splitlines()
        if len(lines) == 2 and (alone := NAMED.fullmatch(lines[1].strip())) and lines[0].endswith(":"):
            yield alone[1]


def _pieces(source: str) -> Iterator[tuple[bool, str]]:
    """(is it plain words?, the piece): blocks such as `{% if … %}…{% endif %}` come in one piece."""
    tokens = Lexer(source).tokenize()
    blocks = [token.contents.split()[0] if token.token_type == TokenType.BLOCK else "" for token in tokens]
    closed = {tag.removeprefix("end") for tag in blocks if tag.startswith("end")}
    depth, piece = 0, ""
    for token, tag in zip(tokens, blocks, strict=True):
        if tag == "load" or token.token_type == TokenType.COMMENT:
            continue
        depth += (tag in closed) - tag.startswith("end")
        piece += _written(token)
        if depth == 0:
            yield token.token_type == TokenType.TEXT, piece
            piece = ""


def _written(token: Token) -> str:
    if token.token_type == TokenType.VAR:
        return f"{{{{ {token.contents} }}}}"
    if token.token_type == TokenType.BLOCK:
        return f"{{% {token.contents} %}}"
    return token.contents


def _name(piece: str) -> str:
    """`{{ event.name }}` is `event`, `{{ invitation.reply_by|date:"H:i" }}` is `reply_by_time`."""
    inside = re.split(r"}}|%}", piece.removeprefix("{{").removeprefix("{%"))[0].strip()
    if piece.startswith("{%"):
        return NAMES.get(inside) or re.sub(r"\W+", "_", re.sub(r"\b\w+\.", "", inside)).strip("_").lower()
    path, *filters = inside.split("|")
    owner, _dot, last = path.strip().rpartition(".")
    name = NAMES.get(path.strip()) or (owner if owner and last == "name" else last)
    return f"{name}_time".replace(".", "_") if any("H:i" in each for each in filters) else name.replace(".", "_")


def _free_name(name: str, source: str, taken: Mapping[str, Part]) -> str:
    """`name`, or `name_2` where the same name already stands for something else in this letter."""
    number, free = 1, name
    while free in taken and taken[free].source != source:
        number += 1
        free = f"{name}_{number}"
    return free


# --- what staff may write --------------------------------------------------------------------------------------------


def problems(letter: str, language: str, subject: str, body: str) -> list[str]:
    """Why these words cannot be a letter, in words for whoever typed them; [] if they can."""
    known = original(letter, language)
    both = f"{subject}\n{body}"
    if re.search(r"{{|}}|{%|%}|{#|#}", both):
        return [_("Please use single braces, such as {name}. Nothing else in braces is understood.")]
    unknown = sorted(names_in(both) - set(known.parts))
    if unknown:
        return [
            _("This letter has no {%(name)s}. Please choose from the list beside the box.") % {"name": name}
            for name in unknown
        ]
    if re.search(r"[{}]", NAMED.sub("", both)):
        return [_("There is a brace without its partner. Please write each name in full, such as {name}.")]
    found = [*_foreign(both), *_links_missing(known, subject, body)]
    return found or _too_long(known, language, subject, body)


def _foreign(text: str) -> list[str]:
    """Markup, and addresses that lead elsewhere."""
    words = NAMED.sub(" ", text)
    found = []
    if MARKUP.search(words):
        found.append(_("Please write plain words without HTML: signs such as <b> would be printed as they are."))
    addresses = [match[0] for match in ADDRESS.finditer(words)]
    elsewhere = [a for a in addresses if not a.startswith(f"{settings.SITE_URL}/")]
    elsewhere += [match[0] for match in BARE_ADDRESS.finditer(ADDRESS.sub(" ", words))]
    for address in elsewhere:
        found.append(
            _("“%(address)s” looks like an address elsewhere. Letters link to this portal only.") % {"address": address}
        )
    return found


def _links_missing(known: Wording, subject: str, body: str) -> list[str]:
    lines = [line.strip() for line in body.splitlines()]
    found = []
    for part in known.parts.values():
        written = f"{{{part.name}}}"
        if not part.is_link:
            continue
        if written in subject:
            found.append(_("%(name)s is an address: it cannot stand in the subject.") % {"name": written})
        if written not in body:
            found.append(_("%(name)s is missing: without it nobody can get to the page.") % {"name": written})
        elif any(written in line and not _is_a_button(lines, number) for number, line in enumerate(lines)):
            found.append(
                _("%(name)s needs a line of its own, under the line that says what to press.") % {"name": written}
            )
    return found


def _is_a_button(lines: list[str], number: int) -> bool:
    """A name alone in its line, with a line of words above and a gap around the two."""
    above, below = lines[max(number - 1, 0)], (lines[number + 1 :] or [""])[0]
    before = lines[number - 2] if number > 1 else ""
    return bool(
        number and NAMED.fullmatch(lines[number]) and above and not NAMED.fullmatch(above) and not before and not below
    )


def _too_long(known: Wording, language: str, subject: str, body: str) -> list[str]:
    filled, _body = preview(known, language, subject, body)
    if len(filled) <= LONGEST_SUBJECT:
        return []
    return [
        _("With everything filled in, the subject has %(count)d characters. Please keep it under %(most)d.")
        % {"count": len(filled), "most": LONGEST_SUBJECT}
    ]


def preview(known: Wording, language: str, subject: str, body: str) -> tuple[str, str]:
    """Subject and body filled with invented values."""
    with translation.override(language):
        return known.filled(subject, body, known.sample(language))
