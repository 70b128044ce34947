"""Templates: what officers write often, with variables, in Turkish and English."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import AwareDatetime

from services.router.access import AuditAction
from services.router.history import WithHistory, changed_fields, with_change
from shared.events import RouterAudited
from shared.refused import Refused
from shared.state import Actor, Open, State
from shared.variables import filled_in, variables_in
from shared.web.i18n import DEFAULT, FALLBACK

VARIABLES: Final = ("reference", "subject", "kind", "unit", "days", "submitted_on")
"""What stands in braces in a template: the case's number, subject, kind, unit, working days for it, and date."""
LONGEST = 10_000
OWN_VERSIONS = 200
"""The newest earlier wordings of one template."""


class Use(StrEnum):
    """Where a template is used: in the answer, the covering note, a return, a question, a closing."""

    ANSWER = "answer"
    NOTE = "note"
    RETURN = "return"
    QUESTION = "question"
    CLOSING = "closing"


class BadText(Refused):
    """A text cannot be kept as it is; ``field`` is that of the form."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class Wording(State):
    """One version of a template: names for the officer and texts for the reader, by language.

    ``ours``: the words that come with the product, also when a later release has others.
    """

    version: int
    names: Mapping[str, str]
    texts: Mapping[str, str]
    at: AwareDatetime | None = None
    by: Actor | None = None
    ours: bool = False


class UsedTemplate(State):
    """The version of a template that an officer put into a text, and what it was called then."""

    id: str
    version: int
    name: str


class Template(WithHistory):
    """A template. ``kind`` and ``unit`` (a code) say for which cases alone it is offered.

    ``earlier`` are the wordings before ``wording``, so that what was sent with one can be read later.
    """

    use: Open[Use]
    wording: Wording
    kind: str | None = None
    unit: str | None = None
    active: bool = True
    earlier: tuple[Wording, ...] = ()

    def offered(self, use: str, kind: str, language: str, unit: str | None = None) -> bool:
        """Whether it is offered for this use, kind of message, language of the reader, and unit."""
        suits = self.kind in (None, kind) and self.unit in (None, unit)
        return self.active and self.use == use and suits and bool(in_language(self.wording.texts, language))

    @property
    def versions(self) -> tuple[Wording, ...]:
        """All its wordings, the newest first."""
        return (self.wording, *reversed(self.earlier))


def make(
    template_id: str,
    use: Use,
    names: Mapping[str, str],
    texts: Mapping[str, str],
    *,
    kind: str | None = None,
    unit: str | None = None,
    at: AwareDatetime | None = None,
    by: Actor | None = None,
) -> Template:
    """A new template, in its first version. Raises Refused for a text with an unknown variable, and for none."""
    wording = Wording(version=1, names=names, texts=_checked(texts), at=at, by=by)
    return Template(id=template_id, use=use, wording=wording, kind=kind, unit=unit)


def reword(
    template: Template, names: Mapping[str, str], texts: Mapping[str, str], at: datetime, by: Actor | None = None
) -> Template:
    """The template in its next version; the same one for the same words. Raises Refused as ``make``."""
    checked = _checked(texts)
    if (names, checked) == (template.wording.names, template.wording.texts):
        return template
    return _with_wording(template, names, checked, at, by)


def changed(
    template: Template,
    *,
    names: Mapping[str, str],
    texts: Mapping[str, str],
    kind: str | None,
    unit: str | None,
    active: bool,
    by: Actor,
    at: datetime,
) -> Template:
    """The template as somebody has changed it: words as ``reword``, all else with its history. Raises Refused."""
    reworded = reword(template, names, texts, at, by)
    return with_change(
        reworded, reworded.model_copy(update={"kind": kind, "unit": unit, "active": active}), by=by, at=at
    )


def back_to_ours(template: Template, ours: Template, at: datetime, by: Actor) -> Template:
    """The template in the words that come with the product, as its next version. What was before can still be read."""
    if template.wording.ours or template.wording.texts == ours.wording.texts:
        return template
    return _with_wording(template, ours.wording.names, ours.wording.texts, at, by, ours=True)


def audited(before: Template | None, after: Template, at: datetime) -> list[RouterAudited]:
    """The entry for the audit log; none when nothing has changed."""
    fields = [field for field in changed_fields(before, after) if field != "earlier"] if before else []
    if before and not fields:
        return []
    action = AuditAction.TEMPLATE_CHANGED if before else AuditAction.TEMPLATE_ADDED
    return [RouterAudited(action=action, object_kind="template", object_id=after.id, fields=tuple(fields), at=at)]


def filled(template: Template, language: str, values: Mapping[str, str]) -> str:
    """The text for a reader of this language. A variable without a value stays in its braces, so that it is seen."""
    return filled_in(in_language(template.wording.texts, language), values)


def in_language(texts: Mapping[str, str], language: str) -> str:
    """The text in this language; for Arabic, the English one. Empty when there is none."""
    return texts.get(language) or texts.get(FALLBACK.get(language, ""), "")


def named(template: Template, language: str) -> str:
    """What the officer calls it."""
    return in_language(template.wording.names, language) or template.wording.names.get(DEFAULT, template.id)


def _with_wording(
    template: Template,
    names: Mapping[str, str],
    texts: Mapping[str, str],
    at: datetime,
    by: Actor | None,
    *,
    ours: bool = False,
) -> Template:
    version = template.wording.version + 1
    wording = Wording(version=version, names=names, texts=texts, at=at, by=by, ours=ours)
    earlier = (*template.earlier, template.wording)[-OWN_VERSIONS:]
    return template.model_copy(update={"wording": wording, "earlier": earlier})


def _checked(texts: Mapping[str, str]) -> Mapping[str, str]:
    given = {language: text.strip() for language, text in texts.items() if text.strip()}
    if not given:
        raise BadText("Please write the text in at least one language.", f"text_{DEFAULT}")
    for language, text in given.items():
        if len(text) > LONGEST:
            raise BadText("The text is too long.", f"text_{language}")
        if not _known(text):
            raise BadText(
                "The text has a variable that is not known. The known ones stand beside it.", f"text_{language}"
            )
    return given


def _known(text: str) -> bool:
    try:
        return variables_in(text) <= set(VARIABLES)
    except ValueError:
        return False
