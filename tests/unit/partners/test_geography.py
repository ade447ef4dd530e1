"""What the portal understands when somebody says where they are."""

import gzip

import pytest

from partners import geography
from partners.geography import (
    COUNCIL_NAMES,
    Certainty,
    Place,
    distance_km,
    locate,
    looks_like_postcode,
    mixes_letter_o_and_zero,
    normalise_council,
    tidy_postcode,
)

BARNSLEY, SHEFFIELD, ROTHERHAM = "E08000038", "E08000039", "E08000018"
SWANSEA, NEATH_PORT_TALBOT, CARMARTHENSHIRE, POWYS = "W06000011", "W06000012", "W06000010", "W06000023"
LEWISHAM, CROYDON, GREENWICH = "E09000023", "E09000008", "E09000011"
FIFE, PERTH_AND_KINROSS, EDINBURGH, CLACKMANNANSHIRE = "S12000047", "S12000048", "S12000036", "S12000005"


def council(typed: str) -> str:
    return locate(typed).council_code


def km(a: str, b: str) -> float:
    one, other = locate(a), locate(b)
    distance = distance_km(one.easting, one.northing, other.easting, other.northing)
    assert distance is not None
    return distance


def known(place: Place) -> tuple[str, Certainty]:
    return place.council_code, place.certainty


# The towns in a postcode lie; these are the traps near the four events.


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("KY16 9AJ", FIFE),
        ("DD6 9DN", FIFE),  # Tayport, by post in Dundee
        ("KY13 8DG", PERTH_AND_KINROSS),  # Kinross, by post in Kirkcaldy
        ("FK10 4PJ", FIFE),  # Kincardine, where the rest of FK10 is Clackmannanshire
        ("FK10 1AB", CLACKMANNANSHIRE),
        ("EH6 6QQ", EDINBURGH),
        ("S18 1PX", "E07000038"),  # Dronfield is North East Derbyshire
        ("S40 1XD", "E07000034"),  # Chesterfield
        ("S80 2BP", "E07000171"),  # Worksop is Bassetlaw
        ("SA9 1LB", POWYS),
        ("SA1 3RD", SWANSEA),
        ("SE23 3PQ", LEWISHAM),
    ],
)
def test_a_postcode_is_in_its_council_and_not_in_its_post_town(typed, code):
    assert known(locate(typed)) == (code, Certainty.SECTOR)


def test_a_full_postcode_is_known_to_its_sector_and_says_so():
    place = locate("KY16 9AJ")

    assert place == Place("KY16 9AJ", FIFE, "Fife", place.easting, place.northing, Certainty.SECTOR, 1.0)
    assert km("KY16 9AJ", "KY16 9") == 0


def test_an_outcode_split_between_councils_is_not_certain():
    assert known(locate("SE19")) == (CROYDON, Certainty.OUTCODE)
    assert locate("SE19").council_share == 0.71  # four boroughs meet here
    assert known(locate("S36")) == (BARNSLEY, Certainty.OUTCODE)
    assert locate("S36").council_share == 0.56
    assert known(locate("SA9")) == (POWYS, Certainty.OUTCODE)
    assert locate("SA9").council_share == 0.59


def test_a_new_postcode_in_a_known_outcode_is_found_by_its_outcode():
    assert known(locate("KY12 1AA")) == (FIFE, Certainty.OUTCODE)


def test_distances_are_those_on_the_map():
    assert km("EH6 6QQ", "KY12 7NL") == pytest.approx(21, abs=1.5)
    assert km("KY16 9AJ", "KY12 7NL") == pytest.approx(50, abs=2)
    assert km("DD6 9", "KY12 7NL") == pytest.approx(55, abs=2)
    assert km("Chesterfield", "S1 2HH") == pytest.approx(16, abs=2)
    assert km("SE23 3PQ", "SE23 3PQ") == 0


def test_there_is_no_distance_to_an_unknown_place():
    assert distance_km(None, 697_794, 325_952, 697_794) is None
    assert distance_km(325_952, 697_794, 325_952, None) is None
    assert distance_km(0, 0, 3_000, 4_000) == 5.0
    assert distance_km(0, 0, 0, 0) == 0.0


# People type as they like.


@pytest.mark.parametrize("typed", ["s1 2hh", "S12HH", "s12hh", "  S1   2HH ", "S1. 2HH.", "S1\u00a02HH", "s1-2hh"])
def test_a_postcode_is_the_same_however_it_is_typed(typed):
    place, expected = locate(typed), locate("S1 2HH")

    assert place.typed == typed
    assert (known(place), place.easting, place.northing) == (known(expected), expected.easting, expected.northing)
    assert tidy_postcode(typed) == "S1 2HH"
    assert not mixes_letter_o_and_zero(typed)


@pytest.mark.parametrize(
    ("typed", "tidy"),
    [("KY16 OAA", "KY16 0AA"), ("S014 0AA", "SO14 0AA"), ("N1O 1AA", "N10 1AA"), ("kyi2 7nl", "")],
)
def test_the_letter_o_and_the_digit_0_are_put_right_and_can_be_warned_about(typed, tidy):
    assert tidy_postcode(typed) == tidy
    assert mixes_letter_o_and_zero(typed) is bool(tidy)


def test_a_partial_postcode_is_read_with_its_space_and_without():
    assert tidy_postcode("S12") == "S12"
    assert tidy_postcode("S1 2") == "S1 2"
    assert tidy_postcode("KY169") == "KY16 9"
    assert tidy_postcode("ky16 9a") == "KY16 9A"
    assert tidy_postcode("ky16.") == "KY16"
    assert tidy_postcode("EC2Y8") == "EC2Y 8"


def test_a_postcode_is_found_within_an_address():
    assert known(locate("Horniman Museum, 100 London Road, London SE23 3PQ")) == (LEWISHAM, Certainty.SECTOR)
    assert known(locate("London SE23")) == (LEWISHAM, Certainty.OUTCODE)
    assert known(locate("Forest Hill, London SE23 3")) == (LEWISHAM, Certainty.COUNCIL)


@pytest.mark.parametrize("typed", ["S1 2HH", "ky127nl", "ZZ99 9ZZ", "BT1 1AA", "SE19", "KY16 9"])
def test_what_looks_like_a_postcode_need_not_be_one_we_know(typed):
    assert looks_like_postcode(typed)


@pytest.mark.parametrize(
    "typed", ["", "Lewisham", "St Andrews", "Bo'ness", "Cro", "12345", "Hull", "01592 583204", "🏺"]
)
def test_a_town_or_a_telephone_number_does_not_look_like_a_postcode(typed):
    assert not looks_like_postcode(typed)


# People say where they are in words.


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Rotherham", ROTHERHAM),
        ("sheffield city council", SHEFFIELD),
        ("Castell-nedd Port Talbot", NEATH_PORT_TALBOT),
        ("Abertawe", SWANSEA),
        ("City and County of Swansea", SWANSEA),
        ("Dinas a Sir Abertawe", SWANSEA),
        ("Cyngor Sir Gâr", CARMARTHENSHIRE),
        ("sir gaerfyrddin", CARMARTHENSHIRE),
        ("CAERFYRDDIN", CARMARTHENSHIRE),
        ("Cyngor Sir Ceredigion", "W06000008"),
        ("Lewisham", LEWISHAM),
        ("London Borough of Lewisham", LEWISHAM),
        ("Royal Borough of Greenwich", GREENWICH),
        ("City of London", "E09000001"),
        ("St Andrews", FIFE),
        ("st. andrews", FIFE),
        ("Saint Andrews, Fife", FIFE),
        ("Kirkcaldy", FIFE),
        ("Newport on Tay", FIFE),
        ("Leith", EDINBURGH),
        ("Bo’ness", "S12000014"),
        ("Barking & Dagenham", "E09000002"),
        ("Cornwall", "E06000052"),
        ("E08000019", SHEFFIELD),
    ],
)
def test_a_council_or_town_is_understood_by_name_in_english_and_in_welsh(typed, code):
    assert known(locate(typed)) == (code, Certainty.COUNCIL)


def test_a_town_lies_where_its_sector_lies_and_a_council_in_its_middle():
    assert km("St Andrews", "KY16 9") == 0
    assert locate("St Andrews").council_share == 1.0
    assert km("Fife", "Glenrothes") < 10
    assert locate("Fife").council_share == 1.0


def test_a_place_where_councils_meet_is_not_certain_even_by_name():
    assert known(locate("Crystal Palace")) == (CROYDON, Certainty.COUNCIL)
    assert locate("Crystal Palace").council_share == locate("SE19").council_share


def test_the_wider_place_wins_where_two_names_disagree():
    assert council("Newport, Fife") == FIFE
    assert council("Newport") == "W06000022"
    assert km("Leven, Fife", "Leven") == 0


def test_london_alone_is_33_councils_and_so_unknown():
    assert locate("London").certainty == Certainty.UNKNOWN


def test_a_council_has_a_welsh_name_or_its_english_one():
    assert COUNCIL_NAMES[SWANSEA] == ("Swansea", "Abertawe")
    assert COUNCIL_NAMES[FIFE] == ("Fife", "Fife")


def test_sheffield_and_barnsley_are_the_same_councils_under_their_old_codes():
    assert normalise_council("E08000019") == SHEFFIELD
    assert normalise_council(" e08000016 ") == BARNSLEY
    assert normalise_council(SHEFFIELD) == SHEFFIELD
    assert normalise_council("X123") == "X123"


# What we do not know, we say.


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "BT1 1AA",  # Northern Ireland has its own grid
        "IM1 1AA",
        "JE2 3AB",
        "ZZ99 9ZZ",
        "Atlantis",
        "🏺🏛️",
        "\u202eKirkcaldy nearby\u202c",
        "مرحبا",
        "Ｓ１é",
        "\x00",
        "\ud800",
        "S1 2HH" * 2_000,
        "O0" * 5_000,
        "a," * 5_000,
        "the " * 2_500,
        "\u0301" * 10_000,
        ",;/()",
        "'; DROP TABLE partners; --",
    ],
)
def test_an_unknown_place_is_kept_as_typed_and_is_no_error(typed):
    assert locate(typed) == Place(typed, "", "", None, None, Certainty.UNKNOWN, 0.0)
    looks_like_postcode(typed)
    assert tidy_postcode(typed) == ""
    assert not mixes_letter_o_and_zero(typed)


def test_a_known_place_survives_marks_that_came_with_the_paste():
    assert council("\u200fKY12 7NL\u200e") == FIFE
    assert council("KY12 7NL\x00") == FIFE
    assert council("\ufeffLewisham") == LEWISHAM


# The two files agree with each other.


def test_every_area_has_a_named_council_a_place_in_great_britain_and_a_share():
    rows = [geography._row(area) for area in geography._table()]

    assert {row.council for row in rows} == set(COUNCIL_NAMES)
    assert all(0 < row.share <= 1 for row in rows)
    assert all(0 < row.easting < 700_000 and 0 < row.northing < 1_300_000 for row in rows)


def test_the_table_holds_no_northern_irish_postcode():
    assert [area for area in geography._table() if area.startswith("BT")] == []


def test_every_town_is_in_the_council_it_is_listed_under():
    wrong = [name for name, named in geography._names().items() if geography._row(named.area).council != named.council]

    assert wrong == []


def test_every_name_in_the_list_is_understood():
    wrong = [name for name, named in geography._names().items() if council(name) != named.council]

    assert wrong == []


def test_the_table_is_built_the_same_whenever_it_is_built():
    packed = (geography.DATA / "postcode_sectors.csv.gz").read_bytes()

    assert packed[3:8] == bytes(5)  # no file name and no time in the gzip header
    lines = gzip.decompress(packed).decode("ascii").splitlines()
    assert lines[1:] == sorted(lines[1:], key=lambda line: line.split(",")[0])
