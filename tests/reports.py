"""Reports as mail servers write them, about a letter of ours."""

from email.utils import format_datetime

from django.utils import timezone

from pwp.outbox.delivery import _as_mail
from pwp.outbox.models import Message


def headers_of(letter: Message, *, own_message_id: bool = True) -> str:
    """The head of the letter as it went out; some systems on the way write a Message-ID of their own."""
    mail = _as_mail(letter).message()
    if not own_message_id:
        mail.replace_header("Message-ID", "<0102018f@eu-west-1.relay.example>")
    return "\n".join(f"{name}: {value}" for name, value in mail.items())


def standard(
    letter: Message,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 <{to}>: Recipient address rejected: User unknown",
    returned: str | None = None,
    final: str = "",
    at: str = "",
) -> str:
    """RFC 3464, as Postfix writes it (which calls its own reports auto-replied)."""
    to = letter.to_email
    copy = headers_of(letter) if returned is None else returned
    return f"""Return-Path: <>
From: MAILER-DAEMON@mx.relay.example (Mail Delivery System)
To: partnerships@portal.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Date: {at or format_datetime(timezone.now())}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="A.1/mx"

--A.1/mx
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.relay.example. I'm sorry to have to inform you
that your message could not be delivered to one or more recipients.

--A.1/mx
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.relay.example

Original-Recipient: rfc822;{to}
Final-Recipient: rfc822; {final or to}
Action: {action}
Status: {status}
Diagnostic-Code: {diagnostic.format(to=to)}

--A.1/mx
Content-Type: text/rfc822-headers

{copy}

--A.1/mx--
"""


def delayed(letter: Message) -> str:
    return standard(
        letter, action="delayed", status="4.4.1", diagnostic="X-Postfix; connect to mail.group.example: timed out"
    )


def by_exim(letter: Message) -> str:
    return f"""Return-path: <>
X-Failed-Recipients: {letter.to_email}
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@host.example>
To: partnerships@portal.example
Subject: Mail delivery failed: returning message to sender
Date: {format_datetime(timezone.now())}

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {letter.to_email}
    host mail.group.example [192.0.2.7]
    SMTP error from remote mail server after RCPT TO:<{letter.to_email}>:
    550 No such mailbox here

------ This is a copy of the message, including all the headers. ------

{headers_of(letter)}

Hello. Call 451 2222 if you are late.
"""


def by_qmail(letter: Message) -> str:
    """No number in it, as nothing is returned: the address alone says whose letter it is."""
    return f"""Return-Path: <>
From: MAILER-DAEMON@old.example
To: partnerships@portal.example
Subject: failure notice
Date: {format_datetime(timezone.now())}

Hi. This is the qmail-send program at old.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{letter.to_email}>:
Sorry, no mailbox here by that name. (#5.1.1)
"""


def by_a_gateway(letter: Message) -> str:
    """In prose, in base64, and about a delay."""
    import base64

    words = f"Your message to {letter.to_email} is delayed. 4.4.7 We will continue to try for 2 days.\n\n"
    body = base64.encodebytes((words + headers_of(letter)).encode()).decode()
    return f"""From: postmaster@gateway.example
To: partnerships@portal.example
Subject: =?utf-8?q?Delivery_delayed=3A_A_place_for_you?=
Date: {format_datetime(timezone.now())}
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

{body}
"""


def away(
    letter: Message, subject: str = "Automatic reply: Your place", mark: str = "Auto-Submitted: auto-replied"
) -> str:
    return f"""From: {letter.to_email}
To: partnerships@portal.example
Subject: {subject}
{mark}
In-Reply-To: {_as_mail(letter).message()["Message-ID"]}
Date: {format_datetime(timezone.now())}

I am out of the office until Monday. For what cannot wait, call 550 1234.
"""


def from_a_person(letter: Message) -> str:
    """Somebody passes a bounce of their own on, and asks what it means."""
    return f"""From: Ana Reed <ana@reeds.example>
To: partnerships@portal.example
Subject: Fwd: Undelivered Mail Returned to Sender
Date: {format_datetime(timezone.now())}

What does 550 5.1.1 mean? I got this when I wrote to {letter.to_email}.
"""
