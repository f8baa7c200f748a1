"""The one settings file. Every value that an installation may choose comes from the environment, read in `env.py`."""

from __future__ import annotations

from apps.core import keys
from project import env, storage

# --- Where things are -------------------------------------------------------------------------------------------------

DATA_DIR = env.path("LOCKSTEP_DATA_DIR", storage.default_data_dir())

# --- Database ---------------------------------------------------------------------------------------------------------

DATABASES = {"default": env.database("DATABASE_URL") or storage.embedded_database(DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Keys -------------------------------------------------------------------------------------------------------------

SECRET_KEY = env.secret("LOCKSTEP_SECRET_KEY") or keys.secret_key(DATA_DIR)

ENCRYPTION_KEY_FROM_ENVIRONMENT = bool(env.secret("LOCKSTEP_ENCRYPTION_KEY"))
ENCRYPTION_KEYS: list[str] = [
    *(
        keys.checked_keys("LOCKSTEP_ENCRYPTION_KEY", [env.secret("LOCKSTEP_ENCRYPTION_KEY")])
        if ENCRYPTION_KEY_FROM_ENVIRONMENT
        else keys.encryption_keys(DATA_DIR, database_exists=lambda: storage.database_exists(DATABASES["default"]))
    ),
    *keys.checked_keys("LOCKSTEP_ENCRYPTION_KEYS_OLD", env.secret_words("LOCKSTEP_ENCRYPTION_KEYS_OLD")),
]

storage.prepare(DATABASES["default"])

# --- Security ---------------------------------------------------------------------------------------------------------

DEBUG = env.boolean("LOCKSTEP_DEBUG", default=False)
ALLOWED_HOSTS = env.words("LOCKSTEP_ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]"))

AUTH_USER_MODEL = "users.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# --- Applications -----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "apps.core",
    "apps.audit",
    "apps.users",
    "apps.environments",
    "apps.catalogue",
    "apps.migrations",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]
ROOT_URLCONF = "project.urls"

# --- Language and time ------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# --- Logging ----------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.choice("LOCKSTEP_LOG_LEVEL", "WARNING", env.LOG_LEVELS)},
}
