"""allauth's hooks: no open sign-up; a mailbox exists once a mailed code came back from it."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class MailboxAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
