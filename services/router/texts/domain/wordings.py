"""The words of letters that the institution has in place of ours, by language, with all versions."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import AwareDatetime

from services.router.access import AuditAction
from services.router.texts.domain.templates import OWN_VERSIONS, BadText
from shared.events import RouterAudited
from shared.institution import LetterWording
from shared.letters.kinds import EDITED
from shared.letters.ours import LANGUAGES, OURS
from shared.letters.words import BadWords, Words, check
from shared.state import Actor, Aggregate, State


class LetterVersion(State):
    """One version: the institution's words by language. A language without words has ours."""

    version: int
    words: Mapping[str, Words]
    at: AwareDatetime
    by: Actor


class LetterText(Aggregate):
    """The words of one letter; its id is that of ``shared.letters.kinds``. ``versions``: the oldest first."""

    versions: tuple[LetterVersion, ...] = ()

    @property
    def version(self) -> int:
        """The number of the newest version; 0 before the institution has changed anything."""
        return self.versions[-1].version if self.versions else 0

    @property
    def words(self) -> Mapping[str, Words]:
        """The institution's words now, by language."""
        return self.versions[-1].words if self.versions else {}

    def in_language(self, language: str) -> Words:
        """The words of the letter in a language: the institution's, else ours."""
        return self.words.get(language) or OURS[self.id, language]


def reworded(
    text: LetterText, wanted: Mapping[str, tuple[str, str]], by: Actor, at: datetime
) -> tuple[LetterText, list[RouterAudited]]:
    """The next version with these subjects and texts by language. Words that are ours stay ours.

    Raises BadText, with the field ``subject_<language>`` or ``text_<language>``. The same words again change nothing.
    """
    version, own = text.version + 1, dict[str, Words]()
    for language, (subject, body) in wanted.items():
        try:
            check(EDITED[text.id], subject, body)
        except BadWords as bad:
            raise BadText(str(bad), f"{bad.field}_{language}") from None
        if (subject, body) != _said(OURS[text.id, language]):
            before = text.words.get(language)
            kept = before is not None and _said(before) == (subject, body)
            own[language] = before if kept and before else Words(subject=subject, text=body, version=version)
    return _changed(text, own, by, at)


def back_to_ours(text: LetterText, by: Actor, at: datetime) -> tuple[LetterText, list[RouterAudited]]:
    """The letter in our words again. What the institution had stays in the versions."""
    return _changed(text, {}, by, at)


def told_of(text: LetterText) -> tuple[LetterWording, ...]:
    """The institution's words as other services are told them."""
    if text.id not in EDITED:
        return ()
    return tuple(
        LetterWording(
            template=text.id, language=language, version=words.version, subject=words.subject, text=words.text
        )
        for language in LANGUAGES
        if (words := text.words.get(language))
    )


def _changed(
    text: LetterText, own: Mapping[str, Words], by: Actor, at: datetime
) -> tuple[LetterText, list[RouterAudited]]:
    if own == text.words:
        return text, []
    fields = tuple(language for language in LANGUAGES if own.get(language) != text.words.get(language))
    version = LetterVersion(version=text.version + 1, words=own, at=at, by=by)
    versions = (*text.versions, version)[-OWN_VERSIONS:]
    record = RouterAudited(
        action=AuditAction.WORDING_CHANGED, object_kind="letter", object_id=text.id, fields=fields, at=at
    )
    return text.model_copy(update={"versions": versions}), [record]


def _said(words: Words) -> tuple[str, str]:
    return words.subject, words.text
