"""What the corpus is made of: a mail, and what it is."""

from dataclasses import dataclass

US = "donus-abcdefghijk2345@hat.klu.example"
SUBJECT = "26-7KX4-9Q numaralı başvurunuz alındı"
ENCODED = "=?utf-8?q?26-7KX4-9Q_numaral=C4=B1_ba=C5=9Fvurunuz_al=C4=B1nd=C4=B1?="
DATE = "Tue, 24 Nov 2026 10:15:07 +0300"
LETTER = (
    f"From: 7/24 KLU Hat <hat@klu.example>\nTo: deniz.kaya@example.org\nSubject: {ENCODED}\nDate: {DATE}\n"
    "Message-ID: <m1.receipt@klu.example>\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n"
)
"""The head of a letter of ours."""
BODY = "\nSayın Deniz Kaya,\n\nbaşvurunuz alınmıştır. Takip numaranız: 26-7KX4-9Q\n\nhttps://hat.klu.example/t/abc\n"


@dataclass(frozen=True)
class Sample:
    """``purpose``: ``bounce``, ``automatic``, or ``person``; ``sender`` is the envelope's.

    ``action`` and ``hard`` are of a bounce, ``away`` of an automatic mail, ``said`` is what a person wrote.
    """

    name: str
    raw: bytes
    purpose: str
    sender: str = ""
    action: str = ""
    hard: bool = False
    away: bool = False
    said: str = ""


def mail(head: str, body: str, charset: str = "utf-8") -> bytes:
    """The bytes of a mail; what a charset does not have is left out."""
    return f"{head.strip()}\nMIME-Version: 1.0\n{body}".replace("\n", "\r\n").encode(charset, "ignore")


def single(text: str, kind: str = "text/plain; charset=utf-8") -> str:
    """The body of a mail of one part, with its headers."""
    return f"Content-Type: {kind}\nContent-Transfer-Encoding: 8bit\n\n{text}\n"


def multi(kind: str, *parts: str, mark: str = "=_b0undary") -> str:
    """The body of a multipart, with its headers; each part has headers and a content."""
    inner = "".join(f"--{mark}\n{part.strip()}\n\n" for part in parts)
    return f'Content-Type: multipart/{kind};\n boundary="{mark}"\n\n{inner}--{mark}--\n'
