"""What words point to, as staff and people are told."""

import pytest
from django.core.management import call_command
from django.test import Client

from events.models import Event
from matching import hints
from partners.models import Kind, Listing, User
from tests import factories

pytestmark = pytest.mark.django_db

SENTENCE = "We have 40 pensioners who knit and nowhere to show it."


@pytest.fixture(autouse=True)
def vocabulary(db: None) -> None:
    call_command("load_vocabulary")


def slugs(text: str, language: str = "en") -> list[str]:
    return [hint.term.slug for hint in hints.read(text, language)]


def test_one_sentence_with_no_tags_points_to_space_people_and_ageing() -> None:
    assert {"space-show", "ageing-dementia", "older"} <= set(slugs(SENTENCE))


def test_what_is_lacking_reads_as_a_need_though_it_was_written_as_an_offer() -> None:
    sides = {hint.term.slug: hint.side for hint in hints.read(SENTENCE, "en")}

    assert sides["space-show"] == "need"


def test_words_of_no_list_point_nowhere() -> None:
    assert slugs("Qwerty") == []


def test_what_people_ticked_for_their_words_teaches_the_next_reading(event: Event) -> None:
    assert "space-show" not in slugs("A vitrine.")
    kind = Kind.objects.get(slug="space-show")
    for number in range(5):
        organisation = factories.ask(event, number).organisation
        listing = Listing.objects.create(organisation=organisation, side="offer", text=f"Vitrine number {number}.")
        listing.kinds.add(kind)

    assert "space-show" in slugs("A vitrine.")


def test_staff_see_what_a_text_points_to_and_how_surely(client: Client, officer: User, event: Event) -> None:
    listing = factories.ask(event, 1, offer=SENTENCE).organisation.listings.get(side="offer")
    client.force_login(officer)

    said = client.get(f"/admin/partners/listing/{listing.pk}/change/").content.decode()

    row = said[said.index("what the words point to".capitalize()) :]
    assert "Space to show or perform" in row[: row.index("</table>")]
    assert "%" in row[: row.index("</table>")]
