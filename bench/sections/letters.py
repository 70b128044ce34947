"""Letters composed in a second, from the event to the bytes for the mail server, by one process on one core.

The baseline is what a plain program would do for the same letter: one Jinja2 template each for text and HTML, with the
styles in the elements already, and Python's ``email``, which folds and encodes them. It knows no words that the
institution may change, no second language, and no record without secrets.
"""

import os
import time
from collections.abc import Callable
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from statistics import median
from unittest.mock import patch

from jinja2 import Environment

from bench.figures import Figure, Goal
from bench.system import BenchSystem, Profile
from services.notifier.config import Settings
from services.notifier.domain.composing import write
from services.notifier.handlers.writing import Writer
from shared.clock import utc_now
from shared.events import CaseAnswered, Submitter
from shared.institution import of_settings

RATE, BESIDE = Goal(500, "more", of_ratio=False), Goal(1.0, "more")
"""Half of the 4 ms that a letter took before, and no slower than the plain program."""
SENDER, RECIPIENT = Address("7/24 KLU Hat", addr_spec="hat@klu.example"), "deniz.kaya@example.org"
LINK = "http://127.0.0.1:8001/t/ABCD-EFGH-JKLM-NPQR"
DATA = CaseAnswered(
    message_id="m1",
    reference="26-7KX4-9Q",
    subject="Kütüphanede ısıtma çalışmıyor",
    text="Merkez kütüphanenin ikinci katında iki gündür ısıtma çalışmıyor; öğrenciler üşüyor.\n\n" * 8,
    answer="Isıtma sistemi bugün onarılmıştır. Bildiriminiz için teşekkür ederiz.\n\n" * 10,
    submitter=Submitter(name="Deniz Kaya", email=RECIPIENT),
    revision=3,
    written_at=utc_now(),
    answered_at=utc_now(),
)
SCORES = ("Çok iyi", "İyi", "Orta", "Kötü", "Çok kötü")
PLAIN = """Sayın {{ data.submitter.name }},

{{ data.reference }} numaralı başvurunuz aşağıdaki şekilde cevaplandırılmıştır:

{{ data.answer }}

{{ link }}

{% for score in scores %}
{{ score }}: {{ link }}/rating?score={{ loop.index }}
{% endfor %}

Başvurunuz: {{ data.subject }}

{% for line in data.text.split("\n") %}
> {{ line }}
{% endfor %}
"""
RICH = """<!doctype html>
<html lang="tr"><head><meta charset="utf-8"><title>Başvurunuzun cevabı</title></head>
<body style="margin: 0; font: 400 16px/1.6 Roboto, Helvetica, Arial, sans-serif; color: #1c252c">
<p style="margin: 0 0 16px">Sayın {{ data.submitter.name }},</p>
<p style="margin: 0 0 16px">{{ data.reference }} numaralı başvurunuz aşağıdaki şekilde cevaplandırılmıştır:</p>
<div style="margin: 0 0 20px; padding: 14px 18px; border-left: 4px solid #12528c; background: #f6f8f9">
{% for line in data.answer.split("\n") %}{{ line }}<br>{% endfor %}</div>
<p style="margin: 0 0 16px"><a style="display: inline-block; padding: 13px 22px" href="{{ link }}">Sayfayı aç</a></p>
<ul style="margin: 0 0 20px; padding: 0; list-style: none">{% for score in scores %}
<li style="margin: 0 0 6px; padding: 0"><a style="display: block; padding: 9px 14px; border: 1px solid #c5cdd3"
href="{{ link }}/rating?score={{ loop.index }}">{{ score }}</a></li>{% endfor %}</ul>
<p style="margin: 20px 0 8px; color: #55626c">Başvurunuz: {{ data.subject }}</p>
<blockquote style="margin: 0; padding: 0 0 0 14px; border-left: 3px solid #dfe4e8; color: #55626c">
{% for line in data.text.split("\n") %}{{ line }}<br>{% endfor %}</blockquote>
</body></html>
"""


def measure(system: BenchSystem, profile: Profile) -> list[Figure]:
    """In turn, in this process."""
    with patch.dict(os.environ, system.env_for("notifier")):
        settings = Settings()
    ours, plain = _ours(Writer(settings, lambda: of_settings(settings))), _plain()
    rates: dict[str, list[float]] = {"ours": [], "plain": []}
    for _ in range(profile.runs):
        rates["ours"].append(_rate(ours, profile.seconds))
        rates["plain"].append(_rate(plain, profile.seconds))
    rate, baseline = map(median, rates.values())
    against = "plain Jinja2 and email"
    return [
        Figure("letters", "answers composed", rate, "/s", against, baseline, BESIDE),
        Figure("letters", "answers composed, at least", rate, "/s", goal=RATE),
    ]


def _ours(writer: Writer) -> Callable[[], object]:
    def compose() -> object:
        given = {"name": "Deniz Kaya", "greeted": False, "url": LINK, "by_code": False}
        writing = writer.write("answer", "tr", data=DATA, secrets=(LINK,), **given)
        return write(
            "m1.answer.e1",
            writing,
            message_id="m1",
            template="answer",
            recipient=RECIPIENT,
            sender=SENDER,
            told_at=DATA.answered_at,
            now=DATA.answered_at,
            thread="m1.receipt",
        )

    return compose


def _plain() -> Callable[[], object]:
    text = Environment(trim_blocks=True).from_string(PLAIN)  # noqa: S701  # plain text
    rich = Environment(autoescape=True).from_string(RICH)
    given = {"data": DATA, "link": LINK, "scores": SCORES}

    def compose() -> object:
        mail = EmailMessage(policy=SMTP)
        mail["From"] = mail["Reply-To"] = SENDER
        mail["To"] = Address(addr_spec=RECIPIENT)
        mail["Subject"] = f"Başvurunuzun cevabı [{DATA.reference}] {DATA.subject}"
        mail["Date"] = DATA.answered_at
        mail["Message-ID"] = "<m1.answer.e1@klu.example>"
        mail["In-Reply-To"] = mail["References"] = "<m1.receipt@klu.example>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text.render(given), cte="quoted-printable")
        mail.add_alternative(rich.render(given), subtype="html", cte="quoted-printable")
        return mail.as_bytes()

    return compose


def _rate(compose: Callable[[], object], seconds: float) -> float:
    """Letters in a second of this process's own time: what else runs on the machine does not count."""
    compose()
    made, began = 0, time.process_time()
    while (took := time.process_time() - began) < seconds:
        compose()
        made += 1
    return made / took
