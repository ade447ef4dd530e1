"""Every page of the portal. Welsh pages are the same addresses under /cy/."""

from allauth.account import views as account
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from partners.sign_in import ConfirmCodeView, PasswordView, RequestCodeView
from pwp import second_factor, views

admin.autodiscover()
admin.site.unregister([EmailAddress, Authenticator])  # rows of allauth's own that nobody edits by hand
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = i18n_patterns(
    path("", views.home, name="home"),
    path("my/", views.my, name="my"),
    path("privacy/", views.Page.as_view(template_name="privacy.html"), name="privacy"),
    path("accessibility/", views.Page.as_view(template_name="accessibility.html"), name="accessibility"),
    path("place-data/", views.Page.as_view(template_name="place_data.html"), name="place-data"),
    path("sign-in/", RequestCodeView.as_view(), name="account_request_login_code"),
    path("sign-in/code/", ConfirmCodeView.as_view(), name="account_confirm_login_code"),
    path("sign-in/password/", PasswordView.as_view(), name="account_login"),
    path("sign-out/", account.logout, name="account_logout"),
    path("account/again/", account.reauthenticate, name="account_reauthenticate"),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    path("account/closed/", account.signup, name="account_signup"),
    path("account/password/", account.password_change, name="account_change_password"),
    path("account/password/set/", account.password_set, name="account_set_password"),
    path("account/2fa/totp/activate/", second_factor.ActivateView.as_view(), name="mfa_activate_totp"),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("", include("events.urls")),
    path("", include("partners.urls")),
    path("", include("matching.urls")),
    path("admin/", admin.site.urls),
    prefix_default_language=False,
)
