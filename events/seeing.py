"""Which organisations a mailbox may read about."""

from typing import Any

from django.db.models import Q

from events.models import Registration


def meets(user: Any) -> Q:
    """Those with a place at an event of this mailbox, for somebody who agreed to be seen there."""
    events = Registration.objects.of_user(user).coming().values("event")
    places = Registration.objects.visible().filter(event__in=events)
    return Q(pk__in=places.values("membership__organisation"))


def seen_by(user: Any) -> Q:
    """Those of them that may be contacted; of the others their name alone is shown: they are here to listen."""
    return meets(user) & Q(open_to_contact=True)
