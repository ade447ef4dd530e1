"""Tables that leave the portal can be opened safely, and come back the same."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from events.exports import RequestResource
from events.models import Event, Registration
from partners.exporting import RUNS, SafeCSV, SafeXLSX, neutral, plain
from partners.models import Audience, Listing, Organisation, Person, User
from partners.resources import ListingResource, OrganisationResource, PersonResource
from tests import factories, html

DOCUMENTED = Path(__file__).parents[3] / "docs" / "exports.md"
EVIL = ["=1+1", "+44 114 496 0000", "-5", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''", "'quoted'", "plain", "ŵŷ – “Tŷ”", ""]


@pytest.fixture
def desk(client: Client, officer: User) -> Client:
    client.force_login(officer)
    return client


def read_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def read_xlsx(content: bytes) -> list[dict[str, Any]]:
    rows = openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
    headings = next(rows)
    return [dict(zip(headings, row, strict=True)) for row in rows]


def export(desk: Client, name: str, kind: str = "csv", query: str = "") -> bytes:
    response = desk.get(reverse(f"admin:partners_{name}_export", args=[kind]) + query)
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith(f'attachment; filename="{name}-')
    return bytes(response.content)


@pytest.mark.parametrize("cell", EVIL)
def test_no_cell_is_a_formula_and_every_cell_comes_back(cell: str) -> None:
    assert not neutral(cell).startswith(RUNS)
    assert plain(neutral(cell)) == cell


@given(st.text())
def test_any_text_at_all_comes_back_and_never_runs(text: str) -> None:
    assert not neutral(text).startswith(RUNS)
    assert plain(neutral(text)) == text


def test_csv_begins_with_a_mark_and_both_kinds_hold_no_formula(desk: Client, event: Event) -> None:
    factories.ask(event, 1, organisation="=HYPERLINK(A1)", work_place="S1 2HH")

    written = export(desk, "organisation")
    sheet = export(desk, "organisation", "xlsx")

    assert written.startswith(b"\xef\xbb\xbf")
    assert read_csv(written)[0]["name"] == read_xlsx(sheet)[0]["name"] == "'=HYPERLINK(A1)"
    assert "\x0b" not in str(read_xlsx(sheet))


def test_signs_that_no_spreadsheet_takes_do_not_break_a_sheet(desk: Client, event: Event) -> None:
    factories.ask(event, 1, organisation="Two\x0bRooms")

    assert read_xlsx(export(desk, "organisation", "xlsx"))[0]["name"] == "TwoRooms"


@pytest.mark.parametrize(
    ("resource", "heading"),
    [
        (OrganisationResource, "Organisations"),
        (PersonResource, "People"),
        (RequestResource, "Requests"),
        (ListingResource, "Listings"),
    ],
)
def test_every_column_is_documented_in_its_order_and_no_other(resource: Any, heading: str, db: None) -> None:
    section = DOCUMENTED.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    documented = [name.strip().strip("`") for cell in cells for name in cell.split(",")]

    assert resource().get_export_headers() == documented


def test_a_list_is_exported_as_its_filters_show_it(desk: Client, event: Event) -> None:
    factories.ask(event, 1, organisation="Kelham Mill Museum")
    factories.ask(event, 2, organisation="Riverside Readers")

    rows = read_csv(export(desk, "organisation", query="?sector__exact=museum"))
    searched = read_csv(export(desk, "organisation", query="?q=readers"))

    assert [row["name"] for row in rows] == ["Kelham Mill Museum"]
    assert [row["name"] for row in searched] == ["Riverside Readers"]


@pytest.mark.parametrize("query", ["event__id__exact", "nonsense", "membership__authority__in__x"])
def test_a_filter_that_makes_no_sense_exports_nothing_and_breaks_nothing(
    desk: Client, event: Event, query: str
) -> None:
    factories.ask(event, 1)
    answer = desk.get(reverse("admin:events_registration_export", args=["csv"]), {query: "x"})

    assert (answer.status_code, answer["Location"]) == (302, reverse("admin:events_registration_changelist"))


def test_the_buttons_are_above_the_lists_and_only_for_those_who_may_change_them(
    desk: Client, event: Event, django_user_model: type[User]
) -> None:
    from django.contrib.auth.models import Permission

    listed = reverse("admin:partners_person_changelist")
    assert reverse("admin:partners_person_export", args=["csv"]) in desk.get(listed).content.decode()
    looker = django_user_model.objects.create_user("looker@partnerships.example", "a-long-password", is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    only_looking = Client()
    only_looking.force_login(looker)

    assert "export/csv" not in only_looking.get(listed).content.decode()
    for name in ("person", "organisation", "listing"):
        for kind in ("csv", "xlsx"):
            assert only_looking.get(reverse(f"admin:partners_{name}_export", args=[kind])).status_code == 403
    assert only_looking.get(reverse("admin:partners_organisation_import")).status_code == 403
    assert desk.get(reverse("admin:partners_person_export", args=["exe"])).status_code == 403


def test_people_are_exported_with_their_latest_word_on_each_purpose(desk: Client, event: Event) -> None:
    yes = factories.ask(event, 1, consents={"keep_in_touch": True}).person
    taken_back = factories.ask(event, 2, consents={"keep_in_touch": True}).person
    taken_back.consents.create(purpose="keep_in_touch", given=False)
    factories.ask(event, 3, consents={})

    everybody = {row["name"]: row["agrees_keep_in_touch"] for row in read_csv(export(desk, "person"))}
    agreeing = [row["code"] for row in read_csv(export(desk, "person", query="?agrees=keep_in_touch"))]

    assert everybody == {"Person 1": "yes", "Person 2": "no", "Person 3": ""}
    assert agreeing == [yes.code]


def test_a_person_is_exported_with_their_hats_and_how_to_speak_to_them(desk: Client, event: Event) -> None:
    registration = factories.ask(event, 1, phone="+44 114 496 0001")
    person = registration.person
    Person.objects.filter(pk=person.pk).update(pronunciation="AH-na", communication="large print")
    other = Organisation.objects.create(name="Food bank", sector="community")
    person.memberships.create(organisation=other, role="trustee")

    row = read_csv(export(desk, "person"))[0]

    assert (row["pronunciation"], row["communication"], row["phone"]) == ("AH-na", "large print", "'+44 114 496 0001")
    assert row["organisations"] == "Group 1 (lead); Food bank (trustee)"


def test_only_words_others_may_see_are_exported(event: Event, museum: Registration) -> None:
    organisation = museum.organisation
    for fields in (
        {"pending_text": "Waits."},
        {"text": "Under a concern.", "restricted_at": museum.requested_at},
        {"text": "=SUM(A1)", "when": "In May"},
    ):
        organisation.listings.create(side="need", **fields)

    said = [row["text"] for row in ListingResource().export().dict]

    assert sorted(said) == sorted([*organisation.listings.approved().values_list("text", flat=True)])
    assert "Under a concern." not in said


def test_requests_are_exported_without_contact_details_and_without_drafts(
    event: Event, museum: Registration, officer: User
) -> None:
    Registration.objects.create(answers={"name": "Half Done"})
    Registration.objects.filter(pk=museum.pk).update(counts_as="far", counts_as_because="Works abroad.")

    rows = RequestResource().export().dict

    assert [(row["person"], row["state"], row["how_near"]) for row in rows] == [("Ana Reed", "confirmed", "far")]
    assert museum.person.contact_email not in str(rows)


@pytest.mark.parametrize("resource", [OrganisationResource, PersonResource, ListingResource, RequestResource])
def test_exporting_asks_as_often_for_three_as_for_one(event: Event, officer: User, resource: Any) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            resource().export()
        return len(queries)

    factories.confirm(event, 1, officer)
    one = asked()
    for number in (2, 3):
        factories.confirm(event, number, officer)

    assert asked() == one


# --- back in ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def many(event: Event) -> list[Organisation]:
    """Organisations with everything that could get lost on the way."""
    first = factories.ask(event, 1, organisation="Amgueddfa Tŷ’r Ŵyl", language="cy").organisation
    second = factories.ask(event, 2, organisation="=Riverside, “Readers”\nand more").organisation
    third = Organisation.objects.create(
        name="-5 Readers", sector="network", identifier_scheme="ccew", identifier="0012", postcode="KY12 7NL",
        reach_km=12.5, most_introductions=3, open_to_contact=False, gives_grants=True, parent=first,
        website="https://readers.example/", charity_number="=1", description="'Quoted' first.\n\n@home, later.",
    )  # fmt: skip
    second.themes.set([factories.make_theme("history"), factories.make_theme("ageing")])
    third.audiences.set([Audience.objects.create(slug="families", name_en="Families")])
    from partners.services import place_organisation

    place_organisation(third)
    third.save()
    return [first, second, third]


def every_column() -> list[dict[str, Any]]:
    columns = [field.attname for field in Organisation._meta.concrete_fields if field.attname != "updated_at"]
    rows = list(Organisation.objects.order_by("pk").values(*columns))
    for row in rows:
        organisation = Organisation.objects.get(pk=row["id"])
        row["terms"] = [
            sorted(manager.values_list("slug")) for manager in (organisation.themes, organisation.audiences)
        ]
    return rows


def send(desk: Client, content: bytes, kind: str) -> Any:
    """The first step: the page that says what would change."""
    number = str(["csv", "xlsx"].index(kind))
    file = SimpleUploadedFile(f"table.{kind}", content)
    return desk.post(reverse("admin:partners_organisation_import"), {"import_file": file, "format": number})


def press(desk: Client, page: Any) -> Any:
    confirmed = page.context["confirm_form"].initial
    return desk.post(reverse("admin:partners_organisation_process_import"), confirmed, follow=True)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_table_that_was_exported_and_not_edited_changes_nothing(
    desk: Client, many: list[Organisation], kind: str
) -> None:
    before = every_column()

    page = send(desk, export(desk, "organisation", kind), kind)
    assert dict(page.context["result"].totals)["skip"] == 3
    press(desk, page)

    assert every_column() == before


def edited(change: Callable[[list[dict[str, str]]], None], content: bytes) -> bytes:
    rows = read_csv(content)
    change(rows)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def test_a_table_says_first_what_it_would_change_and_changes_it_after_a_second_press(
    desk: Client, many: list[Organisation]
) -> None:
    def change(rows: list[dict[str, str]]) -> None:
        row = next(row for row in rows if row["name"].startswith("Amgueddfa"))
        row.update(size="large", work_place="KY12 7NL", themes="history", website="https://ty.example/")
        rows.append(dict.fromkeys(row, "") | {"name": "New Choir", "sector": "community", "language": "en",
                                              "gives_grants": "no", "open_to_contact": "yes"})  # fmt: skip

    before = every_column()
    page = send(desk, edited(change, export(desk, "organisation")), "csv")
    assert every_column() == before
    shown = html.read(page)
    headings = shown.words("h3")
    assert headings == [f"Update: {many[0].name}", "New: New Choir"]
    assert "size: small large" in shown.words("li")
    assert shown.errors == []
    assert not [e for e in shown.root.iter() if e.get("style")]

    press(desk, page)

    many[0].refresh_from_db()
    assert (many[0].size, many[0].council_name, many[0].website) == ("large", "Fife", "https://ty.example/")
    assert list(many[0].themes.values_list("slug", flat=True)) == ["history"]
    new = Organisation.objects.get(name="New Choir")
    assert len(new.code) == 12
    assert every_column()[1:3] == before[1:]


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("sector", "circus", "circus"),
        ("code", "NOSUCHCODE", "No organisation has the code NOSUCHCODE."),
        ("themes", "no-such-theme", "Not in the vocabulary: no-such-theme."),
        ("website", "not an address", "Enter a valid URL."),
        ("part_of", "NOSUCHCODE", "does not exist"),
        ("reach_km", "far", "number"),
    ],
)
def test_one_bad_row_and_nothing_is_changed(
    desk: Client, many: list[Organisation], column: str, value: str, words: str
) -> None:
    def change(rows: list[dict[str, str]]) -> None:
        rows[0]["size"] = "large"
        rows[-1][column] = value

    before = every_column()
    page = send(desk, edited(change, export(desk, "organisation")), "csv")

    assert "confirm_form" not in page.context
    assert words in page.content.decode()
    assert every_column() == before


def test_a_description_under_a_concern_is_neither_exported_nor_wiped(desk: Client, many: list[Organisation]) -> None:
    from partners.services import report_concern

    report_concern(many[2], worry="A name.", by="x")
    before = every_column()

    page = send(desk, export(desk, "organisation"), "csv")
    press(desk, page)

    assert "@home" not in export(desk, "organisation").decode()
    assert every_column() == before


def test_a_file_that_is_no_table_is_refused_in_words(desk: Client, db: None) -> None:
    page = send(desk, b"PK\x03\x04 not a sheet", "xlsx")

    assert page.status_code == 200
    assert "confirm_form" not in page.context


def test_safe_formats_are_what_the_admin_offers(desk: Client) -> None:
    page = desk.get(reverse("admin:partners_organisation_import"))

    assert [name for _number, name in page.context["form"].fields["format"].choices][-2:] == ["csv", "xlsx"]
    assert (SafeCSV().is_binary(), SafeXLSX().is_binary()) == (False, True)


def test_nobody_exports_the_words_of_a_listing_by_its_waiting_text(desk: Client, event: Event) -> None:
    factories.ask(event, 1)
    assert Listing.objects.exclude(pending_text="").exists()

    assert read_csv(export(desk, "listing", query="?which=all")) == []
