"""A real mail server for the tests, which does what it is told: accept, refuse, try later, or take its time."""

import asyncio
from collections import Counter
from email import message_from_bytes
from email.message import Message as Mail
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.servers import free_port


class MailServer:
    """`answers[address]` is what RCPT TO is told; `seconds` passes before a letter is accepted.

    With `hangs_up` it takes the letter and breaks the connection before it says so. Who logs in needs `password`.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"smtp://127.0.0.1:{self.port}"
        self.answers: dict[str, str] = {}
        self.seconds = 0.0
        self.hangs_up = False
        self.password = "as agreed"
        self.asked: Counter[str] = Counter()
        self.received: list[Mail] = []

    @property
    def recipients(self) -> list[str]:
        return sorted(mail["To"] for mail in self.received)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        self.asked[address] += 1
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        mail = message_from_bytes(envelope.content or b"")  # type: ignore[arg-type]
        await asyncio.sleep(self.seconds)
        self.received.append(mail)
        if self.hangs_up:
            server.transport.abort()
        return "250 OK"

    def _log_in(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, said: Any) -> AuthResult:
        return AuthResult(success=said.password.decode() == self.password, handled=False)

    def __enter__(self) -> Self:
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, authenticator=self._log_in, auth_require_tls=False
        )
        self._controller.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._controller.stop()
