"""The webhooks: add, change, switch off, a new secret, a test, and what was delivered. For administrators."""

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.router.access import Action, AuditAction, Officer
from services.router.accounts.store import Accounts
from services.router.config import Settings
from services.router.desk import require
from services.router.webhooks.domain.delivery import send_again, try_out
from services.router.webhooks.domain.webhook import (
    BOTH_VALID,
    HAPPENINGS,
    Webhook,
    acted,
    change,
    change_secret,
    make,
    require_open,
)
from services.router.webhooks.domain.webhook import new_secret as drawn
from services.router.webhooks.forms import ButtonForm, WebhookForm
from services.router.webhooks.labels import HAPPENINGS as HAPPENING_LABELS
from services.router.webhooks.labels import TOLD, changes_of, result_of, state_of, translated
from services.router.webhooks.store import Deliveries, Webhooks
from shared.documents import NotFound
from shared.refused import Refused
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
Editor = Annotated[Officer, require(Action.EDIT_WEBHOOKS)]
HERE = "/administration/webhooks"
SHOWN = 20
"""Deliveries on the page of a webhook."""
CHANGED = "Somebody else has changed this since you opened the page. What you typed is still here."
OFF = "This webhook is switched off. Nothing is sent."


class Shelf:
    """What the pages of webhooks are made from."""

    def __init__(
        self,
        webhooks: Annotated[Webhooks, provided(Webhooks)],
        deliveries: Annotated[Deliveries, provided(Deliveries)],
        accounts: Annotated[Accounts, provided(Accounts)],
        settings: Annotated[Settings, provided(Settings)],
        now: Now,
    ) -> None:
        self.webhooks, self.deliveries, self.accounts = webhooks, deliveries, accounts
        self.source, self.private, self.now = settings.router_url, settings.webhook_private, now

    async def show(
        self, request: Request, webhook: Webhook, form: Form[Any], *, status: int = 200, done: str = ""
    ) -> Response:
        """The page of one webhook."""
        authors = {change.by.id for change in webhook.history if change.by.kind == "officer"}
        return render(
            request,
            "webhook.html",
            webhook=webhook,
            form=form,
            happenings=translated(request, HAPPENING_LABELS),
            told=translated(request, TOLD),
            deliveries=[
                (one, state_of(request, one), result_of(request, one))
                for one in await self.deliveries.newest(webhook.id, SHOWN)
            ],
            history=changes_of(request, webhook, await self.accounts.names(authors)),
            old_valid=bool(webhook.old_until and self.now < webhook.old_until),
            status=status,
            done=done,
        )

    async def show_refused(self, request: Request, webhook: Webhook, errors: dict[str, str], status: int) -> Response:
        """The page again, with an error of one of its buttons."""
        return await self.show(request, webhook, Form(values=filled(webhook), errors=errors), status=status)


Pages = Annotated[Shelf, Depends()]


@page.get(HERE)
async def show_webhooks(request: Request, officer: Editor, shelf: Pages) -> Response:
    """Show all webhooks with their last delivery."""
    known = await shelf.webhooks.all()
    newest = {webhook.id: await shelf.deliveries.newest(webhook.id, 1) for webhook in known}
    last = {key: (found[0].created_at, state_of(request, found[0])) for key, found in newest.items() if found}
    happenings = translated(request, HAPPENING_LABELS)
    return render(request, "webhooks.html", webhooks=known, happenings=happenings, last=last)


@page.get(f"{HERE}/new")
async def show_new_webhook(request: Request, officer: Editor) -> Response:
    """Show the form for a new webhook."""
    return _new(request, Form(values={"happenings": list(HAPPENINGS), "active": "yes"}))


@page.post(f"{HERE}/new")
async def post_new_webhook(request: Request, officer: Editor, shelf: Pages) -> Response:
    """Add a webhook, and show its secret, once."""
    form = await read(WebhookForm, request)
    if form.errors:
        return _new(request, form, status=422)
    secret = drawn()
    given = form.value.model_dump(include={"name", "happenings"}) | {"url": form.value.address}
    given |= {"personal": form.value.personal == "yes", "active": form.value.active == "yes"}
    new = Webhook(id=uuid4().hex[:16], secret=shelf.webhooks.closed(secret), created_at=shelf.now, **given)
    try:
        require_open(new.url, shelf.private)
        webhook, announcing = make(new, by=officer.actor, now=shelf.now)
    except Refused as refused:
        return _new(request, with_error(form, refused, request), status=422)
    await shelf.webhooks.add(webhook, announcing=announcing)
    return render(request, "webhook_secret.html", webhook=webhook, secret=secret, old_until=None)


@page.get(f"{HERE}/{{webhook_id}}")
async def show_webhook(request: Request, webhook_id: str, officer: Editor, shelf: Pages, done: str = "") -> Response:
    """Show one webhook, and what was delivered last."""
    webhook = await shelf.webhooks.get(webhook_id)
    return await shelf.show(request, webhook, Form(values=filled(webhook)), done=done)


@page.post(f"{HERE}/{{webhook_id}}")
async def post_webhook(request: Request, webhook_id: str, officer: Editor, shelf: Pages) -> Response:
    """Change a webhook, or switch it off or on."""
    form, webhook = await read(WebhookForm, request), await shelf.webhooks.get(webhook_id)
    if form.errors:
        return await shelf.show(request, webhook, form, status=422)
    if form.value.revision not in (None, webhook.revision):
        form.errors = {"": web(request).locale(request).gettext(CHANGED)}
        form.values |= {"revision": webhook.revision}
        return await shelf.show(request, webhook, form, status=409)
    given = form.value.model_dump(include={"name", "happenings"}) | {"url": form.value.address}
    given |= {"personal": form.value.personal == "yes", "active": form.value.active == "yes"}
    try:
        if given["url"] != webhook.url:
            require_open(given["url"], shelf.private)
        after, announcing = change(webhook, **given, by=officer.actor, now=shelf.now)
    except Refused as refused:
        return await shelf.show(request, webhook, with_error(form, refused, request), status=422)
    if announcing:
        await shelf.webhooks.save(after, announcing=announcing)
    return see_other(f"{HERE}/{webhook.id}?done=changed")


@page.post(f"{HERE}/{{webhook_id}}/secret")
async def post_secret(request: Request, webhook_id: str, officer: Editor, shelf: Pages) -> Response:
    """Make a new secret, and show it, once. The one before is valid for a day more."""
    form, webhook = await read(ButtonForm, request), await shelf.webhooks.get(webhook_id)
    if form.errors:
        return await shelf.show_refused(request, webhook, form.errors, 422)
    secret = drawn()
    after, announcing = change_secret(webhook, shelf.webhooks.closed(secret), by=officer.actor, now=shelf.now)
    await shelf.webhooks.save(after, announcing=announcing)
    old_until = shelf.now + BOTH_VALID
    return render(request, "webhook_secret.html", webhook=after, secret=secret, old_until=old_until)


@page.post(f"{HERE}/{{webhook_id}}/test")
async def post_test(request: Request, webhook_id: str, officer: Editor, shelf: Pages) -> Response:
    """Send a test, which tells of no case."""
    form, webhook = await read(ButtonForm, request), await shelf.webhooks.get(webhook_id)
    if form.errors or not webhook.active:
        return await _refused(request, shelf, webhook, form)
    delivery, requested = try_out(webhook, str(uuid4()), source=shelf.source, now=shelf.now)
    audited = acted(AuditAction.WEBHOOK_TESTED, webhook, officer.actor, shelf.now)
    await shelf.deliveries.add(delivery, announcing=[requested, *audited])
    return see_other(f"{HERE}/{webhook.id}?done=tested")


@page.post(f"{HERE}/{{webhook_id}}/deliveries/{{delivery_id}}")
async def post_delivery(request: Request, webhook_id: str, delivery_id: str, officer: Editor, shelf: Pages) -> Response:
    """Send a delivery again, under its id."""
    form, webhook = await read(ButtonForm, request), await shelf.webhooks.get(webhook_id)
    if form.errors or not webhook.active:
        return await _refused(request, shelf, webhook, form)
    found = await shelf.deliveries.get(delivery_id)
    if found.webhook_id != webhook.id or not found.body:
        raise NotFound(delivery_id)
    delivery, requested = send_again(found, shelf.now)
    audited = acted(AuditAction.WEBHOOK_SENT_AGAIN, webhook, officer.actor, shelf.now)
    await shelf.deliveries.save(delivery, announcing=[requested, *audited])
    return see_other(f"{HERE}/{webhook.id}?done=again")


def filled(webhook: Webhook) -> dict[str, Any]:
    """The fields of the form, as the webhook is stored."""
    given = webhook.model_dump(include={"name", "happenings", "revision"}) | {"address": webhook.url}
    return given | {"personal": "yes" if webhook.personal else "", "active": "yes" if webhook.active else ""}


def _new(request: Request, form: Form[Any], *, status: int = 200) -> Response:
    happenings = translated(request, HAPPENING_LABELS)
    return render(request, "webhook_new.html", form=form, happenings=happenings, status=status)


async def _refused(request: Request, shelf: Shelf, webhook: Webhook, form: Form[Any]) -> Response:
    """A button whose form did not come from our pages, or of a webhook that is off."""
    off = {"": web(request).locale(request).gettext(OFF)}
    return await shelf.show_refused(request, webhook, form.errors or off, 422 if form.errors else 409)
