"""The letters' pages for staff: what became of each, what to do about it, and the buttons."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partners.models import User
from pwp.outbox.models import KeptMail, Message
from pwp.outbox.services import cancel_letters
from tests import factories, html
from tests.letters import states, waiting

S = Message.State
LIST = reverse("admin:outbox_message_changelist")


@pytest.fixture
def desk(client: Client, officer: User) -> Client:
    client.force_login(officer)
    return client


def act(desk: Client, letter: Message, what: str, **said: str) -> Any:
    answer = desk.post(reverse("admin:outbox_message_act", args=[letter.pk]), {"act": what, **said})
    letter.refresh_from_db()
    return answer


def page(letter: Message) -> str:
    return reverse("admin:outbox_message_change", args=[letter.pk])


def one_of_each() -> dict[str, Message]:
    now = timezone.now()
    return {
        "held": waiting(1, send_after=now + timedelta(minutes=50)),
        "queued": waiting(2),
        "later": waiting(3, attempts=2, send_after=now + timedelta(minutes=5)),
        "sending": waiting(4, state=S.SENDING, claimed_at=now),
        "sent": waiting(5, state=S.SENT, sent_at=now),
        "delayed": waiting(6, state=S.SENT, sent_at=now, delays=2),
        "bounced": waiting(7, state=S.FAILED, bounced_at=now, server_said="550 nobody here"),
        "failed": waiting(8, state=S.FAILED, attempts=1),
        "cancelled": waiting(9, state=S.CANCELLED),
    }


def test_each_fate_has_its_count_and_its_list(desk: Client) -> None:
    letters = one_of_each()
    shown = html.read(desk.get(LIST))

    assert "2 letters did not arrive, or nobody knows. Open each to see what to do." in shown.text
    for fate, letter in letters.items():
        assert f"?delivery={fate}" in shown.links()
        listed = html.read(desk.get(f"{LIST}?delivery={fate}"))
        assert listed.words("th", class_="field-subject") == [letter.subject], fate


def test_the_list_says_when_a_letter_leaves_and_what_to_do_about_one_that_did_not_arrive(desk: Client) -> None:
    letters = one_of_each()
    said = {fate: html.read(desk.get(page(letter))).text for fate, letter in letters.items()}

    assert "held: leaves at" in said["held"]
    assert "leaves within a minute" in said["queued"]
    assert "will be tried again at" in said["later"]
    assert "Better call." in said["delayed"]
    assert "Call them. Or correct the address and send it again." in said["bounced"]
    assert "It may have arrived. Ask the person before you send it again." in said["failed"]


def test_without_letters_the_page_says_so(desk: Client) -> None:
    assert "No letters yet." in html.read(desk.get(LIST)).text


def test_a_bounced_letter_goes_to_a_better_address_and_the_history_keeps_the_first(desk: Client) -> None:
    letter = one_of_each()["bounced"]

    act(desk, letter, "send", to_email="ana@new.example")

    assert (letter.state, letter.to_email, letter.bounced_at) == ("queued", "ana@new.example", None)
    assert "Sent again. Before, to person7@group.example: 550 nobody here" in LogEntry.objects.get().change_message


def test_an_address_that_is_none_is_refused(desk: Client) -> None:
    letter = one_of_each()["bounced"]

    act(desk, letter, "send", to_email="ana at new")

    assert (letter.state, letter.to_email) == ("failed", "person7@group.example")


def test_an_address_longer_than_any_is_refused(desk: Client) -> None:
    letter = one_of_each()["bounced"]

    act(desk, letter, "send", to_email=f"ana@{'a.' * 140}example")

    assert (letter.state, letter.to_email) == ("failed", "person7@group.example")


def test_a_letter_that_came_back_by_other_ways_is_marked_by_hand(desk: Client) -> None:
    letter = one_of_each()["sent"]

    act(desk, letter, "bounced", said="Her sister rang: no such box any more")

    assert (letter.state, letter.bounced_at is not None) == ("failed", True)
    assert letter.server_said == "Her sister rang: no such box any more"


@pytest.mark.parametrize("fate", ["held", "queued", "later", "failed", "bounced"])
def test_a_letter_can_be_kept_back_or_laid_to_rest(desk: Client, fate: str) -> None:
    letter = one_of_each()[fate]

    act(desk, letter, "stop")

    assert letter.state == "cancelled"


@pytest.mark.parametrize(("fate", "what"), [("sent", "send"), ("sent", "stop"), ("queued", "bounced"), ("sent", "fly")])
def test_a_button_that_came_too_late_changes_nothing_and_says_so(desk: Client, fate: str, what: str) -> None:
    letter = one_of_each()[fate]
    before = letter.state

    answer = act(desk, letter, what)

    assert (answer.status_code, letter.state) == (302, before)


def test_buttons_are_for_staff_who_may_use_them_and_only_pressed(client: Client, db: None) -> None:
    letter = waiting(1)
    reader = User.objects.create_user("reader@partnerships.example", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_message"))
    client.force_login(reader)

    assert "Do not send" not in html.read(client.get(page(letter))).text
    assert act(client, letter, "stop").status_code == 403
    assert client.get(reverse("admin:outbox_message_act", args=[letter.pk])).status_code == 405
    assert states() == ["queued"]


def test_the_html_of_a_letter_is_shown_in_a_frame_that_can_do_nothing(desk: Client) -> None:
    letter = waiting(1, html='<p style="color: red">Hello <script>alert(1)</script></p>')
    kept = KeptMail.objects.create(to="a@b.example", subject="Kept", text="Hello.", html="<p>Hello.</p>")
    kept_plain = KeptMail.objects.create(to="a@b.example", subject="Code", text="ABC-DEF")
    for model, row in (("message", letter), ("keptmail", kept)):
        shown = html.read(desk.get(reverse(f"admin:outbox_{model}_change", args=[row.pk])))
        (frame,) = shown.all("iframe")
        answer = desk.get(frame.get("src"))
        assert (frame.get("sandbox"), answer.content.decode()) == ("", row.html)
        assert answer["Content-Security-Policy"].endswith("; sandbox")
        assert "script-src" not in answer["Content-Security-Policy"]
    plain = html.read(desk.get(reverse("admin:outbox_keptmail_change", args=[kept_plain.pk])))
    assert (plain.all("iframe"), "ABC-DEF" in plain.text) == ([], True)


def test_a_letter_that_is_no_longer_true_says_so_and_has_no_button_to_send_it(desk: Client) -> None:
    letter = one_of_each()["held"]
    cancel_letters([letter.key])

    assert "Let it rest." in html.read(desk.get(page(letter))).text
    assert "Send again" not in html.read(desk.get(page(letter))).words("button")
    act(desk, letter, "send", to_email="ana@new.example")

    assert letter.state == "cancelled"


def test_the_mailbox_of_this_machine_is_searched_by_who_and_what_about_and_not_by_words(client: Client) -> None:
    client.force_login(factories.make_staff())
    KeptMail.objects.create(to="ana@reed.example", subject="Your code", text="Stories of the steelworks.")

    found = {q: client.get("/admin/outbox/keptmail/", {"q": q}).context["cl"].result_count for q in ("reed", "steel")}

    assert found == {"reed": 1, "steel": 0}
