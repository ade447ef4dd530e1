"""Read a mailbox for reports of letters that did not arrive, and mark those letters.

What is understood is marked as read in the mailbox (POP3, which has no marks: deleted); everything else is left alone.
"""

import imaplib
import poplib
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pwp.env import WrongSetting
from pwp.outbox.bounces import read_bounces


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "mailbox",
            nargs="?",
            default=settings.BOUNCES_URL,
            help="imaps://user:password@host, pop3s://…, or the path of a Maildir or mbox; BOUNCES_URL unless given",
        )

    def handle(self, *args: Any, mailbox: str, **options: Any) -> None:
        if not mailbox:
            raise CommandError("Which mailbox? Set BOUNCES_URL, or name one: manage.py read_bounces /path/to/Maildir")
        try:
            counted = read_bounces(mailbox)
        except (WrongSetting, OSError, imaplib.IMAP4.error, poplib.error_proto) as error:
            raise CommandError(str(error)) from None
        for what, number in sorted(counted.items()):
            self.stdout.write(f"{what}: {number}")
        if not counted:
            self.stdout.write("nothing new")
