"""Letters to people of the desk about their accounts."""

from services.notifier.handlers.correspondence import Correspondence
from shared.events import AccountNotified, CloudEvent

WITH_LINK = {"invitation": "account_invitation", "reset": "account_reset"}
"""The letter of a purpose that has a link; all others tell what was changed."""


class AccountHandlers:
    """Links to choose a password, and what happened to an account. Nothing about these letters is told to the desk."""

    def __init__(self, correspondence: Correspondence) -> None:
        self.correspondence = correspondence
        self.letters = correspondence.letters

    async def on_account_notified(self, event: CloudEvent[AccountNotified]) -> None:
        """One letter for each notice."""
        data = event.data
        template = WITH_LINK.get(data.purpose, "account_change")
        letter = self.correspondence.letter(
            event,
            f"{data.notice_id}.account",
            template,
            to=data.email,
            language=data.language,
            secrets=(data.link,) if data.link else (),
        )
        await self.letters.add(letter, handling=event)
