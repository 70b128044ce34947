"""The peer: what a Django shop would put in place of this system, installed as its documentation says."""

import os
import secrets
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import uvloop

from bench.helpdesk.postgresql import postgresql, run
from bench.load import Target, ask, get, post_form
from scripts.browser import form_in
from scripts.local import ports
from scripts.local.config import ROOT
from scripts.local.processes import Process
from scripts.local.setup_error import SetupError
from services.intake.api.messages import EXAMPLE

PROJECT = Path(__file__).parent
VENV = ROOT / ".local" / "bench" / "helpdesk" / "venv"
"""Apart from the project's own environment, which must not grow by its peer."""
FORM = "/tickets/submit/"


@contextmanager
def helpdesk(folder: Path, smtp_port: int) -> Iterator[Target]:
    """django-helpdesk behind gunicorn with four workers, on PostgreSQL, until the end of the block; its public form.

    A ticket sends two letters through the given SMTP port before it is answered: the receipt to who wrote, and the
    notice to the desk. The desk's address, and a field for the name, come from ``hotline.json``. ``folder`` is for
    logs. Raises SetupError where it cannot be installed.
    """
    python = str(_python())
    django = [python, "-m", "django"]
    with postgresql(folder) as database:
        made_up = {"HELPDESK_SECRET_KEY": secrets.token_hex(32), "HELPDESK_SMTP_PORT": str(smtp_port)}
        env = os.environ | database | made_up | {"DJANGO_SETTINGS_MODULE": "settings"}
        run([*django, "migrate", "--verbosity=0"], cwd=PROJECT, env=env)
        loaded = ["emailtemplate.json", str(PROJECT / "hotline.json")]
        run([*django, "loaddata", "--verbosity=0", *loaded], cwd=PROJECT, env=env)
        at = f"{ports.HOST}:{ports.free(['helpdesk'])['helpdesk']}"
        options = ["--workers", "4", "--bind", at, "--preload", "--no-control-socket"]
        gunicorn = Process(
            "django-helpdesk",
            [python, "-m", "gunicorn", *options, "django.core.wsgi:get_wsgi_application()"],
            env=env,
            log=folder / "gunicorn.log",
            cwd=PROJECT,
            die_with_parent=signal.SIGTERM,
            ready=partial(ports.answers_ok, f"http://{at}{FORM}"),
        )
        try:
            gunicorn.start()
            gunicorn.wait_ready()
            yield _form(f"http://{at}")
        finally:
            gunicorn.stop()


def _form(address: str) -> Target:
    """The public form, opened once, as a browser does, and filled in.

    All requests are the same: django-helpdesk knows no second sending of one form, each is a new ticket.
    """
    page = uvloop.run(ask(address, get(FORM), 200))
    written = {"title": "subject", "body": "text", "submitter_email": "email", "custom_name": "name"}
    fields = form_in(page.text, "").fields | {field: [EXAMPLE[ours]] for field, ours in written.items()}
    chosen = {"queue": [1], "priority": [3]}  # the queue of ``hotline.json``, and the priority the form suggests
    request = post_form(FORM, fields | chosen, {"cookie": page.cookie})
    return Target([address], lambda: request, 302)  # a form with errors comes back with 200


def _python() -> Path:
    """The interpreter of django-helpdesk's environment, which is brought up to its lock: at once when it is there."""
    uv = shutil.which("uv", path=f"{ROOT}/.local/uv/bin") or shutil.which("uv")
    if uv is None:
        raise SetupError("uv, which installs django-helpdesk, was not found: run scripts/setup.sh once.")
    env = {"UV_HTTP_TIMEOUT": "180", **os.environ}  # the usual 30 seconds are short for a slow line
    run([uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(VENV)], cwd=ROOT, env=env)
    interpreter = VENV / "bin" / "python"
    options = ["--quiet", "--require-hashes", "--python", str(interpreter)]
    run([uv, "pip", "sync", *options, str(PROJECT / "requirements.txt")], cwd=ROOT, env=env)
    return interpreter
