"""SIGTERM: a service takes no more work, finishes or hands back what it has in hand, and is gone within 30 seconds."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from scripts.eventually import eventually
from scripts.local import ports
from tests.journeys.conftest import ChaosSystem
from tests.journeys.test_stopping import stopped
from tests.tcp_proxy import TcpProxy


@pytest.fixture
async def proxy(chaos: ChaosSystem, request: pytest.FixtureRequest) -> AsyncIterator[TcpProxy]:
    """A line to MongoDB, RabbitMQ or the mail server, and the service whose test it is behind it."""
    service, variable = request.param
    url = chaos.system.env_for(service)[variable]
    (free,) = ports.free(["proxy"]).values()
    made = TcpProxy(free, urlsplit(url).port or 0)
    await made.open()
    await chaos.stop(service)
    await chaos.start(service, **{variable: url.replace(f":{urlsplit(url).port}", f":{free}")})
    yield made
    await chaos.stop(service)
    await made.cut()


@pytest.mark.parametrize("proxy", [("router", "KLU_MONGODB_URL"), ("router", "KLU_RABBITMQ_URL")], indirect=True)
async def test_what_waits_for_a_frozen_dependency_is_handed_back_and_done_by_the_next_process(
    chaos: ChaosSystem, subject: str, email: str, proxy: TcpProxy
) -> None:
    proxy.freeze()
    await chaos.citizen().write(subject=subject, email=email)
    await chaos.mailbox.letter(email, "")
    await stopped(chaos, "router")
    proxy.thaw()
    await chaos.start("router")
    await (await chaos.officer()).case(subject)
    assert len(await chaos.documents("router", "cases", {"subject": subject})) == 1


@pytest.mark.parametrize("proxy", [("notifier", "KLU_SMTP_URL")], indirect=True)
async def test_a_letter_the_mail_server_is_just_taking_is_finished_and_recorded(
    chaos: ChaosSystem, subject: str, email: str, proxy: TcpProxy
) -> None:
    proxy.freeze()
    await chaos.citizen().write(subject=subject, email=email)
    await claimed(chaos, email)
    notifier = chaos.system.services["notifier"]
    before = notifier.log.read_text().count("stopping")
    notifier.terminate()

    async def stopping() -> bool:
        return notifier.log.read_text().count("stopping") > before

    await eventually(stopping)
    proxy.thaw()
    await stopped(chaos, "notifier")
    (letter,) = await chaos.documents("notifier", "letters", {"recipient": email})
    assert (letter["state"], letter["attempts"], len(await chaos.mailbox.letters(email))) == ("sent", 1, 1)


@pytest.mark.parametrize("proxy", [("notifier", "KLU_SMTP_URL")], indirect=True)
async def test_a_letter_the_mail_server_does_not_take_leaves_with_the_next_process(
    chaos: ChaosSystem, subject: str, email: str, proxy: TcpProxy
) -> None:
    proxy.freeze()
    await chaos.citizen().write(subject=subject, email=email)
    await claimed(chaos, email)
    await stopped(chaos, "notifier")
    proxy.thaw()
    await chaos.start("notifier")
    await chaos.mailbox.letter(email, "")


async def claimed(chaos: ChaosSystem, email: str) -> None:
    """Wait until the notifier has taken the receipt in hand."""

    async def taken() -> bool:
        return bool(await chaos.documents("notifier", "letters", {"recipient": email, "attempts": 1}))

    await eventually(taken)
