"""Whether a machine wrote a mail. Such mail is shown, and never answered (RFC 3834)."""

import re
from email.message import Message

from services.notifier.domain.bodies import raw_header

OUT_OF_OFFICE, OTHER = "out_of_office", "other"
_MARKS = ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress", "X-Mail-Autoreply", "X-Vacation", "List-Id")
"""Headers of which one says that no person wrote this mail to us, whatever their value."""
_PRECEDENCE = frozenset({"bulk", "junk", "list", "auto_reply"})
_MACHINES = frozenset(
    {"mailer-daemon", "maildaemon", "noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "autoreply"}
)
_AWAY_SUBJECT = re.compile(
    r"\W{0,3}(?:(?:otomatik|oto)\W{0,2}(?:yanit|cevap|mesaj)|auto(?:matic|mated)?\W{0,2}(?:reply|response|answer)"
    r"|auto: .{0,80}out of (?:the )?office|out of (?:the )?office|ofis dişi|abwesenheitsnotiz|automatische antwort"
    r"|réponse automatique)\w*"
    r"(?:\s+(?:auto(?:matic)?\W{0,2}|otomatik )?(?:reply|response|message|noti|yanit|cevap|mesaj|ileti|bildirim)\w*)?"
    r"(?=[\s.!…]*(?:$|[:;()\[\]/|\"“<>*–—-])|\s+(?:re|fw|fwd|ynt|ilt|until|till|from|\d+)\b)"
    r"|.*\((?:automatic|auto) (?:response|reply)\)\s*$"
)
"""At its begin: a person who answers such a mail writes *Re:* before, and one who complains of such mails goes on with
a word. ``ı`` is ``i`` here (``_folded``).
"""
_AWAY_TEXT = re.compile(
    r"ofis dişinda|ofiste (?:değil|olmaya)|yillik iz|izinde|izinliyim|izinli olduğ|out of (?:the )?office"
    r"|on (?:annual |sick |parental |maternity )?leave|on (?:vacation|holiday)|away from (?:my|the)"
    r"|(?:limited|no) access to (?:my )?e-?mail|away from my|yurt dişinda|şehir dişinda|raporluyum|raporlu olduğ"
    r"|izindeyim|göreve? dön(?:ünce|düğümde)|seyahatteyim"
)
READ = 3_000
"""Characters of a text in which it is looked for why somebody is away."""


def automatic(mail: Message, subject: str, text: str, *, sender: str | None) -> str | None:
    """``out_of_office`` or ``other`` for what a machine wrote; None for what a person did.

    ``sender`` is the envelope's; empty: nobody is to answer, so nobody wrote. None: it is not known.
    """
    away_by_subject = bool(_AWAY_SUBJECT.match(_folded(subject)))
    if not away_by_subject and not _is_marked(mail) and sender != "":
        return None
    return OUT_OF_OFFICE if away_by_subject or _AWAY_TEXT.search(_folded(f"{subject}\n{text[:READ]}")) else OTHER


def _is_marked(mail: Message) -> bool:
    submitted = _word(mail, "Auto-Submitted")
    if submitted and submitted != "no":
        return True
    if _word(mail, "Precedence") in _PRECEDENCE or any(name in mail for name in _MARKS):
        return True
    local = re.search(r"(?<![\w.+-])([\w.+-]{1,64})@", raw_header(mail, "From"))
    return mail.get_content_type() == "multipart/report" or (local is not None and local[1].lower() in _MACHINES)


def _word(mail: Message, header: str) -> str:
    """The first word of a header, in small letters, without parameters and comments."""
    return re.split(r"[\s;(]", raw_header(mail, header).strip().lower(), maxsplit=1)[0]


def _folded(text: str) -> str:
    """In small letters, with one i: programs write ``YANIT`` for both."""
    return text.replace("İ", "i").lower().replace("ı", "i")
