"""Lists of organisations from a file: good rows come in once, bad rows are named, and nobody but staff sees any."""

import csv
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from events.models import Event
from matching.models import MatchRun, Suggestion
from partners.models import Audience, Consent, Listing, Organisation, Person
from pwp.outbox.models import Message
from tests import factories, world

HEADINGS = "source,ref,kind,name,postcode,event_area,nearness,size,text"
MUSEUM = "ace,17,museum,Kelham Mill Museum,S3 8RY,sheffield,core,small,Steel and the people who made it."
GROUP = "ccew,1044,community,Riverside Readers,S1 2HH,sheffield,core,4500,We read aloud together."


@pytest.fixture
def sheffield() -> Event:
    return factories.make_event()


class Imported:
    """What one call of the command said."""

    def __init__(self, path: Path, *options: str) -> None:
        out, err = io.StringIO(), io.StringIO()
        self.refused = ""
        try:
            call_command("import_organisations", str(path), *(options or ("--areas",)), stdout=out, stderr=err)
        except CommandError as error:
            self.refused = str(error)
        self.said, self.bad = out.getvalue().strip(), err.getvalue().splitlines()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "list.csv"


def write(path: Path, *rows: str, headings: str = HEADINGS) -> Path:
    path.write_text("\n".join((headings, *rows)) + "\n", encoding="utf-8")
    return path


def write_cells(path: Path, **cells: str) -> Path:
    row = {"source": "ours", "ref": "1", "kind": "museum", "name": "Two Rooms", "event_area": "sheffield", **cells}
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(row))
        writer.writeheader()
        writer.writerow(row)
    return path


def test_a_good_file_makes_organisations_with_their_place_size_and_words(sheffield: Event, file: Path) -> None:
    imported = Imported(write(file, MUSEUM, GROUP))

    assert imported.said == "2 new, 0 changed, 0 as before, 0 bad."
    fields = ("identifier_scheme", "identifier", "sector", "name", "postcode", "council_name", "size", "description")
    assert list(Organisation.objects.order_by("name").values_list(*fields)) == [
        (
            "ace",
            "17",
            "museum",
            "Kelham Mill Museum",
            "S3 8RY",
            "Sheffield",
            "small",
            "Steel and the people who made it.",
        ),
        ("ccew", "1044", "community", "Riverside Readers", "S1 2HH", "Sheffield", "tiny", "We read aloud together."),
    ]
    assert set(sheffield.known_organisations.all()) == set(Organisation.objects.all())


def test_an_imported_organisation_has_no_person_no_consent_and_no_letter(sheffield: Event, file: Path) -> None:
    Imported(write(file, MUSEUM, GROUP))

    assert (Person.objects.count(), Consent.objects.count(), Message.objects.count()) == (0, 0, 0)


def test_importing_the_same_file_again_changes_nothing(sheffield: Event, file: Path) -> None:
    write(file, MUSEUM, GROUP)
    Imported(file)
    before = world.everything()

    again = Imported(file)

    assert again.said == "0 new, 0 changed, 2 as before, 0 bad."
    assert world.everything() == before


def test_a_changed_row_changes_its_organisation_and_no_other(sheffield: Event, file: Path) -> None:
    Imported(write(file, MUSEUM, GROUP))

    changed = Imported(write(file, MUSEUM.replace("small", "medium"), GROUP))

    assert changed.said == "0 new, 1 changed, 1 as before, 0 bad."
    assert Organisation.objects.get(identifier="17").size == "medium"


def test_our_own_columns_bring_needs_and_offers_with_kinds_themes_and_audiences(sheffield: Event, file: Path) -> None:
    for slug in ("space-show", "links-people", "volunteers"):
        factories.make_kind(slug)
    factories.make_theme("local-history")
    Audience.objects.create(slug="older", name_en="Older people")
    write_cells(
        file,
        needs="[volunteers] Help on Saturdays // Someone to write labels",
        offers="[space-show, links-people] A wall for our quilts\nA dry room",
        themes="local-history",
        audiences="older",
    )

    Imported(file)
    again = Imported(file)

    rows = [(row.side, row.text, sorted(row.kinds.values_list("slug", flat=True))) for row in Listing.objects.all()]
    assert sorted(rows) == [
        ("need", "Help on Saturdays", ["volunteers"]),
        ("need", "Someone to write labels", []),
        ("offer", "A dry room", []),
        ("offer", "A wall for our quilts", ["links-people", "space-show"]),
    ]
    organisation = Organisation.objects.get()
    assert [str(term) for terms in (organisation.themes, organisation.audiences) for term in terms.all()] == [
        "Local-History",
        "Older people",
    ]
    assert again.said == "0 new, 0 changed, 1 as before, 0 bad."


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (
            {"kind": "club"},
            "kind: “club” is not a sector. Use one of: museum, community, network, statutory, funder, other.",
        ),
        ({"size": "vast"}, "size: “vast” is not a size. Use one of: tiny, small, medium, large, or an income."),
        ({"event_area": "leeds"}, "event_area: “leeds” is not the area of an event. Use one of: sheffield."),
        ({"name": ""}, "name: This cell is empty."),
        ({"ref": ""}, "ref: This cell is empty."),
        ({"needs": "[magic] Spells"}, "needs: Not a kind: magic."),
        ({"offers": "x" * 601}, "offers: A line is 601 characters long; 600 is the most."),
        ({"themes": "dragons"}, "themes: Not in the vocabulary: dragons."),
        ({"audiences": "dragons"}, "audiences: Not in the vocabulary: dragons."),
        ({"name": "N" * 201}, "name: Ensure this value has at most 200 characters (it has 201)."),
        ({"website": "not a site"}, "website: Enter a valid URL."),
        ({"language": "fr"}, "language: Value 'fr' is not a valid choice."),
    ],
)
def test_a_bad_cell_is_named_with_its_line_and_what_is_wrong(
    sheffield: Event, file: Path, cells: dict[str, str], words: str
) -> None:
    imported = Imported(write_cells(file, **cells))

    assert imported.bad == [f"line 2, {words}"] or imported.bad == [f"line 2: {words}"]
    assert Organisation.objects.count() == 0


def test_lines_are_counted_as_an_editor_counts_them(sheffield: Event, file: Path) -> None:
    rows = ('ace,1,museum,Mill,S3 8RY,sheffield,core,small,"First line', 'second line, with ""quotes""', 'third line"')

    imported = Imported(write(file, *rows, "ace,2,club,Bad,S1 2HH,sheffield,core,small,x", "ace,,museum,Worse,,,,,"))

    assert [line.partition(":")[0] for line in imported.bad] == ["line 5", "line 6"]


def test_one_bad_row_keeps_all_out(sheffield: Event, file: Path) -> None:
    imported = Imported(write(file, MUSEUM, GROUP.replace("community", "club")))

    assert imported.refused.endswith("nothing was imported. Mend these lines, or use --keep-good-rows.")
    assert Organisation.objects.count() == 0
    assert sheffield.known_organisations.count() == 0


def test_good_rows_are_kept_when_that_is_asked_for(sheffield: Event, file: Path) -> None:
    imported = Imported(write(file, MUSEUM, GROUP.replace("community", "club")), "--areas", "--keep-good-rows")

    assert (imported.refused, len(imported.bad)) == ("", 1)
    assert imported.said == "1 new, 0 changed, 0 as before, 1 bad."
    assert [o.name for o in sheffield.known_organisations.all()] == ["Kelham Mill Museum"]


def test_a_dry_run_says_what_would_happen_and_changes_nothing(sheffield: Event, file: Path) -> None:
    before = world.everything()

    imported = Imported(write(file, MUSEUM, GROUP), "--areas", "--dry-run")

    assert imported.said == "2 new, 0 changed, 0 as before, 0 bad. Dry run: nothing was changed."
    assert world.everything() == before


def test_a_row_that_comes_twice_in_one_file_is_one_organisation(sheffield: Event, file: Path) -> None:
    imported = Imported(write(file, MUSEUM, MUSEUM))

    assert imported.said == "1 new, 0 changed, 1 as before, 0 bad."
    assert Organisation.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("source,ref,kind,name\nace,1,museum,Amgueddfa Caf\xe9\n".encode("latin-1"), "Line 2 is not UTF-8."),
        (b"source,ref,kind,name\nace,1,museum,Mi\x00ll\n", "Line 2 holds a NUL character"),
        (b"ref,name\n1,Mill\n", "These columns are missing: source, kind."),
        (b"", "These columns are missing: source, ref, kind, name."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_what_to_change(
    sheffield: Event, file: Path, content: bytes, words: str
) -> None:
    file.write_bytes(content)

    assert Imported(file).refused.startswith(words)
    assert Organisation.objects.count() == 0


def test_a_file_that_is_not_there_is_said_so(sheffield: Event, file: Path) -> None:
    assert Imported(file).refused == f"There is no file {file}."


def test_a_file_with_headings_alone_brings_nothing(sheffield: Event, file: Path) -> None:
    assert Imported(write(file)).said == "0 new, 0 changed, 0 as before, 0 bad."


def test_a_file_saved_by_a_spreadsheet_with_a_byte_order_mark_is_read(sheffield: Event, file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + f"{HEADINGS}\r\n{MUSEUM}\r\n".encode())

    assert Imported(file).said == "1 new, 0 changed, 0 as before, 0 bad."


def test_all_rows_can_be_near_one_event(sheffield: Event, file: Path) -> None:
    row = MUSEUM.replace(",sheffield,", ",,")

    Imported(write(file, row), "--event", sheffield.slug)

    assert sheffield.known_organisations.count() == 1
    assert Imported(file, "--event", "leeds-2031").refused == "There is no event 'leeds-2031'. Known: sheffield-2031."


def test_area_words_of_the_lists_find_the_event_and_the_newest_season(file: Path) -> None:
    old = factories.make_event("south-east-london-2019", held_on=factories.FAR_AHEAD.replace(year=2019))
    new = factories.make_event("south-east-london-2031")

    Imported(write(file, MUSEUM.replace("sheffield", "se_london"), GROUP.replace("sheffield", "south_east_london")))

    assert (old.known_organisations.count(), new.known_organisations.count()) == (0, 2)


def test_an_imported_funder_is_not_open_to_contact(sheffield: Event, file: Path) -> None:
    Imported(write(file, GROUP.replace("community", "funder")))

    assert Organisation.objects.get().open_to_contact is False


def test_participants_never_see_imported_organisations(sheffield: Event, file: Path) -> None:
    Imported(write(file, MUSEUM, GROUP))
    registration = factories.confirm(sheffield, 3, factories.make_staff())
    client = Client()
    client.force_login(factories.sign_up(registration))
    imported = list(sheffield.known_organisations.all())

    statuses = [client.get(organisation.get_absolute_url()).status_code for organisation in imported]
    listed = client.get(f"/events/{sheffield.slug}/partners/").content.decode()

    assert statuses == [404, 404]
    assert [o.name in listed for o in imported] == [False, False]


def rehearse(event: Event, *options: str) -> str:
    out = io.StringIO()
    call_command("match", event.slug, "--rehearsal", *options, stdout=out)
    return out.getvalue()


def test_a_rehearsal_stores_a_report_for_staff_and_suggests_nothing(sheffield: Event, file: Path) -> None:
    Imported(write(file, MUSEUM, GROUP))

    said = rehearse(sheffield)

    run = MatchRun.objects.get()
    assert (run.rehearsal, run.state, run.report["organisations"], run.report["with_words"]) == (True, "done", 2, 2)
    assert said.splitlines()[0].startswith("1 museums and 1 others; 2 with words;")
    assert (Suggestion.objects.count(), Message.objects.count()) == (0, 0)


def test_a_rehearsal_says_first_that_it_knows_too_little(sheffield: Event, file: Path) -> None:
    silent = [f"ace,{n},museum,Museum {n},S1 2HH,sheffield,core,," for n in range(20, 24)]
    Imported(write(file, GROUP, *silent))

    said = rehearse(sheffield)

    assert said.splitlines()[0] == "We know too little here: only 1 of 5 organisations have any words to go by."
    assert "have nothing written: ask them what they need and offer." in said


def test_a_rehearsal_of_nobody_is_said_so(sheffield: Event) -> None:
    assert rehearse(sheffield).splitlines()[0] == "0 museums and 0 others; 0 with words; 0 pairs suggested."
