"""allauth's hooks: no open sign-up; a mailbox exists once a mailed code came back from it."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse

from partners.models import Person


class MailboxAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Staff who take part in nothing have nothing on "My page": they begin at the desk."""
        user = request.user
        if user.is_authenticated and user.is_staff and not Person.objects.filter(user=user.pk).exists():
            return reverse("admin:index")
        return str(super().get_login_redirect_url(request))
