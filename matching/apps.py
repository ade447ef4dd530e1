from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MatchingConfig(AppConfig):
    name = "matching"
    verbose_name = _("Matching and introductions")

    def ready(self) -> None:
        from matching.hints import read
        from partners.hints import learn_from

        learn_from(read)
