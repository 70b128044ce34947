"""An example of each letter, for the preview of its words."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.router.cases.pages.letter import Drawn, drawn
from shared import kinds
from shared.letters.words import LetterKind, Words
from shared.web.i18n import Locale

REFERENCE, CODE = "26-7KX4-9Q", "ABCD-EFGH-JKLM-NPQR"
_SAID: Mapping[str, Mapping[str, str]] = {
    "tr": {
        "subject": "Kütüphanede ısıtma çalışmıyor",
        "unit": "Kütüphane ve Dokümantasyon Daire Başkanlığı",
        "message": "Merkez kütüphanenin ikinci katında iki gündür ısıtma çalışmıyor.",
        "answer": "Isıtma sistemi bugün onarılmıştır.\nİyi günler dileriz.",
        "question": "Hangi kattaydınız?",
        "reason": "Lütfen onarımın tarihini de yazınız.",
        "note": "Lütfen inceleyip cevaplayınız.",
        "name": "Ayşe Yılmaz",
        "by": "Fatma Şahin",
    },
    "en": {
        "subject": "The heating in the library does not work",
        "unit": "Department of Library and Documentation",
        "message": "The heating on the second floor of the main library has not worked for two days.",
        "answer": "The heating was repaired today.\nKind regards",
        "question": "On which floor was it?",
        "reason": "Please add the date of the repair.",
        "note": "Please look into this and reply.",
        "name": "Ayşe Yılmaz",
        "by": "Fatma Şahin",
    },
}


def example_of(kind: LetterKind, words: Words, locale: Locale, now: datetime) -> dict[str, Any]:
    """The letter in these words, about an example case."""
    said = _SAID[locale.language]
    values = {
        "reference": REFERENCE,
        "subject": said["subject"],
        "unit": said["unit"],
        "units": said["unit"],
        "kind": kinds.label("complaint", locale.language),
        "date": locale.date(now),
        "due": locale.date(now + timedelta(days=7)),
        "invited": f"[{REFERENCE}] {said['subject']}",
        "recipient": "deniz@example.org",
        "count": "1",
        "name": said["name"],
        "by": said["by"],
        "until": locale.format_datetime(now + timedelta(days=1)),
        "email": "ayse.yilmaz@example.org",
        "desk": "https://hat.example.org",
    }
    return drawn(kind, words, locale.language, values, _blocks(kind.id, said, values, locale, now))


def _blocks(
    letter: str, said: Mapping[str, str], values: Mapping[str, str], locale: Locale, now: datetime
) -> Mapping[str, Sequence[Drawn]]:
    _ = locale.gettext
    status_page = {
        "receipt": _("Follow your message"),
        "question": _("Answer the question"),
    }.get(letter, _("Open the status page"))
    link = {
        "return": _("Revise the reply"),
        **dict.fromkeys(("invitation_information", "news"), _("Read the message")),
        "overview": _("See all open messages"),
        "account_invitation": _("Choose a password"),
        "account_reset": _("Choose a new password"),
    }
    listed = [(REFERENCE, f"{said['subject']} · {values['due']}")]
    scores = [_("Very good"), _("Good"), _("Fair"), _("Bad"), _("Very bad")]
    objection = _(
        "If you do not agree with the answer, you can object to it once on the status page, within %(days)d days."
    )
    code = [(_("Reference number"), REFERENCE), (_("Tracking code"), CODE)]
    reason: Sequence[Drawn] = ({"quote": said["reason"]},)
    return {
        "greeting": ({"text": _("Dear Sir or Madam,")},),
        "details": ({"facts": _details(letter, values, locale, now)},),
        "status_page": ({"button": status_page},),
        "answer": ({"quote": said["answer"]},),
        "interim_answer": ({"quote": said["answer"]},),
        "explanation": ({"quote": said["answer"]},),
        "question": ({"quote": said["question"]},),
        "rating": ({"text": _("How do you rate the answer?")}, {"choices": scores}),
        "objection": ({"text": objection % {"days": 15}},),
        "message": ({"text": _("Your message: %(subject)s") % values}, {"quote": said["message"]}),
        "codes": ({"facts": code}, {"button": _("Open the status page")}),
        "note": ({"text": _("Note from the hotline:")}, {"quote": said["note"]}),
        "promise": ({"quote": said["answer"]},),
        "choices": ({"choices": [_("Yes, it was done"), _("No, it was not done")]},),
        "by_mail": ({"text": _("You can also answer by replying to this e-mail.")},),
        "assignments": ({"facts": listed},),
        "cases": ({"text": _("Messages that nobody has taken")}, {"facts": listed}),
        "digest": (
            {
                "text": _(
                    "Once a day you can get one letter about everything that waits. You switch it on and off here:"
                )
            },
        ),
        "news": ({"quote": said["answer"]},),
        "change": ({"text": _("Your account was changed.")},),
        "desk_page": ({"button": _("Open the desk")},),
        "reason": reason if letter in ("return", "extension_refused") else ({"text": _("Reason:")}, *reason),
        "link": ({"button": link.get(letter, _("Read the message and reply"))},),
        "case_page": ({"button": _("Check the reply") if letter == "arrival" else _("Open the case")},),
    }


def _details(letter: str, values: Mapping[str, str], locale: Locale, now: datetime) -> list[tuple[str, str]]:
    _ = locale.gettext
    number, when = (_("Reference number"), REFERENCE), (_("When"), locale.format_datetime(now))
    unit, subject = (_("Unit"), values["unit"]), (_("Subject"), values["subject"])
    received, due = (_("Received on"), locale.format_datetime(now)), (_("Please reply by"), values["due"])
    known = {
        "receipt": [number, received, (_("Tracking code"), CODE)],
        "rerouting": [unit, (_("When"), values["date"])],
        "invitation": [number, (_("Kind"), values["kind"]), subject, due],
        "invitation_information": [number, (_("Kind"), values["kind"]), subject],
        **{key: [number, (_("Kind"), values["kind"]), subject, due] for key in ("new_link", "news", "colleague")},
        **{key: [number, due] for key in ("extension", "extension_refused")},
        **{key: [number, unit, received] for key in ("unit_question", "unit_interim", "unit_mail")},
        "test": [unit],
        "account_change": [when, (_("Account"), values["email"])],
        "return": [number, subject, due],
        "recall": [(_("Our e-mail"), values["invited"])],
        "notice": [number, (_("Kind"), values["kind"]), subject, received],
        "arrival": [number, unit, received],
        "decline": [number, unit, when],
        "failure": [(_("To whom"), values["recipient"]), subject, when],
    }
    return known.get(letter, [number, when])
