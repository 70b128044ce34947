"""The second factor while signing in: show a code, or set it up where the role has to have one."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.router.access import AuditAction
from services.router.accounts.domain import Account, SecondFactor
from services.router.accounts.domain.changes import add_second_factor, use_recovery_code
from services.router.accounts.domain.codes import matching_step, recovery_hash, without_recovery_code
from services.router.accounts.forms import CodeForm, SetUpForm
from services.router.accounts.pages.authenticator import Authentication
from services.router.accounts.pages.setting_up import offer, read_setup
from services.router.accounts.pages.sign_in import let_in
from services.router.accounts.pages.slowing import HELD, Attempt, later
from services.router.accounts.pages.steps import SecondStep
from services.router.accounts.store import Accounts, SignInTries
from services.router.config import Settings
from services.router.desk import anybody
from shared.audit import AuditRecords
from shared.web.forms import Form, read
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
ANYBODY = [Depends(anybody)]
People = Annotated[Accounts, provided(Accounts)]
Step = Annotated[SecondStep, provided(SecondStep)]
Tries = Annotated[SignInTries, provided(SignInTries)]
Audit = Annotated[AuditRecords, provided(AuditRecords)]
Setting = Annotated[Settings, provided(Settings)]
WRONG = "This code is not right, or it was used already. Please wait for the next one."


@page.get("/login/code", dependencies=ANYBODY)
async def show_code(request: Request, step: Step) -> Response:
    """Ask for a code, after the password."""
    found = await step.of(request)
    return render(request, "code.html", form=Form()) if found else see_other("/login")


@page.post("/login/code", dependencies=ANYBODY)
async def post_code(
    request: Request,
    step: Step,
    accounts: People,
    authenticator: Authentication,
    tries: Tries,
    audit: Audit,
    settings: Setting,
    now: Now,
) -> Response:
    """Check the code, and start a session. Of one code used twice, also on two replicas, the second is refused."""
    found = await step.of(request)
    if found is None or found[0].second_factor is None:
        return see_other("/login")
    account, wanted = found
    form = await read(CodeForm, request)
    if form.errors:
        return render(request, "code.html", form=form, status=422)
    attempt = Attempt(request, tries, settings, "code", account.id)
    if seconds := await attempt.wait(anywhere=True):
        return later(_refused(request, form, 429, HELD, seconds), seconds)
    if not await used(accounts, account, form.value.one_time_code, now):
        what = AuditAction.SECOND_FACTOR_FAILED
        await audit.write(what, object_kind="account", object_id=account.id, client=attempt.client)
        return _refused(request, form, 401, WRONG)
    await attempt.right()
    response = see_other(wanted)
    step.end(response)
    return await let_in(request, account, response, authenticator, audit, now)


@page.get("/login/second-factor", dependencies=ANYBODY)
async def show_duty(request: Request, step: Step, accounts: People) -> Response:
    """Show how to set the second factor up, which this role must have."""
    found = await step.of(request)
    if found is None or found[0].second_factor:
        return see_other("/login")
    return render(request, "duty.html", form=Form(), **offer(request, accounts, found[0]))


@page.post("/login/second-factor", dependencies=ANYBODY)
async def post_duty(
    request: Request,
    step: Step,
    accounts: People,
    authenticator: Authentication,
    tries: Tries,
    audit: Audit,
    settings: Setting,
    now: Now,
) -> Response:
    """Set it up with a first code, start a session and show the recovery codes once."""
    found = await step.of(request)
    if found is None or found[0].second_factor:
        return see_other("/login")
    account, wanted = found
    form = await read(SetUpForm, request)
    if form.errors:
        return render(request, "duty.html", form=form, **offer(request, accounts, account, form), status=422)
    made = read_setup(accounts, account, form.value, now)
    if made is None:
        form.errors = {"one_time_code": web(request).locale(request).gettext(WRONG)}
        return render(request, "duty.html", form=form, **offer(request, accounts, account, form), status=422)
    factor, codes = made
    after, announcing = add_second_factor(account, factor, now=now)
    await accounts.put(after, announcing=announcing)
    response = render(request, "recovery_codes.html", codes=codes, next=wanted, account=account)
    step.end(response)
    return await let_in(request, after, response, authenticator, audit, now)


async def used(accounts: Accounts, account: Account, code: str, now: datetime) -> bool:
    """Use a code up. Raises Conflict when the account changes meanwhile: the code may be used by then."""
    factor = account.second_factor
    if factor is None:
        return False
    step = matching_step(accounts.secret_of(factor), code, now, after=factor.last_step)
    if step is not None:
        later_factor = factor.model_copy(update={"last_step": step})
        await accounts.put(account.model_copy(update={"second_factor": later_factor}))
        return True
    left: SecondFactor | None = without_recovery_code(factor, recovery_hash(account.id, code))
    if left is None:
        return False
    after, announcing = use_recovery_code(account, left, now=now)
    await accounts.put(after, announcing=announcing)
    return True


def _refused(request: Request, form: Form[Any], status: int, sentence: str, seconds: int = 0) -> Response:
    form.values = {}
    form.errors = {"one_time_code": web(request).locale(request).gettext(sentence) % {"seconds": seconds}}
    return render(request, "code.html", form=form, status=status)
