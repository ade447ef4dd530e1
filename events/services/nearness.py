"""How near a request counts, when staff know better than the council list."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from events.models import Registration
from pwp.journal.models import By, write_entry
from pwp.refusals import Refused


@transaction.atomic
def say_how_near(registration: Registration, level: str, *, by: By, reason: str) -> None:
    """Let `level`, one of Registration.CountsAs, stand instead of the council list's; "" goes back to that list.

    The journal has a line with the reason. Raises Refused without one.
    """
    if not reason.strip():
        raise Refused(_("Please write why: somebody will ask in a year."))
    registration.counts_as = level and Registration.CountsAs(level).value
    registration.counts_as_because = reason if level else ""
    registration.save(update_fields=["counts_as", "counts_as_because"])
    shown = Registration.CountsAs(level).label if level else _("as the council list says")
    said = _("counts as: %(level)s. %(reason)s") % {"level": shown, "reason": reason}
    write_entry(registration, registration.state, registration.state, by=by, reason=str(said))
