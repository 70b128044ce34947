"""Whether a mail is from whom it says, as the institution's mail server found (RFC 8601): SPF, DKIM, DMARC."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

PASS, FAIL, NONE = "pass", "fail", "none"
FAILING = frozenset({"fail", "softfail", "permerror", "policy"})
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*(?:"|$)|[()]|\\.|[^"()\\]+|\\$', re.DOTALL)
_RESULT = re.compile(r"\s*([a-z0-9-]+)(?:/\d+)?\s*=\s*([a-z]+)(.*)", re.IGNORECASE | re.DOTALL)
_PROPERTY = re.compile(r"""([a-z]+)\.([a-z0-9_-]+)\s*=\s*((?:"(?:[^"\\]|\\.)*"|[^\s;"])+)""", re.IGNORECASE)
LONGEST = 4_000
"""Characters of a header that are read."""


@dataclass(frozen=True)
class Result:
    """One result, such as ``spf=pass smtp.mailfrom=example.org``."""

    method: str
    result: str
    properties: dict[str, str] = field(default_factory=dict)


def verdict(headers: Sequence[str], from_domain: str, authserv_id: str) -> str:
    """``pass``, ``fail`` or ``none``. ``headers``: all Authentication-Results of the mail, the topmost first.

    Of these only the topmost with the name of our server counts: it removes those with its own name that a mail already
    had (RFC 8601, 5). ``from_domain`` is that of the From header, which a reader sees.
    """
    if not authserv_id or not from_domain:
        return NONE
    for header in headers:
        name, results = results_in(header)
        if name == authserv_id.lower():
            return _judged(results, from_domain.lower())
    return NONE


def results_in(header: str) -> tuple[str, list[Result]]:
    """The name of the server that says it, in small letters, and what it says."""
    name, *said = _statements(header[:LONGEST])
    found = (_RESULT.fullmatch(one) for one in said)
    return " ".join(name.split()).partition(" ")[0].lower(), [_result(one) for one in found if one]


def _statements(header: str) -> list[str]:
    """What stands between semicolons, without comments. What is quoted says nothing: a sender chooses words in it."""
    statements, depth = [""], 0
    for piece in _PIECE.findall(header):
        if piece in "()":
            depth = max(0, depth + (1 if piece == "(" else -1))
            statements[-1] += " "
        elif not depth and piece[0] == '"':
            statements[-1] += piece
        elif not depth:
            first, *others = piece.split(";")
            statements[-1] += first
            statements.extend(others)
    return statements


def _result(found: re.Match[str]) -> Result:
    properties: dict[str, str] = {}
    for one in _PROPERTY.finditer(found[3]):  # the first one counts: what follows may be a sender's words
        properties.setdefault(f"{one[1]}.{one[2]}".lower(), one[3].strip('"').lower())
    return Result(found[1].lower(), found[2].lower(), properties)


def _judged(results: Sequence[Result], from_domain: str) -> str:
    dmarc = [one.result for one in results if one.method == "dmarc"]
    if FAIL in dmarc:
        return FAIL
    if PASS in dmarc:
        return PASS
    if any(one.result == PASS and _is_aligned(one, from_domain) for one in results):
        return PASS
    tried = [one.result for one in results if one.method in ("spf", "dkim")]
    return FAIL if any(result in FAILING for result in tried) else NONE


def _is_aligned(one: Result, from_domain: str) -> bool:
    """Whether what was checked is of the domain that the reader sees, or of one above or below it (RFC 7489, 3.1)."""
    named = {"spf": ("smtp.mailfrom",), "dkim": ("header.d", "header.i")}.get(one.method, ())
    domains = (one.properties[name].rpartition("@")[2] for name in named if name in one.properties)
    return any(_same_organisation(domain, from_domain) for domain in domains)


def _same_organisation(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return shorter == longer or ("." in shorter and longer.endswith(f".{shorter}"))
