"""For every test: a mark by folder, a quick password hasher, static files as they are served, an empty cache."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings, settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.utils import translation

from tests.mail_server import MailServer
from tests.services_plugin import production, which_database

TESTS = Path(__file__).parent
DATABASE_ACCESS = {  # tests/unit and tests/run have none: pytest-django refuses it there
    "db": pytest.mark.django_db,
    "celery": pytest.mark.django_db(transaction=True),
    "browser": pytest.mark.django_db(transaction=True),
}


def pytest_configure() -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_itemcollected(item: pytest.Item) -> None:
    folder = item.path.relative_to(TESTS).parts[0]
    item.add_marker(folder)
    if folder in DATABASE_ACCESS and not item.get_closest_marker("django_db"):
        item.add_marker(DATABASE_ACCESS[folder])


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest) -> str:
    """sqlite or postgres: which of the two this test process runs on."""
    return str(getattr(request, "param", which_database()))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite in a file, as in the portal: threads and processes meet in it, which memory would not allow."""
    default = settings.DATABASES["default"]
    if default["ENGINE"] == "django.db.backends.sqlite3":
        default.setdefault("TEST", {})["NAME"] = str(Path(settings.STATIC_ROOT).parent / "test.sqlite3")


@pytest.fixture(scope="session")
def static_files() -> None:
    """Collected once, by whichever test process comes first, so that pages link to hashed names as in the portal."""
    folder = Path(settings.STATIC_ROOT)
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "staticfiles.json").exists():
            call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(autouse=True)
def _as_served(request: pytest.FixtureRequest) -> None:
    """What a page needs, for the tests that may show one."""
    translation.activate("en")  # a page under /cy/ leaves Welsh behind for the next test
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("static_files")
        cache.clear()  # rate limits count across tests otherwise


@pytest.fixture
def smtp() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def mail_leaves(settings: LazySettings, smtp: MailServer) -> MailServer:
    """Letters of this process go to a real mail server, which the test may teach to refuse."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", smtp.port, 20
    return smtp


@pytest.fixture
def same_portal(database: str, smtp: MailServer) -> dict[str, str]:
    """The environment of another process that works on the rows of this test and sends to `smtp`."""
    if database == "postgres":
        where = connection.settings_dict
        url = f"postgresql://{where['USER']}:{where['PASSWORD']}@{where['HOST']}:{where['PORT']}/{where['NAME']}"
        database_and_broker = production(url, settings.REDIS_URL)
    else:
        database_and_broker = production(f"sqlite:///{connection.settings_dict['NAME']}", "")
    return {**os.environ, **database_and_broker, "EMAIL_URL": smtp.url}
