"""Settings: one file, read from the environment, refusing to start when something needed is missing.

Every variable is read through `_ask`, which records its name and what it is for; `ASKED` is the list that the
documentation is checked against. `GONGZHI_MODE` is `production` unless the launcher says `development`.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from gongzhi.kit import names, secrets

# Before numpy is loaded: our vectors are short, and the idle threads of its library would spin on the cores that web
# threads and PostgreSQL need (24 seconds instead of 1 for an evaluation tried on a busy machine of two cores).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

#: Every environment variable read here: name → what it is for.
ASKED: dict[str, str] = dict(names.LAUNCHER)


def _ask(name: str, purpose: str, default: str = "") -> str:
    ASKED[name] = purpose
    return os.environ.get(name, "").strip() or default


def _yes(name: str, purpose: str, default: bool = False) -> bool:
    answer = _ask(name, purpose).lower()
    if answer not in ("", "true", "false", "1", "0", "yes", "no"):
        raise ImproperlyConfigured(f"{name} must be True or False, not {answer!r}.")
    return answer in ("true", "1", "yes") if answer else default


def _number(name: str, purpose: str, default: int) -> int:
    answer = _ask(name, purpose, str(default))
    if not answer.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {answer!r}.")
    return int(answer)


def _list(name: str, purpose: str) -> list[str]:
    return [part.strip() for part in _ask(name, purpose).split(",") if part.strip()]


# ---- where and how we run

BASE_DIR = names.ROOT
PACKAGE_DIR = Path(__file__).resolve().parent
_ask(
    "GONGZHI_HOME",
    "folder for the embedded database, uploads, models and logs (default: var in the repository)",
)
HOME = names.Home.of_environment()
EMBEDDED = _yes("GONGZHI_EMBEDDED", "set by the launcher when the database is the embedded one")
MODE = _ask(
    "GONGZHI_MODE",
    "development or production; development only under `./gongzhi up` and in tests",
    "development" if EMBEDDED else "production",
)
if MODE not in ("development", "production"):
    raise ImproperlyConfigured(f"GONGZHI_MODE must be development or production, not {MODE!r}.")
DEVELOPMENT = MODE == "development"
DEBUG = _yes("GONGZHI_DEBUG", "True shows technical error pages; never in production")
if DEBUG and not DEVELOPMENT:
    raise ImproperlyConfigured(
        "GONGZHI_DEBUG must not be True in production: error pages would show everything."
    )

SECRET_KEY = _ask("SECRET_KEY", "key for sessions, tokens and digests; required in production")
_key_file = _ask("SECRET_KEY_FILE", "file that holds the key, instead of SECRET_KEY")
if not SECRET_KEY and _key_file:
    SECRET_KEY = Path(_key_file).read_text("utf-8").strip()
if not SECRET_KEY and DEVELOPMENT:
    SECRET_KEY = secrets.installation_key(HOME.secret)
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY or SECRET_KEY_FILE must be set in production; there is no default."
    )
if len(SECRET_KEY) < 32 and not DEVELOPMENT:
    raise ImproperlyConfigured("SECRET_KEY must have at least 32 characters.")

ALLOWED_HOSTS = _list("ALLOWED_HOSTS", "host names served, comma-separated; required in production")
if not ALLOWED_HOSTS:
    if not DEVELOPMENT:
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS must be set in production, for example ALLOWED_HOSTS=city.example."
        )
    ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]

HTTPS = _yes(
    "GONGZHI_HTTPS",
    "False when the site is served without https (default True in production)",
    not DEVELOPMENT,
)
CSRF_TRUSTED_ORIGINS = _list(
    "CSRF_TRUSTED_ORIGINS", "origins such as https://city.example, needed behind some proxies"
)
TRUSTED_PROXIES = _number(
    "GONGZHI_TRUSTED_PROXIES", "how many proxies of ours stand in front and set X-Forwarded-*", 0
)

# ---- what is installed

_REMOVABLE = ("workorders", "mediation", "evaluation", "counter", "observation", "demo")
_without = _list("GONGZHI_WITHOUT", "rooms and windows to leave out, comma-separated, such as demo")
if _unknown := sorted(set(_without) - set(_REMOVABLE)):
    raise ImproperlyConfigured(
        f"GONGZHI_WITHOUT: only {', '.join(_REMOVABLE)} can be left out, not {_unknown}."
    )
INSTALLED_APPS = (
    "gongzhi.kit",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "ninja",  # the pages that describe the API come from us, not from another network
    "gongzhi.journal",
    "gongzhi.territory",
    "gongzhi.people",
    "gongzhi.notices",
    "gongzhi.matters",
    "gongzhi.knowledge",
    "gongzhi.meetings",
    "gongzhi.papers",
    *(f"gongzhi.{room}" for room in _REMOVABLE if room not in _without),
)
AUTH_USER_MODEL = "people.Account"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "gongzhi.urls"
WSGI_APPLICATION = "gongzhi.wsgi.application"

#: function(request) → actor; the floor above the kit provides it, the kit's middleware calls it
ACTOR_OF_REQUEST = "gongzhi.people.actor.of_request"

MIDDLEWARE = (
    "gongzhi.kit.middleware.Outermost",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "gongzhi.kit.middleware.InTheNameOf",
    "django.contrib.messages.middleware.MessageMiddleware",
    "gongzhi.kit.middleware.Refusals",
)

TEMPLATES = (
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "gongzhi.kit.middleware.page_context",
                "gongzhi.kit.navigation.navigation",
                "gongzhi.kit.banners.banners",
            ],
        },
    },
)

# ---- database


def _database(address: str, name: str, pool: int = 0) -> dict[str, object]:
    from psycopg.conninfo import conninfo_to_dict

    try:
        told = conninfo_to_dict(address)
    except Exception as fault:
        raise ImproperlyConfigured(f"{name} is not an address of a PostgreSQL database: {fault}") from None
    options: dict[str, object] = {
        key: value for key, value in told.items() if key not in ("dbname", "user", "password", "host", "port")
    }
    if pool:
        options["pool"] = {"min_size": 1, "max_size": pool, "timeout": 5, "max_lifetime": 3600}
    return {
        "ENGINE": "gongzhi.kit.db",
        "NAME": told.get("dbname", ""),
        "USER": told.get("user", ""),
        "PASSWORD": told.get("password", ""),
        "HOST": told.get("host", ""),
        "PORT": str(told.get("port", "")),
        "OPTIONS": options,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": bool(pool),
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "ATOMIC_REQUESTS": True,
    }


_app_url = _ask(
    "DATABASE_URL", "the application role's database, postgresql://…; unset means the embedded cluster"
)
_owner_url = _ask(
    "DATABASE_OWNER_URL", "the owner role's address of the same database; only migrations need it"
)
_pool = _number("GONGZHI_POOL", "connections each web process keeps at most; 0 means no pool", 0)
if not _app_url:
    raise ImproperlyConfigured(
        "DATABASE_URL is not set. Use `./gongzhi manage …`, which starts the embedded database, or name a PostgreSQL."
    )
DATABASES = {"default": _database(_app_url, "DATABASE_URL", _pool)}
if _owner_url:
    DATABASES["owner"] = {**_database(_owner_url, "DATABASE_OWNER_URL"), "ATOMIC_REQUESTS": False}
APP_ROLE = str(DATABASES["default"]["USER"]) or "gongzhi_app"

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
PROCRASTINATE_WORKER_DEFAULTS = {"delete_jobs": "successful"}  # the record is the journal, not the queue

# ---- languages and time

LANGUAGE_CODE = "zh-hans"
LANGUAGES = (("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English"), ("pt", "Português"))
LOCALE_PATHS = (PACKAGE_DIR / "locale",)
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = _ask("GONGZHI_TIME_ZONE", "time zone of the installation", "Asia/Shanghai")
USE_I18N = True
USE_TZ = True

# ---- signing in, sessions, cookies

AUTHENTICATION_BACKENDS = ("gongzhi.people.accounts.AccountBackend",)
PASSWORD_HASHERS = (
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
)
AUTH_PASSWORD_VALIDATORS = tuple(
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
)
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
SESSION_ENGINE = "gongzhi.kit.sessions"
SESSION_COOKIE_NAME = "gongzhi_session"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_NAME = "gongzhi_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "gongzhi.kit.middleware.csrf_failure"
LANGUAGE_COOKIE_SECURE = HTTPS

# ---- headers (the rest is in gongzhi.kit.middleware)

SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
USE_X_FORWARDED_HOST = False
X_FRAME_OPTIONS = "DENY"

# ---- what we accept

MAX_BODY_BYTES = _number("GONGZHI_MAX_BODY_MB", "largest request accepted, in megabytes", 40) * 1_000_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 400
DATA_UPLOAD_MAX_NUMBER_FILES = 12
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# ---- files

STATIC_URL = "/static/"
STATIC_ROOT = HOME.static
MEDIA_ROOT = HOME.media  # never served by address: doors hand files out to those who may see them
MODELS_ROOT = HOME.models
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEVELOPMENT
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 0 if DEVELOPMENT else 600
WHITENOISE_MIMETYPES = {
    ".mjs": "text/javascript",
    ".geojson": "application/geo+json",
    ".webmanifest": "application/manifest+json",
}

# ---- logging: one line of JSON per event, no personal words, no query strings

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "gongzhi.kit.logs.JsonLines"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {
        "handlers": ["out"],
        "level": _ask("GONGZHI_LOG_LEVEL", "DEBUG, INFO, WARNING or ERROR", "INFO"),
    },
    "loggers": {
        "django.server": {"handlers": [], "propagate": False},
        "django.request": {
            "level": "CRITICAL"
        },  # gongzhi.kit.middleware says it once, without personal words
        "django.security.csrf": {"level": "CRITICAL"},
        "procrastinate": {"level": "WARNING"},
    },
}

# ---- messages out

EMAIL_HOST = _ask("EMAIL_HOST", "mail server for codes and notices; none means that no e-mail goes out")
EMAIL_PORT = _number("EMAIL_PORT", "port of the mail server", 587)
EMAIL_HOST_USER = _ask("EMAIL_HOST_USER", "account at the mail server")
EMAIL_HOST_PASSWORD = _ask("EMAIL_HOST_PASSWORD", "password at the mail server")
EMAIL_USE_TLS = _yes("EMAIL_USE_TLS", "whether to speak TLS to the mail server (default True)", True)
EMAIL_TIMEOUT = 10
#: address → code of the street that reports sent to it are for
MAIL_ADDRESSES = {
    address.strip().lower(): code.strip()
    for address, _is, code in (
        part.partition("=")
        for part in _list(
            "GONGZHI_MAIL_ADDRESSES",
            "addresses that reports may be sent to, such as report@street.example=449001001, comma-separated",
        )
    )
}
IMAP_HOST = _ask(
    "GONGZHI_IMAP_HOST",
    "mailbox that reports are fetched from every two minutes, over TLS; none means no fetching",
)
IMAP_USER = _ask("GONGZHI_IMAP_USER", "account at that mailbox")
IMAP_PASSWORD = _ask("GONGZHI_IMAP_PASSWORD", "password at that mailbox")
IMAP_FOLDER = _ask("GONGZHI_IMAP_FOLDER", "folder that is read there", "INBOX")
DEFAULT_FROM_EMAIL = _ask("GONGZHI_MAIL_FROM", "sender of e-mails", "gongzhi@localhost")
MAILBOX = _yes(
    "GONGZHI_MAILBOX",
    "True keeps messages out on the mailbox page instead of sending them; only in development",
    DEVELOPMENT,
)
if MAILBOX and not DEVELOPMENT:
    raise ImproperlyConfigured(
        "GONGZHI_MAILBOX must not be True in production: the page shows sign-in codes."
    )
PUBLIC_ADDRESS = _ask(
    "GONGZHI_PUBLIC_ADDRESS",
    "address under which people reach the site, such as https://city.example; messages carry links only when it is set",
).rstrip("/")
SMS_ADDRESS = _ask(
    "GONGZHI_SMS_ADDRESS", "address of the SMS gateway, which takes signed JSON; none means no SMS"
)
SMS_KEY = _ask("GONGZHI_SMS_KEY", "name by which the SMS gateway knows us", "gongzhi")
SMS_SECRET = _ask("GONGZHI_SMS_SECRET", "secret shared with the SMS gateway, to sign what both sides say")
NOTICE_HOSTS = _list(
    "GONGZHI_NOTICE_HOSTS", "further hosts (or host:port) that robots and browsers' push services may have"
)
HOOK_HOSTS = frozenset(
    host.lower()
    for host in _list(
        "GONGZHI_HOOK_HOSTS",
        "hosts of your own network that events may be pushed to; others must be on the public internet",
    )
)
if SMS_ADDRESS and not SMS_SECRET:
    raise ImproperlyConfigured("GONGZHI_SMS_SECRET must be set when GONGZHI_SMS_ADDRESS is.")
for _name, _address in (("GONGZHI_SMS_ADDRESS", SMS_ADDRESS), ("GONGZHI_PUBLIC_ADDRESS", PUBLIC_ADDRESS)):
    if _address and not _address.startswith(("https://", "http://")[: 2 if DEVELOPMENT else 1]):
        raise ImproperlyConfigured(f"{_name} must begin with https:// (in development also http://).")

# ---- understanding reports

GONGZHI_CONFIDENCE = (
    _number(
        "GONGZHI_CONFIDENCE_PERCENT", "below this confidence in its category an order waits for a clerk", 55
    )
    / 100
)

# ---- Open311

OPEN311_JURISDICTION = _ask(
    "GONGZHI_OPEN311_JURISDICTION",
    "our jurisdiction_id in Open311, such as city.example; none means the host name",
)
OPEN311_CONTACT = _ask(
    "GONGZHI_OPEN311_CONTACT",
    "how programmers ask for an Open311 key, told in the discovery, such as an address",
)

# ---- maps and the town

MAP_TILES = _ask(
    "GONGZHI_MAP_TILES", "address of your own map tiles with {z}/{x}/{y}; none means our own shapes only"
)

# ---- the operations board

BOARD_STREAMS = _number(
    "GONGZHI_BOARD_STREAMS",
    "boards each web process serves by push, each holding a thread; the others ask again by themselves; 0 means all do",
    2,
)
FONTS = _ask("GONGZHI_FONTS", "folder with further fonts for printed briefs, besides those of the system")

# ---- the police

POLICE_ADDRESS = _ask(
    "GONGZHI_POLICE_ADDRESS",
    "address that takes hand-overs to the police as signed JSON; none means that they go on paper",
)
if POLICE_ADDRESS and not POLICE_ADDRESS.startswith(("https://", "http://")[: 2 if DEVELOPMENT else 1]):
    raise ImproperlyConfigured(
        "GONGZHI_POLICE_ADDRESS must begin with https:// (in development also http://)."
    )

# ---- bodies outside the platform

OUTSIDE_DAYS = _number(
    "GONGZHI_OUTSIDE_DAYS",
    "days for which the link of an outside body still takes an answer after its deadline; 0 means none",
    14,
)

# ---- meetings

VIDEO_ROOMS = _ask(
    "GONGZHI_VIDEO_ROOMS",
    "address of your own Jitsi-compatible video server, such as https://meet.city.example; none means no video links",
).rstrip("/")
if VIDEO_ROOMS and not VIDEO_ROOMS.startswith(("https://", "http://")[: 2 if DEVELOPMENT else 1]):
    raise ImproperlyConfigured("GONGZHI_VIDEO_ROOMS must begin with https:// (in development also http://).")
