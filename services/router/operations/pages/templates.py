"""The templates: list, change, switch off, and go back to our words."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.router.access import Action, Officer
from services.router.accounts.store import Accounts
from services.router.desk import require
from services.router.directory.store import Units
from services.router.operations.forms import RevisionForm, TemplateForm
from services.router.texts.domain.templates import (
    Template,
    Use,
    Wording,
    audited,
    back_to_ours,
    changed,
    filled,
    in_language,
    make,
    named,
)
from services.router.texts.labels import USES, VARIABLES
from services.router.texts.store import InstitutionStore, Templates, ours
from shared import kinds
from shared.differences import differences
from shared.events import Language, done_by
from shared.refused import Refused
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, not_found, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
Editor = Annotated[Officer, require(Action.EDIT_TEXTS)]
LANGUAGES: tuple[Language, ...] = ("tr", "en")
CHANGED = "Somebody else has changed this text since you opened the page. What you typed is still here."


class Shelf:
    """What the pages of templates are made from."""

    def __init__(
        self,
        templates: Annotated[Templates, provided(Templates)],
        directory: Annotated[Units, provided(Units)],
        accounts: Annotated[Accounts, provided(Accounts)],
        institutions: Annotated[InstitutionStore, provided(InstitutionStore)],
        now: Now,
    ) -> None:
        self.templates, self.directory, self.accounts = templates, directory, accounts
        self.institution, self.now = institutions.current, now

    async def show(
        self, request: Request, form: Form[Any], template: Template | None = None, *, status: int = 200
    ) -> Response:
        """The form of one template; of a new one, without ``template``."""
        versions = template.versions if template else ()
        authors = (
            {v.by.id for v in versions if v.by} | {change.by.id for change in template.history} if template else ()
        )
        return render(
            request,
            "template.html",
            template=template,
            form=form,
            uses=_labels(request, USES),
            kinds=self.kinds(request),
            units=await self.directory.all(web(request).language(request)),
            variables=_labels(request, VARIABLES),
            examples=self.examples(request, form),
            versions=_compared(versions),
            names=await self.accounts.names(authors),
            is_ours=bool(template and ours(template.id)),
            status=status,
        )

    def kinds(self, request: Request) -> dict[str, str]:
        """Kinds of messages by id, in the reader's language."""
        language = web(request).locale(request).language
        return {kind.id: in_language(kind.label, language) or kind.id for kind in self.institution.all_kinds}

    def examples(self, request: Request, form: Form[Any]) -> list[tuple[Language, str]]:
        """What the reader of the text would see about an example case, by language."""
        said = [(language, str(form.values.get(f"text_{language}") or "")) for language in LANGUAGES]
        kind = str(form.values.get("kind") or kinds.Kind.COMPLAINT)
        return [
            (language, filled(_draft(text, language), language, self._values(request, language, kind)))
            for language, text in said
            if text.strip()
        ]

    def _values(self, request: Request, language: Language, kind: str) -> dict[str, str]:
        locale = web(request).locales[language]
        known = self.institution.kind(kind)
        english = language == "en"
        return {
            "reference": "26-7KX4-9Q",
            "subject": "The heating in the library does not work" if english else "Kütüphanede ısıtma çalışmıyor",
            "kind": in_language(known.label, language) if known else kinds.label(kind, language),
            "unit": "Library Department" if english else "Kütüphane ve Dokümantasyon Daire Başkanlığı",
            "days": "7",
            "submitted_on": locale.date(self.now),
        }


def _draft(text: str, language: str) -> Template:
    return Template(id="", use=Use.NOTE, wording=Wording(version=0, names={}, texts={language: text}))


Pages = Annotated[Shelf, Depends()]


@page.get("/administration/templates")
async def show_templates(
    request: Request, officer: Editor, shelf: Pages, use: str = "", kind: str = "", unit: str = ""
) -> Response:
    """Show all templates, or those of a use, a kind and a unit."""
    chosen = {"use": use, "kind": kind, "unit": unit}
    language = web(request).locale(request).language
    found = [template for template in await shelf.templates.all() if _fits(template, chosen)]
    units = await shelf.directory.all(web(request).language(request))
    return render(
        request,
        "templates.html",
        groups=[(use, label, [t for t in found if t.use == use]) for use, label in _labels(request, USES).items()],
        found=len(found),
        called={template.id: named(template, language) for template in found},
        ours={template.id for template in found if template.wording.ours or not template.revision},
        form=Form[Any](values=chosen),
        uses=_labels(request, USES),
        kinds=shelf.kinds(request),
        units=units,
        unit_names={unit.id: unit.name_en if language == "en" else unit.name_tr for unit in units},
    )


@page.get("/administration/templates/new")
async def show_new_template(request: Request, officer: Editor, shelf: Pages, use: str = "") -> Response:
    """Show the form for a new template."""
    return await shelf.show(request, Form(values={"use": use, "active": "yes"}))


@page.post("/administration/templates/new")
async def post_new_template(request: Request, officer: Editor, shelf: Pages) -> Response:
    """Add a template."""
    form = await read(TemplateForm, request)
    if form.errors or form.value.look:
        return await shelf.show(request, form, status=422 if form.errors else 200)
    names, texts = _words(form.value)
    given = form.value
    try:
        template = make(
            uuid4().hex[:16],
            given.use,
            names,
            texts,
            kind=given.kind or None,
            unit=given.unit or None,
            at=shelf.now,
            by=officer.actor,
        ).model_copy(update={"active": given.active == "yes"})
    except Refused as refused:
        return await shelf.show(request, with_error(form, refused, request), status=422)
    told = done_by(officer.actor, *audited(None, template, shelf.now))
    await shelf.templates.keep(template, announcing=told)
    return see_other(f"/administration/templates?use={template.use}")


@page.get("/administration/templates/{template_id}")
async def show_template(request: Request, template_id: str, officer: Editor, shelf: Pages) -> Response:
    """Show one template with its versions."""
    template = await shelf.templates.known(template_id)
    return await shelf.show(request, Form(values=_values(template)), template)


@page.post("/administration/templates/{template_id}")
async def post_template(request: Request, template_id: str, officer: Editor, shelf: Pages) -> Response:
    """Change one template. What somebody else has changed meanwhile is shown beside it, and nothing is lost."""
    form, template = await read(TemplateForm, request), await shelf.templates.known(template_id)
    if form.errors or form.value.look:
        return await shelf.show(request, form, template, status=422 if form.errors else 200)
    given = form.value
    if given.revision not in (None, template.revision):
        form.errors = {"": web(request).locale(request).gettext(CHANGED)}
        form.values |= {"revision": template.revision, "now": template.wording}
        return await shelf.show(request, form, template, status=409)
    names, texts = _words(given)
    try:
        after = changed(
            template,
            names=names,
            texts=texts,
            kind=given.kind or None,
            unit=given.unit or None,
            active=given.active == "yes",
            by=officer.actor,
            at=shelf.now,
        )
    except Refused as refused:
        return await shelf.show(request, with_error(form, refused, request), template, status=422)
    return await _kept(shelf, officer, template, after)


@page.post("/administration/templates/{template_id}/ours")
async def post_our_template(request: Request, template_id: str, officer: Editor, shelf: Pages) -> Response:
    """Go back to the words that come with the product."""
    form, template, own = await read(RevisionForm, request), await shelf.templates.known(template_id), ours(template_id)
    if own is None:
        raise not_found()
    if form.errors or form.value.revision not in (None, template.revision):
        shown = Form[Any](values=_values(template), errors=form.errors or {"": _text(request, CHANGED)})
        return await shelf.show(request, shown, template, status=422 if form.errors else 409)
    return await _kept(shelf, officer, template, back_to_ours(template, own, shelf.now, officer.actor))


async def _kept(shelf: Shelf, officer: Officer, before: Template, after: Template) -> Response:
    if told := audited(before, after, shelf.now):
        await shelf.templates.keep(after, announcing=done_by(officer.actor, *told))
    return see_other(f"/administration/templates?use={after.use}")


def _fits(template: Template, chosen: Mapping[str, str]) -> bool:
    return all(not value or getattr(template, field) == value for field, value in chosen.items())


def _words(form: TemplateForm) -> tuple[dict[str, str], dict[str, str]]:
    return {"tr": form.name_tr, "en": form.name_en}, {"tr": form.text_tr, "en": form.text_en}


def _values(template: Template) -> dict[str, Any]:
    wording = template.wording
    words = {f"name_{language}": wording.names.get(language, "") for language in LANGUAGES}
    words |= {f"text_{language}": wording.texts.get(language, "") for language in LANGUAGES}
    shown = {"use": template.use, "kind": template.kind or "", "unit": template.unit or ""}
    return {**words, **shown, "active": "yes" if template.active else "", "revision": template.revision}


def _compared(versions: Sequence[Wording]) -> list[tuple[Wording, dict[str, Any]]]:
    """Each version, the newest first, with what it changed in each language."""
    before = [*versions[1:], None][: len(versions)]
    return [
        (
            version,
            {
                language: differences(earlier.texts.get(language, ""), version.texts.get(language, ""))
                for language in LANGUAGES
                if earlier.texts.get(language) != version.texts.get(language)
            }
            if earlier
            else {},
        )
        for version, earlier in zip(versions, before, strict=True)
    ]


def _labels(request: Request, known: Mapping[Any, str]) -> dict[str, str]:
    return {value: _text(request, label) for value, label in known.items()}


def _text(request: Request, msgid: str) -> str:
    return web(request).locale(request).gettext(msgid)
