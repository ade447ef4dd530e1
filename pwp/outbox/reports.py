"""What mail servers say about a letter they could not deliver: RFC 3464 reports, and those in prose from before it.

Which letter it is about is found by the number every letter carries, in what servers return of it, or else by the
address that the report names.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message as Mail
from email.utils import parseaddr, parsedate_to_datetime
from enum import Enum

AUTO_SUBJECT = re.compile(
    r"^\s*(auto(matic)?[ -]?(reply|response|ateb)|out of (the )?office|ateb awtomatig|i ffwrdd o.r swyddfa|abwesen)",
    re.IGNORECASE,
)
REPORT_SUBJECT = re.compile(
    r"undeliver|delivery (status|failure|has failed|incomplete|delayed)|failure notice|returned mail|mail delivery"
    r"|could not be delivered|delayed mail|message delayed|warning: (could not send|message)|mail system error"
    r"|heb ei (d|dd)osbarthu",
    re.IGNORECASE,
)
REPORTER = re.compile(r"^(mailer-daemon|postmaster|mail-daemon|mmdf|mailerdaemon|bounce[\w.+-]*)@", re.IGNORECASE)
DELAY_WORDS = re.compile(
    r"\bdelay(ed)?\b|still being retried|will (continue to )?(try|be retried)|temporar", re.IGNORECASE
)
FOR_GOOD = re.compile(
    r"permanent (fatal )?error|user unknown|no such (user|mailbox|recipient|address)|unknown (user|recipient|address)"
    r"|does(n't| not) exist|mailbox unavailable|address rejected|not found|given up|gave up|giving up"
    r"|has not been delivered",
    re.IGNORECASE,
)
ENHANCED = re.compile(r"(?<![\d.])([245])\.\d{1,3}\.\d{1,3}(?![\d.])")
REPLY_CODE = re.compile(r"(?<![\w.-])([45])\d{2}[ -](?=\S)")
RETURNED_COPY = re.compile(
    r"^(-{2,}.*(original|copy|returned|message header).*|.*below this line is a copy of the message.*"
    r"|.*this is a copy of (the|your) message.*)$",
    re.IGNORECASE | re.MULTILINE,
)
ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"']+@[\w.-]+\.\w+")
LONGEST_SAID = 500  # characters
LARGEST = 1_000_000  # bytes; a report that returns a whole letter with its attachment is far smaller


class Kind(Enum):
    BOUNCED = "bounced"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    AUTOMATIC_REPLY = "automatic reply"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Report:
    """One mail, read. `text` is all of it, in which the letter's number may stand; `at` is when it was written."""

    kind: Kind
    said: str = ""
    addresses: tuple[str, ...] = ()
    text: str = ""
    at: datetime | None = None


def read_report(raw: bytes) -> Report:
    """What this mail says about a letter; `Kind.UNKNOWN` for anything else, and for whatever cannot be read."""
    mail = message_from_bytes(raw[:LARGEST])
    subject = _decoded(mail.get("Subject", ""))
    kind, said, addresses = (
        _standard(mail)
        or _automatic_reply(mail, subject)
        or (_home_made(mail, subject) if _is_from_a_server(mail, subject) else (Kind.UNKNOWN, "", ()))
    )
    text = "\n".join([raw[:LARGEST].decode("latin-1"), *_texts(mail)])
    return Report(kind, " ".join(said.split())[:LONGEST_SAID], addresses, text, _written_at(mail))


Reading = tuple[Kind, str, tuple[str, ...]]


def _standard(mail: Mail) -> Reading | None:
    """RFC 3464: a part of machine-readable fields, one block for each address."""
    blocks = [
        block
        for part in mail.walk()
        if part.get_content_type() == "message/delivery-status" and part.is_multipart()
        for block in part.get_payload()
        if isinstance(block, Mail) and ("Action" in block or "Status" in block)
    ]
    readings = [_block(block) for block in blocks]
    return next((reading for kind in Kind for reading in readings if reading[0] == kind), None)  # the worst first


def _block(block: Mail) -> Reading:
    action, status = str(block.get("Action", "")).strip().lower(), str(block.get("Status", "")).strip()
    kinds = {"failed": Kind.BOUNCED, "delayed": Kind.DELAYED}
    by_status = {"5": Kind.BOUNCED, "4": Kind.DELAYED}
    kind = kinds.get(action) or (Kind.DELIVERED if action else by_status.get(status[:1], Kind.DELIVERED))
    diagnostic = re.sub(r"^\s*[\w-]+\s*;", "", str(block.get("Diagnostic-Code", ""))).strip()
    said = diagnostic if status and status in diagnostic else f"{status} {diagnostic}"
    named = " ".join(str(block.get(field, "")) for field in ("Original-Recipient", "Final-Recipient"))
    return kind, said, tuple(ADDRESS.findall(named))


def _automatic_reply(mail: Mail, subject: str) -> Reading | None:
    """ "I am away until Monday": a person's mailbox answered, so the letter arrived."""
    says_so = str(mail.get("Auto-Submitted", "")).lower().startswith("auto-replied")
    others = any(name in mail for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply", "X-Vacation"))
    marked = says_so or others or str(mail.get("Precedence", "")).lower() == "auto_reply"
    if AUTO_SUBJECT.search(subject) or (marked and not _is_from_a_server(mail, subject)):
        return Kind.AUTOMATIC_REPLY, "", ()
    return None


def _is_from_a_server(mail: Mail, subject: str) -> bool:
    sender = parseaddr(_decoded(mail.get("From", "")))[1]
    nobody = str(mail.get("Return-Path", "")).strip() == "<>"
    return bool("X-Failed-Recipients" in mail or REPORTER.match(sender) or (nobody and REPORT_SUBJECT.search(subject)))


def _home_made(mail: Mail, subject: str) -> Reading:
    """Reports in prose, as qmail, Exim and older gateways write them: the words before the returned copy decide."""
    whole = "\n".join(_texts(mail))
    words = RETURNED_COPY.split(whole, maxsplit=1)[0]
    failed = str(mail.get("X-Failed-Recipients", ""))
    addresses = tuple(dict.fromkeys(ADDRESS.findall(f"{failed}\n{words}")))
    codes = [match[1] for match in (*ENHANCED.finditer(words), *REPLY_CODE.finditer(words))]
    if DELAY_WORDS.search(subject):
        kind = Kind.DELAYED
    elif "5" in codes or FOR_GOOD.search(words) or failed:
        kind = Kind.BOUNCED
    elif "4" in codes or DELAY_WORDS.search(words):
        kind = Kind.DELAYED
    else:
        return Kind.UNKNOWN, "", ()
    return kind, _telling_line(words) or subject, addresses


def _telling_line(words: str) -> str:
    lines = [line.strip() for line in words.splitlines()]
    tests = (ENHANCED, REPLY_CODE, FOR_GOOD)
    return next((line for test in tests for line in lines if test.search(line)), "")


def _texts(mail: Mail) -> Iterator[str]:
    for part in mail.walk():
        payload = part.get_payload(decode=True) if part.get_content_maintype() == "text" else None
        if isinstance(payload, bytes):
            yield payload.decode("utf-8", "replace")


def _decoded(header: object) -> str:
    try:
        return str(make_header(decode_header(str(header))))
    except (LookupError, ValueError):  # an encoding nobody knows: as it came
        return str(header)


def _written_at(mail: Mail) -> datetime | None:
    try:
        at = parsedate_to_datetime(str(mail.get("Date", "")))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
