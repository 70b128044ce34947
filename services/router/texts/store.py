"""The collections ``templates`` and ``institution``."""

import asyncio
from collections.abc import Sequence
from typing import Any

from services.router.texts.defaults import defaults
from services.router.texts.domain.institution import INSTITUTION, InstitutionSettings
from services.router.texts.domain.templates import Template, UsedTemplate, named
from services.router.texts.domain.wordings import LetterText, told_of
from shared.documents import AGGREGATE, AlreadyExists, Conflict, Database, Documents, NotFound
from shared.events import CloudEvent, Event
from shared.institution import LetterWording
from shared.letters.kinds import EDITED
from shared.remembered import Remembered
from shared.web.i18n import DEFAULT

MOST = 1_000
MOST_USED = 10
"""Templates in one text."""


class Templates(Documents[Template]):
    """The templates that the institution has written, in place of and beside the defaults."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "templates", Template)

    async def all(self) -> list[Template]:
        """The stored ones and, before them, the defaults that they do not replace."""
        found = self.collection.find({"erased_at": None}, AGGREGATE).sort("_id", 1).limit(MOST)
        stored = {template.id: _current(template) for template in [self._read(one) async for one in found]}
        known = [stored.pop(template.id, template) for template in defaults()]
        return [*known, *stored.values()]

    async def known(self, template_id: str) -> Template:
        """The stored one, or that of ours. Raises NotFound."""
        found = await self.find_one(template_id) or ours(template_id)
        if found is None:
            raise NotFound(template_id)
        return _current(found)

    async def keep(self, template: Template, *, announcing: Sequence[Event] = ()) -> None:
        """Store one that was changed, or for the first time; then its revision is 1, unlike that of ours, which is 0.

        Raises Conflict.
        """
        if await self.find_one(template.id):
            await self.save(template, announcing=announcing)
            return
        try:
            await self.add(template.model_copy(update={"revision": 1}), announcing=announcing)
        except AlreadyExists:
            raise Conflict(template.id) from None

    async def used(self, marks: str) -> tuple[UsedTemplate, ...]:
        """The templates that a form says were put into its text: ``<id>:<version>``, between blanks.

        What is no template, or no version of it, is left out.
        """
        found = list[UsedTemplate]()
        for template_id, _, version in (mark.rpartition(":") for mark in dict.fromkeys(marks.split()[:MOST_USED])):
            template = await self.find_one(template_id) or ours(template_id)
            if template and version in {str(wording.version) for wording in template.versions}:
                found.append(UsedTemplate(id=template_id, version=int(version), name=named(template, DEFAULT)))
        return tuple(found)

    async def choices(self, use: str, kind: str, language: str, unit: str | None = None) -> list[Template]:
        """Those that are offered for a use, to a reader of this language: the ones for this kind or unit first."""
        offered = [template for template in await self.all() if template.offered(use, kind, language, unit)]
        return sorted(offered, key=lambda template: (template.unit is None, template.kind is None))


class InstitutionStore(Remembered[InstitutionSettings]):
    """What the desk keeps of the institution. ``saved`` is set when this process has stored something."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "institution", InstitutionSettings, InstitutionSettings(id=INSTITUTION))
        self.saved = asyncio.Event()

    async def save(
        self,
        aggregate: InstitutionSettings,
        *,
        announcing: Event | Sequence[Event] = (),
        handling: CloudEvent[Any] | None = None,
    ) -> InstitutionSettings:
        """Store changed settings, which this process follows at once. Raises Conflict."""
        kept = await super().save(aggregate, announcing=announcing, handling=handling)
        self.saved.set()
        return kept


class Wordings(Documents[LetterText]):
    """The words that the institution has for letters, in place of ours. Each process remembers them (``current``).

    ``saved`` is set when this process has stored something.
    """

    def __init__(self, database: Database, saved: asyncio.Event) -> None:
        super().__init__(database, "wordings", LetterText)
        self.current: tuple[LetterWording, ...] = ()
        self._saved = saved

    async def known(self, letter: str) -> LetterText:
        """The words of a letter as they are stored; ours in version 0, where nothing is. Raises NotFound."""
        if letter not in EDITED:
            raise NotFound(letter)
        return await self.find_one(letter) or LetterText(id=letter)

    async def all(self) -> dict[str, LetterText]:
        """All that are stored, by letter."""
        found = self.collection.find({"erased_at": None}, AGGREGATE).sort("_id", 1).limit(MOST)
        return {text.id: text for text in [self._read(one) async for one in found]}

    async def keep(self, text: LetterText, *, announcing: Sequence[Event]) -> None:
        """Store changed words, which this process follows at once. Raises Conflict."""
        if text.revision:
            await self.save(text, announcing=announcing)
        else:
            try:
                await self.add(text.model_copy(update={"revision": 1}), announcing=announcing)
            except AlreadyExists:
                raise Conflict(text.id) from None
        await self.refresh()
        self._saved.set()

    async def refresh(self) -> bool:
        """Remember what is stored now. Returns False: no more to do at once."""
        self.current = tuple(told for text in (await self.all()).values() for told in told_of(text))
        return False


def ours(template_id: str) -> Template | None:
    """The template of this id that comes with the product."""
    return next((template for template in defaults() if template.id == template_id), None)


def _current(template: Template) -> Template:
    """In the words of this release, where the institution has gone back to ours."""
    own = ours(template.id) if template.wording.ours else None
    if own is None:
        return template
    words = {"names": own.wording.names, "texts": own.wording.texts}
    return template.model_copy(update={"wording": template.wording.model_copy(update=words)})
