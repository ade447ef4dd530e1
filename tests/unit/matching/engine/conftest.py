"""A small invented event for the engine's tests: no database, no Django."""

from dataclasses import replace

import pytest

from matching.engine import Gathering, Listing, Profile, Side, Term, Vocabulary

KINDS = (
    Term("space-show", ("Space to show or perform", "Lle i arddangos neu berfformio", "gallery, window, stage", "")),
    Term("space-meet", ("Space to meet or run activities", "Lle i gyfarfod", "rooms, kitchens", "")),
    Term("stories", ("Stories, archives and research", "Straeon, archifau ac ymchwil", "oral history, photos", "")),
    Term("volunteers", ("Volunteers", "Gwirfoddolwyr", "people to help", "")),
    Term("training", ("Training", "Hyfforddiant", "courses, shadowing", "")),
    Term("mentoring", ("Mentoring and peer visits", "Mentora", "one to one", "")),
    Term("money", ("Money or commissioning", "Arian neu gomisiynu", "", "")),
    Term("first-talk", ("Just a first conversation", "Sgwrs gyntaf yn unig", "", "")),
)
THEMES = (
    Term("ageing", ("Ageing well and dementia", "Heneiddio'n dda a dementia", "older people, memory", "")),
    Term("arts", ("Arts, creativity and making", "Y celfyddydau a chreu", "music, craft, film", "")),
    Term("history", ("Local history and memory", "Hanes lleol a chof", "heritage, archives", "")),
    Term("nature", ("Nature and climate", "Natur a hinsawdd", "wildlife, gardening", "")),
)
AUDIENCES = (
    Term("older", ("Older people, 65 and over", "Pobl hŷn, 65 oed a throsodd", "", "")),
    Term("young", ("Younger people 11-25", "Pobl iau 11-25", "youth groups, students", "")),
)
RELATED = {("training", "mentoring"): 0.5, ("mentoring", "training"): 0.5}


@pytest.fixture
def vocabulary():
    return Vocabulary(kinds=KINDS, themes=THEMES, audiences=AUDIENCES, related_kinds=RELATED)


def _line(side, key, text, kinds, options):
    return Listing(key, side, text, kinds=tuple(kinds), **options)


@pytest.fixture
def need():
    return lambda key, text="", kinds=(), **options: _line(Side.NEED, key, text, kinds, options)


@pytest.fixture
def offer():
    return lambda key, text="", kinds=(), **options: _line(Side.OFFER, key, text, kinds, options)


@pytest.fixture
def gallery(need, offer):
    return Profile(
        "gallery",
        "museum",
        description="A town gallery with a changing wall of local work.",
        themes=("arts", "ageing"),
        audiences=("older",),
        easting=435_000,
        northing=387_000,
        needs=(need("g-need", "Stories and photographs of the steelworks from former workers", ["stories"]),),
        offers=(offer("g-offer", "A gallery wall for exhibitions in May", ["space-show"], says_when=True),),
    )


@pytest.fixture
def knitters(need, offer):
    return Profile(
        "knitters",
        "community",
        description="Pensioners who knit together on Tuesdays.",
        themes=("arts", "ageing"),
        audiences=("older",),
        easting=437_000,
        northing=387_000,
        needs=(need("k-need", "Somewhere for an exhibition of our knitting", ["space-show"], says_when=True),),
        offers=(offer("k-offer", "Our members' photographs and memories of the steelworks", ["stories"]),),
    )


@pytest.fixture
def allotment(need, offer):
    return Profile(
        "allotment",
        "community",
        description="An allotment society that grows food with young people.",
        themes=("nature",),
        audiences=("young",),
        easting=445_000,
        northing=395_000,
        needs=(need("a-need", "Volunteers to dig on Saturdays", ["volunteers"]),),
        offers=(offer("a-offer", "Gardening lessons for schools", ["training"]),),
    )


@pytest.fixture
def mill(need, offer):
    return Profile(
        "mill",
        "museum",
        description="A watermill with a garden, run by volunteers.",
        themes=("history", "nature"),
        audiences=("young",),
        easting=440_000,
        northing=390_000,
        needs=(need("m-need", "Help with the mill garden and its orchard", ["training"]),),
        offers=(offer("m-offer", "Volunteering days for youth groups by the river", ["volunteers"]),),
    )


@pytest.fixture
def event(vocabulary, gallery, knitters, allotment, mill):
    """Two museums and two groups, each museum with one group that fits it well."""
    return Gathering((gallery, knitters, allotment, mill), vocabulary, near_km=8)


@pytest.fixture
def crowd(vocabulary, event):
    """The four, copied under many keys with small changes: enough for floors and caps to matter."""

    def make(copies):
        profiles = []
        for number in range(copies):
            for profile in event.profiles:
                profiles.append(
                    replace(
                        profile,
                        key=f"{profile.key}-{number:02d}",
                        easting=profile.easting + 900 * ((number * 7) % 11),
                        northing=profile.northing + 700 * ((number * 5) % 13),
                        description=f"{profile.description} {WORDS[number % len(WORDS)]}",
                        themes=profile.themes if number % 3 else (),
                    )
                )
        return Gathering(tuple(profiles), vocabulary, near_km=8)

    return make


WORDS = ("steel", "river", "canal", "market", "school", "chapel", "cinema", "harbour", "park", "theatre", "band")
