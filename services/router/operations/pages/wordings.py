"""The words of letters: change them beside the letter as it will look, and go back to ours."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.router.access import Action, Officer
from services.router.accounts.store import Accounts
from services.router.cases.domain.letters import Recipient, recipient_of
from services.router.cases.labels import LETTERS
from services.router.desk import require
from services.router.operations.forms import RevisionForm, WordsForm
from services.router.operations.pages.examples import example_of
from services.router.operations.pages.templates import CHANGED
from services.router.texts.domain.wordings import LetterText, LetterVersion, back_to_ours, reworded
from services.router.texts.labels import ADDRESSEES, LETTER_VARIABLES, VARIANTS
from services.router.texts.store import Wordings
from shared.differences import differences
from shared.events import Language, done_by
from shared.letters.kinds import EDITED
from shared.letters.ours import OURS
from shared.letters.words import LetterKind, Words
from shared.refused import Refused
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
Editor = Annotated[Officer, require(Action.EDIT_TEXTS)]
LANGUAGES: tuple[Language, ...] = ("tr", "en")
HEADINGS = {
    Recipient.SUBMITTER: ADDRESSEES[0][0],
    Recipient.UNIT: ADDRESSEES[1][0],
    Recipient.DESK: ADDRESSEES[2][0],
    Recipient.ACCOUNT: "To people of the desk, about their accounts",
}
"""The headings (msgids) of letters by recipient."""


class Desk:
    """What the pages of letters are made from."""

    def __init__(
        self,
        wordings: Annotated[Wordings, provided(Wordings)],
        accounts: Annotated[Accounts, provided(Accounts)],
        now: Now,
    ) -> None:
        self.wordings, self.accounts, self.now = wordings, accounts, now

    async def show(self, request: Request, text: LetterText, form: Form[Any], *, status: int = 200) -> Response:
        """The form of one letter, with the letter beside it."""
        _ = web(request).locale(request).gettext
        kind = EDITED[text.id]
        return render(
            request,
            "wording.html",
            text=text,
            title=_(_names().get(text.id, text.id)),
            form=form,
            values={name: _(LETTER_VARIABLES[name]) for name in kind.values},
            blocks={name: _(LETTER_VARIABLES[name]) for name in kind.blocks},
            needed=kind.needed,
            letters=[example_of(kind, words, web(request).locales[lang], self.now) for lang, words in _typed(form)],
            versions=_compared(text),
            names=await self.accounts.names({version.by.id for version in text.versions}),
            saved=request.query_params.get("saved") == "yes",
            status=status,
        )


Pages = Annotated[Desk, Depends()]


@page.get("/administration/wordings")
async def show_wordings(request: Request, officer: Editor, desk: Pages) -> Response:
    """Show all letters, by whom they go to."""
    _ = web(request).locale(request).gettext
    stored = await desk.wordings.all()
    names = {letter: _(_names().get(letter, letter)) for letter in EDITED}
    groups = [(_(label), [(letter, names[letter]) for letter in letters]) for label, letters in grouped(EDITED)]
    return render(request, "wordings_list.html", groups=groups, stored=stored)


@page.get("/administration/wordings/{letter}")
async def show_wording(request: Request, letter: str, officer: Editor, desk: Pages) -> Response:
    """Show one letter with its versions."""
    text = await desk.wordings.known(letter)
    return await desk.show(request, text, Form(values=_shown(text)))


@page.post("/administration/wordings/{letter}")
async def post_wording(request: Request, letter: str, officer: Editor, desk: Pages) -> Response:
    """Change the words of a letter. What somebody else has changed meanwhile is shown beside it."""
    form, text = await read(WordsForm, request), await desk.wordings.known(letter)
    if form.errors or form.value.look:
        return await desk.show(request, text, form, status=422 if form.errors else 200)
    if form.value.revision not in (None, text.revision):
        form.errors = {"": web(request).locale(request).gettext(CHANGED)}
        form.values |= {"revision": text.revision, "now": _shown(text)}
        return await desk.show(request, text, form, status=409)
    try:
        after, told = reworded(text, form.value.words, officer.actor, desk.now)
    except Refused as refused:
        return await desk.show(request, text, with_error(form, refused, request), status=422)
    if told:
        await desk.wordings.keep(after, announcing=done_by(officer.actor, *told))
    return see_other(f"/administration/wordings/{letter}?saved=yes")


@page.post("/administration/wordings/{letter}/ours")
async def post_our_wording(request: Request, letter: str, officer: Editor, desk: Pages) -> Response:
    """Go back to our words."""
    form, text = await read(RevisionForm, request), await desk.wordings.known(letter)
    if form.errors or form.value.revision not in (None, text.revision):
        said = form.errors or {"": web(request).locale(request).gettext(CHANGED)}
        return await desk.show(
            request, text, Form(values=_shown(text), errors=said), status=422 if form.errors else 409
        )
    after, told = back_to_ours(text, officer.actor, desk.now)
    if told:
        await desk.wordings.keep(after, announcing=done_by(officer.actor, *told))
    return see_other(f"/administration/wordings/{letter}?saved=yes")


def grouped(kinds: Mapping[str, LetterKind]) -> list[tuple[str, list[str]]]:
    """Letters by whom they go to, under msgids: as ADDRESSEES lists them, then those that it does not name."""
    listed = {letter for _, letters in ADDRESSEES for letter in letters}
    groups = {label: [letter for letter in letters if letter in kinds] for label, letters in ADDRESSEES}
    for kind in kinds.values():
        if kind.id not in listed:
            groups.setdefault(HEADINGS[_recipient(kind)], []).append(kind.id)
    return [(label, letters) for label, letters in groups.items() if letters]


def _recipient(kind: LetterKind) -> Recipient:
    """To whom a letter goes that names no recipient: what has the portal's button, or names its unit, to the unit."""
    return recipient_of(kind.id, of_unit="link" in kind.blocks or "unit" in kind.values)


def _names() -> Mapping[str, str]:
    return {**LETTERS, **VARIANTS}


def _shown(text: LetterText) -> dict[str, Any]:
    words = {language: text.in_language(language) for language in LANGUAGES}
    shown = {f"subject_{language}": said.subject for language, said in words.items()}
    return {**shown, **{f"text_{language}": said.text for language, said in words.items()}, "revision": text.revision}


def _typed(form: Form[Any]) -> list[tuple[Language, Words]]:
    """What stands in the form, by language."""
    said = form.values
    return [
        (language, Words(subject=str(said.get(f"subject_{language}")), text=str(said.get(f"text_{language}"))))
        for language in LANGUAGES
    ]


def _compared(text: LetterText) -> list[tuple[LetterVersion, dict[str, Sequence[Any]]]]:
    """Each version, the newest first, with what it changed in each language."""
    before: list[LetterVersion | None] = [None, *text.versions[:-1]]
    pairs = list(zip(text.versions, before[: len(text.versions)], strict=True))
    return [(version, _changes(text.id, earlier, version)) for version, earlier in reversed(pairs)]


def _changes(letter: str, before: LetterVersion | None, after: LetterVersion) -> dict[str, Sequence[Any]]:
    said = {language: [_whole(letter, language, version) for version in (before, after)] for language in LANGUAGES}
    return {language: differences(*pair) for language, pair in said.items() if pair[0] != pair[1]}


def _whole(letter: str, language: str, version: LetterVersion | None) -> str:
    words = (version.words.get(language) if version else None) or OURS[letter, language]
    return f"{words.subject}\n\n{words.text}"
