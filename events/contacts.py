"""Who the newest programme names as officer and as safeguarding lead."""

from events.models import Programme
from partners.contacts import Contacts


def of_the_programme() -> Contacts:
    programme = Programme.objects.first()
    if programme is None:
        return Contacts()
    return Contacts(
        officer_name=programme.officer_name,
        officer_phone=programme.officer_phone,
        officer_email=programme.officer_email,
        lead_name=programme.safeguarding_name,
        lead_phone=programme.safeguarding_phone,
        lead_email=programme.safeguarding_email,
    )
