"""From the desk to form, portal and letter: what the institution says about itself, over the real broker."""

import base64
import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from fastapi import FastAPI
from PIL import Image

from scripts.eventually import eventually
from services.router.texts.domain.institution import KindSettings, changed, with_kind
from services.router.texts.store import InstitutionStore
from shared.documents import Database
from tests import examples as example
from tests.conftest import Broker, Make, Visit, listening
from tests.notifier.mail import MailServer, part

COLOUR = "#5b1a6e"
NAME = {"tr": "Örnek Üniversitesi", "en": "Example University"}


def logo() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (8, 8), COLOUR).save(content, "PNG")
    return content.getvalue()


@pytest.fixture
async def away(database: Database) -> AsyncIterator[None]:
    yield
    for name in ("router", "intake", "replies", "notifier"):
        await database.mongodb.client.drop_database(f"{database.mongodb.name}_{name}")


async def test_a_changed_institution_is_on_every_page_of_every_replica_and_in_the_next_letter(
    make: Make, broker: Broker, database: Database, visit: Visit, away: None
) -> None:
    def app(service: str) -> FastAPI:
        return make(service, mongodb_database=f"{database.mongodb.name}_{service}", smtp_url=server.url)

    async with MailServer() as server, AsyncExitStack() as running:
        pages = {name: [app(name), app(name)] for name in ("router", "intake", "replies")}
        for one in (*pages["router"], *pages["intake"], *pages["replies"]):
            await running.enter_async_context(listening(one))
        stored: InstitutionStore = pages["router"][0].state.provided[InstitutionStore]
        before = await stored.stored()
        look = {"name": NAME, "primary_color": COLOUR, "notice": {"tr": "Verileriniz korunur."}}
        look |= {"logo": base64.b64encode(logo()).decode(), "logo_type": "image/png"}
        kind = KindSettings(id="information", label={"tr": "Bilgi edinme", "en": "Information"})
        wanted = with_kind(before.model_copy(update=look), kind)
        settings, announcing = changed(before, wanted, by=example.officer().actor, at=example.NOW)
        await stored.save(settings, announcing=announcing)

        async def shown(one: FastAPI) -> bool:
            client = visit(one).client
            theme, picture = await client.get("/static/theme.css"), await client.get("/static/institution-logo")
            return COLOUR in theme.text and picture.content == logo()

        for replica in (*pages["router"], *pages["intake"], *pages["replies"]):
            await eventually(lambda replica=replica: shown(replica))  # type: ignore[misc]
        form = await visit(pages["intake"][1]).open("/")
        assert all(said in form for said in ("Örnek Üniversitesi", "Bilgi edinme", "Verileriniz korunur."))

        for late in (app("notifier"), app("notifier")):  # away until now
            await running.enter_async_context(listening(late))

        async def letter() -> bool:
            await broker.publish(example.sealed(example.message_submitted(kind="information")))
            return any(
                "Bilgi edinme" in part(sent.mail, "plain") and COLOUR in part(sent.mail, "html")
                for sent in server.accepted
            )

        await eventually(letter)
