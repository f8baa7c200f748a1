# [DEF:project.settings:Module]
# @COMPLEXITY: 3
# @PURPOSE: The one settings file. Every value that an installation may choose comes from the environment, read in
#   `env.py`.
# @RELATION DEPENDS_ON -> project.env
# @RELATION DEPENDS_ON -> project.logs
# @RELATION DEPENDS_ON -> core.crypto.keys
# @RELATION DEPENDS_ON -> plugins.needs

from __future__ import annotations

from datetime import timedelta

from apps.core.crypto import keys
from apps.plugins.needs import MOST
from project import env, logs, production, storage
from project.admin.theme import UNFOLD  # noqa: F401 - read by the admin

# --- Where things are -------------------------------------------------------------------------------------------------

DATA_DIR = env.path("LOCKSTEP_DATA_DIR", storage.default_data_dir())

SECRETS = (
    *("DATABASE_URL", "LOCKSTEP_SECRET_KEY", "LOCKSTEP_SECRET_KEYS_OLD", "LOCKSTEP_ENCRYPTION_KEY"),
    *("LOCKSTEP_ENCRYPTION_KEYS_OLD", "LOCKSTEP_AUDIT_KEY", "LOCKSTEP_AUDIT_KEYS_OLD", "LOCKSTEP_SSO_CLIENT_SECRET"),
    *("LOCKSTEP_MAIL_PASSWORD", "LOCKSTEP_METRICS_TOKEN"),
    *("LOCKSTEP_S3_ACCESS_KEY_ID", "LOCKSTEP_S3_SECRET_ACCESS_KEY", "LOCKSTEP_BROKER"),
)
env.require_private_files(*SECRETS)

# --- Database ---------------------------------------------------------------------------------------------------------

# A connection is kept by its thread: opening one for each request or wake-up costs more than most queries
KEPT = {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
DATABASES = {"default": (env.database("DATABASE_URL") or storage.embedded_database(DATA_DIR)) | KEPT}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Files ------------------------------------------------------------------------------------------------------------

# In the data directory, unless there is a store that several hosts share
STORAGES = storage.stores(
    bucket=env.bucket("LOCKSTEP_STORAGE"),
    endpoint=env.web_address("LOCKSTEP_S3_ENDPOINT"),
    region=env.text("LOCKSTEP_S3_REGION", "us-east-1"),
    access_key_id=env.secret("LOCKSTEP_S3_ACCESS_KEY_ID"),
    secret_access_key=env.secret("LOCKSTEP_S3_SECRET_ACCESS_KEY"),
)

# --- Keys -------------------------------------------------------------------------------------------------------------

SECRET_KEY = env.secret("LOCKSTEP_SECRET_KEY") or keys.secret_key(DATA_DIR)
SECRET_KEY_FALLBACKS = env.secret_words("LOCKSTEP_SECRET_KEYS_OLD")

ENCRYPTION_KEY_FROM_ENVIRONMENT = bool(env.secret("LOCKSTEP_ENCRYPTION_KEY"))
ENCRYPTION_KEYS: list[str] = [
    *(
        keys.checked_keys("LOCKSTEP_ENCRYPTION_KEY", [env.secret("LOCKSTEP_ENCRYPTION_KEY")])
        if ENCRYPTION_KEY_FROM_ENVIRONMENT
        else keys.encryption_keys(DATA_DIR, database_exists=lambda: storage.database_exists(DATABASES["default"]))
    ),
    *keys.checked_keys("LOCKSTEP_ENCRYPTION_KEYS_OLD", env.secret_words("LOCKSTEP_ENCRYPTION_KEYS_OLD")),
]

# What the audit is sealed with: not in the database, so that a person who controls it cannot seal what they changed
AUDIT_KEY_FROM_ENVIRONMENT = bool(env.secret("LOCKSTEP_AUDIT_KEY"))
AUDIT_KEYS: list[str] = [
    *(
        keys.checked_audit_keys("LOCKSTEP_AUDIT_KEY", [env.secret("LOCKSTEP_AUDIT_KEY")])
        if AUDIT_KEY_FROM_ENVIRONMENT
        else keys.audit_keys(DATA_DIR)
    ),
    *keys.checked_audit_keys("LOCKSTEP_AUDIT_KEYS_OLD", env.secret_words("LOCKSTEP_AUDIT_KEYS_OLD")),
]
# Where the head of the audit is appended as well, best on another machine
AUDIT_HEAD_FILE = env.path("LOCKSTEP_AUDIT_HEAD_FILE", None)

storage.prepare(DATABASES["default"])

# --- Security ---------------------------------------------------------------------------------------------------------

DEBUG = env.boolean("LOCKSTEP_DEBUG", default=False)
ALLOWED_HOSTS = env.words("LOCKSTEP_ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]"))
CSRF_TRUSTED_ORIGINS = env.words("LOCKSTEP_TRUSTED_ORIGINS")

# Whose word on where a request came from is taken: attempts to sign in are counted by it, and the audit records it
PROXIES = env.words("LOCKSTEP_PROXIES", ("127.0.0.1", "::1"))

# In production, behind a proxy that speaks TLS and says so. On loopback, where `lockstep run` listens, there is none
HTTPS = env.boolean("LOCKSTEP_HTTPS", default=False)
if HTTPS:
    production.refuse_unsafe(secret_key=SECRET_KEY, debug=DEBUG, allowed_hosts=ALLOWED_HOSTS, proxies=PROXIES)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
# What other names of the domain do, and whether browsers ship with it, is not for one application to promise
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# Names of our own: cookies are shared by all ports of a host, and Superset is often on another one
SESSION_COOKIE_NAME = "lockstep_session"
CSRF_COOKIE_NAME = "lockstep_csrf"
CSRF_FAILURE_VIEW = "project.web.errors.forged"
SESSION_IDLE = env.integer("LOCKSTEP_SESSION_IDLE", 2 * 3600, minimum=60)
SESSION_LIFETIME = SESSION_COOKIE_AGE = env.integer("LOCKSTEP_SESSION_LIFETIME", 12 * 3600, minimum=60)
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True  # the page and the session's API hand out the token
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"  # not Strict: the provider of SSO sends people back
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True

LARGEST_REQUEST = DATA_UPLOAD_MAX_MEMORY_SIZE = FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a box for each dashboard
DATA_UPLOAD_MAX_NUMBER_FILES = 10

LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "/"

AUTH_USER_MODEL = "users.User"
PASSWORD_HASHERS = ["apps.users.hashers.Argon2", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# --- Single sign-on ---------------------------------------------------------------------------------------------------

SSO_ISSUER = env.text("LOCKSTEP_SSO_ISSUER")
SSO_LABEL = env.text("LOCKSTEP_SSO_LABEL") or "your company account"
# Where its pages are, if not where it is itself: signing out leads there
SSO_ORIGINS = env.words("LOCKSTEP_SSO_ORIGINS")
SSO_CA_BUNDLE = env.text("LOCKSTEP_SSO_CA_BUNDLE")
SSO_GROUP_CLAIMS = env.words("LOCKSTEP_SSO_GROUP_CLAIMS", ("group", "groups", "role", "roles"))
SSO_NAME_CLAIMS = env.words("LOCKSTEP_SSO_NAME_CLAIMS", ("upn", "preferred_username", "unique_name", "email"))
# Groups that are only in the access token are read from it, if it is made for this audience
SSO_ACCESS_TOKEN_AUDIENCE = env.text("LOCKSTEP_SSO_ACCESS_TOKEN_AUDIENCE")
# Sessions and tokens of an account end when its last accepted sign-in is older: it may have left the directory
SSO_MAX_AGE = env.integer("LOCKSTEP_SSO_MAX_AGE", 7 * 24 * 3600, minimum=60)

# Read by mozilla-django-oidc; the provider describes itself (`apps/users/sso`)
OIDC_RP_CLIENT_ID = env.text("LOCKSTEP_SSO_CLIENT_ID")
OIDC_RP_CLIENT_SECRET = env.secret("LOCKSTEP_SSO_CLIENT_SECRET")
OIDC_RP_SCOPES = " ".join(env.words("LOCKSTEP_SSO_SCOPES", ("openid", "profile", "email")))
OIDC_AUTH_REQUEST_EXTRA_PARAMS = env.pairs("LOCKSTEP_SSO_EXTRA")  # AD FS: resource=…
OIDC_AUTHENTICATION_CALLBACK_URL = "sso-callback"
OIDC_USE_PKCE = True
OIDC_USE_NONCE = True

AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
if SSO_ISSUER:
    AUTHENTICATION_BACKENDS.append("apps.users.sso.backend.SsoBackend")

# --- Applications -----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # before the admin, whose templates it replaces
    "unfold.contrib.filters",
    "project.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",  # files of Swagger UI
    "apps.contracts",
    "apps.core",
    "apps.audit",
    "apps.users",
    "apps.environments",
    "apps.freezes",
    "apps.plugins",
    "apps.tasks",
    "django_q",  # after it, which loads less of it than it would itself
    "apps.schedules",
    "apps.catalogue",
    "apps.migrations",
    "apps.overview",
    "apps.instance",
    "apps.doctor",
]
MIDDLEWARE = [
    "project.web.headers.headers",
    "project.web.probes.probes",
    "project.metrics.requests.counted",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.core.api.caching.ConditionalAnswers",
    "apps.core.api.text_guard.StorableText",
    "apps.users.services.sessions.Sessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "project.web.language.language",
    "apps.users.services.sessions.lifetime",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "apps.audit.middleware.surface",
]
ROOT_URLCONF = "project.urls"

# --- Pages ------------------------------------------------------------------------------------------------------------

ASGI_APPLICATION = "project.asgi.application"
HOST = env.text("LOCKSTEP_HOST", "127.0.0.1")
PORT = env.integer("LOCKSTEP_PORT", 8000, minimum=1, maximum=65535)

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [storage.HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Served from where they are installed: nothing is to be collected before the first start
STATIC_URL = "static/"
STATICFILES_DIRS = [storage.HERE / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

# --- API --------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.core.api.authentication.SessionAuthentication",
        "apps.users.api.authentication.TokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["apps.users.api.permissions.Permitted"],
    "DEFAULT_RENDERER_CLASSES": ["apps.core.api.rendering.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.core.api.parsing.OrjsonParser"],
    "DEFAULT_FILTER_BACKENDS": [
        "apps.core.api.filters.FilterBackend",
        "apps.core.api.filters.WordSearch",
        "apps.core.api.ordering.StableOrdering",
    ],
    "DEFAULT_PAGINATION_CLASS": "apps.core.api.pages.Pages",
    "DEFAULT_SCHEMA_CLASS": "apps.core.api.schema.Schema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "apps.core.api.problems.handle",
    "NUM_PROXIES": 0,  # the address that the server gives us, and no header that anybody can write
    "SEARCH_PARAM": "search",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "Lockstep",
    "DESCRIPTION": (
        "Moves Apache Superset dashboards between environments: plan, approve, apply, verify, roll back.\n\n"
        "A script sends a token as `Authorization: Bearer …`. Operations that read from or write to Superset "
        "run as tasks: the response is 202 with the task to follow. Every error is `application/problem+json` "
        "(RFC 9457)."
    ),
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "Aspect": "apps.migrations.api.plan_serializers.ASPECTS",
        "AssetKind": "apps.catalogue.models.AssetKind",
        "AssetState": "apps.catalogue.services.drift.State",
        "AssetStatus": "apps.catalogue.models.AssetStatus",
        "FreezeState": "apps.freezes.models.FreezeState",
        "FreezeDay": "apps.freezes.models.DAYS",
        "ChangeAction": "apps.superset.plan.plan.Action",
        "DecisionKind": "apps.migrations.models.DecisionKind",
        "MigrationState": "apps.migrations.models.HumanState",
        "MigrationStatus": "apps.migrations.status.Status",
        "PairedKind": "apps.catalogue.models.PairedKind",
        "InputKind": "apps.plugins.inputs.InputKind",
        "PluginState": "apps.plugins.models.PluginState",
        "MissedSlots": "apps.schedules.models.Missed",
        "Overlap": "apps.schedules.models.Overlap",
        "Provider": "apps.environments.models.Provider",
        "RunKind": "apps.migrations.models.RunKind",
        "RunState": "apps.migrations.models.RunState",
        "ScheduledRunState": "apps.schedules.models.ScheduledRunState",
        "StageState": "apps.tasks.view.stages.StageState",
        "TaskState": "apps.tasks.models.TaskState",
        "TokenState": "apps.users.models.TokenState",
        "Tier": "apps.environments.models.Tier",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "apps.core.api.schema.add_problems",
        "apps.tasks.api.actions.describe_params",
        "project.web.operations.describe_operations",
    ],
}

# --- Approvals and mail -----------------------------------------------------------------------------------------------

# For so long an approval counts that was not used
APPROVAL_LASTS = timedelta(days=env.integer("LOCKSTEP_APPROVAL_DAYS", 7, minimum=1, maximum=365))

# Seconds without a byte after which a Superset counts as silent; for imports and exports ten times as long
RESPONSE_TIMEOUT = env.integer("LOCKSTEP_RESPONSE_TIMEOUT", 30, minimum=1, maximum=600)

# For so long a run waits for a write to show whose answer never came
OUTCOME_WAIT = env.integer("LOCKSTEP_OUTCOME_WAIT", 30, minimum=0, maximum=600)

# And for so long such a write may still be carried out by its server, so that an undo stays open
LATE_WRITES = timedelta(
    seconds=env.integer("LOCKSTEP_LATE_WRITES", max(600, 20 * RESPONSE_TIMEOUT), minimum=1, maximum=86400)
)

# Where people reach Lockstep, for the links in what it sends them
BASE_URL = env.web_address("LOCKSTEP_BASE_URL")

# No mail is sent unless there is a host
EMAIL_HOST = env.text("LOCKSTEP_MAIL_HOST")
EMAIL_PORT = env.integer("LOCKSTEP_MAIL_PORT", 25, minimum=1, maximum=65535)
EMAIL_HOST_USER = env.text("LOCKSTEP_MAIL_USER")
EMAIL_HOST_PASSWORD = env.secret("LOCKSTEP_MAIL_PASSWORD")
MAIL_SECURITY = env.choice("LOCKSTEP_MAIL_SECURITY", "none", ("none", "starttls", "tls"))
EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL_SECURITY == "starttls", MAIL_SECURITY == "tls"
EMAIL_TIMEOUT = env.integer("LOCKSTEP_MAIL_TIMEOUT", 10, minimum=1, maximum=120)
DEFAULT_FROM_EMAIL = env.text("LOCKSTEP_MAIL_FROM") or "lockstep@localhost"

# --- Worker -----------------------------------------------------------------------------------------------------------

# Of the tasks that hold much in memory, how many a worker runs at a time; 0: as its memory allows
LARGE_TASKS = env.integer("LOCKSTEP_LARGE_TASKS", 0, minimum=0, maximum=16)

# django-q2 carries wake-ups, and its scheduler calls the clock once a minute: what runs, how often and how it ended is
# in the rows of `apps.tasks`. Our own worker takes what it carries; the system check of `apps.tasks` sees to it that a
# `qcluster` would do no harm, either. `timeout` is the last resort against a process that hangs: an action has a limit
# of its own.
# Beside what all offer: a worker with these also takes the tasks that need them
WORKER_OFFERS = env.slugs("LOCKSTEP_WORKER_OFFERS", most=MOST)

# Who carries wake-ups: the database, unless there is a Redis. The clock stays in the database
BROKER = env.redis("LOCKSTEP_BROKER")
if BROKER:
    storage.require_package("redis", extra="redis", setting="LOCKSTEP_BROKER")

Q_CLUSTER = {
    "name": "lockstep",
    "orm": "default",
    "workers": env.integer("LOCKSTEP_WORKERS", 2, minimum=1, maximum=16),
    "timeout": 6 * 3600,
    "retry": 24 * 3600,
    "max_attempts": 1,
    "ack_failures": True,
    "queue_limit": 1,
    "bulk": 1,
    "poll": 0.2,
    "scheduler": False,
    "catch_up": False,
    "save_limit": -1,
}

# What has ended is kept so long, and so many of it; snapshots and plans are kept as long as their migrations
TASKS_KEPT_FOR = timedelta(days=env.integer("LOCKSTEP_TASKS_DAYS", 90, minimum=1))
TASKS_KEPT = env.integer("LOCKSTEP_TASKS_KEPT", 10_000, minimum=1)

# How long a task waits for an answer, unless its plugin says otherwise
TASK_ANSWER_WITHIN = timedelta(hours=env.integer("LOCKSTEP_ANSWER_HOURS", 24, minimum=1, maximum=24 * 365))

# --- Language and time ------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ru", "Русский")]
TIME_ZONE = "UTC"
USE_I18N = True
LOCALE_PATHS = [storage.HERE / "locale"]  # one catalogue for the apps, the engine and the templates
USE_TZ = True
FORMAT_MODULE_PATH = ["project.formats"]

# --- Metrics ----------------------------------------------------------------------------------------------------------

# Whoever has it reads /metrics without an account; without it, only accounts with the permission do
METRICS_TOKEN = env.long_secret("LOCKSTEP_METRICS_TOKEN", 32)

# --- Logging ----------------------------------------------------------------------------------------------------------

LOGGING = logs.configuration(
    form=env.choice("LOCKSTEP_LOG_FORMAT", logs.TEXT, tuple(logs.FORMS)),
    level=env.choice("LOCKSTEP_LOG_LEVEL", "WARNING", env.LOG_LEVELS),
    file=env.path("LOCKSTEP_LOG_FILE", None),
    file_level=env.choice("LOCKSTEP_LOG_FILE_LEVEL", "INFO", env.LOG_LEVELS),
    size=env.integer("LOCKSTEP_LOG_SIZE", 10_000_000, minimum=10_000),
    kept=env.integer("LOCKSTEP_LOG_KEPT", 5, minimum=1, maximum=100),
    belief_entries=env.boolean("LOCKSTEP_BELIEF_ENTRIES", default=False),
)
