"""One settings file. What differs between machines comes from the environment; .env.example lists every key."""

import socket
from pathlib import Path

import environ
import structlog
from django.templatetags.static import static
from django.utils.csp import CSP
from whitenoise.compress import Compressor

from config import openapi
from config.clock import SCHEDULE
from config.env import check_production, embedded_valkey_socket, load_env_files, mailers, redis_urls, var_dir
from config.handlers import *  # noqa: F403  (settings, no code)
from config.sign_in import *  # noqa: F403  (settings, no code)

BASE_DIR = Path(__file__).resolve().parent.parent
load_env_files(BASE_DIR)
env = environ.Env()

# --- the machine -----------------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
VAR_DIR = var_dir(BASE_DIR)
VAR_DIR.mkdir(parents=True, exist_ok=True)
PORT = env.int("PORT", default=8000)
SECRET_KEY = env("SECRET_KEY", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG or DEMO else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
check_production(debug=DEBUG, demo=DEMO, secret_key=SECRET_KEY, allowed_hosts=ALLOWED_HOSTS)
# The worker and the web server of one machine share this name in the logs.
NODE_NAME = env("NODE_NAME", default=socket.gethostname())

# --- applications, in the order of their layers (lower never imports upper) -------------------------------------------
INSTALLED_APPS = [
    # Not its default configuration, which would put its own site in the place of ours.
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
    "config.admin.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "import_export",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_structlog",
    "core",
    "accounts",
    "teams",
    "campaigns",
    "services_help",
    "reports",
    "desk",
    # The demo world's commands do not exist on a server that is not a demo.
    *(["demo"] if DEMO else []),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.middleware.ContentSecurityPolicy",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "core.middleware.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SecondFactor",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "core.middleware.RequestLog",
    "desk.office.trail.middleware.AccessLog",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context.portal",
            ],
        },
    }
]

# --- database: PostgreSQL by DATABASE_URL, else SQLite in one file ----------------------------------------------------
EMBEDDED_DATABASE = not env("DATABASE_URL", default="")
if EMBEDDED_DATABASE:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR_DIR / "xungkichso.sqlite3",
            "OPTIONS": {
                "timeout": 30,
                # A write takes its lock at BEGIN; a later upgrade of a read lock could only fail with "locked".
                "transaction_mode": "IMMEDIATE",
                # FULL: an acknowledged log survives a power cut (PRODUCT invariant 1).
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32000;",
            },
        }
    }
else:
    DATABASES = {"default": env.db("DATABASE_URL")}
    DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
        DATABASES["default"]["ENGINE"] = "core.postgresql"
    # Statements here take milliseconds, and compiling them would cost more. Sums of thousands of cells fit in memory.
    # On a solid-state disk a page out of turn costs hardly more than the next one: a hundred rows are looked up, and
    # not sifted from the whole table.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault(
        "options", "-c jit=off -c work_mem=16MB -c random_page_cost=1.1"
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- broker and cache: Redis by REDIS_URL, else the embedded Valkey on a unix socket ----------------------------------
EMBEDDED_REDIS = not env("REDIS_URL", default="")
VALKEY_SOCKET = embedded_valkey_socket(VAR_DIR)
REDIS_URL = env("REDIS_URL", default="") or f"redis+socket://{VALKEY_SOCKET}"
CELERY_BROKER_URL, CACHE_URL = redis_urls(REDIS_URL)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "xks",
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
    }
}
SESSION_ENGINE = "core.sessions"

# --- Celery: a wake-up bell and a clock; the database is the truth ----------------------------------------------------
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "Asia/Ho_Chi_Minh"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False  # a broker that is down must not slow the intake: the sweep finds the row
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Longer than the longest task; with the two options below a killed worker's task is back within seconds of it.
    "visibility_timeout": 900,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 2,
}
CELERY_TASK_DEFAULT_QUEUE = env("CELERY_QUEUE", default="xks")
CELERY_BEAT_SCHEDULE = SCHEDULE
# Where the code on an official report leads; unset: to the address at which it was issued.
PUBLIC_URL = env("PUBLIC_URL", default="")
# A key of another program is good for so many days at most: who holds it, and who remembers it, changes.
API_KEY_DAYS = env.int("API_KEY_DAYS", default=730)
# Taken out by one person in one day: more is told to Thành Đoàn, and to ALARM_EMAILS.
EXPORT_ALARM_ROWS = env.int("EXPORT_ALARM_ROWS", default=20_000)
EXPORT_ALARM_FILES = env.int("EXPORT_ALARM_FILES", default=60)
# --- the board: drawn anew only so often, however many look and however often figures move ----------------------------
BOARD_SECONDS = env.float("BOARD_SECONDS", default=10.0)
# --- proof: the tallies against the raw logs, a little every minute; see docs/operations.md ---------------------------
PROOF_SECONDS = env.float("PROOF_SECONDS", default=2.0)
PROOF_WITHIN_DAYS = env.int("PROOF_WITHIN_DAYS", default=14)
# What differs is counted again once the evidence is kept; 0 leaves it as it is, to be looked at.
PROOF_MENDS = env.bool("PROOF_MENDS", default=True)
ALARM_EMAILS = env.list("ALARM_EMAILS", default=[])
METRICS_TOKEN = env("METRICS_TOKEN", default="")
# Functions of the apps that /readyz and /metrics ask.
READINESS_SOURCES = ["reports.proof.state.readiness"]
METRIC_SOURCES = ["core.metrics.own", "reports.proof.state.metrics"]
# What a target may be set for: function that answers {code: something with a label}; statistics stand above campaigns.
TARGET_MEASURES = "reports.stats.measures.all_measures"

# --- people ----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.PasswordBackend", "teams.backends.RightsBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "public:front"
# Staff sign in by a password and something they have: docs/sign-in.md. The demo world lets whoever looks in.
MFA_REQUIRED = env.bool("MFA_REQUIRED", default=not (DEBUG or DEMO))
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True

# --- language, time ---------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "xks_language"
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
# For what asks the settings and not the language (the admin's filters); Django's own begin with the American order.
DATE_INPUT_FORMATS = ["%d/%m/%Y", "%Y-%m-%d"]
DATETIME_INPUT_FORMATS = ["%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True
FIRST_DAY_OF_WEEK = 1

# --- mail: alarms only ------------------------------------------------------------------------------------------------
MAILERS = mailers(env.email_url("EMAIL_URL", default="consolemail://" if DEBUG or DEMO else "smtp://localhost:25"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env("EMAIL_FROM", default="xungkichso@localhost")

# --- static files -----------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "dist"] if (BASE_DIR / "dist").is_dir() else []
# Hashed names need collectstatic first; tests and a developer's server do without.
STATIC_MANIFEST = env.bool("STATIC_MANIFEST", default=not DEBUG)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_MANIFEST
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# The typeface of printed pages, as a typesetter can read it.
PRINT_FONTS = BASE_DIR / "dist" / "print"
# Source maps of libraries are the largest files of all, and only a developer's tools ever ask for one.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [*Compressor.SKIP_COMPRESS_EXTENSIONS, "map"]
MEDIA_ROOT = VAR_DIR / "media"
# Takes the offline app off the phones (its pages without JavaScript stay); what is unsent stays on them.
FIELD_APP_OFF = env.bool("FIELD_APP_OFF", default=False)

# --- security: closed by default --------------------------------------------------------------------------------------
HTTPS = env.bool("HTTPS", default=not (DEBUG or DEMO))
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
# Limits on signing in count by address: it is the proxy's word then, and nobody else's.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "worker-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
# Alpine inside the admin theme evaluates expressions and sets inline styles; nothing from outside is let in either way.
SECURE_CSP_ADMIN = SECURE_CSP | {
    "script-src": [CSP.SELF, CSP.UNSAFE_EVAL],
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
}
# Swagger UI draws with inline styles.
SECURE_CSP_API_DOCS = SECURE_CSP | {"style-src": [CSP.SELF, CSP.UNSAFE_INLINE]}
PERMISSIONS_POLICY = {
    name: []
    for name in ["accelerometer", "camera", "geolocation", "gyroscope", "magnetometer", "microphone", "payment", "usb"]
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# --- REST -------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "teams.authentication.TokenAuthentication",
        "teams.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["teams.authentication.HasDeclaredRight"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.api.JsonParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "core.api.Negotiation",
    # OPTIONS tells nothing that the OpenAPI document does not.
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "core.api.Pages",
    "PAGE_SIZE": 100,
    "DEFAULT_SCHEMA_CLASS": "core.schema.ProblemAutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["core.throttling.ClientThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "anonymous": env("THROTTLE_ANONYMOUS", default="60/min"),
        "client": env("THROTTLE_CLIENT", default="600/min"),
        "sync": env("THROTTLE_SYNC", default="1200/min"),
    },
    # Without a proxy of ours, X-Forwarded-For is whatever the caller likes to write.
    "NUM_PROXIES": 1 if BEHIND_PROXY else 0,
    "EXCEPTION_HANDLER": "core.problems.exception_handler",
    "DEFAULT_VERSIONING_CLASS": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Xung Kích Số API",
    "DESCRIPTION": openapi.DESCRIPTION,
    "TAGS": openapi.TAGS,
    "VERSION": "1.1.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
}

# --- import and export of Excel ---------------------------------------------------------------------------------------
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
IMPORT_EXPORT_ESCAPE_ILLEGAL_CHARS_ON_EXPORT = True
IMPORT_EXPORT_USE_TRANSACTIONS = True
IMPORT_EXPORT_TMP_STORAGE_CLASS = "import_export.tmp_storages.CacheStorage"

# --- logs: one JSON object a line outside of development --------------------------------------------------------------
LOG_LEVEL = env("LOG_LEVEL", default="INFO")
_shared = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso"),
]
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_shared,
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "structured": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.dev.ConsoleRenderer()
            if DEBUG
            else structlog.processors.JSONRenderer(ensure_ascii=False),
            "foreign_pre_chain": _shared,
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {name: {"handlers": [], "propagate": True} for name in ("django", "django.server")},
}

# --- admin theme: navigation stands in config/navigation.py -----------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": "Xung Kích Số",
    "SITE_HEADER": "Xung Kích Số",
    "SITE_SUBHEADER": "Quản trị · Thành Đoàn TP. Hồ Chí Minh",
    "SITE_URL": "/",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("img/favicon.svg")}],
    "SITE_ICON": lambda request: static("img/logo.svg"),
    "STYLES": [lambda request: static("css/admin.css")],
    "SCRIPTS": [lambda request: static("js/admin.js")],
    "SIDEBAR": {"show_search": True, "show_all_applications": False, "navigation": "config.navigation.sidebar"},
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 255)", "100": "oklch(93% .032 255)", "200": "oklch(88% .059 255)",
            "300": "oklch(81% .105 253)", "400": "oklch(70% .165 256)", "500": "oklch(60% .19 257)",
            "600": "oklch(50% .19 258)", "700": "oklch(43% .17 258)", "800": "oklch(37% .14 259)",
            "900": "oklch(31% .11 260)", "950": "oklch(24% .08 262)",
        }
    },
}  # fmt: skip
