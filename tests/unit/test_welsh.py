"""The Welsh catalogue: whole, sound, compiled, and honest about awaiting a translator."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils import translation
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import gettext, ngettext
from django.utils.translation.template import templatize

FOLDER = Path(settings.BASE_DIR) / "locale" / "cy" / "LC_MESSAGES"
PLACEHOLDER = re.compile(r"%\(\w+\)[.\d]*[a-z]|%%|%[sdr]|\{\w*\}|</?\w[^>]*>")
MARKS = frozenset("_ gettext gettext_lazy gettext_noop ngettext ngettext_lazy".split())
IN_TEMPLATES = re.compile(r"""\bn?gettext\(u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
CATALOGUE = polib.pofile(str(FOLDER / "django.po"))


def told() -> Iterator[tuple[polib.POEntry, str]]:
    """Each Welsh wording with its entry: one for most, four for those that count something."""
    for entry in CATALOGUE:
        for text in entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]:
            yield entry, text


def marked_in_code(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and getattr(node.func, "id", "") in MARKS
            and isinstance(node.args[0], ast.Constant)
        ):
            yield str(node.args[0].value)


def marked_in_a_template(source: str) -> Iterator[str]:
    for literal in IN_TEMPLATES.findall(templatize(source)):
        yield ast.literal_eval(literal)


def test_every_marked_message_is_in_the_catalogue() -> None:
    """`make messages` brings it up to date, but cannot see a mark inside an f-string."""
    known = {entry.msgid for entry in CATALOGUE}
    base = Path(settings.BASE_DIR)
    code = (path for app in ("pwp", "partners", "events", "matching") for path in (base / app).rglob("*.py"))
    templates = (path for kind in ("*.html", "*.txt") for path in (base / "templates").rglob(kind))
    marked = [(path, message) for path in code for message in marked_in_code(path.read_text(encoding="utf-8"))]
    marked += [(path, said) for path in templates for said in marked_in_a_template(path.read_text(encoding="utf-8"))]

    assert len(marked) > 1000
    assert [(path.name, message) for path, message in marked if message not in known] == []


def test_every_message_is_translated() -> None:
    assert [entry.msgid for entry, text in told() if not text.strip()] == []


def test_no_translation_is_a_guess_of_the_tools() -> None:
    assert [entry.msgid for entry in CATALOGUE if entry.fuzzy] == []
    assert [entry.msgid for entry in CATALOGUE if entry.obsolete] == []


def test_placeholders_and_tags_are_those_of_the_english() -> None:
    different = [
        (entry.msgid, text)
        for entry, text in told()
        if Counter(PLACEHOLDER.findall(text)) != Counter(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
    ]

    assert different == []


def test_line_breaks_and_spaces_at_the_ends_are_those_of_the_english() -> None:
    def ends(text: str) -> tuple[bool, bool, int]:
        return text[:1].isspace(), text[-1:].isspace(), text.count("\n")

    assert [entry.msgid for entry, text in told() if ends(text) != ends(entry.msgid)] == []


def test_what_counts_has_the_four_forms_of_welsh() -> None:
    assert CATALOGUE.metadata["Plural-Forms"].startswith("nplurals=4;")
    assert [entry.msgid for entry in CATALOGUE if entry.msgid_plural and set(entry.msgstr_plural) != {0, 1, 2, 3}] == []


def test_no_english_is_left_in_the_welsh() -> None:
    english = re.compile(r"\b(the|you|your|please|with|this|have|ring us)\b", re.IGNORECASE)

    assert [text for _entry, text in told() if english.search(PLACEHOLDER.sub("", text))] == []


def test_the_compiled_catalogue_says_the_same() -> None:
    def words(entry: polib.POEntry | polib.MOEntry) -> str | dict[int, str]:
        return entry.msgstr_plural or entry.msgstr

    compiled = polib.mofile(str(FOLDER / "django.mo"))

    assert {(entry.msgctxt, entry.msgid): words(entry) for entry in compiled} == {
        (entry.msgctxt, entry.msgid): words(entry) for entry in CATALOGUE
    }


def test_the_catalogue_says_that_it_awaits_a_review() -> None:
    assert "awaits a translator's review" in CATALOGUE.header


@pytest.mark.parametrize(
    ("english", "welsh"),
    [
        ("Enter a valid date.", "Rhowch ddyddiad dilys."),
        ("July", "Gorffennaf"),
        ("Thursday", "Dydd Iau"),
        ("This field is required.", "Mae angen llenwi'r maes hwn."),
        ("Incorrect code.", "Nid yw'r cod yn gywir."),
    ],
)
def test_our_words_come_before_those_of_the_libraries(english: str, welsh: str) -> None:
    with translation.override("cy"):
        assert gettext(english) == welsh


def test_no_date_is_in_english() -> None:
    with translation.override("en"):
        english = {str(name) for name in [*MONTHS.values(), *WEEKDAYS.values()]}
    with translation.override("cy"):
        welsh = [str(name) for name in [*MONTHS.values(), *WEEKDAYS.values()]]

    assert not english.intersection(welsh)
    assert all(name.startswith("Dydd ") for name in welsh[12:])  # the letters take this word off


@pytest.mark.parametrize(
    ("count", "welsh"),
    [(1, "1 cais"), (2, "2 gais"), (3, "3 o geisiadau"), (8, "8 o geisiadau"), (11, "11 o geisiadau")],
)
def test_numbers_choose_their_form(count: int, welsh: str) -> None:
    with translation.override("cy"):
        said = ngettext("%d request is on the waiting list.", "%d requests are on the waiting list.", count) % count

    assert said == f"Mae {welsh} ar y rhestr aros."
