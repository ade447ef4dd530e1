"""Signing in by a mailed code. A mailbox becomes a User when its first code comes back, and not before."""

import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.models import Login
from allauth.account.stages import LoginByCodeStage, LoginStageController
from allauth.account.views import ConfirmLoginCodeView, LoginView, RequestLoginCodeView
from django.http import HttpRequest, HttpResponse

from partners import services

logger = logging.getLogger(__name__)


class MailboxCode(LoginCodeVerificationProcess):
    """allauth's process, which also sends codes to mailboxes that people gave us but that never signed in."""

    @classmethod
    def begin(cls, request: HttpRequest, *, user: Any, email: str) -> None:
        login = Login(user=user, email=email)
        login.state["stages"] = {"current": LoginByCodeStage.key}
        stage = LoginByCodeStage(LoginStageController(request, login), request, login)
        stage.state.update(cls.initial_state(user=user, email=email))
        stage.state["initiated_by_user"] = True
        process = cls(stage=stage)
        process.send()
        process.persist()

    def send_by_email(self, email: str, skip_enumeration_mails: bool = False) -> None:
        """A mail to every address: a known one gets a code, another is told that it is not known here.

        So the page takes as long for either and tells nobody who is known; and whoever gave us another address of
        theirs learns why no code comes.
        """
        context: dict[str, Any] = {"request": self.request}
        if self.user or services.may_sign_in(email):
            template, context["code"] = "account/email/login_code", self.generate_code()
        else:
            template = "account/email/unknown_account"
        try:
            get_adapter().send_mail(template, email, context)
        except (SMTPException, OSError):  # the page says what to do without a code
            logger.exception("a mail about signing in could not be sent")

    def finish(self, redirect_url: str | None) -> HttpResponse:
        self._user = self.user or services.open_mailbox(self.state["email"])
        services.attach_people(self._user)
        return super().finish(redirect_url)


class AlsoWhilePending:
    """Shown also while a code is under way: another address, or a password, must be easy to give instead."""

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: Any) -> None:
        return None


class PasswordView(AlsoWhilePending, LoginView):
    """For staff, and for the demo's accounts."""


class RequestCodeView(AlsoWhilePending, RequestLoginCodeView):
    def form_valid(self, form: Any) -> HttpResponse:
        MailboxCode.begin(self.request, user=form._user, email=form.cleaned_data["email"])
        return super(RequestLoginCodeView, self).form_valid(form)


class ConfirmCodeView(ConfirmLoginCodeView):
    """The parent's `dispatch` resumes allauth's own process; ours takes its place before anything is decided."""

    def _ours(self) -> None:
        self._process = MailboxCode(stage=self.stage)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self._ours()
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self._ours()
        return super().post(request, *args, **kwargs)
