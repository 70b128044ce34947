"""The notifier as a whole: mail comes in while it runs, and its files are read by signed links."""

from aiosmtplib import SMTP

from scripts.eventually import eventually
from scripts.local.ports import free
from services.notifier.domain.mail import Mail, MailState
from services.notifier.store.mails import Mails
from shared.clock import utc_now
from shared.documents import Database
from shared.file_links import file_link
from shared.signing import Signer
from shared.state import Actor
from tests import examples as example
from tests.conftest import Make, Visit, listening
from tests.notifier.incoming import HOTLINE
from tests.notifier.test_incoming import multipart
from tests.notifier.test_mailroom import NOTE


async def test_the_file_of_a_mail_is_read_by_whoever_the_desk_lets_read_it(
    make: Make, database: Database, visit: Visit
) -> None:
    port = free(["smtp"])["smtp"]
    app, mails = make("notifier", mail_inbound_port=port), Mails(database)
    officer, signer = Actor(kind="officer", id="o1"), Signer(example.keys("router")["signing_key"])

    async def read() -> Mail | None:
        found = await mails.find({"state": MailState.READ.value}, sort=[("_id", 1)], limit=1)
        return found[0] if found else None

    async with listening(app):
        await eventually(lambda: _offered(port))
        mail = await eventually(read)
        (file,) = mail.files
        link = file_link("", file.id, actor=officer, by="router", signer=signer, now=utc_now())
        given, refused = await visit(app).client.get(link), await visit(app).client.get(f"/files/{file.id}?grant=x")
    assert (given.status_code, given.content.strip()) == (200, b"Isitma")
    assert given.headers["content-disposition"].startswith("attachment")
    assert (refused.status_code, b"Isitma" in refused.content) == (404, False)


async def _offered(port: int) -> bool:
    try:
        async with SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
            await client.sendmail("deniz.kaya@example.org", [HOTLINE], multipart(NOTE))
    except OSError:
        return False
    return True
