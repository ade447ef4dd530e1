"""That the two runs are what they say they are."""

from django.conf import settings
from django.db import connection


def test_the_database_is_the_one_in_the_name(database: str) -> None:
    assert connection.vendor == {"sqlite": "sqlite", "postgres": "postgresql"}[database]


def test_sqlite_is_a_file_and_writers_wait_at_the_start(database: str) -> None:
    name, options = str(connection.settings_dict["NAME"]), connection.settings_dict["OPTIONS"]

    assert ("memory" in name, options.get("transaction_mode")) == {
        "sqlite": (False, "IMMEDIATE"),
        "postgres": (False, None),
    }[database]


def test_celery_goes_over_a_folder_or_over_redis(database: str) -> None:
    assert settings.CELERY_BROKER_URL.split("://")[0] == {"sqlite": "filesystem", "postgres": "redis"}[database]
