"""Debian's Postfix between: letters go through it and come back from it, and people answer them by way of it."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from aiosmtplib import SMTP

from scripts.eventually import eventually
from scripts.local import ports
from scripts.people import sees
from scripts.smtp_server import OK, Letter, SmtpServer, Stage
from tests.journeys.conftest import UNITS, ChaosSystem
from tests.postfix import DOMAIN, HERE, HOTLINE, REALM, NoPostfix, Postfix, postfix

UNKNOWN_HOST = "nirgends.example"
REFUSALS = {
    "yok": "550 5.1.1 No such user",
    "dolu": "552 5.2.2 Mailbox full",
    "kotada": "452 4.2.2 Over quota",
    "kapali": "550 5.2.1 This mailbox is closed",
}
"""What other servers say of addresses that begin so."""
DESK, RECEIPTS = "bidb@klu.example", 5
"""Where notices go; receipts to one address in an hour."""
QUIET = 5.0
"""Seconds without any mail after which two machines that answer each other have ended."""


class World(SmtpServer):
    """All other mail servers: what they took, and what each machine there does with it."""

    def __init__(self) -> None:
        super().__init__(on_letter=self._take)
        self.letters: list[Letter] = []
        self.machines: dict[str, Callable[[Letter], Any]] = {}

    def reply(self, stage: Stage, address: str) -> str:
        return REFUSALS.get(address.partition(".")[0], OK) if stage == "RCPT" else OK

    def letters_to(self, address: str) -> list[Letter]:
        """In the order in which they came."""
        return [letter for letter in self.letters if address in letter.recipients]

    async def letter(self, address: str, about: str = "") -> Letter:
        """The newest that is there or comes."""

        async def arrived() -> Letter | None:
            found = [letter for letter in self.letters_to(address) if about in str(letter.mail["Subject"])]
            return found[-1] if found else None

        return await eventually(arrived)

    def _take(self, letter: Letter) -> None:
        self.letters.append(letter)
        for address in letter.recipients:
            if machine := self.machines.get(address):
                machine(letter)


@dataclass
class Post:
    """The institution's mail server, the world, and the notifier between."""

    chaos: ChaosSystem
    postfix: Postfix
    world: World
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def write(self, *options: str, body: str, sender: str, to: str) -> int:
        """Somebody in the world writes; as ``Postfix.write``."""
        return await asyncio.to_thread(self.postfix.write, *options, body=body, sender=sender, to=to)

    def answers(self, address: str, letter: Letter) -> None:
        """A machine answers a letter at each address that it has, and does not say that it is one."""
        for to in {letter.sender, answer_address(letter), HOTLINE}:
            self.tasks.append(asyncio.create_task(self._answer(letter, address, to)))

    async def silence(self) -> None:
        """Wait until nobody has written for QUIET seconds."""
        before = -1
        while before != (before := len(self.world.letters) + len(self.tasks)):
            await asyncio.gather(*self.tasks)
            await asyncio.sleep(QUIET)

    async def _answer(self, letter: Letter, address: str, to: str) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = address, to, f"Re: {letter.mail['Subject']}"
        mail["Message-ID"] = f"<{uuid4()}@example.org>"
        mail.set_content("Mesajınız alınmıştır, teşekkür ederiz.")
        connection = SMTP(hostname=HERE, port=self.postfix.incoming, start_tls=False)
        async with connection:
            await connection.sendmail(address, [to], mail.as_bytes())

    async def letter_of(self, recipient: str, state: str) -> dict[str, Any]:
        """The one letter to this address, once it is in this state."""

        async def there() -> dict[str, Any] | None:
            found = await self.chaos.documents("notifier", "letters", {"recipient": recipient, "state": state})
            return found[0] if found else None

        return await eventually(there)


@pytest.fixture
async def post(chaos: ChaosSystem) -> AsyncIterator[Post]:
    """Everything runs, and the notifier logs in at Postfix."""
    listener = ports.free(["listener"])["listener"]
    async with World() as world:
        try:
            with postfix(listener=listener, world=world.port, unknown=UNKNOWN_HOST) as server:
                await chaos.stop("notifier")
                await chaos.start("notifier", **_settings(server, listener))
                yield Post(chaos, server, world)
                await chaos.stop("notifier")
        except NoPostfix as reason:
            pytest.skip(str(reason))


def _settings(server: Postfix, listener: int) -> dict[str, str]:
    return {
        "KLU_SMTP_URL": server.url,
        "KLU_SMTP_CA_FILE": str(server.certificate),
        "KLU_SMTP_TIMEOUT": "20",
        "KLU_MAIL_FROM": HOTLINE,
        "KLU_MAIL_INBOUND_DOMAIN": DOMAIN,
        "KLU_MAIL_INBOUND_PORT": str(listener),
        "KLU_MAIL_INBOUND_CERTIFICATE": str(server.certificate),
        "KLU_MAIL_NEW_MESSAGES": "yes",
    }


@pytest.mark.parametrize(
    ("address", "reason", "said"),
    [
        pytest.param("yok.{}@example.org", "550 5.1.1 No such user", "bu adresi tanımıyor", id="unknown user"),
        pytest.param("dolu.{}@example.org", "552 5.2.2 Mailbox full", "posta kutusu dolu", id="full for good"),
        pytest.param("kotada.{}@example.org", "452 4.2.2 Over quota", "posta kutusu dolu", id="full for now"),
        pytest.param("kapali.{}@example.org", "550 5.2.1 This mailbox is closed", "kapatılmış", id="closed"),
        pytest.param("deniz.{}@" + UNKNOWN_HOST, "5.4.4", "sunucusu bulunamadı", id="unknown host"),
        pytest.param("yok.{}@klu.edu.tr", "550 5.1.1", "bu adresi tanımıyor", id="unknown to Postfix itself"),
    ],
)
async def test_a_letter_that_cannot_be_delivered_has_failed_and_its_case_says_why(
    post: Post, subject: str, address: str, reason: str, said: str
) -> None:
    email = address.format(uuid4().hex[:8])
    await post.chaos.citizen().write(subject=subject, email=email)
    letter = await post.letter_of(email, "failed")
    assert reason in letter["reason"]
    officer = await post.chaos.officer()
    case = await officer.case(subject)
    await sees(lambda: officer.browser.open(case), said)
    assert "TLS connection established from" in post.postfix.log
    assert f"sasl_username=hat@{REALM}" in post.postfix.log


async def test_people_answer_letters_by_mail(post: Post, subject: str, email: str) -> None:
    citizen, officer = post.chaos.citizen(), await post.chaos.officer()
    await citizen.write(subject=subject, email=email)
    receipt = await post.world.letter(email)
    to = answer_address(receipt)
    assert not await post.write(body="Üçüncü kat da soğuk.", sender=email, to=to), post.postfix.said
    await sees(citizen.status, "Üçüncü kat da soğuk.")

    case = await officer.case(subject)
    await officer.route(case, ["kddb"])
    invitation = await post.world.letter(UNITS["kddb"], subject)
    unit = answer_address(invitation)
    assert unit != to
    assert f"TLS connection established to {HERE}" in post.postfix.log
    assert not await post.write(body="Isıtma onarılmıştır.", sender=UNITS["kddb"], to=unit), post.postfix.said
    await sees(lambda: officer.browser.open(case), "birimin cevabı mı")
    adoption = next(action for action in re.findall(r'action="([^"]+)"', officer.browser.html) if "adoption" in action)
    await officer.browser.submit(adoption)
    await officer.approve(await officer.case(subject, "reply_pending_review"))
    await sees(citizen.status, "Isıtma onarılmıştır.")

    async def answered() -> bool:
        return "Isıtma onarılmıştır." in (await post.world.letter(email)).text

    await eventually(answered)


async def test_a_stranger_learns_from_postfix_that_there_is_no_such_address(post: Post, email: str) -> None:
    nobody = f"yanit-{'a' * 26}@{DOMAIN}"
    assert await post.write(body="Merhaba.", sender=email, to=nobody)
    assert "550 5.1.1" in post.postfix.said
    assert await post.write(body="Merhaba.", sender=email, to=f"info@{DOMAIN}")
    assert "550 5.1.1" in post.postfix.said
    assert await post.write(body="Merhaba.", sender=email, to="biri@example.com")
    assert "Relay access denied" in post.postfix.said


async def test_machines_that_answer_every_letter_come_to_an_end(post: Post, subject: str, email: str) -> None:
    """At the citizen's address and at the unit's, to whichever address the letter has, and as if people wrote."""
    for address in (email, UNITS["kddb"], DESK):
        post.world.machines[address] = partial(post.answers, address)
    officer = await post.chaos.officer()
    await post.chaos.citizen().write(subject=subject, email=email)
    await officer.route(await officer.case(subject), ["kddb"])
    await post.world.letter(UNITS["kddb"], subject)
    await post.silence()
    sent = Counter(recipient for letter in post.world.letters for recipient in letter.recipients)
    assert sent[email] <= 1 + RECEIPTS
    assert sent[UNITS["kddb"]] <= 5 + RECEIPTS
    assert sent[DESK] <= 60
    mails = await post.chaos.documents("notifier", "mails", {})
    assert len(mails) > 10, "the machines have not answered"
    new = [mail["sender"] for mail in mails if mail["purpose"] == "new"]
    assert DESK not in new, "it would be told of its own mail again in each hour"
    assert len(new) <= 4 * RECEIPTS


def answer_address(letter: Letter) -> str:
    """Where an answer goes."""
    return str(letter.mail["Reply-To"]).strip().removeprefix("<").removesuffix(">").rpartition("<")[2]
