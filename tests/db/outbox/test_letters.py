"""Every letter there is, in both languages: what it says, what it links to, and what a typed name cannot do in it.

Letters are found by their files, so a new one is tested as soon as it is written.
"""

import copy
import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.utils import translation

from partners.models import Organisation, Person
from pwp.outbox.letters import Letter, as_html, compose
from pwp.outbox.models import LetterText
from pwp.outbox.samples import sample_context
from pwp.outbox.templatetags.letters import WORD_JOINER, unlinked
from pwp.outbox.wording import all_letters, original, path_of

TEMPLATES = Path(site.BASE_DIR) / "templates"
LETTERS = all_letters()
TO_STAFF = {"events/place_given_back", "partners/concern"}  # to somebody at work, who knows which event it is
WITHOUT_A_DAY = TO_STAFF | {"events/draft_link", "partners/text_hidden"}
EVIL = "Bob <b>x</b>\nhttp://evil.example www.evil.example a@evil.example {link} {{ link }}"
ENGLISH = set("the and you your with for please of this that are our from not have will dear we us to page day".split())
AVOIDED = ("stakeholder", "beneficiary", "service user", "hard-to-reach", "giver", "taker", "reject")
LONGEST_SENTENCE = 25
OURS = ("event", "old_event", "new_event", "programme", "contacts")  # whose names staff write

FRAMELESS = copy.deepcopy(site.TEMPLATES)
FRAMELESS[0]["APP_DIRS"] = False
FRAMELESS[0]["OPTIONS"]["loaders"] = [
    (
        "django.template.loaders.locmem.Loader",
        {
            "email/base.txt": "{{ body }}",
            "email/base.html": "<html><body>{{ body }}</body></html>",
            "email/letters.css": "",
        },
    ),
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]

both_languages = pytest.mark.parametrize("language", ["en", "cy"])
known_or_not = pytest.mark.parametrize("bare", [False, True], ids=["all known", "bare"])


@pytest.fixture
def frameless(settings: Any) -> None:
    """Letters without the head, the foot and the sheet that all of them share."""
    settings.TEMPLATES = FRAMELESS


def source(letter: str, language: str) -> str:
    return (TEMPLATES / path_of(letter, language)).read_text(encoding="utf-8")


def written(letter: str, language: str, *, bare: bool = False, **context: object) -> Letter:
    """The letter as invented people get it; `bare` leaves out what may be unknown and takes the other branches."""
    with translation.override(language):
        sample = sample_context(source(letter, language), language, bare=bare)
    return compose(
        letter,
        key=letter,
        to_email="gwen@post.example",
        to_name="Gwen Parry",
        person_code="",
        language=language,
        context=sample | context,
    )


def every_letter(language: str, **rest: Any) -> dict[str, Letter]:
    return {letter: written(letter, language, **rest) for letter in LETTERS}


def reword(language: str) -> None:
    """Staff change every letter a little."""
    for letter in LETTERS:
        words = original(letter, language)
        LetterText.objects.create(
            letter=letter, language=language, subject=f"Changed: {words.subject}", body=f"Changed.\n\n{words.body}"
        )


def words(text: str) -> list[str]:
    text = re.sub(r"https?://\S+", " ", text)
    return re.findall(r"[\w'’]+", text)


def seen(html: str) -> str:
    """What somebody reads in the HTML part."""
    html = re.sub(r"(?s)<(head|style|title)\b.*?</\1>", " ", html)
    return unescape(re.sub(r"<[^>]+>", " ", html))


def test_every_letter_exists_in_both_languages() -> None:
    assert len(LETTERS) > 20
    for language in ("en", "cy"):
        files = {f"{path.parts[-4]}/{path.stem}" for path in TEMPLATES.glob(f"*/email/{language}/*.txt")}
        assert files == set(LETTERS)


def test_both_languages_fill_in_the_same_and_decide_by_the_same() -> None:
    def used(letter: str, language: str) -> tuple[set[str], list[str]]:
        text = source(letter, language)
        values = set(re.findall(r"{{\s*([\w.]+(?:\|unlinked)?)", text))
        return values, sorted(re.findall(r"{%\s*(.+?)\s*%}", text))

    assert {letter: used(letter, "en") for letter in LETTERS} == {letter: used(letter, "cy") for letter in LETTERS}


@both_languages
def test_every_name_somebody_typed_is_written_so_that_no_mail_program_links_it(language: str) -> None:
    typed = re.compile(r"{{\s*(?:(\w+)\.)?name\s*(\|unlinked)?\s*}}")
    linked = [
        (letter, match[0])
        for letter in LETTERS
        for match in typed.finditer(source(letter, language))
        if match[1] not in OURS and not match[2]
    ]

    assert linked == []


@both_languages
@known_or_not
@pytest.mark.parametrize("changed", [False, True], ids=["original", "changed by staff"])
@pytest.mark.usefixtures("frameless")
def test_every_letter_is_complete(language: str, bare: bool, changed: bool) -> None:
    if changed:
        reword(language)
    for what, letter in every_letter(language, bare=bare).items():
        for part in (letter.subject, letter.text, letter.html):
            assert part.strip(), what
            assert not re.search(r"[{}]|\bNone\b|\bunlinked\b|Subject:", part), (what, part)
        assert "\n\n\n" not in letter.text, what
        assert letter.language == language
        assert letter.subject.startswith("Changed: ") == letter.text.startswith("Changed.\n\n") == changed, what


@both_languages
@known_or_not
@pytest.mark.usefixtures("frameless")
def test_a_letter_in_the_words_of_its_file_reads_the_same_by_names_as_by_itself(language: str, bare: bool) -> None:
    before = every_letter(language, bare=bare)
    for letter in LETTERS:
        file = original(letter, language)
        LetterText.objects.create(letter=letter, language=language, subject=file.subject, body=file.body)

    after = every_letter(language, bare=bare)

    for what in LETTERS:
        assert (after[what].subject, after[what].text, after[what].html) == (
            before[what].subject,
            before[what].text,
            before[what].html,
        )


@both_languages
@known_or_not
def test_every_letter_fits_its_frame_and_says_whom_to_call(language: str, bare: bool) -> None:
    ours = (f"{site.SITE_URL}/", "mailto:", "tel:")
    for what, letter in every_letter(language, bare=bare).items():
        for address in re.findall(r'href="([^"]*)"', letter.html):
            assert address.startswith(ours) or address == site.SITE_URL, (what, address)
        assert "020 7946 0123" in letter.text, what


@both_languages
@known_or_not
@pytest.mark.usefixtures("frameless")
def test_text_and_html_say_the_same(language: str, bare: bool) -> None:
    for what, letter in every_letter(language, bare=bare).items():
        assert words(re.sub(r"(?m)^- ", "", letter.text)) == words(seen(letter.html)), what


@both_languages
@pytest.mark.usefixtures("frameless")
def test_every_link_is_a_button_to_this_site_in_the_language_of_the_letter(language: str) -> None:
    for what, letter in every_letter(language).items():
        links = re.findall(r'<a class="button"[^>]* href="([^"]+)"', letter.html)
        assert len(links) == letter.html.count("<a ") == letter.text.count("http"), what
        for link in links:
            assert link.startswith(f"{site.SITE_URL}/cy/" if language == "cy" else f"{site.SITE_URL}/"), what
            assert ("/cy/" in link) == (language == "cy"), what


@both_languages
@pytest.mark.parametrize("changed", [False, True], ids=["original", "changed by staff"])
@pytest.mark.usefixtures("frameless")
def test_a_typed_name_never_becomes_a_link_or_markup_or_a_name_to_fill_in(language: str, changed: bool) -> None:
    if changed:
        reword(language)
    evil = {
        "name": EVIL,
        "person": Person(name=EVIL),
        "organisation": Organisation(name=EVIL),
        "other_organisation": Organisation(name=EVIL),
    }
    for what, harmless in every_letter(language).items():
        letter = written(what, language, **evil)
        assert letter.html.count("<a ") == harmless.html.count("<a "), what
        assert "<b>" not in letter.html, what
        for part in (letter.subject, letter.text, letter.html):
            assert not re.search(r"http://evil|www\.evil|@evil|evil\.example", part), what
        assert len(letter.subject.splitlines()) == 1, what


def test_a_name_that_is_an_address_of_this_site_is_no_button() -> None:
    assert "<a " not in as_html(f"Press here:\n{unlinked(site.SITE_URL + '/admin/')}")


def test_unlinked_keeps_ordinary_names_as_they_are() -> None:
    assert unlinked("  Siân \n O’Neill-Jones, Dr. ") == "Siân O’Neill-Jones, Dr."
    assert unlinked("a.b").replace(WORD_JOINER, "") == "a.b"
    assert unlinked("http://a.b") == f"http:{WORD_JOINER}/{WORD_JOINER}/{WORD_JOINER}a.{WORD_JOINER}b"


@both_languages
@pytest.mark.usefixtures("frameless")
def test_subjects_say_the_event_and_the_date_and_are_not_long(language: str) -> None:
    day = {"en": "Thursday 28 February 2019", "cy": "dydd Iau 28 Chwefror 2019"}[language]
    place = {"en": "Swansea", "cy": "Abertawe"}[language]
    for what, letter in every_letter(language).items():
        if what not in WITHOUT_A_DAY:
            assert place in letter.subject, what
            assert day in letter.subject, what
        assert len(letter.subject) < 120, what


@both_languages
@pytest.mark.usefixtures("frameless")
def test_the_day_to_answer_by_is_local_time(language: str) -> None:
    in_summer = {"reply_by": datetime(2019, 4, 4, 14, 30, tzinfo=UTC)}
    expected = {"en": "15:30 on Thursday 4 April 2019", "cy": "15:30 ddydd Iau 4 Ebrill 2019"}[language]

    assert expected in written("events/invitation", language, invitation=in_summer).text


@known_or_not
@pytest.mark.usefixtures("frameless")
def test_dates_read_well_in_welsh(bare: bool) -> None:
    for what, letter in every_letter("cy", bare=bare).items():
        text = letter.subject + letter.text
        assert not re.search(r"Dydd (Llun|Mawrth|Mercher|Iau|Gwener|Sadwrn|Sul)", text), what
        assert not re.search(r"\bdd?ydd (?!Iau\b|Llun i )", re.sub(r"[yYr] dydd|diwrnod", "", text)), what


@known_or_not
@pytest.mark.usefixtures("frameless")
def test_no_english_is_left_in_welsh_letters(bare: bool) -> None:
    for what, letter in every_letter("cy", bare=bare).items():
        said = re.sub(r"\[.*?\]", "", f"{letter.subject}\n{letter.text}")
        left = {word.lower() for word in words(said)} & ENGLISH
        assert not left, (what, left)


@known_or_not
@pytest.mark.usefixtures("frameless")
def test_english_letters_are_easy_to_read(bare: bool) -> None:
    for what, letter in every_letter("en", bare=bare).items():
        for line in letter.text.splitlines():
            for sentence in re.split(r"(?<=[.?!:])\s+", line):
                assert len(words(sentence)) <= LONGEST_SENTENCE, (what, sentence)
        said = f"{letter.subject}\n{letter.text}".lower()
        for word in AVOIDED:
            assert not re.search(rf"\b{word}", said), (what, word)


@both_languages
@pytest.mark.usefixtures("frameless")
def test_what_is_not_known_is_said_or_left_out(language: str) -> None:
    known, bare = every_letter(language), every_letter(language, bare=True)
    unknown = {"en": "venue to be confirmed", "cy": "lleoliad i'w gadarnhau"}[language]
    for what in ("events/invitation", "events/place_confirmed"):
        assert unknown in bare[what].text
        assert unknown not in known[what].text
        assert known[what].text.count("SA1 1AA") == 1
    assert "ben.mills@readers.example" in known["matching/introduction"].text
    assert "@" not in bare["matching/introduction"].text
    assert "<li>" in known["matching/introduction"].html
    assert known["events/waiting"].text != bare["events/waiting"].text


@pytest.mark.usefixtures("frameless")
def test_the_officers_words_stand_as_a_paragraph_of_their_own() -> None:
    letter = written("events/not_this_time", "en", reason="Full, I am afraid.")

    assert "<p>Full, I am afraid.</p>" in letter.html
