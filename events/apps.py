from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    name = "events"
    verbose_name = _("Events and invitations")

    def ready(self) -> None:
        from events.contacts import of_the_programme
        from partners.contacts import learn_from

        learn_from(of_the_programme)
