"""Reading the environment: what is absent is the default, what is wrong says so."""

from datetime import time
from pathlib import Path

import pytest

from pwp import env


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("1", True),
        ("TRUE", True),
        (" yes ", True),
        ("on", True),
        ("0", False),
        ("off", False),
        ("No", False),
        ("", False),
    ],
)
def test_a_flag_is_said_in_several_ways(monkeypatch: pytest.MonkeyPatch, value: str, meant: bool) -> None:
    monkeypatch.setenv("DEBUG", value)

    assert env.flag("DEBUG", default=not meant) is meant


def test_an_absent_flag_is_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEBUG", raising=False)

    assert (env.flag("DEBUG"), env.flag("DEBUG", default=True)) == (False, True)


def test_a_flag_that_is_neither_yes_nor_no_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEBUG", "maybe")

    with pytest.raises(env.WrongSetting, match="DEBUG='maybe': use 1 or 0"):
        env.flag("DEBUG")


def test_a_list_has_no_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", " portal.example.org, ,www.example.org,")

    assert env.words("ALLOWED_HOSTS") == ["portal.example.org", "www.example.org"]


def test_a_kept_secret_is_made_once_and_is_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secret_key"

    first, again = env.kept_secret(path), env.kept_secret(path)

    assert (first, len(first) >= 50, oct(path.stat().st_mode & 0o777)) == (again, True, "0o600")


def test_a_mail_server_is_read_from_its_address() -> None:
    assert env.mail_server("smtp://mail%40box:p%2Fw@mail.example.org:587?tls=1") == {
        "EMAIL_HOST": "mail.example.org",
        "EMAIL_PORT": 587,
        "EMAIL_HOST_USER": "mail@box",
        "EMAIL_HOST_PASSWORD": "p/w",
        "EMAIL_USE_SSL": False,
        "EMAIL_USE_TLS": True,
        "EMAIL_TIMEOUT": 20,
    }


@pytest.mark.parametrize(
    ("url", "port", "ssl", "tls"),
    [
        ("smtp://mail.example.org", 25, False, False),
        ("smtp://mail.example.org?tls=1", 25, False, True),
        ("smtp://mail.example.org?tls=0", 25, False, False),
        ("smtps://mail.example.org", 465, True, False),
    ],
)
def test_a_mail_servers_usual_port_need_not_be_said(url: str, port: int, ssl: bool, tls: bool) -> None:
    server = env.mail_server(url)

    assert (server["EMAIL_PORT"], server["EMAIL_USE_SSL"], server["EMAIL_USE_TLS"]) == (port, ssl, tls)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://mail.example.org:many",
        "smtp://mail.example.org?tsl=1",
        "smtp://mail.example.org?tls=maybe",
        "smtps://mail.example.org?tls=1",
    ],
)
def test_what_is_no_mail_server_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(env.WrongSetting, match="EMAIL_URL: use smtp://user:password@host:port"):
        env.mail_server(url)


@pytest.mark.parametrize(("value", "meant"), [("", 60), (" 5 ", 5), ("0", 0)])
def test_a_number_is_whole_and_has_a_default(monkeypatch: pytest.MonkeyPatch, value: str, meant: int) -> None:
    monkeypatch.setenv("LETTER_HOLD_MINUTES", value)

    assert env.number("LETTER_HOLD_MINUTES", 60) == meant


@pytest.mark.parametrize("value", ["an hour", "-1", "1.5"])
def test_what_is_no_whole_number_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("LETTER_HOLD_MINUTES", value)

    with pytest.raises(env.WrongSetting, match="LETTER_HOLD_MINUTES=.*: use a whole number"):
        env.number("LETTER_HOLD_MINUTES", 60)


@pytest.mark.parametrize(
    ("value", "meant"),
    [("20:00-08:00", (time(20), time(8))), (" 21:30 - 07:15 ", (time(21, 30), time(7, 15))), ("off", None), ("", None)],
)
def test_quiet_hours_are_two_times_or_none(monkeypatch: pytest.MonkeyPatch, value: str, meant: object) -> None:
    monkeypatch.setenv("QUIET_HOURS", value)

    assert env.hours("QUIET_HOURS", "20:00-08:00") == meant


@pytest.mark.parametrize("value", ["8pm-8am", "20:00", "20:00-25:00"])
def test_what_are_no_hours_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("QUIET_HOURS", value)

    with pytest.raises(env.WrongSetting, match="use hours such as 20:00-08:00, or off"):
        env.hours("QUIET_HOURS", "")


def test_a_mailbox_is_read_from_its_address() -> None:
    read = env.mailbox("imap://mail%40box:p%2Fw@mail.example.org?tls=1&folder=Bounces")

    assert read == env.MailboxAddress("imap", "mail.example.org", 143, "mail@box", "p/w", "Bounces", True)
    assert env.mailbox("pop3s://me:pw@mail.example.org:9995").port == 9995


@pytest.mark.parametrize("url", ["imaps://mail.example.org", "http://me@mail.example.org", "imap://me@host?folders=x"])
def test_what_is_no_mailbox_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(env.WrongSetting, match="BOUNCES_URL: use imaps://user:password@host"):
        env.mailbox(url)


def test_a_command_links_to_where_the_portal_was_started_last(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    left = tmp_path / "site_url"
    monkeypatch.delenv("PORT", raising=False)
    assert env.where_it_runs(left) == "http://localhost:8000"

    left.write_text("http://localhost:8123\n")
    assert env.where_it_runs(left) == "http://localhost:8123"

    monkeypatch.setenv("PORT", "8200")
    assert env.where_it_runs(left) == "http://localhost:8200"
