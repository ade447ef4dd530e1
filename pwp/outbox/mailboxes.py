"""Mailboxes that reports arrive in: on a server (IMAP, POP3), or in a folder or file on this machine."""

import imaplib
import mailbox
import poplib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

from django.utils import timezone

from pwp import env

TIMEOUT = 30  # seconds
MOST = 500  # mails in one go; the next run takes the next
DAYS_BACK = 21  # unread mail that is older is no news


class Mailbox(Protocol):
    def new_mails(self) -> Iterator[tuple[str, bytes]]:
        """(a name to mark it by, the whole mail) for each mail that nobody has read; reading leaves it unread."""

    def mark_read(self, key: str) -> None: ...


@contextmanager
def open_mailbox(where: str) -> Iterator[Mailbox]:
    """The mailbox at `imap(s)://`, `pop3(s)://`, or at the path of a Maildir or an mbox file.

    Raises: WrongSetting for any other address, OSError or the protocol's own error when it cannot be reached.
    """
    if "://" not in where:
        with _on_disk(Path(where)) as box:
            yield box
        return
    at = env.mailbox(where)
    connect = _imap if at.protocol.startswith("imap") else _pop3
    with connect(at) as box:
        yield box


class OnDisk:
    def __init__(self, box: "mailbox.Maildir | mailbox.mbox", read_flag: str) -> None:
        self.box, self.read_flag = box, read_flag

    def new_mails(self) -> Iterator[tuple[str, bytes]]:
        unread = [str(key) for key, mail in self.box.items() if self.read_flag not in mail.get_flags()]
        for key in unread[:MOST]:
            yield key, self.box.get_bytes(self._key(key))

    def mark_read(self, key: str) -> None:
        mail = self.box[self._key(key)]
        mail.add_flag(self.read_flag)
        if isinstance(mail, mailbox.MaildirMessage):
            mail.set_subdir("cur")
        self.box[self._key(key)] = mail

    def _key(self, key: str) -> str:
        return int(key) if isinstance(self.box, mailbox.mbox) else key  # type: ignore[return-value]


@contextmanager
def _on_disk(path: Path) -> Iterator[OnDisk]:
    if not path.exists():
        raise FileNotFoundError(f"There is no mailbox at {path}")
    box: mailbox.Maildir | mailbox.mbox
    box = mailbox.Maildir(path, create=False) if path.is_dir() else mailbox.mbox(path, create=False)
    box.lock()
    try:
        yield OnDisk(box, "S" if path.is_dir() else "R")
    finally:
        box.close()  # writes and unlocks


class Imap:
    def __init__(self, server: imaplib.IMAP4) -> None:
        self.server = server

    def new_mails(self) -> Iterator[tuple[str, bytes]]:
        since = _imap_day(timezone.localdate() - timedelta(days=DAYS_BACK))
        _status, (found, *_rest) = self.server.uid("SEARCH", "UNSEEN", "SINCE", since)
        for uid in (found or b"").split()[:MOST]:
            _status, answer = self.server.uid("FETCH", uid.decode(), "(BODY.PEEK[])")
            raw = next((part[1] for part in answer if isinstance(part, tuple)), None)
            if raw is not None:
                yield uid.decode(), raw

    def mark_read(self, key: str) -> None:
        self.server.uid("STORE", key, "+FLAGS", "(\\Seen)")


@contextmanager
def _imap(at: env.MailboxAddress) -> Iterator[Imap]:
    server: imaplib.IMAP4
    if at.protocol == "imaps":
        server = imaplib.IMAP4_SSL(at.host, at.port, timeout=TIMEOUT)
    else:
        server = imaplib.IMAP4(at.host, at.port, timeout=TIMEOUT)
    with server:
        if at.start_tls:
            server.starttls()
        server.login(at.user, at.password)
        status, answer = server.select(at.folder)
        if status != "OK":
            raise imaplib.IMAP4.error(f"no folder {at.folder}: {answer!r}")
        yield Imap(server)


def _imap_day(day: date) -> str:
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    return f"{day.day:02}-{months[day.month - 1]}-{day.year}"


class Pop3:
    """POP3 knows no marks: what was understood is deleted, when the connection ends well."""

    def __init__(self, server: poplib.POP3) -> None:
        self.server = server

    def new_mails(self) -> Iterator[tuple[str, bytes]]:
        count, _size = self.server.stat()
        for number in range(max(count - MOST, 0) + 1, count + 1):
            _answer, lines, _octets = self.server.retr(number)
            yield str(number), b"\r\n".join(lines)

    def mark_read(self, key: str) -> None:
        self.server.dele(int(key))


@contextmanager
def _pop3(at: env.MailboxAddress) -> Iterator[Pop3]:
    server: poplib.POP3
    if at.protocol == "pop3s":
        server = poplib.POP3_SSL(at.host, at.port, timeout=TIMEOUT)
    else:
        server = poplib.POP3(at.host, at.port, timeout=TIMEOUT)
    try:
        if at.start_tls:
            server.stls()
        server.user(at.user)
        server.pass_(at.password)
        yield Pop3(server)
        server.quit()
    finally:
        server.close()
