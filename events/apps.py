from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    name = "events"
    verbose_name = _("Events and invitations")

    def ready(self) -> None:
        from events.contacts import of_the_programme
        from events.services.places import sector_objections
        from partners import contacts, sectors

        contacts.learn_from(of_the_programme)
        sectors.learn_from(sector_objections)
