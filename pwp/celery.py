"""The Celery app. Tasks carry nudges; the rows in the database are the queue."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pwp.settings")

app = Celery("pwp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
