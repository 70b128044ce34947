"""The parts of accounts: people, their sessions, and how they sign in."""

from dataclasses import dataclass

from services.router.accounts.pages import oidc
from services.router.accounts.pages.authenticator import Authenticator
from services.router.accounts.pages.break_glass import BreakGlass
from services.router.accounts.pages.steps import SecondStep
from services.router.accounts.provider import Provider
from services.router.accounts.store import Accounts, Sessions, SignInTries
from services.router.accounts.store.first import FirstLinks
from services.router.accounts.store.kept import KeptForms
from services.router.parts import Common, Parts
from shared.service import daily


@dataclass(frozen=True, kw_only=True)
class AccountsParts(Parts):
    """The people of the desk, and who of them a request comes from."""

    accounts: Accounts
    authenticator: Authenticator


def accounts_parts(common: Common) -> AccountsParts:
    """Make them."""
    settings, database = common.settings, common.database
    accounts, sessions, tries = Accounts(database), Sessions(database), SignInTries(database)
    alarm = BreakGlass(settings, common.audit, common.telemetry)
    authenticator = Authenticator(accounts, sessions, settings, alarm)
    steps = Provider(settings), oidc.Attempts(settings), SecondStep(accounts, settings)
    return AccountsParts(
        accounts=accounts,
        authenticator=authenticator,
        provided=[accounts, sessions, tries, authenticator, *steps, KeptForms(database), FirstLinks(database)],
        preparations=[tries.prepare],
        jobs=[daily(accounts, accounts.sealed_before, accounts.seal_anew)],
    )
