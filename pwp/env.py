"""Reading settings from the environment: what is absent is the embedded default, what is wrong says so."""

import os
import secrets
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TRUE, FALSE = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}


class WrongSetting(ValueError):
    """An environment variable holds something that cannot be used; the text says which and what would do."""


def flag(name: str, default: bool = False) -> bool:
    value = os.environ.get(name)
    if value is None:
        return default
    if value.strip().lower() in TRUE:
        return True
    if value.strip().lower() in FALSE:
        return False
    raise WrongSetting(f"{name}={value!r}: use 1 or 0")


def words(name: str) -> list[str]:
    """A comma-separated list, blanks left out."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def number(name: str, default: int) -> int:
    """A whole number, 0 or more."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not value.isdecimal():
        raise WrongSetting(f"{name}={value!r}: use a whole number")
    return int(value)


def hours(name: str, default: str) -> tuple[time, time] | None:
    """From when to when, such as `20:00-08:00`; `off` or nothing for never."""
    value = os.environ.get(name, default).strip().lower()
    if value in FALSE:
        return None
    begin, _dash, end = value.partition("-")
    try:
        return time.fromisoformat(begin.strip()), time.fromisoformat(end.strip())
    except ValueError:
        raise WrongSetting(f"{name}={value!r}: use hours such as 20:00-08:00, or off") from None


def where_it_runs(path: Path) -> str:
    """This machine's address of the portal: PORT says so, or else `path`, where `manage.py run` left it."""
    if port := os.environ.get("PORT"):
        return f"http://localhost:{port}"
    return path.read_text().strip() if path.exists() else "http://localhost:8000"


def kept_secret(path: Path) -> str:
    """A random key made once and kept in `path`, readable by its owner alone."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_urlsafe(50)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key)
    except FileExistsError:  # two processes started together: the first one's key holds
        return path.read_text().strip()
    return key


def mail_server(url: str) -> dict[str, Any]:
    """`smtp://user:password@host:port`, `smtps://…` or `smtp://…?tls=1` as Django's EMAIL_ settings."""
    parts = urlsplit(url)
    secure = parts.scheme == "smtps"
    options = parse_qs(parts.query, keep_blank_values=True)
    tls = options.pop("tls", ["0"])[0].lower()
    try:
        port = parts.port or (465 if secure else 25)
    except ValueError:
        port = 0
    if not port or options or tls not in TRUE | FALSE or not parts.hostname or parts.scheme not in ("smtp", "smtps"):
        raise WrongSetting("EMAIL_URL: use smtp://user:password@host:port (add ?tls=1 for STARTTLS) or smtps://…")
    if secure and tls in TRUE:
        raise WrongSetting("EMAIL_URL: use smtp://user:password@host:port?tls=1 or smtps://…, not both ways at once")
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": secure,
        "EMAIL_USE_TLS": tls in TRUE,
        "EMAIL_TIMEOUT": 20,
    }


@dataclass(frozen=True)
class MailboxAddress:
    protocol: str  # imap, imaps, pop3 or pop3s
    host: str
    port: int
    user: str
    password: str
    folder: str = "INBOX"
    start_tls: bool = False


MAILBOX_PORTS = {"imap": 143, "imaps": 993, "pop3": 110, "pop3s": 995}


def mailbox(url: str) -> MailboxAddress:
    """`imaps://user:password@host:port`, with `?folder=Bounces` or `?tls=1` (STARTTLS) where wanted."""
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    tls, folder = options.pop("tls", ["0"])[0].lower(), options.pop("folder", ["INBOX"])[0]
    try:
        port = parts.port or MAILBOX_PORTS.get(parts.scheme, 0)
    except ValueError:
        port = 0
    if not port or options or tls not in TRUE | FALSE or not (parts.hostname and parts.username):
        raise WrongSetting(
            "BOUNCES_URL: use imaps://user:password@host, imap://…?tls=1, pop3s://…, or the path of a Maildir or mbox"
        )
    user, password = unquote(parts.username), unquote(parts.password or "")
    return MailboxAddress(parts.scheme, str(parts.hostname), port, user, password, folder, tls in TRUE)
