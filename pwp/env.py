"""Reading settings from the environment: what is absent is the embedded default, what is wrong says so."""

import os
import secrets
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
