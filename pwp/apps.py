from django.apps import AppConfig, apps
from django.contrib.admin import apps as admin  # as a module: Django looks in here for the portal's own config
from django.db.models.signals import post_migrate


class PortalConfig(AppConfig):
    name = "pwp"
    verbose_name = "Partnerships with Purpose"
    default = True

    def ready(self) -> None:
        from pwp import checks, roles  # noqa: F401 the first registers the system checks

        # the last of the apps with tables that roles are about, so that every permission is there
        post_migrate.connect(roles.make_groups, sender=apps.get_app_config("auth"))


class DeskConfig(admin.AdminConfig):
    default = False
    default_site = "pwp.desk.DeskSite"
