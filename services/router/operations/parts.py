"""The parts of operations: parked events, the mail server's queue, the first steps of a new installation."""

from dataclasses import dataclass

from services.router.accounts.parts import AccountsParts
from services.router.cases.parts import CasesParts
from services.router.deadlines.parts import DeadlinesParts
from services.router.directory.parts import DirectoryParts
from services.router.operations.handlers import MailQueueHandlers
from services.router.operations.jobs import ParkedMover
from services.router.operations.pages.administration import FirstSteps
from services.router.operations.store import ParkedEvents
from services.router.operations.store.mail_queue import MailQueues
from services.router.parts import Common, Parts
from services.router.texts.parts import TextsParts
from shared.broker.parking import ParkedQueues
from shared.service import daily


@dataclass(frozen=True, kw_only=True)
class OperationsParts(Parts):
    """``parked`` are stored events that could not be processed; ``first_steps`` stand above the pages."""

    parked: ParkedEvents
    first_steps: FirstSteps


def operations_parts(
    common: Common,
    texts: TextsParts,
    deadlines: DeadlinesParts,
    directory: DirectoryParts,
    accounts: AccountsParts,
    cases: CasesParts,
) -> OperationsParts:
    """Make them."""
    database, rabbitmq_url = common.database, common.settings.rabbitmq_url.get_secret_value()
    parked, mail_queues = ParkedEvents(database, rabbitmq_url), MailQueues(database)
    return OperationsParts(
        parked=parked,
        first_steps=FirstSteps(
            *(texts.institutions, accounts.accounts, directory.units, deadlines.calendars, cases.cases),
            common.settings.intake_url,
        ),
        provided=[parked, mail_queues],
        handlers=[MailQueueHandlers(mail_queues)],
        jobs=[
            ParkedMover(ParkedQueues(rabbitmq_url), parked).run,
            daily(parked, parked.sealed_before, parked.seal_anew),
        ],
    )
