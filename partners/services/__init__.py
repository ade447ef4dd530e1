"""What changes about people and organisations: mailboxes, consents, places, texts, concerns, duplicates."""

from partners.services.concerns import close_concern, report_concern
from partners.services.duplicates import (
    look_alikes_of,
    make_part_of,
    people_like,
    possible_duplicates,
    possibly_one_person,
    say_different,
)
from partners.services.merging import merge_records, undo_merge, what_moves
from partners.services.people import (
    attach_people,
    attach_proven,
    follow_mailbox,
    may_sign_in,
    note_authority,
    open_mailbox,
    record_consents,
)
from partners.services.places import find_place, find_places, place_again, place_organisation, store_postcodes
from partners.services.texts import (
    ListingWords,
    add_listing,
    approve_description,
    approve_listings,
    approve_texts,
    describe_organisation,
    edit_listing,
    hide_description,
    hide_listing,
    remove_listing,
    return_description,
    return_listing,
)

__all__ = [
    "ListingWords",
    "add_listing",
    "approve_description",
    "approve_listings",
    "approve_texts",
    "attach_people",
    "attach_proven",
    "close_concern",
    "describe_organisation",
    "edit_listing",
    "find_place",
    "find_places",
    "follow_mailbox",
    "hide_description",
    "hide_listing",
    "look_alikes_of",
    "make_part_of",
    "may_sign_in",
    "note_authority",
    "merge_records",
    "open_mailbox",
    "people_like",
    "place_again",
    "place_organisation",
    "possible_duplicates",
    "possibly_one_person",
    "record_consents",
    "remove_listing",
    "report_concern",
    "return_description",
    "return_listing",
    "say_different",
    "store_postcodes",
    "undo_merge",
    "what_moves",
]
