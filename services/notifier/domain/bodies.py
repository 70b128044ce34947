"""The text and the attachments of a mail (RFC 2045 and its followers). It may be hostile: everything is bounded."""

import base64
import codecs
import quopri
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from email._policybase import Compat32
from email.message import Message
from html.parser import HTMLParser

from shared.characters import clean

DEEPEST = 20
"""Multiparts in multiparts."""
MOST_PARTS = 200
LONGEST_PART = 1_000_000
"""Characters of one text part that are read."""
LONGEST_HEADER = 16_000
LONGEST_OF_PART = 4_000
"""Characters of a header, and of one that says what a part is (*Content-…*), which have at most so many parameters:"""
MOST_PARAMETERS = 50
DEEPEST_QUOTATION = 20
"""Of a page: deeper ones are shown as if they were not."""
SMALL_PICTURE = 64 * 1024
"""Bytes: a picture in the text that is no larger is the logo of a signature."""
_REFUSED_CHARSETS = frozenset({"utf-7", "idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})
"""Text in them says something else than what every other program shows."""
_WIDER = {"iso8859-9": "windows-1254", "iso8859-1": "windows-1252", "ascii": "utf-8", "gb2312": "gb18030"}
"""What is really written by programs that name the narrower one (https://encoding.spec.whatwg.org)."""
_ENCODED_WORD = re.compile(r"=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bBqQ])\?([^?]*)\?=")
_SIGNATURES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"})
"""Programs attach them by name, and say nothing to a reader with them."""
_WITHOUT_CONTENT = frozenset(
    {"text/calendar", "text/rfc822-headers", "text/x-amp-html", "application/pgp-encrypted", *_SIGNATURES}
)
"""Parts that say nothing to a reader, unless they were attached by name and are no signature."""
_NO_BASE64 = re.compile(r"[^A-Za-z0-9+/=\s]")
_WORDS = re.compile(r"\S[ \t]+\S")
_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "application/pdf": "pdf", "text/plain": "txt"}


class Bounded(Compat32):
    """How the standard library reads a mail whose headers are cut: it needs the square of the length of some."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Name and value of a header."""
        name, value = super().header_source_parse(sourcelines)
        if not name.lower().startswith("content-"):
            return name, value[:LONGEST_HEADER]
        return name, ";".join(value[:LONGEST_OF_PART].split(";", MOST_PARAMETERS)[:MOST_PARAMETERS])


@dataclass(frozen=True)
class MailFile:
    """A file in a mail. ``content`` is empty where it is a mail itself."""

    name: str
    type: str
    content: bytes


@dataclass
class Body:
    """The texts of a mail in their order, and its files. ``cut``: there was more than is read."""

    texts: list[str] = field(default_factory=list)
    files: list[MailFile] = field(default_factory=list)
    cut: bool = False

    @property
    def text(self) -> str:
        """All of it."""
        return "\n\n".join(text for text in (one.strip("\n") for one in self.texts) if text.strip())


def body_of(mail: Message) -> Body:
    """Text and files of a mail. Of alternatives the plain one is read, if it says anything."""
    body = Body()
    leaves = list(_leaves(mail, body, read=True, depth=0))
    shown = "".join(_written(part) for part, _ in leaves if part.get_content_type() == "text/html")
    for part, read in leaves:
        if _is_text(part, whole=part is mail):
            if read:
                body.texts.append(html_text(_written(part)) if part.get_content_type() == "text/html" else _plain(part))
        else:
            _take_file(part, body, shown)
    return body


def header_text(mail: Message, name: str) -> str:
    """A header as it is read: encoded words decoded (RFC 2047), on one line. Empty where there is none."""
    return decoded_words(raw_header(mail, name))


def raw_header(mail: Message, name: str) -> str:
    """The first header of this name, as it came; bytes that are not ASCII as ``decoded``."""
    value = next((str(value) for key, value in mail.raw_items() if key.lower() == name.lower()), "")
    return value if value.isascii() else decoded(value.encode("utf-8", "surrogateescape"), None)


def decoded_words(value: str) -> str:
    """A value with its encoded words decoded. What cannot be decoded stays as it is."""
    done, at = "", 0
    waiting, charset = b"", ""
    for word in _ENCODED_WORD.finditer(value):
        between = value[at : word.start()]
        if waiting and (between.strip() or word[1].lower() != charset):  # a letter may be divided between two words
            done, waiting = done + decoded(waiting, charset), b""
        done += between if at == 0 or between.strip() else ""
        waiting, charset, at = waiting + _word_bytes(word), word[1].lower(), word.end()
    done += decoded(waiting, charset) if waiting else ""
    return " ".join((done + value[at:]).split())


def _word_bytes(word: re.Match[str]) -> bytes:
    text = word[3].encode("ascii", "replace")
    if word[2] in "qQ":
        return quopri.decodestring(text.replace(b"_", b" "), header=True)
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4))
    except ValueError:
        return text


def decoded(content: bytes, charset: str | None) -> str:
    """Bytes as text: in the charset that is named, if it fits, else in UTF-8, else as Turkish programs do."""
    for name in (charset, "utf-8"):
        try:
            codec = codecs.lookup((name or "ascii").strip().strip("\"'"))
        except (LookupError, ValueError):
            continue
        usable = codec._is_text_encoding and codec.name.replace("_", "-") not in _REFUSED_CHARSETS
        try:
            return content.decode(_WIDER.get(codec.name, codec.name)) if usable else content.decode("ascii")
        except (UnicodeError, ValueError):
            continue
    return content.decode("windows-1254", "replace")


def unflowed(text: str, *, delsp: bool) -> str:
    """Lines that were broken to fit (RFC 3676) in one piece again; deeper quotations keep their marks."""
    done: list[tuple[int, str]] = []
    flows = False
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        rest = line[depth:].removeprefix(" ")
        if flows and done[-1][0] == depth and rest != "-- ":
            done[-1] = depth, done[-1][1] + rest
        else:
            done.append((depth, rest))
        flows = rest.endswith(" ") and rest != "-- "
        if flows and delsp:
            done[-1] = depth, done[-1][1][:-1]
    return "\n".join(f"{'>' * depth} {rest}" if depth else rest for depth, rest in done)


def _leaves(part: Message, body: Body, *, read: bool, depth: int) -> Iterator[tuple[Message, bool]]:
    """Every part that has no parts, and whether its text is read. A mail in a mail is one."""
    children = _children(part)
    if not children or part.get_content_type().startswith("message/"):
        yield part, read
        return
    if depth == DEEPEST:
        body.cut = True
        return
    best = _best(children) if part.get_content_subtype() == "alternative" else None
    body.cut |= len(children) > MOST_PARTS
    for child in children[:MOST_PARTS]:
        yield from _leaves(child, body, read=read and best in (None, child), depth=depth + 1)


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def _best(children: list[Message]) -> Message | None:
    for child in children:
        if child.get_content_type() == "text/plain" and clean(_plain(child)).strip():
            return child
    rich = [child for child in children if child.get_content_maintype() in ("text", "multipart")]
    rich = [child for child in rich if child.get_content_type() not in _WITHOUT_CONTENT]
    return rich[-1] if rich else None


def _is_text(part: Message, *, whole: bool) -> bool:
    """Whether it is to be read, and no file. What is the ``whole`` of a mail is read whatever it is called, and so are
    parts that nobody can tell apart.
    """
    kind = part.get_content_type()
    if part.get_content_maintype() == "multipart":
        return True
    if whole and part.get_content_maintype() == "text":
        return kind not in _WITHOUT_CONTENT
    return kind in ("text/plain", "text/html") and not _is_attached(part) and not _name(part)


def _is_attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment"


def _take_file(part: Message, body: Body, shown: str) -> None:
    kind, name = part.get_content_type(), _name(part)
    says_nothing = kind in _SIGNATURES or (kind in _WITHOUT_CONTENT and not _is_attached(part))
    if says_nothing or kind == "message/delivery-status":
        return
    content = _content(part)
    if _is_logo(part, content, shown):
        return
    if len(body.files) == MOST_PARTS:
        body.cut = True
        return
    body.files.append(MailFile(name or _invented(part), kind, content))


def _is_logo(part: Message, content: bytes, shown: str) -> bool:
    """Whether it is a small picture within the text, such as that of a signature, or of a letter that is quoted."""
    if part.get_content_maintype() != "image" or len(content) > SMALL_PICTURE:
        return False
    name = str(part.get("Content-ID", "")).strip().strip("<>")
    return bool(name) and (f"cid:{name}" in shown or not _is_attached(part))


def _name(part: Message) -> str:
    try:
        return decoded_words(part.get_filename() or "")
    except Exception:  # the standard library raises many kinds for malformed ones
        return ""


def _invented(part: Message) -> str:
    if part.get_content_type() == "message/rfc822":
        inner = _children(part)
        subject = header_text(inner[0], "Subject") if inner else ""
        return f"{subject or 'mail'}.eml"
    return f"{part.get_content_maintype()}.{_ENDINGS.get(part.get_content_type(), 'bin')}"


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _written(part: Message) -> str:
    """The content of a text. Some servers write a line below one in base64, which is none itself."""
    sent, charset = part.get_payload(), part.get_content_charset()
    coded = str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "base64"
    sent = sent if isinstance(sent, str) and coded and _WORDS.search(sent) else ""
    below = _NO_BASE64.search(sent)
    if below is None:
        return decoded(_content(part)[:LONGEST_PART], charset)
    at = sent.rfind("\n", 0, below.start()) + 1
    above = Message()
    above["Content-Transfer-Encoding"] = "base64"
    above.set_payload(sent[:at])
    return f"{decoded(_content(above), charset).rstrip()}\n\n{sent[at:]}".lstrip()[:LONGEST_PART]


def _plain(part: Message) -> str:
    text = _written(part).replace("\r\n", "\n").replace("\r", "\n")
    if str(part.get_param("format", "")).lower() == "flowed":
        return unflowed(text, delsp=str(part.get_param("delsp", "")).lower() == "yes")
    return text


def html_text(html: str) -> str:
    """HTML as a reader sees it: lines, blanks and quotations; nothing of it is HTML afterwards."""
    reader = _Html()
    reader.feed(html)
    if "<" in reader.rawdata:  # what was begun and never ended: it would be read again from each sign on
        reader.rawdata = reader.rawdata.replace("<", "&lt;")
    reader.close()
    return reader.text


_APART = frozenset({"p", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote"})
_BLOCKS = _APART | {
    *("address", "article", "aside", "body", "center", "dd", "div", "dl", "dt", "fieldset", "figure", "footer", "form"),
    *("header", "hr", "li", "main", "nav", "section", "tbody", "tr"),
}
_NOT_SHOWN = frozenset(
    {"head", "script", "style", "title", "template", "noscript", "object", "svg", "select", "textarea"}
)
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
)


class _Html(HTMLParser):
    """Writes the lines of a page. ``>`` stands before those in a ``blockquote``."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = [""]
        self._quotes, self._pre = 0, 0
        self._hidden: list[str] = []
        self._open = Counter[str]()

    def parse_marked_section(self, i: int, report: int = 1) -> int:
        """Skip ``<![if !mso]>`` and all like it, as browsers do; the standard library raises for some."""
        return self.rawdata.find(">", i) + 1 or -1

    @property
    def text(self) -> str:
        """At most one blank line in a row."""
        lines = [line.rstrip() for line in self._lines]
        return re.sub(
            r"(?:^>* ?$\n){2,}",
            lambda found: found[0].split("\n")[0] + "\n",
            "\n".join(lines).rstrip("> \n"),
            flags=re.M,
        )

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":
            self._hidden.clear()
            self._open.clear()
        if self._hidden or tag in _NOT_SHOWN or _HIDDEN.search(dict(attrs).get("style") or ""):
            if tag not in _VOID:
                self._hidden.append(tag)
                self._open[tag] += 1
            return
        if tag in _BLOCKS:
            self._break(blank=tag in _APART)
        if tag == "blockquote":
            self._quotes += 1
            self._break(blank=False)
        self._pre += tag == "pre"
        if tag == "br":
            self._lines.append("")
        elif tag == "li":
            self._write("- ")
        elif tag in ("td", "th"):
            self._write(" ")

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            while self._open[tag] > 0:  # what was not closed within it ends with it
                last = self._hidden.pop()
                self._open[last] -= 1
                if last == tag:
                    break
            return
        if tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)
        self._pre = max(0, self._pre - (tag == "pre"))
        if tag in _BLOCKS:
            self._break(blank=tag in _APART)

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if self._pre:
            first, *others = data.split("\n")
            self._write(first)
            for line in others:
                self._lines.append("")
                self._write(line)
            return
        self._write(re.sub(r"[ \t\r\n\f]+", " ", data))

    @property
    def _marks(self) -> str:
        return ">" * min(self._quotes, DEEPEST_QUOTATION)

    def _write(self, text: str) -> None:
        if not self._lines[-1]:
            text = text if self._pre else text.lstrip(" ")
            self._lines[-1] = f"{self._marks} " if self._quotes and text else ""
        if text.startswith(" ") and self._lines[-1].endswith(" "):
            text = text.lstrip(" ")
        self._lines[-1] += text

    def _break(self, *, blank: bool) -> None:
        if self._lines[-1].strip(" >"):
            self._lines.append("")
        if blank and len(self._lines) > 1 and self._lines[-2]:
            self._lines[-1] = self._marks
            self._lines.append("")
