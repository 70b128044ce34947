"""Templates: what officers write often, with variables, in Turkish and English."""

import re
from collections.abc import Mapping
from enum import StrEnum
from string import Formatter
from typing import Final

from pydantic import AwareDatetime

from shared.refused import Refused
from shared.state import Aggregate, Open, State
from shared.web.i18n import DEFAULT, FALLBACK

VARIABLES: Final = ("reference", "subject", "kind", "unit", "days", "submitted_on")
"""What stands in braces in a template: the case's number, subject, kind, unit, working days for it, and date."""
LONGEST = 10_000
_BRACES = re.compile(r"\{([^{}]*)\}")


class Use(StrEnum):
    """Where a template is used: in the answer, the covering note, a return, a question, a closing."""

    ANSWER = "answer"
    NOTE = "note"
    RETURN = "return"
    QUESTION = "question"
    CLOSING = "closing"


class Wording(State):
    """One version of a template: names for the officer and texts for the reader, by language."""

    version: int
    names: Mapping[str, str]
    texts: Mapping[str, str]
    at: AwareDatetime | None = None


class Template(Aggregate):
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


def make(
    template_id: str,
    use: Use,
    names: Mapping[str, str],
    texts: Mapping[str, str],
    *,
    kind: str | None = None,
    unit: str | None = None,
    at: AwareDatetime | None = None,
) -> Template:
    """A new template, in its first version. Raises Refused for a text with an unknown variable, and for none."""
    wording = Wording(version=1, names=names, texts=_checked(texts), at=at)
    return Template(id=template_id, use=use, wording=wording, kind=kind, unit=unit)


def reword(template: Template, names: Mapping[str, str], texts: Mapping[str, str], at: AwareDatetime) -> Template:
    """The template in its next version. Raises Refused as ``make``."""
    version = template.wording.version + 1
    wording = Wording(version=version, names=names, texts=_checked(texts), at=at)
    return template.model_copy(update={"wording": wording, "earlier": (*template.earlier, template.wording)})


def filled(template: Template, language: str, values: Mapping[str, str]) -> str:
    """The text for a reader of this language. A variable without a value stays in its braces, so that it is seen."""
    text = in_language(template.wording.texts, language)
    return _BRACES.sub(lambda found: values.get(found[1]) or found[0], text)


def in_language(texts: Mapping[str, str], language: str) -> str:
    """The text in this language; for Arabic, the English one. Empty when there is none."""
    return texts.get(language) or texts.get(FALLBACK.get(language, ""), "")


def named(template: Template, language: str) -> str:
    """What the officer calls it."""
    return in_language(template.wording.names, language) or template.wording.names.get(DEFAULT, template.id)


def _checked(texts: Mapping[str, str]) -> Mapping[str, str]:
    given = {language: text.strip() for language, text in texts.items() if text.strip()}
    if not given:
        raise Refused("Please write the text in at least one language.")
    if any(len(text) > LONGEST for text in given.values()):
        raise Refused("The text is too long.")
    if not all(map(_known, given.values())):
        raise Refused("The text has a variable that is not known. The known ones stand beside it.")
    return given


def _known(text: str) -> bool:
    try:
        found = list(Formatter().parse(text))
    except ValueError:  # a brace alone
        return False
    plain = "{{" not in text and "}}" not in text
    names = [(name, form, conversion) for _, name, form, conversion in found if name is not None]
    return plain and all(name in VARIABLES and not form and not conversion for name, form, conversion in names)
