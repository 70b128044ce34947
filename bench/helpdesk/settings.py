"""The Django project around django-helpdesk: its documented set-up, as a university would run it.

What is not said here is Django's default, and that is what production wants: templates are cached while DEBUG is off,
mail goes through the SMTP backend, and each write is committed (and on disk) before the next.
"""

from os import environ

DEBUG = False
SECRET_KEY = environ["HELPDESK_SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "urls"
SITE_ID = 1
STATIC_URL = "/static/"
LOGIN_URL = "/login/"
TIME_ZONE = "Europe/Istanbul"

CONTRIB = ("admin", "auth", "contenttypes", "humanize", "messages", "sessions", "sites", "staticfiles")
OTHERS = ("django_cleanup.apps.CleanupConfig", "rest_framework", "helpdesk")
INSTALLED_APPS = [*(f"django.contrib.{app}" for app in CONTRIB), *OTHERS]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
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
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "127.0.0.1",
        "PORT": environ["HELPDESK_DATABASE_PORT"],
        "NAME": "postgres",
        "USER": "helpdesk",
        "PASSWORD": environ["HELPDESK_DATABASE_PASSWORD"],
        "CONN_MAX_AGE": None,  # a connection lives as long as its worker
    }
}
EMAIL_HOST = "127.0.0.1"
EMAIL_PORT = int(environ["HELPDESK_SMTP_PORT"])

HELPDESK_TEAMS_MODE_ENABLED = False  # teams need more packages, and the public form does not know them
