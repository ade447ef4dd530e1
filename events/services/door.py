"""At the door: somebody else came in the place of a person on the list."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events import states
from events.models import Registration
from events.services.going import Colleague, enter_colleague
from events.services.inviting import close_invitations
from events.services.places import lock_event
from events.services.telling import close_calls, stop_letters
from partners.models import User
from pwp.journal.models import for_the_journal
from pwp.refusals import Refused
from pwp.states import advance

R = Registration.State


@transaction.atomic
def let_colleague_in(
    registration: Registration, colleague: Colleague, *, by: User, now: dt.datetime | None = None
) -> Registration:
    """The colleague came, in this place; whoever gave it up withdrew. Nothing is copied but the organisation.

    Raises Refused before the day, for a place that is not confirmed, or for a colleague nobody could reach.
    """
    now = now or timezone.now()
    event = lock_event(registration)
    if event.held_on > timezone.localdate(now):
        raise Refused(_("The day has not come yet."))
    if registration.state != R.CONFIRMED:
        raise Refused(_("Only a place that is still open on the list can go to a colleague."))
    hat = enter_colleague(colleague, registration)
    gave = for_the_journal(_("a colleague came instead"))
    advance(registration, R.WITHDRAWN, table=states.REGISTRATION, by=by, reason=gave, left_at=now)
    stop_letters(registration)
    close_invitations(registration, by=by, accepted=True)
    close_calls(registration, by=by, reason=gave)
    instead = Registration.objects.create(
        event=event, person=hat.person, membership=hat, substitute_for=registration, started_at=now, entered_by=by
    )
    came = for_the_journal(_("came in a colleague's place"))
    advance(instead, R.REQUESTED, table=states.REGISTRATION, by=by, reason=came, requested_at=now)
    advance(instead, R.ATTENDED, table=states.REGISTRATION, by=by, reason=came)
    return instead
