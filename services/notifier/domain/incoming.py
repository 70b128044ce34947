"""What a mail that came in is and says. ``understood`` is the one way in, and needs nothing but the mail."""

import re
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses

from pydantic import ConfigDict, TypeAdapter, ValidationError

from services.notifier.domain.automatic import OTHER, automatic
from services.notifier.domain.bodies import Body, Bounded, MailFile, body_of, decoded_words, header_text, raw_header
from services.notifier.domain.bounces import Bounce, bounce_in
from services.notifier.domain.mail import Kind
from services.notifier.domain.quotations import cut
from services.notifier.domain.verdicts import NONE, verdict
from shared.characters import clean, one_line
from shared.events import Address
from shared.state import Open, State

LONGEST_TEXT = 20_000
LONGEST_QUOTATION = 50_000
"""Characters. Of a longer mail the whole text becomes a file."""
LONGEST_HEAD = 64 * 1024
"""Bytes of a mail that can be read no further."""
LONGEST_SUBJECT = 300
LONGEST_NAME = 150
WHOLE_TEXT = "e-posta.txt"
_ADDRESS: TypeAdapter[str] = TypeAdapter(Address)
_TURKISH = re.compile(r"[çğışöüÇĞİŞÖÜ]|\b(?i:ve|bir|bu|merhaba|sayin|tesekkur|degil|yok|var)\b")
_ENGLISH = re.compile(r"\b(?:the|and|is|are|of|to|please|thank|thanks|hello|dear|not|have)\b", re.IGNORECASE)


class Recipient(State):
    """An address of ours, and whose mail comes to it. A citizen's has no ``assignment_id``.

    ``addressee`` is ``citizen``, ``unit`` or ``desk``; empty in the hotline's own address.
    """

    kind: Open[Kind]
    message_id: str | None = None
    assignment_id: str | None = None
    addressee: str = ""


class Attachment(State):
    """A file in a mail, as it came. ``content`` is empty for a mail in the mail."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    name: str
    type: str
    content: bytes


class Understood(State):
    """What a mail is: ``purpose`` is one of

    * ``bounce``: a server could not deliver a letter of ours, or not yet (``bounce.action``);
    * ``automatic``: a machine wrote it; ``automatic`` says whether somebody is ``out_of_office``, or it is ``other``;
    * ``citizen``, ``unit``: a person answers a letter;
    * ``new``: a person writes to the hotline's own address;
    * ``unclear``: a person writes where no answer is expected: to a return path, or to a notice for the desk.

    ``text`` was written now, ``quotation`` is the rest; ``sender`` is None when it is no address. ``verified`` is as in
    ``verdicts``. ``language``: tr or en, None when that cannot be told. ``is_cut``: some parts were too many to read.
    """

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    purpose: str
    sender: str | None = None
    sender_name: str = ""
    subject: str = ""
    text: str = ""
    quotation: str = ""
    language: str | None = None
    verified: str = NONE
    automatic: str | None = None
    bounce: Bounce | None = None
    attachments: tuple[Attachment, ...] = ()
    is_cut: bool = False


def understood(
    raw: bytes, recipient: Recipient, *, envelope_sender: str | None = None, authserv_id: str = ""
) -> Understood:
    """Read a mail that came in to ``recipient``. Pure: the same for the same mail, and it touches nothing.

    ``raw``: the bytes of RFC 5322, as they came, well-formed or not. ``envelope_sender`` is that of SMTP, empty for
    nobody; None: it is not known. ``authserv_id`` is the name of the server whose word on SPF, DKIM and DMARC counts.

    A hostile mail can make this slow, large or deep (RecursionError): the notifier calls it in a process of its own.
    """
    mail = message_from_bytes(raw, policy=Bounded())
    body = body_of(mail)
    subject = one_line(clean(header_text(mail, "Subject")))[:LONGEST_SUBJECT]
    text, quotation = cut(clean(body.text))
    name, sender = _sender(mail)
    found = _found(mail, recipient, subject, body.text, envelope_sender)
    results = [_unfolded(header) for header in mail.get_all("Authentication-Results", [])]
    return Understood(
        **found,
        sender=sender,
        sender_name=name,
        subject=subject,
        text=text[:LONGEST_TEXT],
        quotation=quotation[:LONGEST_QUOTATION],
        language=language_of(text),
        verified=verdict(results, (sender or "").rpartition("@")[2], authserv_id),
        attachments=tuple(_attachment(part) for part in _files(body, text, quotation)),
        is_cut=body.cut,
    )


class Reading(State):
    """The arguments of ``understood`` beside the mail."""

    recipient: Recipient
    envelope_sender: str | None = None
    authserv_id: str = ""

    def understood(self, raw: bytes) -> Understood:
        """What this mail is."""
        return understood(raw, self.recipient, envelope_sender=self.envelope_sender, authserv_id=self.authserv_id)


def head_of(raw: bytes) -> bytes:
    """The first headers of a mail, without a body, and without what says how to read one."""
    head = re.split(rb"\r?\n\r?\n", raw[:LONGEST_HEAD], maxsplit=1)[0]
    return re.sub(rb"(?im)^content-[^\n]*(?:\n[ \t][^\n]*)*\n?", b"", head) + b"\r\n\r\n"


def _found(
    mail: Message, recipient: Recipient, subject: str, text: str, envelope_sender: str | None
) -> dict[str, object]:
    """Its purpose, and what belongs to that. A report belongs to a letter where letters come back alone."""
    if bounce := bounce_in(mail, text, sender=envelope_sender):
        is_of_letter = recipient.kind is Kind.RETURN
        return {"purpose": "bounce", "bounce": bounce} if is_of_letter else {"purpose": "automatic", "automatic": OTHER}
    if machine := automatic(mail, subject, text, sender=envelope_sender):
        return {"purpose": "automatic", "automatic": machine}
    if recipient.kind is Kind.HOTLINE:
        return {"purpose": "new"}
    answers = recipient.kind is Kind.REPLY and recipient.addressee in ("citizen", "unit")
    return {"purpose": recipient.addressee if answers else "unclear"}


def _sender(mail: Message) -> tuple[str, str | None]:
    """Name and address in the From header; anybody can write them."""
    value = raw_header(mail, "From")
    try:
        pairs = getaddresses([value]) if len(value) < 2_000 and len(mail.get_all("From", [])) == 1 else []
    except RecursionError:  # comments in comments
        pairs = []
    name, address = pairs[0] if len(pairs) == 1 else ("", "")  # of several nobody knows which one was verified
    try:
        _ADDRESS.validate_python(address)
    except ValidationError:
        address = ""
    return one_line(clean(decoded_words(name)))[:LONGEST_NAME], address or None


def _unfolded(header: object) -> str:
    return " ".join(str(header).split())


def _files(body: Body, text: str, quotation: str) -> list[MailFile]:
    if len(text) <= LONGEST_TEXT and len(quotation) <= LONGEST_QUOTATION:
        return body.files
    return [MailFile(WHOLE_TEXT, "text/plain", body.text.encode()), *body.files]


def _attachment(part: MailFile) -> Attachment:
    return Attachment(name=part.name, type=part.type, content=part.content)


def language_of(text: str) -> str | None:
    """``tr`` or ``en``, by letters and the commonest words; None when neither is likelier."""
    turkish, english = len(_TURKISH.findall(text[:5_000])), len(_ENGLISH.findall(text[:5_000]))
    if turkish == english:
        return None
    return "tr" if turkish > english else "en"
