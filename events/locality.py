"""How near an organisation is to an event: the council list decides, distance is a hint, staff have the last word.

Where the work happens counts first. An office in one of the event's councils still makes it "near, staff decide" where
the work is elsewhere. Nobody is turned away by any of this.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from events.models import Event, Registration
from partners import geography
from partners.models import Organisation

SURE_FROM = 0.95  # at this share and above the council is right for 99.7% of postcodes, measured on the ONS directory


class Level(StrEnum):
    LOCAL = "local"
    NEAR = "near"
    FAR = "far"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Locality:
    level: Level
    event_name: str
    council: str
    certainty: str  # one of Organisation.Certainty
    distance_km: float | None
    sure: bool  # False where part of that postcode area lies in another council
    typed: str = ""
    office: str = ""  # the council of the office, where that is another one than where they work
    overruled_because: str = ""  # what staff wrote when they decided otherwise than the council list

    @property
    def words(self) -> str:
        """For the person who asks."""
        return {
            Level.LOCAL: _("You look local to %(event)s."),
            Level.NEAR: _("You are close to %(event)s. We will talk with you about whether it fits."),
            Level.FAR: _("There is no event near you yet. We will talk with you about what we can still do."),
            Level.UNKNOWN: _("We could not tell where that is, so we will ask you. It does not hold anything up."),
        }[self.level] % {"event": self.event_name}

    @property
    def still_possible(self) -> list[str]:
        """What we can do for somebody who is far from every event, as short lines for their page."""
        if self.level is not Level.FAR:
            return []
        return [
            _("talk with you by phone about a partner near you"),
            _("send you what the day's materials say"),
            _("tell you when there is an event near you, if you agreed to hear about later rounds"),
        ]

    @property
    def level_words(self) -> str:
        return {
            Level.LOCAL: _("local"),
            Level.NEAR: _("near, you decide"),
            Level.FAR: _("not near"),
            Level.UNKNOWN: _("place not known"),
        }[self.level]

    @property
    def staff_words(self) -> str:
        """For the queue: level, council, distance, and how sure that is."""
        if self.overruled_because:
            said = _("%(level)s, as staff decided: %(reason)s")
            return said % {"level": self.level_words, "reason": self.overruled_because}
        known = [self.level_words, self.council] if self.council else [self.level_words]
        if self.distance_km is not None:
            known.append(_("about %(km)d km") % {"km": round(self.distance_km)})
        if self.level is not Level.UNKNOWN:
            known.append(str(Organisation.Certainty(self.certainty).label))
        if self.office:
            known.append(_("their office is in %(council)s") % {"council": self.office})
        if self.level is Level.UNKNOWN and geography.looks_like_postcode(self.typed):
            known.append(_("a postcode we do not have, perhaps a new one"))
        if geography.mixes_letter_o_and_zero(self.typed):
            known.append(_("please check: the letter O and the figure 0 look mixed up"))
        if self.level is not Level.UNKNOWN and not self.sure:
            known.append(_("please check: that area lies in more than one council"))
        return ", ".join(known)


def locality(organisation: Organisation, event: Event) -> Locality:
    """Reads `event.areas` (prefetch it for lists) and nothing else."""
    level = _level(organisation.council_code, event)
    office = _office_elsewhere(organisation)
    if level is Level.FAR and office and _level(office, event) is not Level.FAR:
        level = Level.NEAR
    return Locality(
        level=level,
        event_name=event.name,
        council=organisation.council,
        certainty=organisation.certainty,
        distance_km=geography.distance_km(organisation.easting, organisation.northing, event.easting, event.northing),
        sure=organisation.council_share >= SURE_FROM,
        typed=organisation.work_place,
        office=geography.council_name(office, language=get_language() or "en"),
    )


def locality_of(registration: Registration) -> Locality:
    """How near this request is to its event, with the last word of staff if they said one. Not for drafts."""
    if registration.event is None:
        raise ValueError("a draft has no event yet")
    found = locality(registration.organisation, registration.event)
    if not registration.counts_as:
        return found
    return replace(found, level=Level(registration.counts_as), overruled_because=registration.counts_as_because)


def events_nearby(organisation: Organisation, events: "list[Event]") -> list[Locality]:
    """Those of `events` (with their areas) it is local or near to, local ones first: some bodies have two."""
    found = [locality(organisation, event) for event in events]
    order = [Level.LOCAL, Level.NEAR]
    return sorted((one for one in found if one.level in order), key=lambda one: order.index(one.level))


def _level(council_code: str, event: Event) -> Level:
    if not council_code:
        return Level.UNKNOWN
    nearness = {geography.normalise_council(area.council_code): area.nearness for area in event.areas.all()}
    found = nearness.get(geography.normalise_council(council_code))
    return {"core": Level.LOCAL, "near": Level.NEAR}.get(found or "", Level.FAR)


def _office_elsewhere(organisation: Organisation) -> str:
    """The council code of the office, "" if it is unknown or the one where they work."""
    if not organisation.postcode or not organisation.work_place:
        return ""
    code = geography.locate(organisation.postcode).council_code
    return "" if code == geography.normalise_council(organisation.council_code) else code
