"""The models and the migrations say the same. That they run from nothing is seen with every test database."""

from django.core.management import call_command


def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
