"""Mail programs open every link before the reader does: whatever they open, nothing changes and nothing is used up."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from partners.models import Concern
from pwp.outbox.models import Message
from tests import world as season
from tests.html import Visitor

SCANNER = {"HTTP_USER_AGENT": "Mozilla/5.0 (compatible; SafeLinks/1.0)"}
LETTERS = set(
    "acknowledgement cancelled-2 changed-1 confirmed considering costs day-before elsewhere ended follow-up "
    "follow-up-again given-back hidden joining-notes link made moved no-event-near not-this-time offer reminder-3 "
    "reminder-7 reported sent sorry suggestions-ready thank-you waiting warm-up withdrawn".split()
)


def paths_of(message: Message) -> list[str]:
    links = sorted(season.links_in(message))
    return [link.removeprefix(settings.SITE_URL) for link in links if link.startswith(settings.SITE_URL)]


def kind_of(letter: Message) -> str:
    """The step in a letter's key; a letter that can be written twice has its moment before it."""
    return next(part for part in letter.key.split(":")[2:] if not part.isdigit())


def knock(client: Visitor, path: str) -> int:
    """GET and HEAD, twice over; the status of the last GET."""
    for _ in range(2):
        client.head(path)
        status = client.get(path).status_code
    return status


def test_opening_every_link_of_every_letter_changes_nothing() -> None:
    season.write_the_rest(season.play())
    letters = list(Message.objects.all())
    before = season.everything()

    paths = {path for letter in letters for path in paths_of(letter)}
    statuses = {path: knock(Visitor(**SCANNER), path) for path in paths}

    assert season.everything() == before
    assert {kind_of(letter) for letter in letters} == LETTERS
    signed_in_only = {urlsplit(path).path for path, status in statuses.items() if status == 302}
    assert set(statuses.values()) == {200, 302}
    hidden, concern = Message.objects.get(key__contains=":hidden:"), Concern.objects.get()
    assert {path.removeprefix("/cy") for path in signed_in_only} == {
        "/my/",
        "/events/sheffield-2031/partners/",
        *(path for path in paths_of(hidden) if path.startswith("/my/")),
        reverse("admin:partners_concern_change", args=[concern.pk]),
    }


def test_letters_link_nowhere_but_to_the_portal() -> None:
    season.write_the_rest(season.play())

    hosts = {urlsplit(link).netloc for letter in Message.objects.all() for link in season.links_in(letter)}

    assert hosts == {urlsplit(settings.SITE_URL).netloc}


def test_every_kind_of_letter_has_something_to_open_or_somebody_to_call() -> None:
    season.write_the_rest(season.play())

    silent = [m.key for m in Message.objects.all() if not paths_of(m) and "020 7946 0123" not in m.text]

    assert silent == []


def test_the_stop_header_of_a_follow_up_can_be_opened_and_only_a_post_stops_the_questions() -> None:
    world = season.play()
    letter = Message.objects.get(key__contains=":follow-up:", person_code=world.museum.person.code)
    path = letter.headers["List-Unsubscribe"].strip("<>").removeprefix(settings.SITE_URL)
    questions = world.introduction.follow_ups.filter(person=world.museum.person)

    opened = knock(Visitor(**SCANNER), path)
    states = sorted(questions.values_list("state", flat=True))
    posted = Visitor(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"}).status_code

    assert letter.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (opened, states) == (200, ["asked", "planned"])
    assert (posted, sorted(questions.values_list("state", flat=True))) == (200, ["dropped", "dropped"])


def test_getting_every_page_as_anybody_changes_nothing() -> None:
    world = season.play()
    paths = [reverse(name, kwargs=kwargs) for name, kwargs in world.routes().items()]
    clients = []
    for user in world.users().values():
        clients.append(Visitor(**SCANNER))
        if user:
            clients[-1].force_login(user)
    before = season.everything()

    for client in clients:
        for path in paths:
            client.head(path)
            client.get(path)
            client.get(f"/cy{path}?event=sheffield-2031&band=strong")

    assert season.everything() == before
