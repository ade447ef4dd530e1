"""Who people are, which organisations they speak for, what those need and offer, and what they agreed to."""

from partners.models.care import Concern, Difference, Merge, PersonDifference, PersonMerge, Postcode, SavedList
from partners.models.codes import new_code
from partners.models.organisations import (
    Listing,
    Membership,
    Organisation,
)
from partners.models.people import Consent, MailedLink, Person, User
from partners.models.records import RecordState, Twin
from partners.models.vocabulary import Audience, Kind, KindRelation, Theme

__all__ = [
    "Audience",
    "Concern",
    "Consent",
    "Difference",
    "Kind",
    "KindRelation",
    "Listing",
    "MailedLink",
    "Membership",
    "Merge",
    "Organisation",
    "Person",
    "PersonDifference",
    "PersonMerge",
    "Postcode",
    "RecordState",
    "SavedList",
    "Theme",
    "Twin",
    "User",
    "new_code",
]
