"""The settings. Everything that differs between installations comes from the environment.

`.env.example` documents each variable. A `.env` file beside manage.py is read when there is one.
"""

import hashlib
import os
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ

from partner_api.pacing import windows
from thanx_portal.http import logs

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
if (BASE_DIR / ".env").exists():
    environ.Env.read_env(str(BASE_DIR / ".env"))


def several(name: str, default: list[str]) -> list[str]:
    """Return the values of a comma-separated setting, without the spaces around them."""
    return [value.strip() for value in env.list(name, default=default) if value.strip()]


DEBUG = env.bool("DEBUG", default=True)
SECRET_KEY = env.str(
    "SECRET_KEY", default="for-the-demo-and-the-tests-only-" + "0" * 32 if DEBUG else environ.Env.NOTSET
)
ALLOWED_HOSTS = several("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = several("CSRF_TRUSTED_ORIGINS", default=[])
BEHIND_TLS = env.bool("BEHIND_TLS", default=not DEBUG)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()

# --- Apps ----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "thanx_portal",
    "certification",
    "guests",
    "results",
    "issuance",
    "campaigns",
    "notifications",
    "engine",
    "accounts",
    "partner_api",
    "vault",
    "ui",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]

MIDDLEWARE = [
    "thanx_portal.http.access_log.correlated",
    "thanx_portal.http.security_headers.security_headers",
    "thanx_portal.http.head_requests.head_as_get",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "thanx_portal.http.refused_bodies.refused_bodies",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "thanx_portal.http.audited.AuditRequests",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.entrance.middleware.sessions_end",
    "accounts.entrance.middleware.SecondFactorFirst",
    "thanx_portal.http.page_above.page_above",
]

ROOT_URLCONF = "thanx_portal.urls"
HOST = env.str("HOST", default="127.0.0.1")
WEB_WORKERS = env.int("WEB_WORKERS", default=2)
WEB_THREADS = env.int("WEB_THREADS", default=4)
ENGINE_THREADS = env.int("ENGINE_THREADS", default=4)

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
                "thanx_portal.frame.frame",
            ]
        },
    }
]

# --- Database ------------------------------------------------------------------------------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'portal.sqlite3'}")}
DATABASE = DATABASES["default"]
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE: with the default, DEFERRED, one of two writers fails at once. FULL: a lost commit may mean a reward
    # issued twice. Writers wait by retrying, not in a queue, so the timeout is generous.
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    DATABASE["CONN_MAX_AGE"] = None
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
        " PRAGMA cache_size=-16000; PRAGMA mmap_size=134217728",
    }
    # A file as in production, so that threads and processes of a test meet the same locks. One file per test run.
    DATABASE["TEST"] = {"NAME": str(Path(tempfile.gettempdir()) / f"portal-test-{os.getpid()}.sqlite3")}
else:
    # A thread may need two connections: its own, and one to renew a lease. With short timeouts the pool reconnects
    # soon after the database is back; with health checks it hands out no connection from before a restart.
    POOL_SIZE = env.int("DATABASE_POOL_SIZE", default=2 * max(ENGINE_THREADS, WEB_THREADS) + 4)
    POOL = {"min_size": 1, "max_size": POOL_SIZE, "timeout": 5, "reconnect_timeout": 5}
    DATABASE["OPTIONS"] = {**DATABASE.get("OPTIONS", {}), "pool": POOL}  # the address may name more, such as sslmode
    DATABASE["CONN_HEALTH_CHECKS"] = True
    DATABASE["CONN_MAX_AGE"] = 0  # a pool and persistent connections exclude each other
    INSTALLED_APPS.append("procrastinate.contrib.django")

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_cache",
        # With the default, 300, a stranger who tries many made-up accounts would push out what was counted of others.
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}

# --- People --------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.TableBackend"]
PASSWORD_LENGTH = 12
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": PASSWORD_LENGTH},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.entrance.passwords.HardToGuess"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.entrance.adapter.ByInvitationOnly"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_FORMS = {
    "login": "accounts.entrance.forms.SignInForm",
    "reset_password": "accounts.entrance.forms.ForgottenPasswordForm",
    "add_email": "accounts.entrance.forms.NewAddressForm",
    "change_password": "accounts.entrance.forms.NewPasswordForm",
}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # strangers get no mail from us
ACCOUNT_EMAIL_NOTIFICATIONS = True  # the present address is told of a new one, of a new password, of a factor
ACCOUNT_CHANGE_EMAIL = True  # a new address replaces the present one once its link was opened
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True  # after the second factor; so wrong passwords of others shut no user out
ACCOUNT_RATE_LIMITS = {
    "login": None,  # see accounts/entrance/attempts.py
    "login_failed": "5/5m/key",  # codes of second factors; the key is the user
    "reset_password": "300/5m/ip,5/m/key",
    "reset_password_from_key": "300/5m/ip",
}
MFA_RATE_LIMITS = {"webauthn_login": "300/5m/ip"}
ACCOUNT_LOGOUT_ON_GET = False
MFA_ADAPTER = "accounts.entrance.second_factors.SealedFactors"
RECENT_SIGN_IN = timedelta(hours=env.float("RECENT_SIGN_IN_HOURS", default=12))
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # else users with a second factor could not change their address
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not BEHIND_TLS  # browsers then allow http://localhost only
SOCIALACCOUNT_ADAPTER = "accounts.people.single_sign_on.OnlyInvited"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
OIDC_SERVER_URL = env.str("OIDC_SERVER_URL", default="")
OIDC_NAME = env.str("OIDC_NAME", default="single sign-on")
OIDC_ASKS_SECOND_FACTOR = env.bool("OIDC_ASKS_SECOND_FACTOR", default=False)
OIDC_PROVIDER = {
    "provider_id": "sso",
    "name": OIDC_NAME,
    "client_id": env.str("OIDC_CLIENT_ID", default=""),
    "secret": env.str("OIDC_CLIENT_SECRET", default=""),
    "settings": {
        "server_url": OIDC_SERVER_URL,
        "oauth_pkce_enabled": True,
        "auth_params": {"max_age": str(int(RECENT_SIGN_IN.total_seconds()))},  # with it, the provider says `auth_time`
    },
}
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [OIDC_PROVIDER]}} if OIDC_SERVER_URL else {}
SECOND_FACTOR_FOR = env.list("SECOND_FACTOR_FOR", default=[] if DEBUG else ["operator"])
INVITATION_LASTS = timedelta(days=env.float("INVITATION_DAYS", default=7))
SESSION_ENGINE = "accounts.entrance.sealed_sessions"
SESSION_IDLE = timedelta(hours=env.float("SESSION_IDLE_HOURS", default=2))
SESSION_LONGEST = timedelta(hours=env.float("SESSION_LONGEST_HOURS", default=7 * 24))
SESSION_COOKIE_AGE = int(SESSION_LONGEST.total_seconds())
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
# Every mail names its environment. A system check makes sure that THANX_PRODUCTION agrees with the host.
EMAIL_SUBJECT_PREFIX = "[Thanx Portal] " if env.bool("THANX_PRODUCTION", default=False) else "[Thanx Portal, SANDBOX] "
ACCOUNT_EMAIL_SUBJECT_PREFIX = EMAIL_SUBJECT_PREFIX
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://" if DEBUG else "dummymail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10  # seconds: a mail server that hangs must not block a worker's thread for long
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="Thanx Portal <portal@localhost>")
FIRST_HOST = next((host for host in ALLOWED_HOSTS if not host.startswith((".", "*"))), "localhost")
PORTAL_URL = env.str("PORTAL_URL", default="http://localhost:8000/" if DEBUG else f"https://{FIRST_HOST}/")

# --- Time, language, files -----------------------------------------------------------------------------------

TIME_ZONE = "UTC"
USE_TZ = True
LANGUAGE_CODE = "en-us"
USE_THOUSAND_SEPARATOR = False  # identifiers and addresses have none; the filter `number` sets them in quantities
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": VAR_DIR / "uploads"}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
MAX_UPLOAD_BYTES = env.int("MAX_UPLOAD_BYTES", default=200 * 1024 * 1024)
HEADER_SECONDS = env.float("HEADER_SECONDS", default=10)
BODY_SECONDS = env.float("BODY_SECONDS", default=30)
MERCHANT_DISK_BYTES = env.int("MERCHANT_DISK_BYTES", default=20 * 1024**3)
BODY_BYTES_PER_SECOND = env.int("BODY_BYTES_PER_SECOND", default=16 * 1024)
BODIES_BYTES = env.int("BODIES_BYTES", default=256 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024  # of a webhook, and of the fields around a file
LIST_MOST_LINES = env.int("LIST_MOST_LINES", default=2_000_000)
LIST_MOST_CELLS = env.int("LIST_MOST_CELLS", default=1_000)
LIST_LONGEST_CELL = env.int("LIST_LONGEST_CELL", default=100_000)
MOST_SUBSCRIBERS_PER_LIST = env.int("MOST_SUBSCRIBERS_PER_LIST", default=100_000)
SPREADSHEET_UNPACKED_BYTES = env.int("SPREADSHEET_UNPACKED_BYTES", default=500 * 1024 * 1024)
SPREADSHEET_MEMORY_BYTES = env.int("SPREADSHEET_MEMORY_BYTES", default=1024 * 1024 * 1024)
SPREADSHEET_SECONDS = env.int("SPREADSHEET_SECONDS", default=60)

# --- Security ------------------------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=BEHIND_TLS)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # probes of the load balancer use http
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
CSRF_FAILURE_VIEW = "accounts.views.kept_post.too_old"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Newest first, each 32 bytes in hexadecimal. Values encrypted with an older key stay readable while it is listed.
DATA_KEYS = [bytes.fromhex(key) for key in several("DATA_KEYS", default=[])]
if not DATA_KEYS and DEBUG:
    DATA_KEYS = [hashlib.sha256(b"data key of the demo:" + SECRET_KEY.encode()).digest()]

# --- Thanx ---------------------------------------------------------------------------------------------------

THANX_API_URL = env.str("THANX_API_URL", default="")
THANX_PRODUCTION = env.bool("THANX_PRODUCTION", default=False)
THANX_CLIENT_ID = env.str("THANX_CLIENT_ID", default="")
THANX_ACCESS_TOKEN = env.str("THANX_ACCESS_TOKEN", default="")
THANX_PARTNER_NAME = env.str("THANX_PARTNER_NAME", default="thanx-portal")
TAG_PREFIX = env.str("TAG_PREFIX", default=f"{THANX_PARTNER_NAME}:")
THANX_WEBHOOK_SECRETS = several("THANX_WEBHOOK_SECRETS", default=[])
THANX_RATE_PER_SECOND = env.int("THANX_RATE_PER_SECOND", default=5)
THANX_RATE_PER_15_MINUTES = env.int("THANX_RATE_PER_15_MINUTES", default=2000)
THANX_IDENTICAL_READS_APART = windows.IDENTICAL_READS_APART  # a setting only so that tests need not wait
THANX_BATCH_SIZE = env.int("THANX_BATCH_SIZE", default=10_000)
THANX_POLL_FIRST_SECONDS = env.int("THANX_POLL_FIRST_SECONDS", default=5)
THANX_POLL_MAX_SECONDS = env.int("THANX_POLL_MAX_SECONDS", default=60)
THANX_CONNECT_SECONDS = env.float("THANX_CONNECT_SECONDS", default=5)
THANX_READ_SECONDS = env.float("THANX_READ_SECONDS", default=30)
RESUBMIT_WINDOW = timedelta(hours=env.float("RESUBMIT_WINDOW_HOURS", default=24))
CATALOG_REFRESH_IN_USE = timedelta(minutes=env.float("CATALOG_REFRESH_IN_USE_MINUTES", default=15))
CATALOG_REFRESH_IDLE = timedelta(minutes=env.float("CATALOG_REFRESH_IDLE_MINUTES", default=60))
DEFAULT_MERCHANT_TIME_ZONE = env.str("DEFAULT_MERCHANT_TIME_ZONE", default="America/New_York")
DEFAULT_MERCHANT_COUNTRY = env.str("DEFAULT_MERCHANT_COUNTRY", default="US")
RETENTION_DAYS = env.int("RETENTION_DAYS", default=90)
LEDGER_KEPT = timedelta(days=env.float("LEDGER_KEPT_DAYS", default=90))
MEMBERS_FRESH_FOR = timedelta(minutes=env.float("MEMBERS_FRESH_FOR_MINUTES", default=15))
SAME_FILE_WINDOW = timedelta(hours=env.float("SAME_FILE_WINDOW_HOURS", default=24))
PAUSE_AT_FAILURE_PERCENT = env.int("PAUSE_AT_FAILURE_PERCENT", default=30)
FAILURES_TOLD_FROM_PERCENT = env.int("FAILURES_TOLD_FROM_PERCENT", default=5)
CANARY_SIZE = env.int("CANARY_SIZE", default=25)

CAPILLARY_URL = several("CAPILLARY_URL", default=["https://eu.api.capillarytech.com"])
CAPILLARY_USERNAME = env.str("CAPILLARY_USERNAME", default="")
CAPILLARY_PASSWORD = env.str("CAPILLARY_PASSWORD", default="")
CAPILLARY_TOKEN = env.str("CAPILLARY_TOKEN", default="")

# --- Limits by role ------------------------------------------------------------------------------------------


def by_role(numbers: dict[str, Any]) -> dict[str, int]:
    """Return the numbers by role, or by another word, from a setting such as "marketer=100,approver=1000"."""
    return {role.strip(): int(number) for role, number in numbers.items()}


CONFIRM_TYPED_ABOVE = by_role(
    env.dict("CONFIRM_TYPED_ABOVE", default={"marketer": 100, "approver": 1_000, "manager": 1_000})
)
APPROVAL_ABOVE_REWARDS = by_role(env.dict("APPROVAL_ABOVE_REWARDS", default={"marketer": 10_000, "approver": 100_000}))
APPROVAL_ABOVE_VALUE = by_role(env.dict("APPROVAL_ABOVE_VALUE", default={"marketer": 50_000, "approver": 500_000}))
PER_USER_AND_MINUTE = {"look_ups": 10, "checks": 10, "exports": 20, "searches": 60} | by_role(
    env.dict("PER_USER_AND_MINUTE", default={})
)
UNPRICED_REWARD_VALUE = env.int("UNPRICED_REWARD_VALUE", default=5)
DAILY_CAP = env.int("DAILY_CAP", default=1_000_000)
GRACE = timedelta(seconds=env.float("GRACE_SECONDS", default=60))
GRACE_ABOVE = env.int("GRACE_ABOVE", default=100)

# --- The engine ----------------------------------------------------------------------------------------------

# The steps, most important first. Each is a function that does one unit of work and returns whether there was any.
# The value is the model whose due rows the step claims; on PostgreSQL, a row that becomes due queues the step.
ENGINE_STEPS = {
    "issuance.followup.revocation_step.revoke_one_batch": "issuance.Batch",
    "issuance.sending.submission.submit_one_batch": "issuance.Batch",
    "campaigns.creation.create_one_campaign": "campaigns.Campaign",
    "campaigns.creation.reconcile_one_campaign": "campaigns.Campaign",
    "issuance.jobs.webhook_inbox.digest_one_delivery": "issuance.Delivery",
    "issuance.jobs.polling.poll_one_batch": "issuance.Batch",
    "issuance.audience.intake_step.read_one_upload": "issuance.Issuance",
    "issuance.followup.retries.prepare_one_retry": "issuance.Issuance",
    "issuance.followup.reissues.prepare_one_reissue": "issuance.Issuance",
    "campaigns.catalog.credential.refresh_credential": "campaigns.Credential",
    "campaigns.catalog.refresh.refresh_one_merchant": "campaigns.Merchant",
    "guests.feedback.sync.read_one_feedback_page": "guests.FeedbackSync",
    "guests.subscribers.reading_step.read_one_list": "guests.Subscription",
    "guests.recovery.batch_step.advance_one_recovery_batch": "guests.RecoveryBatch",
    "guests.recovery.rules.follow_one_recovery_rule": "guests.RecoveryRule",
    "guests.subscribers.subscribing.submit_some_subscribers": "guests.Subscription",
    "issuance.audience.member_index.read_one_page_of_members": "issuance.MemberIndex",
    "guests.lookup.tagging.tag_one_page": "guests.Tagging",
    "guests.lookup.expiry.delete_expired_guests_from_cache": "guests.CachedGuest",
    "results.counting.counting_step.count_one_result": "results.CampaignResult",
    "certification.retention.forget_old_exchanges": "certification.LedgerKeeping",
    "guests.erasure.erasing.erase_one_guest": "guests.GuestErasure",
    "guests.lifetimes.step.erase_what_is_over": "guests.Keeping",
    "notifications.mailing.send_one_email": "notifications.Notification",
    "accounts.audit.link_entries": None,
}
BEFORE_THE_FIRST_CALL = ["results.fixed_plans.fix_plan"]
"""What else a confirmation does, in its transaction, for packages above the one that confirms."""

ENGINE_LEASE = timedelta(seconds=env.float("ENGINE_LEASE_SECONDS", default=60))
ENGINE_IDLE_SECONDS = env.float("ENGINE_IDLE_SECONDS", default=0.25)
ENGINE_RUNNER = env.str("ENGINE_RUNNER", default="auto")
PROCRASTINATE_IMPORT_PATHS = ["engine.postgres_tasks"]

# --- Logs and metrics ----------------------------------------------------------------------------------------

REQUEST_ID_FROM_PROXY = env.bool("REQUEST_ID_FROM_PROXY", default=False)
LOG_FORMAT = env.str("LOG_FORMAT", default="plain" if DEBUG else "json")
LOGGING = logs.logging_configuration(form=LOG_FORMAT, level=env.str("LOG_LEVEL", default="INFO"), debug=DEBUG)
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
OVERDUE_AFTER = timedelta(seconds=env.float("OVERDUE_AFTER_SECONDS", default=60))
UNKNOWN_AFTER = timedelta(minutes=env.float("UNKNOWN_AFTER_MINUTES", default=60))
