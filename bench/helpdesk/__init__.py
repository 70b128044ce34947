"""The peer: what a Django shop would put in place of this system, installed as its documentation says."""

import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.helpdesk import environment
from bench.helpdesk.postgresql import PostgreSQL
from bench.helpdesk.running import run
from bench.load import Connection, get, post_form
from scripts.browser import form_in
from scripts.local import config, ports
from scripts.local.processes import Process
from services.intake.api import EXAMPLE

PROJECT = Path(__file__).parent
FORM = "/tickets/submit/"
WORKERS = 4
QUEUE, PRIORITY = 1, 3
"""The queue of ``hotline.json``, and the priority the form suggests."""


class Helpdesk:
    """django-helpdesk behind gunicorn with four workers, on PostgreSQL.

    A ticket sends two letters through the given SMTP port before it is answered: the receipt to who wrote, and the
    notice to the desk. The desk's address, and a field for the name, come from ``hotline.json``.
    """

    accepted: int = 302
    """The status of an accepted ticket; a form with errors comes back with 200."""

    def __init__(self, folder: Path, smtp_port: int) -> None:
        self.folder = folder.resolve()
        chosen = ports.free(["helpdesk", "postgresql"])
        self.address = f"http://{ports.HOST}:{chosen['helpdesk']}"
        self.database = PostgreSQL(self.folder / "postgresql", chosen["postgresql"])
        self._bind, self._smtp_port = f"{ports.HOST}:{chosen['helpdesk']}", smtp_port
        self._gunicorn: Process | None = None

    def start(self) -> None:
        """Install what is missing, fill the database, and wait until the form is shown; Trouble when it is not."""
        python = str(environment.python())
        try:
            self.database.start()
            self._manage(python, "migrate", "--verbosity=0")
            self._manage(python, "loaddata", "--verbosity=0", "emailtemplate.json", str(PROJECT / "hotline.json"))
            self._serve(python)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """The web server first: PostgreSQL waits for those who are connected."""
        if self._gunicorn:
            self._gunicorn.stop()
        self.database.stop()

    async def form(self) -> Callable[[], bytes]:
        """Open the public form once, as a browser does; what makes requests that send it, filled in.

        They are all the same: django-helpdesk knows no second sending of one form, each is a new ticket.
        """
        connection = Connection(self.address)
        page = await connection.ask(get(FORM))
        connection.close()
        cookie = page.headers["set-cookie"].partition(";")[0]
        written = {"title": "subject", "body": "text", "submitter_email": "email", "custom_name": "name"}
        fields = form_in(page.text, "").fields | {field: [EXAMPLE[ours]] for field, ours in written.items()}
        request = post_form(FORM, fields | {"queue": [QUEUE], "priority": [PRIORITY]}, {"cookie": cookie})
        return lambda: request

    def _serve(self, python: str) -> None:
        options = ["--workers", str(WORKERS), "--bind", self._bind, "--preload", "--no-control-socket"]
        self._gunicorn = Process(
            "django-helpdesk",
            [python, "-m", "gunicorn", *options, "django.core.wsgi:get_wsgi_application()"],
            env=self._env,
            log=self.folder / "gunicorn.log",
            cwd=PROJECT,
            die_with_parent=signal.SIGTERM,
            ready=partial(ports.answers_ok, self.address + FORM),
        )
        self._gunicorn.start()
        self._gunicorn.wait_ready()

    def _manage(self, python: str, *arguments: str) -> None:
        failed = "django-helpdesk cannot be set up here:"
        run(failed, [python, "-m", "django", *arguments], cwd=PROJECT, env=self._env)

    @property
    def _env(self) -> dict[str, str]:
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "settings",
            "HELPDESK_SECRET_KEY": config.secret(self.folder / "secret_key"),
            "HELPDESK_DATABASE_PORT": str(self.database.port),
            "HELPDESK_DATABASE_PASSWORD": self.database.password,
            "HELPDESK_SMTP_PORT": str(self._smtp_port),
        }
