"""Reads and validates forms. A form with errors is shown again, with the submitted values and the errors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from starlette.datastructures import FormData
from starlette.requests import Request

from shared.text import SENTENCES
from shared.web.csrf import FIELD
from shared.web.i18n import Locale
from shared.web.pages import web
from shared.web.sent import sent

SWITCH = "switch"
"""The name of the buttons that change the language: they send the form, so that what was typed stays."""
SWITCHED = "The language was changed. Nothing has been sent yet."
EXPIRED = "This page was open for a long time. What you wrote is still here; please send it again."
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class RequiredMessage:
    """The sentences (msgids) for this field: when it is empty, and when what is there is too short or no value for it.

    ``wrong`` may name the limits of the field, such as ``{min_length}``; without it the general sentence is used.
    """

    missing: str
    wrong: str = ""


@dataclass
class Form(Generic[M]):
    """A form as a page shows it: the submitted values, and an error for each field; the key '' is the whole form."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    notice: str = ""
    """In place of errors, when the form is shown again without one."""
    read: M | None = None

    @property
    def value(self) -> M:
        """The validated model. Raises ValueError for fields that are not valid."""
        if self.read is None:
            raise ValueError("the form was not valid")
        return self.read


async def read(model: type[M], request: Request) -> Form[M]:
    """Read and validate a submitted form, and check its CSRF token. ``errors`` are in the visitor's language."""
    fields = await sent(request)
    form: Form[M] = Form(values=submitted(model, fields))
    try:
        form.read = model.model_validate(form.values)
    except ValidationError as error:
        form.errors = explain(model, error, request)
    if SWITCH in fields:
        return with_notice(form, web(request).locale(request).gettext(SWITCHED))
    if not web(request).csrf.accepts(request, str(fields.get(FIELD, ""))):
        if on_foreign_form := getattr(request.app.state, "on_foreign_form", None):
            await on_foreign_form(request)
        form.errors = {"": web(request).locale(request).gettext(EXPIRED), **form.errors}
    return form


def submitted(model: type[BaseModel], sent: FormData) -> dict[str, Any]:
    """The submitted values of the model's fields; a list for a field that is a list. Other fields are ignored."""
    values: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        given = [item for item in sent.getlist(name) if isinstance(item, str)]
        if get_origin(info.annotation) in (tuple, list):
            values[name] = given
        elif given:
            values[name] = given[-1]
        elif info.is_required():
            values[name] = ""
    return values


def explain(model: type[BaseModel], error: ValidationError, request: Request) -> dict[str, str]:
    """One sentence for each invalid field, in the visitor's language."""
    locale = web(request).locale(request)
    errors: dict[str, str] = {}
    for fault in error.errors(include_url=False, include_input=True):
        name = str(fault["loc"][0]) if fault["loc"] else ""
        errors.setdefault(name, told(locale, model.model_fields.get(name), fault))
    return errors


def told(locale: Locale, info: FieldInfo | None, fault: Mapping[str, Any]) -> str:
    """The sentence for one of pydantic's errors, in this language: with its numbers as the language writes them."""
    measures = fault.get("ctx", {}).items()
    said = {name: locale.number(value) if isinstance(value, int) else value for name, value in measures}
    return locale.gettext(sentence(info, fault)).format(**said)


def sentence(info: FieldInfo | None, fault: Mapping[str, Any]) -> str:
    """The one sentence (a msgid) for one of pydantic's errors; that of the field's own RequiredMessage, if it fits."""
    own = next((m for m in info.metadata if isinstance(m, RequiredMessage)), None) if info else None
    kind = fault["type"]
    if kind == "missing" or fault.get("input") in ("", None, [], ()):
        return own.missing if own else SENTENCES["missing"]
    if own and own.wrong and (kind in ("string_too_short", "string_pattern_mismatch") or kind not in SENTENCES):
        return own.wrong
    return SENTENCES.get(kind, SENTENCES["other"])


def with_notice(form: Form[M], sentence: str) -> Form[M]:
    """The form, to be shown again as it was submitted, with a sentence that is no error."""
    form.notice, form.errors = sentence, {"": sentence}
    return form


def with_error(form: Form[M], refused: Exception, request: Request) -> Form[M]:
    """The form with the message (a msgid) of ``refused`` as its error."""
    form.errors = {getattr(refused, "field", ""): web(request).locale(request).gettext(str(refused))}
    return form
