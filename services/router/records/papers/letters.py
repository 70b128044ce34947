"""Letters and mails as ``.eml`` files (RFC 5322), which any mail program opens."""

import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from services.router.cases.domain.letters import DeskLetter
from services.router.cases.domain.mails import Mail
from shared.mail_headers import header_lines

SECRET = re.compile(
    r"(/(?:t|a|u)/)[A-Za-z0-9_-]{16,}|(\bgrant=)[\w.-]+"
    r"|(?<![0-9A-Z-])(?:[0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}(?![0-9A-Z-])"
)
"""Links that open something for whoever has them, and tracking codes. The notifier tells letters without; this is a
second look, and the only one at what people quote."""
HIDDEN = "[…]"


def letter_as_eml(letter: DeskLetter, *, hotline: str, address: str) -> bytes:
    """A letter as the notifier tells of it: subject and text without secrets. ``address``: that of the hotline."""
    return _eml(
        {
            "From": (hotline, address),
            "To": ("", letter.recipient),
            "Subject": (letter.subject, ""),
            "X-Klu-Letter": (letter.template, ""),
            "X-Klu-State": (letter.state, ""),
            "X-Klu-Reason": (letter.reason, ""),
        },
        letter.sent_at or letter.at,
        letter.text,
    )


def mail_as_eml(mail: Mail, *, hotline: str, address: str) -> bytes:
    """A mail that came in, with the quotation that it had below; its files are files of the bundle."""
    return _eml(
        {
            "From": (mail.sender_name, mail.sender or ""),
            "To": (hotline, address),
            "Subject": (mail.subject, ""),
            "X-Klu-Verified": (mail.verified, ""),
            "X-Klu-Automatic": (mail.automatic or "", ""),
            "X-Klu-Files": (", ".join(file.name for file in mail.files), ""),
        },
        mail.received_at,
        "\n\n".join(filter(None, [mail.text, mail.quotation])),
    )


def without_secrets(text: str) -> str:
    """A text without what follows the addresses of secret pages, and without tracking codes."""
    return SECRET.sub(lambda found: f"{found[1] or found[2] or ''}{HIDDEN}", text)


def all_without_secrets(value: Any) -> Any:
    """The same for all texts in a value that becomes JSON."""
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, Mapping):
        return {name: all_without_secrets(part) for name, part in value.items()}
    return [all_without_secrets(part) for part in value] if isinstance(value, list) else value


def _eml(headers: Mapping[str, tuple[str, str]], at: datetime, text: str) -> bytes:
    lines = [header_lines(name, *_value(*value)) for name, value in headers.items() if any(value)]
    lines.append(f"Date: {format_datetime(at)}\r\n")
    lines.append(
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n"
    )
    body = without_secrets(text).replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8", "replace")
    encoded = b64encode(body).decode()
    lines += ["\r\n", *(encoded[at : at + 76] + "\r\n" for at in range(0, len(encoded), 76))]
    return "".join(lines).encode()


def _value(text: str, address: str) -> tuple[str, str]:
    """The text of a header and the address behind it. An address that cannot stand there is text."""
    line = without_secrets(" ".join(text.split())).encode("utf-8", "replace").decode()
    plain = re.sub(r"[\x00-\x1f\x7f]", "", line)
    if not address:
        return plain, ""
    if address.isascii() and re.fullmatch(r"[!-~]+", address) and not re.search(r"[<>\"(),;:\\]", address):
        return plain, f" <{address}>" if plain else f"<{address}>"
    return " ".join(filter(None, [plain, re.sub(r"[\x00-\x1f\x7f]", "", address)])), ""
