"""The private system of a run, whose processes and stores can each be broken alone, and its mail server."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import pymongo
from pymongo.errors import PyMongoError

from scripts.chaos.plan import REFUSED_DOMAIN
from scripts.chaos.postman import DOMAIN
from scripts.chaos.reconcile import Taken
from scripts.local import config, ports, rabbitmq
from scripts.local.processes import Process
from scripts.local.system import Fleet
from scripts.smtp_server import CUT, OK, Letter, SmtpServer, Stage

RETRY_DELAYS = (1.0, 3.0, 10.0, 30.0, 60.0)
SETTINGS = {
    "KLU_RETRY_DELAYS": str(list(RETRY_DELAYS)),
    "KLU_LETTER_RETRY_DELAYS": str([1, 2, 4, 8, 15, 30, 30, 30, 30, 30]),
    "KLU_SWEEP_SECONDS": "2",
    "KLU_WATCH_SECONDS": "5",
    "KLU_SMTP_TIMEOUT": "10",
    "KLU_LOG_FORMAT": "json",
}
"""Shorter times than an institution has, so that a run ends soon; nothing else differs."""
INBOUND = {"KLU_MAIL_INBOUND_DOMAIN": DOMAIN, "KLU_MAIL_INBOUND_PER_HOUR": "1000000"}
"""A few units write all mails of thousands."""
QUICK = "serverSelectionTimeoutMS=1500&connectTimeoutMS=1500&socketTimeoutMS=1500"
Control = Literal["none", "no-inbox", "no-sweep"]
DATABASES = config.databases({})


class ChaosSystem(Fleet):
    """A fleet for a run; a control takes one safeguard out of all its services. ``rabbitmq_image``: a broker of it.

    ``inbound``: mail comes in, to the ports ``listeners`` of the notifiers.
    """

    def __init__(
        self,
        folder: Path,
        *,
        replicas: int,
        routers: int = 0,
        control: Control = "none",
        rabbitmq_image: str = "",
        inbound: bool = False,
    ) -> None:
        settings = {**SETTINGS, "KLU_LOCAL_RABBITMQ_IMAGE": rabbitmq_image}
        super().__init__(folder, settings, replicas=replicas, routers=routers)
        self.listeners = ports.free(self.names("notifier")) if inbound else {}
        self._through = () if control == "none" else ("scripts.chaos.controls", control)

    def made(self, name: str, extra_env: Mapping[str, str] | None = None, *through: str) -> Process:
        listens = {"KLU_MAIL_INBOUND_PORT": str(self.listeners[name]), **INBOUND} if name in self.listeners else {}
        return super().made(name, {**listens, **(extra_env or {})}, *(through or self._through))

    def answers(self, name: str) -> bool:
        """Whether a store answers a real question soon."""
        url = self.store(name).url
        if name == rabbitmq.NAME:
            return rabbitmq.answers(url)
        with pymongo.MongoClient[dict[str, object]](f"{url}&{QUICK}") as client:
            try:
                return bool(client.admin.command("hello").get("isWritablePrimary"))
            except PyMongoError:
                return False


class MailServer(SmtpServer):
    """Refuses one domain for good, and answers each letter with ``letter_reply``, which may be ``CUT``.

    ``met`` counts the letters by their reply; ``taken`` has those that the server has kept.
    """

    def __init__(self, port: int) -> None:
        super().__init__(port, self._take)
        self.letter_reply = OK
        self.met: Counter[str] = Counter()
        self.taken: list[Taken] = []
        self.refused: set[str] = set()
        self.people: Callable[[Letter], None] = lambda letter: None

    def reply(self, stage: Stage, address: str) -> str:
        if stage == "RCPT" and address.endswith(f"@{REFUSED_DOMAIN}"):
            self.refused.add(address)
            return "550 5.1.1 No such user"
        return self.letter_reply if stage == "DATA" else OK

    def _take(self, letter: Letter) -> None:
        self.met[letter.reply] += 1
        if letter.reply in (OK, CUT):
            letter_id = letter.message_id.rpartition("@")[0]
            self.taken += [Taken(letter_id, hashlib.sha256(letter.raw).hexdigest()) for _ in letter.recipients]
            self.people(letter)
