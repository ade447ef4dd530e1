"""How near an organisation is to an event: the council list decides, distance is a hint, staff have the last word."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from events.models import Event
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
    certainty: str
    distance_km: float | None
    sure: bool  # False where part of that postcode area lies in another council
    typed: str = ""

    @property
    def words(self) -> str:
        """For the person who asks."""
        return {
            Level.LOCAL: _("You look local to %(event)s."),
            Level.NEAR: _("You are close to %(event)s. We will talk with you about whether it fits."),
            Level.FAR: _("You look a long way from %(event)s. We will talk with you about what we can still do."),
            Level.UNKNOWN: _("We could not tell where that is, so we will ask you. It does not hold anything up."),
        }[self.level] % {"event": self.event_name}

    @property
    def staff_words(self) -> str:
        """For the queue: level, council, distance, and how sure that is."""
        level = {
            Level.LOCAL: _("local"),
            Level.NEAR: _("near, you decide"),
            Level.FAR: _("not near"),
            Level.UNKNOWN: _("place not known"),
        }[self.level]
        known = [level, self.council] if self.council else [level]
        if self.distance_km is not None:
            known.append(_("about %(km)d km") % {"km": round(self.distance_km)})
        if self.level is Level.UNKNOWN and geography.looks_like_postcode(self.typed):
            known.append(_("a postcode we do not have, perhaps a new one"))
        if geography.mixes_letter_o_and_zero(self.typed):
            known.append(_("please check: the letter O and the figure 0 look mixed up"))
        if self.level is not Level.UNKNOWN and not self.sure:
            known.append(_("please check: that area lies in more than one council"))
        return ", ".join(known)


def locality(organisation: Organisation, event: Event) -> Locality:
    """Reads `event.areas` (prefetch it for lists) and nothing else."""
    nearness = {area.council_code: area.nearness for area in event.areas.all()}
    if not organisation.council_code:
        level = Level.UNKNOWN
    else:
        found = nearness.get(organisation.council_code)
        level = {"core": Level.LOCAL, "near": Level.NEAR}.get(found or "", Level.FAR)
    return Locality(
        level=level,
        event_name=event.name,
        council=organisation.council,
        certainty=organisation.certainty,
        distance_km=geography.distance_km(organisation.easting, organisation.northing, event.easting, event.northing),
        sure=organisation.council_share >= SURE_FROM,
        typed=organisation.work_place,
    )
