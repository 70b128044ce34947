"""The notifier dies while a mail comes in or is read: the mail server sends it again, and it is one mail in the end."""

import asyncio
from uuid import uuid4

import pytest
from aiosmtplib import SMTP, SMTPException

from scripts.eventually import eventually
from scripts.local import ports
from scripts.people import sees
from tests.journeys.conftest import ChaosSystem

DOMAIN = "hat.klu.example"
TEXT = "Üçüncü kat da soğuk."


def answer(sender: str, to: str) -> bytes:
    """What a citizen writes back."""
    head = f"From: {sender}\r\nTo: {to}\r\nSubject: Re: Hat\r\nMessage-ID: <{uuid4()}@example.org>\r\n"
    return f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{TEXT}\r\n".encode()


async def deliver(port: int, raw: bytes, sender: str, to: str, answers: list[str]) -> None:
    """Offer a mail until it is taken, as a mail server does. ``answers``: what became of each attempt."""
    while not answers or answers[-1] != "250":
        try:
            async with SMTP(hostname="127.0.0.1", port=port, start_tls=False, timeout=60) as client:
                await client.sendmail(sender, [to], raw)
            answers.append("250")
        except (SMTPException, OSError) as error:
            answers.append(type(error).__name__)
            await asyncio.sleep(0.5)


@pytest.mark.parametrize(
    ("point", "what"),
    [
        ("before the mail is kept", "Message-ID"),
        ("after its bytes are kept", "Message-ID"),
        ("after the mail is kept", "Message-ID"),
        ("before the write", "mail.received"),
        ("after the write", "mail.received"),
    ],
)
async def test_a_mail_that_came_while_the_notifier_died_is_one(
    chaos: ChaosSystem, subject: str, email: str, point: str, what: str
) -> None:
    port = ports.free(["listener"])["listener"]
    inbound = {"KLU_MAIL_INBOUND_DOMAIN": DOMAIN, "KLU_MAIL_INBOUND_PORT": str(port)}
    citizen, answers = chaos.citizen(), list[str]()
    await chaos.stop("notifier")
    await chaos.start_dying("notifier", point, what, **inbound)
    await citizen.write(subject=subject, email=email)
    await chaos.mailbox.letter(email, "")
    (letter,) = await chaos.documents("notifier", "letters", {"recipient": email})
    to = f"yanit-{letter['reply_token']}@{DOMAIN}"
    delivering = asyncio.create_task(deliver(port, answer(email, to), email, to, answers))
    await chaos.died("notifier", **inbound)
    await delivering
    await chaos.end_leases("notifier", "mails")
    await sees(citizen.status, TEXT)
    if point != "before the write" and point != "after the write":
        assert len(answers) > 1, "the mail server was answered at once"

    async def told() -> bool:
        both = {"$all": ["followed_up", "mail_received"]}  # two events, in either order
        return bool(await chaos.documents("router", "cases", {"subject": subject, "timeline.what": both}))

    await eventually(told)
    mails = await chaos.documents("notifier", "mails", {"message_id": letter["message_id"]})
    (message,) = await chaos.documents("intake", "messages", {"submission.subject": subject})
    (case,) = await chaos.documents("router", "cases", {"subject": subject})
    assert [mail["state"] for mail in mails] == ["read"]
    assert [added["text"] for added in message["follow_ups"]] == [TEXT]
    happened = [entry["what"] for entry in case["timeline"]]
    assert (happened.count("followed_up"), happened.count("mail_received")) == (1, 1)
