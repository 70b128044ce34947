"""The private system that is attacked, and its mail server."""

from pathlib import Path
from typing import Any

import pymongo

from bench.system import memory
from scripts.browser import Browser
from scripts.local.system import Fleet
from scripts.smtp_server import OK, Letter, SmtpServer, Stage

REFUSED = "refused.example.org"


class MailServer(SmtpServer):
    """Keeps every letter, and refuses one domain for good."""

    def __init__(self, port: int) -> None:
        super().__init__(port, self._keep)
        self.letters: list[Letter] = []

    def reply(self, stage: Stage, address: str) -> str:
        return "550 5.1.1 No such user" if stage == "RCPT" and address.endswith(f"@{REFUSED}") else OK

    def to(self, address: str) -> list[Letter]:
        """The letters to this address."""
        return [letter for letter in self.letters if address in letter.recipients]

    def _keep(self, letter: Letter) -> None:
        self.letters.append(letter)


class Target(Fleet):
    """One process of each service, with the settings an institution starts with, but that anybody may send anything."""

    def __init__(self, folder: Path) -> None:
        settings = {"KLU_LOG_FORMAT": "json", "KLU_WATCH_SECONDS": "2", "KLU_WRONG_CODES": "30"}
        super().__init__(folder, settings, replicas=1)
        self.mail = MailServer(self.ports["KLU_LOCAL_SMTP_PORT"])

    def memory(self, service: str) -> float:
        """Resident memory of a service, in MB."""
        return memory(self.services[service])

    def visitor(self, service: str) -> Browser:
        """Somebody with a browser."""
        return Browser(self.address(service))

    def mongo(self) -> "pymongo.MongoClient[Any]":
        """For whoever may read everything, the oplog too."""
        return pymongo.MongoClient(self.store("MongoDB").url)
