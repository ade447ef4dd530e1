"""What an operator is told before the portal starts: settings are read in a process of their own, as in life."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services_plugin import clean_environment

ROOT = Path(__file__).resolve().parents[2]
COMPLETE = {
    "DATABASE_URL": "postgresql://portal@127.0.0.1:1/portal",  # a check reads settings, not rows
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "EMAIL_URL": "smtp://127.0.0.1:1",
    "FROM_EMAIL": "Partnerships with Purpose <partnerships@portal.example>",
    "SECRET_KEY": "fifty random characters, or nearly so, as an operator makes",
    "ALLOWED_HOSTS": "portal.example",
    "SITE_URL": "https://portal.example",
}
WITHOUT = [
    ("pwp.E001", {"SECRET_KEY": "too short"}, "Set SECRET_KEY to 50 random characters"),
    ("pwp.E001", {"SECRET_KEY": None}, "Set SECRET_KEY to 50 random characters"),
    ("pwp.E002", {"ALLOWED_HOSTS": None}, "Set ALLOWED_HOSTS="),
    ("pwp.E002", {"ALLOWED_HOSTS": "*"}, "Set ALLOWED_HOSTS="),
    ("pwp.E003", {"SITE_URL": None}, "Set SITE_URL="),
    ("pwp.E004", {"EMAIL_URL": None}, "Set EMAIL_URL="),
    ("pwp.E005", {"FROM_EMAIL": None}, "Set FROM_EMAIL="),
    ("pwp.E006", {"DATABASE_URL": None}, "Set DATABASE_URL="),
    ("pwp.E007", {"DEBUG": "1"}, "Unset DEBUG."),
]


def check(var: Path, *arguments: str, **environment: str | None) -> subprocess.CompletedProcess[str]:
    said = {name: value for name, value in environment.items() if value is not None}
    command = [sys.executable, "manage.py", "check", *arguments]
    return subprocess.run(command, cwd=ROOT, env=clean_environment(var) | said, capture_output=True, text=True)


def test_with_nothing_set_the_portal_is_ready(tmp_path: Path) -> None:
    done = check(tmp_path)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_complete_production_passes_djangos_own_list_too(tmp_path: Path) -> None:
    done = check(tmp_path, "--deploy", "--fail-level", "ERROR", **COMPLETE)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("name", "missing", "hint"), WITHOUT, ids=[f"{w[0]}-{next(iter(w[1].values()))}" for w in WITHOUT]
)
def test_an_incomplete_production_is_refused_with_a_hint(
    tmp_path: Path, name: str, missing: dict[str, str | None], hint: str
) -> None:
    done = check(tmp_path, "--tag", "security", **{**COMPLETE, **missing})

    assert (done.returncode, re.findall(r"pwp\.E\d+", done.stderr)) == (1, [name]), done.stderr
    assert f"HINT: {hint}" in done.stderr
