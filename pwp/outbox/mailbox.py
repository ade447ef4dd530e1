"""The mail backend of a portal without a mail server: it keeps what would have left."""

from collections.abc import Sequence

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from pwp.outbox.models import KeptMail


class KeptMailBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for mail in email_messages:
            alternatives = mail.alternatives if isinstance(mail, EmailMultiAlternatives) else []
            html = next((str(body) for body, mimetype in alternatives if mimetype == "text/html"), "")
            KeptMail.objects.create(
                to=", ".join(mail.recipients()),
                subject=mail.subject[:250],
                text=str(mail.body),
                html=html,
                attachments=[[name, str(content), kind] for name, content, kind in mail.attachments],
            )
        return len(email_messages)
