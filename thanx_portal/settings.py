"""The settings. Everything that differs between installations comes from the environment.

`.env.example` documents each variable. A `.env` file beside manage.py is read when there is one.
"""

import hashlib
import os
import tempfile
import tomllib
from datetime import timedelta
from pathlib import Path

import environ

from partner_api.pacing import windows
from thanx_portal.http import logs
from thanx_portal.settings_reader import SettingsReader

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

if (BASE_DIR / ".env").exists():
    environ.Env.read_env(str(BASE_DIR / ".env"))
env = SettingsReader(os.environ)
PROBLEMS_OF_SETTINGS = env.problems  # nothing starts while there is one

DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.secret_key("SECRET_KEY", default="for-development-and-tests-only-" + "0" * 32 if DEBUG else "")
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else [], required=True)
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS")
BEHIND_TLS = env.flag("BEHIND_TLS", default=not DEBUG)
VAR_DIR = env.folder("VAR_DIR", default=BASE_DIR / "var")
THANX_PRODUCTION = env.flag("THANX_PRODUCTION", default=False)

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
    "thanx_portal.http.probes.any_host",
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
HOST = env.text("HOST", "127.0.0.1")
PORT = env.whole("PORT", 8000, most=65_535)
WEB_WORKERS = env.whole("WEB_WORKERS", 2)
WEB_THREADS = env.whole("WEB_THREADS", 4)
ENGINE_THREADS = env.whole("ENGINE_THREADS", 4)

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
DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{VAR_DIR / 'portal.sqlite3'}")}
DATABASE = DATABASES["default"]
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE: with the default, DEFERRED, one of two writers fails at once. FULL: a lost commit may mean a reward
    # issued twice. Writers wait by retrying, not in a queue, so the timeout is generous.
    DATABASE["CONN_MAX_AGE"] = None
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
        " PRAGMA cache_size=-16000; PRAGMA mmap_size=134217728",
    }
    # A file as in production, so that threads and processes of a test meet the same locks. One file per test run.
    DATABASE["TEST"] = {"NAME": str(Path(tempfile.gettempdir()) / f"portal-test-{os.getpid()}.sqlite3")}
elif DATABASE["ENGINE"] == "django.db.backends.postgresql":
    # A thread may need two connections: its own, and one to renew a lease. With short timeouts the pool reconnects
    # soon after the database is back; with health checks it hands out no connection from before a restart.
    POOL_SIZE = env.whole("DATABASE_POOL_SIZE", 2 * max(ENGINE_THREADS, WEB_THREADS) + 4)
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
    "reset_password": "notifications.forms.ForgottenPasswordForm",
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
RECENT_SIGN_IN = timedelta(hours=env.number("RECENT_SIGN_IN_HOURS", 12))
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # else users with a second factor could not change their address
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not BEHIND_TLS  # browsers then allow http://localhost only
SOCIALACCOUNT_ADAPTER = "accounts.people.single_sign_on.OnlyInvited"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
OIDC_SERVER_URL = env.text("OIDC_SERVER_URL")
OIDC_NAME = env.text("OIDC_NAME", "single sign-on")
OIDC_ASKS_SECOND_FACTOR = env.flag("OIDC_ASKS_SECOND_FACTOR", default=False)
OIDC_PROVIDER = {
    "provider_id": "sso",
    "name": OIDC_NAME,
    "client_id": env.text("OIDC_CLIENT_ID"),
    "secret": env.text("OIDC_CLIENT_SECRET"),
    "settings": {
        "server_url": OIDC_SERVER_URL,
        "oauth_pkce_enabled": True,
        "auth_params": {"max_age": str(int(RECENT_SIGN_IN.total_seconds()))},  # with it, the provider says `auth_time`
    },
}
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [OIDC_PROVIDER]}} if OIDC_SERVER_URL else {}
SECOND_FACTOR_FOR = env.several("SECOND_FACTOR_FOR", [] if DEBUG else ["operator"])
INVITATION_LASTS = timedelta(days=env.number("INVITATION_DAYS", 7))
SESSION_ENGINE = "accounts.entrance.sealed_sessions"
SESSION_IDLE = timedelta(hours=env.number("SESSION_IDLE_HOURS", 2))
SESSION_LONGEST = timedelta(hours=env.number("SESSION_LONGEST_HOURS", 7 * 24))
SESSION_COOKIE_AGE = int(SESSION_LONGEST.total_seconds())
ALLAUTH_TRUSTED_PROXY_COUNT = env.whole("TRUSTED_PROXY_COUNT", 0, least=0)
# Every mail names its environment. A system check makes sure that THANX_PRODUCTION agrees with the host.
EMAIL_SUBJECT_PREFIX = "[Thanx Portal] " if THANX_PRODUCTION else "[Thanx Portal, SANDBOX] "
ACCOUNT_EMAIL_SUBJECT_PREFIX = EMAIL_SUBJECT_PREFIX
EMAIL_CONFIG = env.mail("EMAIL_URL", "consolemail://" if DEBUG else "dummymail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10  # seconds: a mail server that hangs must not block a worker's thread for long
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "Thanx Portal <portal@localhost>")
FIRST_HOST = next((host.lstrip(".") for host in ALLOWED_HOSTS if host != "*"), "localhost")
PORTAL_URL = env.address("PORTAL_URL", "http://localhost:8000/" if DEBUG else f"https://{FIRST_HOST}/")

# --- Time, language, files -----------------------------------------------------------------------------------

TIME_ZONE = "UTC"
USE_TZ = True
LANGUAGE_CODE = "en-us"
USE_THOUSAND_SEPARATOR = False  # identifiers and addresses have none; the filter `number` sets them in quantities
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(VAR_DIR / "static"))).resolve()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": VAR_DIR / "uploads"}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
MAX_UPLOAD_BYTES = env.whole("MAX_UPLOAD_BYTES", 200 * 1024 * 1024)
HEADER_SECONDS = env.number("HEADER_SECONDS", 10)
BODY_SECONDS = env.number("BODY_SECONDS", 30)
MERCHANT_DISK_BYTES = env.whole("MERCHANT_DISK_BYTES", 20 * 1024**3)
BODY_BYTES_PER_SECOND = env.whole("BODY_BYTES_PER_SECOND", 16 * 1024)
BODIES_BYTES = env.whole("BODIES_BYTES", 256 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024  # of a webhook, and of the fields around a file
LIST_MOST_LINES = env.whole("LIST_MOST_LINES", 2_000_000)
LIST_MOST_CELLS = env.whole("LIST_MOST_CELLS", 1_000)
LIST_LONGEST_CELL = env.whole("LIST_LONGEST_CELL", 100_000)
MOST_SUBSCRIBERS_PER_LIST = env.whole("MOST_SUBSCRIBERS_PER_LIST", 100_000)
SPREADSHEET_UNPACKED_BYTES = env.whole("SPREADSHEET_UNPACKED_BYTES", 500 * 1024 * 1024)
SPREADSHEET_MEMORY_BYTES = env.whole("SPREADSHEET_MEMORY_BYTES", 1024 * 1024 * 1024)
SPREADSHEET_SECONDS = env.whole("SPREADSHEET_SECONDS", 60)

# --- Security ------------------------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=BEHIND_TLS)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]  # probes inside use http
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
CSRF_FAILURE_VIEW = "accounts.views.kept_post.too_old"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Newest first, each 32 bytes in hexadecimal. Values encrypted with an older key stay readable while it is listed.
DATA_KEYS = env.data_keys("DATA_KEYS", required=not DEBUG)
if not DATA_KEYS and DEBUG:
    DATA_KEYS = [hashlib.sha256(b"data key of the demo:" + SECRET_KEY.encode()).digest()]

# --- Thanx ---------------------------------------------------------------------------------------------------

THANX_API_URL = env.text("THANX_API_URL")
THANX_CLIENT_ID = env.text("THANX_CLIENT_ID")
THANX_ACCESS_TOKEN = env.text("THANX_ACCESS_TOKEN")
THANX_PARTNER_NAME = env.text("THANX_PARTNER_NAME", "thanx-portal")
TAG_PREFIX = env.text("TAG_PREFIX", f"{THANX_PARTNER_NAME}:")
THANX_WEBHOOK_SECRETS = env.several("THANX_WEBHOOK_SECRETS")
THANX_RATE_PER_SECOND = env.whole("THANX_RATE_PER_SECOND", 5)
THANX_RATE_PER_15_MINUTES = env.whole("THANX_RATE_PER_15_MINUTES", 2000)
THANX_IDENTICAL_READS_APART = windows.IDENTICAL_READS_APART  # a setting only so that tests need not wait
THANX_BATCH_SIZE = env.whole("THANX_BATCH_SIZE", 10_000)
THANX_POLL_FIRST_SECONDS = env.whole("THANX_POLL_FIRST_SECONDS", 5)
THANX_POLL_MAX_SECONDS = env.whole("THANX_POLL_MAX_SECONDS", 60)
THANX_CONNECT_SECONDS = env.number("THANX_CONNECT_SECONDS", 5)
THANX_READ_SECONDS = env.number("THANX_READ_SECONDS", 30)
RESUBMIT_WINDOW = timedelta(hours=env.number("RESUBMIT_WINDOW_HOURS", 24))
CATALOG_REFRESH_IN_USE = timedelta(minutes=env.number("CATALOG_REFRESH_IN_USE_MINUTES", 15))
CATALOG_REFRESH_IDLE = timedelta(minutes=env.number("CATALOG_REFRESH_IDLE_MINUTES", 60))
DEFAULT_MERCHANT_TIME_ZONE = env.time_zone("DEFAULT_MERCHANT_TIME_ZONE", "America/New_York")
DEFAULT_MERCHANT_COUNTRY = env.text("DEFAULT_MERCHANT_COUNTRY", "US")
RETENTION_DAYS = env.whole("RETENTION_DAYS", 90)
LEDGER_KEPT = timedelta(days=env.number("LEDGER_KEPT_DAYS", 90))
MEMBERS_FRESH_FOR = timedelta(minutes=env.number("MEMBERS_FRESH_FOR_MINUTES", 15))
SAME_FILE_WINDOW = timedelta(hours=env.number("SAME_FILE_WINDOW_HOURS", 24))
PAUSE_AT_FAILURE_PERCENT = env.whole("PAUSE_AT_FAILURE_PERCENT", 30, least=0)
FAILURES_TOLD_FROM_PERCENT = env.whole("FAILURES_TOLD_FROM_PERCENT", 5, least=0)
CANARY_SIZE = env.whole("CANARY_SIZE", 25, least=0)

CAPILLARY_URL = env.several("CAPILLARY_URL", ["https://eu.api.capillarytech.com"])
CAPILLARY_USERNAME = env.text("CAPILLARY_USERNAME")
CAPILLARY_PASSWORD = env.text("CAPILLARY_PASSWORD")
CAPILLARY_TOKEN = env.text("CAPILLARY_TOKEN")

# --- Limits by role ------------------------------------------------------------------------------------------

CONFIRM_TYPED_ABOVE = env.numbers("CONFIRM_TYPED_ABOVE", {"marketer": 100, "approver": 1_000, "manager": 1_000})
APPROVAL_ABOVE_REWARDS = env.numbers("APPROVAL_ABOVE_REWARDS", {"marketer": 10_000, "approver": 100_000})
APPROVAL_ABOVE_VALUE = env.numbers("APPROVAL_ABOVE_VALUE", {"marketer": 50_000, "approver": 500_000})
PER_USER_AND_MINUTE = {"look_ups": 10, "checks": 10, "exports": 20, "searches": 60, "rows": 60} | env.numbers(
    "PER_USER_AND_MINUTE", {}
)
UNPRICED_REWARD_VALUE = env.whole("UNPRICED_REWARD_VALUE", 5, least=0)
DAILY_CAP = env.whole("DAILY_CAP", 1_000_000, least=0)
GRACE = timedelta(seconds=env.number("GRACE_SECONDS", 60))
GRACE_ABOVE = env.whole("GRACE_ABOVE", 100, least=0)

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
    "guests.tags.tagging.tag_one_page": "guests.Tagging",
    "guests.lookup.expiry.delete_expired_guests_from_cache": "guests.CachedGuest",
    "results.intake.uploads_step.read_one_import": "results.OutcomeImport",
    "results.counting.counting_step.count_one_result": "results.CampaignResult",
    "certification.retention.forget_old_exchanges": "certification.LedgerKeeping",
    "guests.erasure.erasing.erase_one_guest": "guests.GuestErasure",
    "guests.lifetimes.step.erase_what_is_over": "guests.Keeping",
    "notifications.forgotten_passwords.send_one_link": "notifications.ForgottenPassword",
    "notifications.mailing.send_one_email": "notifications.Notification",
    "accounts.audit.link_entries": None,
}
BEFORE_THE_FIRST_CALL = ["results.fixed_plans.fix_plan"]
"""What else a confirmation does, in its transaction, for packages above the one that confirms."""

PURCHASES_GO_TO = ["results.intake.purchase_webhooks.take_in"]
"""What joins the purchases that webhooks tell of with guests."""

ENGINE_LEASE = timedelta(seconds=env.number("ENGINE_LEASE_SECONDS", 60))
ENGINE_IDLE_SECONDS = env.number("ENGINE_IDLE_SECONDS", 0.25)
ENGINE_RUNNER = env.text("ENGINE_RUNNER", "auto")
PROCRASTINATE_IMPORT_PATHS = ["engine.postgres_tasks"]

# --- Logs and metrics ----------------------------------------------------------------------------------------

REQUEST_ID_FROM_PROXY = env.flag("REQUEST_ID_FROM_PROXY", default=False)
LOG_FORMAT = env.text("LOG_FORMAT", "plain" if DEBUG else "json", among=("plain", "json"))
LOGGING = logs.logging_configuration(
    form=LOG_FORMAT, level=env.text("LOG_LEVEL", "INFO", among=logs.LEVELS), debug=DEBUG
)
METRICS_TOKEN = env.text("METRICS_TOKEN")
OVERDUE_AFTER = timedelta(seconds=env.number("OVERDUE_AFTER_SECONDS", 60))
UNKNOWN_AFTER = timedelta(minutes=env.number("UNKNOWN_AFTER_MINUTES", 60))

# --- What contradicts itself ---------------------------------------------------------------------------------

env.refuse(
    "SECURE_SSL_REDIRECT=1 with TRUSTED_PROXY_COUNT=0 would redirect every page to itself. Behind a proxy that ends"
    " TLS, set TRUSTED_PROXY_COUNT to the number of proxies; if browsers use http, set BEHIND_TLS=0.",
    when=SECURE_SSL_REDIRECT and not ALLAUTH_TRUSTED_PROXY_COUNT,
)
env.refuse(
    "OIDC_SERVER_URL needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET with it.",
    when=bool(OIDC_SERVER_URL) and not (OIDC_PROVIDER["client_id"] and OIDC_PROVIDER["secret"]),
)
env.refuse(
    "SESSION_IDLE_HOURS is longer than SESSION_LONGEST_HOURS, so no session would ever end for being idle.",
    when=SESSION_IDLE > SESSION_LONGEST,
)
env.refuse(
    "THANX_POLL_FIRST_SECONDS is longer than THANX_POLL_MAX_SECONDS.",
    when=THANX_POLL_FIRST_SECONDS > THANX_POLL_MAX_SECONDS,
)
