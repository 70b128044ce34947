"""What a person wrote now, and what their mail program repeated of the letters before: for display, nothing is lost.

In doubt nothing is cut: where somebody wrote between the lines that they quote, or forwarded something.
"""

import re
from collections.abc import Sequence

ATTRIBUTION_LINES = 4
"""A program may break *On … wrote:* into so many lines."""
LONGEST_ATTRIBUTION = 500
LONGEST_LINE = 1_000
"""Characters of a line that can be one of a mail program; blanks in a row count once."""
_SAID = re.compile(
    r"(?:yazd[ıi]|yazm[ıi][şs](?:t[ıi]r)?|wrote|schrieb|a écrit)\s*(?:\([^)]{0,80}\))?\s*:\s*$", re.IGNORECASE
)
_WHEN_OR_WHO = re.compile(r"\d{1,2}[.:]\d{2}|\b(?:19|20)\d\d\b|<?[\w.+-]+@[\w.-]+>?")
_YANDEX = re.compile(r"\s*\d{1,2}\.\d{1,2}\.\d{4},? (?:\d{1,2}:\d{2},? )?.{0,200}<[^<>\s]+@[^<>\s]+>\s*:\s*$")
_SEPARATOR = re.compile(
    r"\s*-{2,}\s*(?:original (?:message|mail|appointment)|özgün (?:ileti|mesaj)|orijinal (?:ileti|mesaj|e-?posta)"
    r"|asıl (?:ileti|mesaj)|yanıtlanan (?:ileti|mesaj))\s*-{2,}\s*$",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"\s*(?:-{2,}\s*(?:forwarded (?:message|mail|by)|(?:iletilen|yönlendirilen) (?:ileti|mesaj|e-?posta|posta))"
    r"|begin forwarded message\s*:|(?:iletilen|yönlendirilen) (?:ileti|mesaj|e-?posta)(?:n?[ıi]n)? başlangıcı\s*:)",
    re.IGNORECASE,
)
_FROM = re.compile(r"[\s*]*(?:from|kimden|gönderen)\s*\*?\s*:", re.IGNORECASE)
_HEADER = re.compile(
    r"[\s*]*(?:to|kime|alıcı|cc|bilgi|subject|konu|date|tarih|sent|gönderildi|gönderilme(?: tarihi)?|gönderme tarihi"
    r"|gönderim tarihi|importance|önem)\s*\*?\s*:",
    re.IGNORECASE,
)
HEADER_LINES = 8
"""Within which a mail program writes whom, when and about what, after *From:*."""
_BLANKS = re.compile(r"[^\S\n]{2,}")
_RULE = re.compile(r"\s*(?:_{10,}|-{10,})\s*$")
_QUOTED = re.compile(r"\s?>")
_SIGNATURE = re.compile(r"-- ?$")
_ADVERTISEMENT = re.compile(
    r"\s*(?:sent from my \S.{0,40}|get outlook for \S.{0,60}|(?:iphone|ipad|\w+ cihaz)['’]?[ıiuü]mdan gönderildi"
    r"|.{0,30} için outlook['’]?u (?:edinin|alın).{0,60}|sent from (?:outlook|yahoo|mail).{0,60})\s*$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"aşağıda(?!ki gibi)|satır aralar|araya yaz|renkli|kırmızı (?:ile|renk)|see (?:my )?(?:comments|answers|replies)"
    r"|\bbelow\b|\binline\b|in (?:red|blue|green)\b",
    re.IGNORECASE,
)
"""Words by which somebody says that they wrote into the quotation."""


def cut(text: str) -> tuple[str, str]:
    """What was written now, and the rest: the quotation and the signature. Together they have every line.

    ``text`` has line feeds; quoted lines begin with ``>``.
    """
    lines = text.strip("\n").split("\n")
    at = _begin_of_quotation([_looked_at(line) for line in lines])
    said, rest = lines[:at], lines[at:]
    if rest and (_has_answers_between(rest) or _refers_to(said) or _is_blank(said)):
        after = _answer_below(lines) if _is_blank(said) else None
        said, rest = after or (lines, [])
    said, signature = _without_signature(said)
    return "\n".join(said).strip(), "\n".join([*signature, *rest]).strip("\n")


def _looked_at(line: str) -> str:
    """What is compared of a line: some patterns need the square of its length."""
    return _BLANKS.sub(" ", line[:LONGEST_LINE])


def _begin_of_quotation(lines: Sequence[str]) -> int:
    """The line where the quotation begins; past the end if there is none."""
    quoted_to_the_end = next(
        (at + 1 for at in reversed(range(len(lines))) if lines[at].strip() and not _QUOTED.match(lines[at])), 0
    )
    for at, line in enumerate(lines):
        if _FORWARDED.match(line):
            return len(lines)
        if _SEPARATOR.match(line) or _begins_header(lines, at) or _YANDEX.match(line) or _attributes(lines, at):
            return at
        if at >= quoted_to_the_end and _QUOTED.match(line):
            return at
    return len(lines)


def _attributes(lines: Sequence[str], at: int) -> bool:
    """Whether *On … wrote:* begins here. A person says *he wrote:* too, so it needs a date or an address."""
    if not lines[at].strip() or _QUOTED.match(lines[at]):
        return False
    joined = ""
    for line in lines[at : at + ATTRIBUTION_LINES]:
        if not line.strip() or _QUOTED.match(line):
            return False
        joined = f"{joined} {line.strip()}"
        if len(joined) > LONGEST_ATTRIBUTION:
            return False
        if joined.endswith(":") and _SAID.search(joined):
            return bool(_WHEN_OR_WHO.search(joined)) and _begins_like_one(lines[at])
    return False


def _begins_like_one(line: str) -> bool:
    """Whether the first line of several has the date, the address or the *On* itself: the line before is a person's."""
    return bool(_WHEN_OR_WHO.search(line)) or line.strip().lower().startswith(("on ", "am ", "le "))


def _begins_header(lines: Sequence[str], at: int) -> bool:
    """Whether Outlook's block begins here: *From:* with two more, perhaps after a rule."""
    first = at + 1 if _RULE.match(lines[at]) and at + 1 < len(lines) else at
    if not _FROM.match(lines[first]):
        return False
    return sum(bool(_HEADER.match(line)) for line in lines[first + 1 : first + HEADER_LINES]) >= 2


def _has_answers_between(rest: Sequence[str]) -> bool:
    """Whether somebody wrote after a quoted line."""
    quoted = [at for at, line in enumerate(rest) if _QUOTED.match(line)]
    if not quoted:
        return False
    after = _without_signature([line for line in rest[quoted[0] :] if not _QUOTED.match(line)])[0]
    return not _is_blank(after)


def _refers_to(said: Sequence[str]) -> bool:
    return any(_BETWEEN.search(line) for line in said)


def _answer_below(lines: Sequence[str]) -> tuple[list[str], list[str]] | None:
    """What was written below a quotation that stands in one piece at the top, and that; None where it does not."""
    quoted = [at for at, line in enumerate(lines) if _QUOTED.match(line)]
    if not quoted or any(line.strip() and not _QUOTED.match(line) for line in lines[quoted[0] : quoted[-1]]):
        return None
    above, below = list(lines[: quoted[-1] + 1]), list(lines[quoted[-1] + 1 :])
    return None if _is_blank(below) else (below, above)


def _without_signature(said: Sequence[str]) -> tuple[list[str], list[str]]:
    """What stands before ``-- `` (RFC 3676, 4.3) or a line of a telephone, and the rest."""
    for at, line in enumerate(said):
        if _SIGNATURE.fullmatch(line) and not _is_blank(said[:at]):
            return list(said[:at]), list(said[at:])
    last = max((at for at, line in enumerate(said) if line.strip()), default=0)
    if last and _ADVERTISEMENT.match(said[last]):
        return list(said[:last]), list(said[last:])
    return list(said), []


def _is_blank(lines: Sequence[str]) -> bool:
    return not any(line.strip() for line in lines)
