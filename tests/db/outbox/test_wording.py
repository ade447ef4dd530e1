"""What staff may write instead of a letter's own file, what is refused and why, and the page they do it on."""

from typing import Any

import pytest
from django.conf import settings as site
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from partners.models import User
from pwp.outbox import wording
from pwp.outbox.letters import Letter, compose
from pwp.outbox.models import LetterText
from pwp.outbox.samples import VALUES
from tests import html

INVITATION = "events/invitation"
BODY = "Dear {name},\n\nCome to {event}.\n\nAnswer here:\n{link}\n\n{officer_name}, {officer_phone}"
SUBJECT = "Come: {event}, {day}"


@pytest.fixture
def desk(client: Client, officer: User) -> Client:
    client.force_login(officer)
    return client


def page(letter: str = INVITATION) -> str:
    return reverse("admin:outbox_lettertext_letter", args=letter.split("/"))


def look(language: str = "en", letter: str = INVITATION) -> str:
    return reverse("admin:outbox_lettertext_look", args=[*letter.split("/"), language])


def save(desk: Client, subject: str = SUBJECT, body: str = BODY, language: str = "en", letter: str = INVITATION) -> Any:
    return desk.post(page(letter), {"language": language, f"{language}-subject": subject, f"{language}-body": body})


def problems(subject: str = SUBJECT, body: str = BODY) -> list[str]:
    return wording.problems(INVITATION, "en", subject, body)


def sent(letter: str = INVITATION, language: str = "en", **context: Any) -> Letter:
    sample = wording.original(letter, language).sample(language)
    return compose(
        letter,
        key="k",
        to_email="a@b.example",
        to_name="A",
        person_code="",
        language=language,
        context=sample | context,
    )


# --- the rules -------------------------------------------------------------------------------------------------------


def test_every_file_passes_the_rules_that_staff_have_to_keep() -> None:
    found = {
        (letter, language): wording.problems(letter, language, file.subject, file.body)
        for letter in wording.all_letters()
        for language in ("en", "cy")
        for file in [wording.original(letter, language)]
    }

    assert {at: said for at, said in found.items() if said} == {}


def test_both_languages_of_a_letter_offer_the_same_names() -> None:
    for letter in wording.all_letters():
        english, welsh = (set(wording.original(letter, language).parts) for language in ("en", "cy"))
        assert english == welsh, letter


def test_every_name_has_an_example_that_says_more_than_itself() -> None:
    silent = [
        (letter, part.name)
        for letter in wording.all_letters()
        for part in wording.original(letter, "en").parts.values()
        if not any(example and not example.startswith("[") for example in part.examples("en"))
    ]

    assert silent == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (BODY + " {nome}", "This letter has no {nome}."),
        (BODY + " {}", "This letter has no {}."),
        (BODY + " {person.name}", "This letter has no {person.name}."),
        (BODY + " {{ name }}", "single braces"),
        (BODY + " {% if name %}x{% endif %}", "single braces"),
        (BODY + " {# note #}", "single braces"),
        (BODY + " {name", "without its partner"),
        (BODY + " <b>now</b>", "without HTML"),
        (BODY + ' <a href="/">x</a>', "without HTML"),
        (BODY + " <!-- x -->", "without HTML"),
        (BODY + " Read https://evil.example/x", "“https://evil.example/x” looks like an address elsewhere."),
        (BODY + " Read www.evil.example", "“www.evil.example” looks like an address elsewhere."),
        (BODY + " Read evil.example/page", "“evil.example/page” looks like an address elsewhere."),
        (BODY + " javascript:alert(1)", "looks like an address elsewhere."),
        (BODY.replace("\n{link}", ""), "{link} is missing"),
        (BODY.replace("here:\n{link}", "here: {link}"), "{link} needs a line of its own"),
        (BODY.replace("Answer here:\n{link}", "{link}"), "{link} needs a line of its own"),
        (BODY.replace("{link}\n", "{link}\nor call"), "{link} needs a line of its own"),
    ],
)
def test_what_no_letter_can_carry_is_refused_with_words(body: str, said: str) -> None:
    found = problems(body=body)

    assert len(found) == 1
    assert said in found[0]


@pytest.mark.parametrize(
    ("subject", "said"),
    [("{link}", "cannot stand in the subject"), ("x" * 151, "151 characters"), ("{event} " * 25, "characters")],
)
def test_a_subject_has_no_address_and_an_end(subject: str, said: str) -> None:
    assert said in problems(subject=subject)[0]


@pytest.mark.parametrize(
    "body",
    [
        BODY,
        BODY + f" See {site.SITE_URL}/events/",
        BODY + " Write to ceri@partnerships.example, e.g. at 9 a.m. It costs < 5 pounds.",
        "- {name}\n- {event}\n\nAnswer:\n{link}",
        "Ŵyl y môr – “{event}”\n\nAteb:\n{link}",
    ],
)
def test_ordinary_words_are_fine(body: str) -> None:
    assert problems(body=body) == []


# --- what is sent ----------------------------------------------------------------------------------------------------


def test_staff_words_stand_in_for_the_file_in_one_language_alone() -> None:
    welsh = sent(language="cy").text
    LetterText.objects.create(letter=INVITATION, language="en", subject=SUBJECT, body=BODY)

    letter = sent()

    assert letter.subject == "Come: Swansea, Thursday 28 February 2019"
    assert letter.text.startswith("Dear Gwen Parry,\n\nCome to Swansea.\n\nAnswer here:\nhttp://localhost")
    assert '<a class="button"' in letter.html
    assert sent(language="cy").text == welsh


def test_a_name_that_stands_for_nothing_leaves_no_gap() -> None:
    body = "- {other_person}\n{other_email}\n{other_phone}\n- {event}\n\n{reasons}\n\nEnd"
    LetterText.objects.create(letter="matching/introduction", language="en", subject="{event}", body=body)
    nothing = {"other": {"name": "Ben Mills", "contact_email": "", "phone": ""}, "reasons": []}

    full, bare = sent("matching/introduction"), sent("matching/introduction", **nothing)

    assert bare.text.partition("\n\n--")[0] == "- Ben Mills\n- Swansea\n\nEnd"
    assert full.text.startswith(
        "- Ben Mills\n- E-mail: ben.mills@readers.example\n- Phone: 01792 960 123\n- Swansea\n\n"
    )


def test_what_stands_for_a_name_is_not_looked_at_again() -> None:
    LetterText.objects.create(letter=INVITATION, language="en", subject=SUBJECT, body=BODY)

    letter = sent(person={"name": "{officer_phone} {% now 'Y' %} {{ link }}"})

    assert letter.text.startswith("Dear {officer_phone} {% now 'Y' %} {{ link }},")


def test_words_that_the_file_has_outgrown_are_not_sent_and_staff_see_it(desk: Client) -> None:
    file = sent().text
    LetterText.objects.create(letter=INVITATION, language="en", subject=SUBJECT, body=BODY + " {old_name}")

    assert sent().text == file
    listed = html.read(desk.get(reverse("admin:outbox_lettertext_changelist"))).text
    assert "cannot be used any more: the original is sent" in listed


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_list_has_every_letter_in_both_languages(desk: Client) -> None:
    shown = html.read(desk.get(reverse("admin:outbox_lettertext_changelist")))

    assert shown.words("th", scope="row") == wording.all_letters()
    assert shown.words("td").count("You are invited: {event}, {day}original") == 1
    assert shown.errors == []


def test_a_letter_is_changed_read_and_put_back(desk: Client, officer: User) -> None:
    first = sent().text

    answer = save(desk, body=BODY.replace("\n", "\r\n"))
    changed = LetterText.objects.get()
    shown = html.read(desk.get(page()))

    assert (answer.status_code, answer["Location"]) == (302, page())
    assert (changed.language, changed.body, changed.changed_by) == ("en", BODY, officer.email)
    assert f"changed by {officer.email}" in shown.text
    assert sent().text.startswith("Dear Gwen Parry,\n\nCome to Swansea.")
    desk.post(reverse("admin:outbox_lettertext_back", args=["events", "invitation", "en"]))
    assert (LetterText.objects.count(), sent().text) == (0, first)


def test_a_refused_wording_stays_in_its_box_with_the_reason_and_changes_nothing(desk: Client) -> None:
    answer = save(desk, body="Come {soon}")
    shown = html.read(answer)

    assert (answer.status_code, LetterText.objects.count()) == (422, 0)
    assert shown.typed()["en-body"] == ["Come {soon}"]
    assert "This letter has no {soon}. Please choose from the list beside the box." in shown.text
    assert "Gwahoddiad i chi" in shown.typed()["cy-subject"][0]


def test_the_page_explains_every_name_and_shows_what_it_becomes(desk: Client) -> None:
    shown = html.read(desk.get(page()))

    for name in wording.original(INVITATION, "en").parts:
        assert shown.words("dt").count(f"{{{name}}}") == 2, name
    assert (
        "the venue, or that it is not known yet. For example: “The Old Chapel, SA1 1AA” or “venue to be confirmed”"
        in (shown.text)
    )
    assert shown.errors == []


@pytest.mark.parametrize("language", ["en", "cy"])
def test_how_a_letter_looks_is_a_page_that_can_do_nothing(desk: Client, language: str) -> None:
    for letter in wording.all_letters():
        answer = desk.get(look(language, letter))
        assert answer.status_code == 200, letter
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "SAMEORIGIN"
        assert f'lang="{language}"' in answer.content.decode()


def test_words_can_be_looked_at_before_they_are_saved_as_mail_and_as_plain_text(desk: Client) -> None:
    typed = {"en-subject": SUBJECT, "en-body": BODY}

    as_mail, plain = desk.post(look(), typed), desk.post(look(), {**typed, "plain": "1"})

    assert "Come to Swansea." in as_mail.content.decode()
    assert "Subject: Come: Swansea, Thursday 28 February 2019 (characters: 40)" in as_mail.content.decode()
    assert "Come: Swansea, Thursday 28 February 2019\n\nDear Gwen Parry," in plain.content.decode()
    assert "This letter has no {soon}" in desk.post(look(), {**typed, "en-body": "{soon}"}).content.decode()
    assert LetterText.objects.count() == 0


def test_letters_and_languages_there_are_not_are_not_found(desk: Client) -> None:
    assert desk.get(page("events/no_such_letter")).status_code == 404
    assert desk.get(page("admin/base")).status_code == 404
    assert desk.get(look("fr")).status_code == 404
    assert save(desk, language="fr").status_code == 403


def test_staff_who_may_only_look_can_look_and_not_change(client: Client, db: None) -> None:
    reader = User.objects.create_user("reader@partnerships.example", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_lettertext"))
    client.force_login(reader)

    assert [client.get(address).status_code for address in (page(), look())] == [200, 200]
    assert save(client).status_code == 403
    assert client.post(reverse("admin:outbox_lettertext_back", args=["events", "invitation", "en"])).status_code == 403
    assert LetterText.objects.count() == 0


def test_invented_people_live_at_invented_addresses() -> None:
    addresses = [v for v in VALUES.values() if isinstance(v, str) and "@" in v]

    assert [a for a in addresses if not a.endswith(".example")] == []
