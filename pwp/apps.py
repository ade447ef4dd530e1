from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "pwp"
    verbose_name = "Partnerships with Purpose"

    def ready(self) -> None:
        from pwp import checks  # noqa: F401 registers the system checks
