"""What the tests run on, decided before Django reads its settings.

`make test` starts two test processes (see pyproject.toml and the Makefile), so that one run proves both set-ups:

    sqlite     the embedded default: SQLite, Celery over a folder    tests/unit, tests/db, tests/celery, tests/run
    postgres   production: PostgreSQL, Celery and cache over Redis   tests/db, tests/celery, tests/browser

`python -m pytest …` by hand takes everything it is given on the embedded default; PORTAL_TEST_DB=postgres changes that.
TEST_DATABASE_URL and TEST_REDIS_URL name servers to use; that Redis database is emptied. Else private ones are started.
"""

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests import servers

BOTH = {"sqlite", "postgres"}
FOLDERS = {"sqlite": {"unit", "db", "celery", "run"}, "postgres": {"db", "celery", "browser"}}
PORTAL_SETTINGS = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SITE_URL", "SECRET_KEY", "ALLOWED_HOSTS", "FROM_EMAIL")
PORTAL_LETTERS = {"LETTER_HOLD_MINUTES": "0", "QUIET_HOURS": "off"}  # a test that wants them sets them
PORTAL_FLAGS = ("DEBUG", "PORT", "SSL_REDIRECT", "HSTS_PRELOAD", "VAR_DIR", "DJANGO_ALLOW_ASYNC_UNSAFE")
TESTS = Path(__file__).parent


def which_database() -> str:
    name = os.environ.get("PORTAL_TEST_DB", "sqlite")
    if name not in BOTH:
        raise pytest.UsageError(f"PORTAL_TEST_DB={name}: use sqlite or postgres")
    return name


def is_part_of_both() -> bool:
    return os.environ.get("PORTAL_TEST_BOTH") == "1"


def _is_controller(config: pytest.Config) -> bool:
    return bool(getattr(config.known_args_namespace, "tx", None)) and "PYTEST_XDIST_WORKER" not in os.environ


def clean_environment(var: Path) -> dict[str, str]:
    """The environment without anything that would lead a test to the portal of whoever runs it."""
    kept = {k: v for k, v in os.environ.items() if k not in PORTAL_SETTINGS + PORTAL_FLAGS}
    return {**kept, **PORTAL_LETTERS, "STAFF_MFA": "0", "VAR_DIR": str(var)}


def production(database_url: str, redis_url: str) -> dict[str, str]:
    """What an operator would set besides mail."""
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": "a key for tests, which is long enough to pass the checks",
        "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
        "SITE_URL": "http://localhost:8000",
        "FROM_EMAIL": "Partnerships with Purpose <partnerships@portal.example>",
    }


@pytest.hookimpl(wrapper=True, tryfirst=True)  # around pytest-django, which reads the settings in the same hook
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, Any, Any]:
    config = early_config
    if _is_controller(config):
        os.environ["PORTAL_TEST_BOTH"] = "1"
        os.environ["PORTAL_TEST_STATIC"] = _folder(config, "portal-static-")
    needs_servers = _is_controller(config) or which_database() == "postgres"
    try:
        if needs_servers:
            _have_servers()
    except servers.NoServer as reason:
        raise pytest.UsageError(str(reason)) from None
    var = Path(_folder(config, "portal-var-"))
    if shared := os.environ.get("PORTAL_TEST_STATIC"):
        (var / "static").symlink_to(shared)
    environment = clean_environment(var)
    if which_database() == "postgres" and not _is_controller(config):
        environment |= production(os.environ["TEST_DATABASE_URL"], os.environ["TEST_REDIS_URL"])
    environment["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps an event loop in the main thread
    os.environ.clear()
    os.environ.update(environment)
    return (yield)


def _folder(config: pytest.Config, prefix: str) -> str:
    """A folder that ends with the run."""
    folder = tempfile.mkdtemp(prefix=prefix)
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    return folder


def _have_servers() -> None:
    """Start what is not given; the addresses are left where the test processes inherit them."""
    if not os.environ.get("TEST_DATABASE_URL"):
        os.environ["TEST_DATABASE_URL"] = servers.Postgres().url
    if not os.environ.get("TEST_REDIS_URL"):
        os.environ["TEST_REDIS_URL"] = servers.Redis().url


def pytest_report_header(config: pytest.Config) -> str:
    import sqlite3

    here = [f"SQLite {sqlite3.sqlite_version}"] if _is_controller(config) or which_database() == "sqlite" else []
    if os.environ.get("TEST_DATABASE_URL"):
        here += [
            servers.postgres_version(os.environ["TEST_DATABASE_URL"]),
            servers.redis_version(os.environ["TEST_REDIS_URL"]),
        ]
    return f"portal: on {', '.join(here)}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a run on both databases each process keeps its own folders."""
    if not is_part_of_both() or _is_controller(config):
        return
    wanted = FOLDERS[which_database()]
    kept = [item for item in items if item.path.relative_to(TESTS).parts[0] in wanted]
    items[:] = kept


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests that run twice carry their database in the name: test_…[postgres]."""
    if metafunc.definition.path.relative_to(TESTS).parts[0] in FOLDERS["sqlite"] & FOLDERS["postgres"]:
        metafunc.fixturenames.append("database")
        metafunc.parametrize("database", [which_database()], indirect=True, scope="session")
