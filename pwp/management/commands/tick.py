"""Run everything that is on the schedule once, now: for a machine without a scheduler, and for whoever is impatient."""

import traceback
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pwp.celery import app


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        app.loader.import_default_modules()  # outside a worker, tasks are found only when asked for
        failed = [name for name, entry in settings.CELERY_BEAT_SCHEDULE.items() if not self._run(name, entry["task"])]
        if failed:
            raise CommandError(f"failed: {', '.join(failed)}")

    def _run(self, name: str, task: str) -> bool:
        """One task; its failure is shown and does not keep the others from running, as on the real schedule."""
        try:
            count = app.tasks[task]()
        except Exception:  # noqa: BLE001 whatever it is, it is printed and makes the command fail
            self.stderr.write(f"{name}: failed\n{traceback.format_exc()}")
            return False
        self.stdout.write(f"{name}: {count}")
        return True
