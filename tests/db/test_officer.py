"""Somebody else becomes project officer: one change in the admin, and every page and every new letter says so."""

from django.urls import reverse

from events import services as events
from events.models import Event, Programme
from pwp.outbox.models import Message
from tests import factories
from tests import world as season
from tests.html import Visitor, read

OLD = ("Ceri Morgan", "020 7946 0123", "ceri@partnerships.example")
NEW = {"officer_name": "Nia Newcome", "officer_phone": "029 2018 0456", "officer_email": "nia@partnerships.example"}


def shown(guest: Visitor, path: str) -> str:
    answer = guest.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_every_page_and_every_new_letter_names_the_new_officer() -> None:
    world = season.play()
    Programme.objects.update(**NEW)
    before = set(Message.objects.values_list("pk", flat=True))
    event = Event.objects.get(pk=world.event.pk)
    asked = factories.ask(event, 70)
    events.keep_considering(asked, by=world.officer)
    events.not_this_time(factories.ask(event, 71), by=world.officer, reason="Too far away.")
    guest = Visitor()
    guest.force_login(world.museum.person.user)

    pages = {
        prefix + path: shown(guest, prefix + path)
        for name, kwargs in world.routes().items()
        if name not in season.WITHOUT_A_PAGE
        for path in [reverse(name, kwargs=kwargs)]
        for prefix in ("", "/cy")
    }
    letters = {letter.key: letter.text + letter.html for letter in Message.objects.exclude(pk__in=before)}

    assert len(letters) >= 4
    mailed_before = [f"/{kind}/{token}/" for kind, token in world.tokens.items()]
    assert set(mailed_before) < pages.keys()
    said = pages | letters
    assert {at for at, text in said.items() for old in OLD if old in text} == set()
    assert {key for key, text in letters.items() if NEW["officer_phone"] not in text} == set()
    assert NEW["officer_phone"] in read(guest.get("/")).text
