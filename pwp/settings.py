"""One settings file: with nothing set it is the embedded default; what the environment names replaces it.

DATABASE_URL   PostgreSQL instead of SQLite in var/
REDIS_URL      Redis instead of a folder in var/ for Celery, and as cache
EMAIL_URL      SMTP instead of mail that staff read in the portal
BOUNCES_URL    the mailbox that reports of undelivered letters arrive in: imaps://, pop3s://, a Maildir or an mbox
LETTER_HOLD_MINUTES, QUIET_HOURS   how long a decision can be undone, and when no letter leaves that can wait
STAFF_MFA      whether staff need a second step to sign in
SITE_URL, SECRET_KEY, ALLOWED_HOSTS   required as soon as one of the above is set (see pwp/checks.py)
"""

import os
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

from pwp import env

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("VAR_DIR", BASE_DIR / "var"))
VAR.mkdir(parents=True, exist_ok=True)

DATABASE_URL = os.environ.get("DATABASE_URL", "")
REDIS_URL = os.environ.get("REDIS_URL", "")
EMAIL_URL = os.environ.get("EMAIL_URL", "")
SITE_URL = os.environ.get("SITE_URL", "").rstrip("/") or env.where_it_runs(VAR / "site_url")
ON_THIS_MACHINE = urlsplit(SITE_URL).hostname in ("localhost", "127.0.0.1", "::1")
EMBEDDED = ON_THIS_MACHINE and not (DATABASE_URL or REDIS_URL or EMAIL_URL)

DEBUG = env.flag("DEBUG")
SECRET_KEY = os.environ.get("SECRET_KEY", "") or (env.kept_secret(VAR / "secret_key") if EMBEDDED else "")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or (["localhost", "127.0.0.1", "[::1]"] if EMBEDDED else [])
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL.startswith("https://") else []

INSTALLED_APPS = [
    "matching",
    "events",
    "partners",
    "pwp.outbox",
    "pwp.journal",
    "pwp",
    "pwp.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "import_export",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "pwp.middleware.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "pwp.urls"
WSGI_APPLICATION = "pwp.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pwp.context.site",
            ],
            "builtins": ["pwp.templatetags.ui", "django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]
# A website typed without its scheme means https. The setting leaves with Django 6, where this is the default.
warnings.filterwarnings("ignore", "The FORMS_URLFIELD_ASSUME_HTTPS transitional setting is deprecated.")
FORMS_URLFIELD_ASSUME_HTTPS = True
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- where rows live -------------------------------------------------------------------------------------------------

DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(DATABASE_URL, conn_max_age=600, conn_health_checks=True)
    if DATABASE_URL
    else {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": VAR / "db.sqlite3",
        "CONN_MAX_AGE": 600,
    }
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",  # writers queue at the start instead of dying of a locked database half-way
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA cache_size=-16000;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": VAR / "cache"}
}

# --- people ----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "partners.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_request_login_code"
LOGIN_REDIRECT_URL = "my"
ACCOUNT_ADAPTER = "partners.adapter.MailboxAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]  # sign-up is closed, but without this nobody has a password field
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_VERIFICATION = "none"  # the mailed code is the verification
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True  # see MailboxCode.send_by_email
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_FORMS = {"request_login_code": "partners.forms.SignInForm"}
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TRUSTED_PROXIES", "0" if ON_THIS_MACHINE else "1"))
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Partnerships with Purpose"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody signs up by themselves, so no mailbox can be taken before its owner comes
STAFF_MFA = env.flag("STAFF_MFA", not EMBEDDED)  # a newcomer who tries the portal out is not sent for their phone
ACCOUNT_RATE_LIMITS = {  # per address on the network, and per mailbox; counted in the cache
    "ask": "30/h/ip",
    "acknowledgement": "5/h/key",
    "draft_link": "20/h/ip,3/h/key",
    "request_login_code": "20/h/ip,5/h/key",
}

# --- language and time -----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("cy", _("Welsh"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["pwp.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/London"

# --- files served ----------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# --- mail ------------------------------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = os.environ.get("FROM_EMAIL", "Partnerships with Purpose <partnerships@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
if EMAIL_URL:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    globals().update(env.mail_server(EMAIL_URL))
else:
    EMAIL_BACKEND = "pwp.outbox.mailbox.KeptMailBackend"  # nothing leaves the machine; staff read it in the portal
BOUNCES_URL = os.environ.get("BOUNCES_URL", "")
if "://" in BOUNCES_URL:
    env.mailbox(BOUNCES_URL)  # a wrong address is refused now, not at night
# Whoever tries the portal out wants to see letters soon, and nobody's phone rings at night.
LETTER_HOLD_MINUTES = env.number("LETTER_HOLD_MINUTES", 2 if EMBEDDED else 60)
QUIET_HOURS = env.hours("QUIET_HOURS", "" if EMBEDDED else "20:00-08:00")

# --- work in the background ------------------------------------------------------------------------------------------

CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False  # a nudge may be lost: the row is found by the next tick
CELERY_BROKER_CONNECTION_TIMEOUT = 2
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "visibility_timeout": 600,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,
        "socket_timeout": 5,
    }
else:
    CELERY_BROKER_URL = "filesystem://localhost"  # a host is not needed; without one kombu complains
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR / "queue"),
        "data_folder_out": str(VAR / "queue"),
        "control_folder": str(VAR / "control"),
        "polling_interval": 0.1,
    }
    for folder in ("queue", "control"):
        (VAR / folder).mkdir(exist_ok=True)
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "deliver due messages": {"task": "pwp.outbox.tasks.deliver_due_messages", "schedule": 60},
    "score requested runs": {"task": "matching.tasks.score_requested_runs", "schedule": 60},
    "work off blocks of runs": {"task": "matching.tasks.work_off_blocks", "schedule": 60},
    "refresh changed events": {"task": "matching.tasks.refresh_changed_events", "schedule": 30},
    "work out wanted plans": {"task": "matching.tasks.work_out_wanted_plans", "schedule": 60},
    "queue due follow-ups": {"task": "matching.tasks.queue_due_follow_ups", "schedule": 300},
    "expire unanswered invitations": {"task": "events.tasks.expire_invitations", "schedule": 600},
    "offer free places": {"task": "events.tasks.offer_all_free_places", "schedule": 600},
    "remind the invited": {"task": "events.tasks.queue_reminders", "schedule": 900},
    "ask who still comes": {"task": "events.tasks.queue_warm_ups", "schedule": crontab(minute=5)},
    "write joining notes": {"task": "events.tasks.queue_joining_notes", "schedule": crontab(minute=15)},
    "write the day before": {"task": "events.tasks.queue_day_before", "schedule": crontab(minute=20)},
    "queue calls": {"task": "events.tasks.queue_calls", "schedule": 600},
    "write to those we missed": {"task": "events.tasks.queue_sorry_letters", "schedule": crontab(minute=25)},
    "thank people after the day": {"task": "events.tasks.queue_thank_yous", "schedule": crontab(minute=10)},
    "learn from answers": {"task": "matching.tasks.learn_from_answers", "schedule": crontab(hour=2, minute=10)},
    "request nightly runs": {"task": "matching.tasks.request_nightly_runs", "schedule": crontab(hour=2, minute=30)},
    "forget what guests needed": {"task": "matching.tasks.forget_needs", "schedule": crontab(hour=3, minute=45)},
    "clear sessions that ran out": {"task": "events.tasks.clear_sessions", "schedule": crontab(hour=3, minute=15)},
    "forget what people needed": {"task": "events.tasks.purge_arrangements", "schedule": crontab(hour=3, minute=45)},
    "purge what is past its time": {"task": "events.tasks.purge_old_requests", "schedule": crontab(hour=3, minute=30)},
    "forget past programmes": {"task": "matching.tasks.forget_past_programmes", "schedule": crontab(hour=3, minute=35)},
    "purge the journal": {"task": "events.tasks.purge_journal", "schedule": crontab(hour=3, minute=40)},
}
if BOUNCES_URL:
    CELERY_BEAT_SCHEDULE["read reports of bounces"] = {"task": "pwp.outbox.tasks.read_bounces", "schedule": 600}

# --- safety ----------------------------------------------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "pwp.views.csrf_failure"
if urlsplit(SITE_URL).scheme == "https":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = env.flag("SSL_REDIRECT", True)
    SECURE_HSTS_SECONDS = 30 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = env.flag("HSTS_PRELOAD")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},
        "django.request": {"level": "ERROR"},  # a form with a mistake in it is no news
    },
}
