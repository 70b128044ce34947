"""What it means when a mail server refuses a letter, in words that help an officer (RFC 5321, 4.2.3; RFC 3463)."""

import re

UNKNOWN_ADDRESS = "The mail server does not know this address."
UNKNOWN_DOMAIN = "There is no mail server for the part after the @ of this address."
DISABLED = "The mailbox has been closed or takes no e-mails."
FULL = "The mailbox is full."
TOO_BIG = "The e-mail is too big for the mail server."
REFUSED = "The mail server refused the e-mail."
NOT_NOW = "The mail server did not take the e-mail for a long time."
SENTENCES = (UNKNOWN_ADDRESS, UNKNOWN_DOMAIN, DISABLED, FULL, TOO_BIG, REFUSED, NOT_NOW)

_REPLY = re.compile(r"\W*([45])(\d\d)(?:\W+[45]\.(\d{1,3}\.\d{1,3})(?![.\d]))?\b")
_ENHANCED = {
    **dict.fromkeys(("1.0", "1.1", "1.3", "1.6", "1.10"), UNKNOWN_ADDRESS),
    **dict.fromkeys(("1.2", "4.1", "4.4"), UNKNOWN_DOMAIN),
    **dict.fromkeys(("2.0", "2.1"), DISABLED),
    **dict.fromkeys(("2.2", "3.1"), FULL),
    **dict.fromkeys(("2.3", "3.4"), TOO_BIG),
}
_SUBJECTS = {"1": UNKNOWN_ADDRESS, "7": REFUSED}
"""Of a code that is not in the table, by its first number."""
_REFUSING = re.compile(r"block|spam|polic|relay|denied|listed|reputation", re.IGNORECASE)
_BASIC = {"50": UNKNOWN_ADDRESS, "51": UNKNOWN_ADDRESS, "52": FULL, "53": UNKNOWN_ADDRESS, "54": REFUSED}


def meaning(reply: str) -> str | None:
    """A sentence of SENTENCES for a reply such as ``550 5.1.1 No such user``; None for one that is not known.

    The enhanced code says more than the three digits: 550 is used for unknown addresses and for refused letters.
    """
    found = _REPLY.match(reply)
    if not found:
        return None
    kind, basic, enhanced = found.groups()
    known = _ENHANCED.get(enhanced or "") or _SUBJECTS.get((enhanced or "").partition(".")[0])
    if kind == "4":
        return known if known in (FULL, UNKNOWN_DOMAIN) else FULL if basic == "52" else NOT_NOW
    return known or (REFUSED if _REFUSING.search(reply) else _BASIC.get(basic))
