"""Every letter, in both languages: what it says, what it links to, and what a typed name cannot do in it."""

import copy
import re
from datetime import UTC, date, datetime, time
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site

from events import emails as events
from events.models import Event, Invitation, Programme, Registration
from matching import emails as matching
from matching.models import FollowUp, Introduction, Suggestion
from partners.models import Membership, Organisation, Person
from pwp.outbox.letters import Letter, as_html
from pwp.outbox.templatetags.letters import WORD_JOINER, unlinked

TEMPLATES = Path(site.BASE_DIR) / "templates"
NAMES = {
    "events": (
        "draft_link",
        "acknowledgement",
        "invitation",
        "place_confirmed",
        "waiting",
        "not_this_time",
        "thank_you",
    ),
    "matching": ("suggestions_ready", "introduction", "follow_up"),
}
EVIL = "Bob <b>x</b>\nhttp://evil.example www.evil.example a@evil.example"
ENGLISH = set("the and you your with for please of this that are our from not have will dear we us to page day".split())
AVOIDED = ("stakeholder", "beneficiary", "service user", "hard-to-reach", "giver", "taker", "reject")
LONGEST_SENTENCE = 25

FRAMELESS = copy.deepcopy(site.TEMPLATES)
FRAMELESS[0]["APP_DIRS"] = False
FRAMELESS[0]["OPTIONS"]["loaders"] = [
    (
        "django.template.loaders.locmem.Loader",
        {"email/base.txt": "{{ body }}", "email/base.html": "<html><body>{{ body }}</body></html>"},
    ),
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]


@pytest.fixture
def frameless(settings: Any) -> None:
    """Letters without the head and foot that all of them share."""
    settings.TEMPLATES = FRAMELESS


def every_letter(
    language: str, *, name: str = "Gwyn Parri", organisation: str = "Amgueddfa Cwm", bare: bool = False
) -> dict[str, Letter]:
    """All letters; `bare` leaves out all that may be unknown and takes the other branch of each."""
    programme = Programme(
        name_en="Partnerships with Purpose",
        name_cy="Partneriaethau â Phwrpas",
        officer_name="Ceri Morgan",
        officer_phone="020 7946 0123",
        officer_email="ceri.morgan@partnerships.example",
        officer_hours_en="" if bare else "Monday to Thursday",
        officer_hours_cy="" if bare else "Dydd Llun i ddydd Iau",
    )
    event = Event(
        programme=programme,
        slug="swansea",
        name_en="Swansea",
        name_cy="Abertawe",
        held_on=date(2019, 2, 28),
        over_invite=0 if bare else 5,
        starts_at=None if bare else time(10),
        ends_at=None if bare else time(16),
        venue_en="" if bare else "Guildhall, SA1 4PE",
        venue_cy="" if bare else "Neuadd y Ddinas, SA1 4PE",
        venue_postcode="" if bare else "SA1 4PE",
    )
    person = Person(name=name, language=language, contact_email="gwyn@post.example")
    other = Person(name=name, contact_email="" if bare else "mari@post.example", phone="01792 960 123" if bare else "")
    own = Organisation(name=organisation, sector="museum")
    others = Organisation(name=organisation, sector="community")
    registration = Registration(event=event, person=person, membership=Membership(person=person, organisation=own))
    invitation = Invitation(registration=registration, reply_by=datetime(2019, 4, 4, 14, 30, tzinfo=UTC))
    introduction = Introduction(
        suggestion=Suggestion(event=event, museum=own, partner=others), created_at=datetime(2019, 3, 7, 9, tzinfo=UTC)
    )
    follow_up = FollowUp(introduction=introduction, person=person, rule=FollowUp.Rule.TWO_WEEKS)
    reasons = [] if bare else ["Gwau.", f"Canu ({name})."]
    letters = {
        "draft_link": events.draft_link(
            registration,
            email=person.contact_email,
            name="" if bare else name,
            token="token-1",
            language=language,
            programme=programme,
        ),
        "acknowledgement": events.acknowledgement(registration, token="token-2"),
        "invitation": events.invitation(invitation, token="token-3"),
        "place_confirmed": events.place_confirmed(registration, key="k", token="token-4"),
        "waiting": events.waiting(registration, key="k", full=bare, token="token-5"),
        "not_this_time": events.not_this_time(registration, key="k", reason="Llawn iawn."),
        "thank_you": events.thank_you(registration),
        "suggestions_ready": matching.suggestions_ready(registration, count=1 if bare else 4),
        "introduction": matching.introduction(
            introduction, to=person, other=other, own_organisation=own, other_organisation=others, reasons=reasons
        ),
        "follow_up": matching.follow_up(follow_up, other_organisation=others, token="token-6"),
    }
    return {what: letter for what, letter in letters.items() if letter}


def words(text: str) -> list[str]:
    text = re.sub(r"https?://\S+", " ", text)
    return re.findall(r"[\w'’]+", text)


def seen(html: str) -> str:
    """What somebody reads in the HTML part."""
    html = re.sub(r"(?s)<(head|style|title)\b.*?</\1>", " ", html)
    return unescape(re.sub(r"<[^>]+>", " ", html))


def source(app: str, language: str, name: str) -> str:
    return (TEMPLATES / app / "email" / language / f"{name}.txt").read_text(encoding="utf-8")


both_languages = pytest.mark.parametrize("language", ["en", "cy"])
known_or_not = pytest.mark.parametrize("bare", [False, True], ids=["all known", "bare"])
each_letter = pytest.mark.parametrize(("app", "name"), [(app, name) for app, names in NAMES.items() for name in names])


@each_letter
def test_both_languages_use_the_same_placeholders(app: str, name: str) -> None:
    def used(language: str) -> tuple[set[str], list[str]]:
        text = source(app, language, name)
        values = set(re.findall(r"{{\s*([\w.]+(?:\|unlinked)?)", text))
        return values, sorted(re.findall(r"{%\s*(.+?)\s*%}", text))

    assert used("en") == used("cy")


def test_no_letter_is_forgotten_and_none_is_left_over() -> None:
    for app, names in NAMES.items():
        for language in ("en", "cy"):
            assert {path.stem for path in (TEMPLATES / app / "email" / language).glob("*.txt")} == set(names)
    assert set(every_letter("en")) == {name for names in NAMES.values() for name in names}


@both_languages
@known_or_not
@pytest.mark.usefixtures("frameless")
def test_every_letter_is_complete(language: str, bare: bool) -> None:
    for what, letter in every_letter(language, bare=bare).items():
        for part in (letter.subject, letter.text, letter.html):
            assert part.strip(), what
            assert not re.search(r"{{|{%|\bNone\b|\bunlinked\b|Subject:", part), what
        assert "\n\n\n" not in letter.text, what
        assert letter.language == language
        assert letter.text.rstrip().endswith("Ceri Morgan"), what
        assert "020 7946 0123" in letter.text, what


@both_languages
@known_or_not
def test_every_letter_fits_its_frame(language: str, bare: bool) -> None:
    ours = (f"{site.SITE_URL}/", "mailto:ceri.morgan@partnerships.example", "tel:")
    for what, letter in every_letter(language, bare=bare).items():
        assert not re.search(r"{{|{%|\bNone\b", letter.text + letter.html), what
        for address in re.findall(r'href="([^"]*)"', letter.html):
            assert address.startswith(ours) or address == site.SITE_URL, (what, address)


@both_languages
@known_or_not
@pytest.mark.usefixtures("frameless")
def test_text_and_html_say_the_same(language: str, bare: bool) -> None:
    for what, letter in every_letter(language, bare=bare).items():
        assert words(re.sub(r"(?m)^- ", "", letter.text)) == words(seen(letter.html)), what


@both_languages
@pytest.mark.usefixtures("frameless")
def test_every_link_is_a_button_to_this_site_in_the_language_of_the_letter(language: str) -> None:
    without = {"not_this_time", "introduction"}
    for what, letter in every_letter(language).items():
        links = re.findall(r'<a class="button"[^>]* href="([^"]+)"', letter.html)
        assert len(links) == letter.html.count("<a ") == letter.text.count("http"), what
        assert bool(links) != (what in without), what
        for link in links:
            assert link.startswith(f"{site.SITE_URL}/cy/" if language == "cy" else f"{site.SITE_URL}/"), what
            assert ("/cy/" in link) == (language == "cy"), what


@both_languages
@pytest.mark.usefixtures("frameless")
def test_a_typed_name_never_becomes_a_link_or_markup(language: str) -> None:
    for what, letter in every_letter(language, name=EVIL, organisation=EVIL).items():
        assert letter.html.count("<a ") == every_letter(language)[what].html.count("<a "), what
        assert "<b>" not in letter.html, what
        for part in (letter.subject, letter.text, letter.html):
            assert not re.search(r"http://evil|www\.evil|@evil|evil\.example", part), what


def test_a_name_that_is_an_address_of_this_site_is_no_button() -> None:
    assert "<a " not in as_html(f"Press here:\n{unlinked(site.SITE_URL + '/admin/')}")


def test_unlinked_keeps_ordinary_names_as_they_are() -> None:
    assert unlinked("  Siân \n O’Neill-Jones, Dr. ") == "Siân O’Neill-Jones, Dr."
    assert unlinked("a.b").replace(WORD_JOINER, "") == "a.b"
    assert unlinked("http://a.b") == f"http:{WORD_JOINER}/{WORD_JOINER}/{WORD_JOINER}a.{WORD_JOINER}b"


@both_languages
@pytest.mark.usefixtures("frameless")
def test_subjects_say_the_event_and_the_date(language: str) -> None:
    expected = {"en": "Swansea, Thursday 28 February 2019", "cy": "Abertawe, dydd Iau 28 Chwefror 2019"}[language]
    for what, letter in every_letter(language).items():
        if what != "draft_link":
            assert letter.subject.endswith(expected), what
        assert len(letter.subject) < 150


@known_or_not
@pytest.mark.usefixtures("frameless")
def test_dates_read_well_in_welsh(bare: bool) -> None:
    for what, letter in every_letter("cy", bare=bare).items():
        text = letter.text.replace("(Dydd Llun i ddydd Iau)", "")
        assert not re.search(r"Dydd (Llun|Mawrth|Mercher|Iau|Gwener|Sadwrn|Sul)", letter.subject + text), what
        assert not re.search(r"\bdd?ydd (?!Iau )", re.sub(r"y dydd|diwrnod", "", letter.subject + text)), what
    assert "Ar ddydd Iau 7 Mawrth 2019" in every_letter("cy")["follow_up"].text


@both_languages
@pytest.mark.usefixtures("frameless")
def test_the_day_to_answer_by_is_local_time(language: str) -> None:
    expected = {"en": "15:30 on Thursday 4 April 2019", "cy": "15:30 ddydd Iau 4 Ebrill 2019"}[language]
    assert expected in every_letter(language)["invitation"].text


@known_or_not
@pytest.mark.usefixtures("frameless")
def test_no_english_is_left_in_welsh_letters(bare: bool) -> None:
    for what, letter in every_letter("cy", bare=bare).items():
        left = {word.lower() for word in words(letter.subject + "\n" + letter.text)} & ENGLISH
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
    for what in ("invitation", "place_confirmed"):
        assert unknown in bare[what].text
        assert unknown not in known[what].text
        assert known[what].text.count("SA1 4PE") == 1
    assert "mari@post.example" in known["introduction"].text
    assert "01792 960 123" in bare["introduction"].text
    assert "@" not in bare["introduction"].text
    assert "<li>Gwau.</li>" in known["introduction"].html
    assert known["waiting"].text != bare["waiting"].text


@pytest.mark.usefixtures("frameless")
def test_the_calendar_comes_with_the_confirmed_place() -> None:
    letter = every_letter("en")["place_confirmed"]
    assert [(name, kind) for name, _, kind in letter.attachments] == [
        ("partnerships-with-purpose.ics", "text/calendar")
    ]


@pytest.mark.usefixtures("frameless")
def test_the_officers_words_stand_as_paragraphs_of_their_own() -> None:
    assert "<p>Llawn iawn.</p>" in every_letter("en")["not_this_time"].html
