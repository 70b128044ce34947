"""The mail server of the chaos run keeps a mail until somebody has taken it."""

from scripts.chaos.plan import Diary
from scripts.chaos.postman import Postman
from scripts.local import ports
from scripts.smtp_server import CUT, Letter, SmtpServer, Stage

RAW = b"Subject: Re\r\n\r\nMerhaba\r\n"


class Server(SmtpServer):
    """Breaks the first connection."""

    def __init__(self) -> None:
        super().__init__(on_letter=lambda letter: self.offered.append(letter))
        self.offered: list[Letter] = []

    def reply(self, stage: Stage, address: str) -> str:
        return CUT if stage == "DATA" and not self.offered else "250 OK"


async def test_a_mail_is_offered_until_it_is_taken_and_handed_in_once() -> None:
    diary = Diary()
    async with Server() as server:
        postman = Postman([server.port, ports.free(["nobody"])["nobody"]], diary, seed=2)
        await postman.deliver(RAW, "a@example.org", "yanit-x@hat.example")
        taken = len(server.offered)
        await postman.deliver(RAW, "a@example.org", "yanit-x@hat.example")
    assert taken == len(server.offered) >= 2
    assert {letter.raw for letter in server.offered} == {RAW}
    assert (diary.mails["handed in"], diary.mails["taken"], diary.mails_waiting) == (1, 1, 0)
    assert diary.mails["not taken at once"] >= 1
    assert diary.troubles == []
