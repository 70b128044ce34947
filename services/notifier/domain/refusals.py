"""What a mail server's reply means for the letter (RFC 5321, 4.2; RFC 3463; RFC 6647 about greylisting)."""

import re
from enum import StrEnum


class Verdict(StrEnum):
    """What a refusal is about, and so what should happen next.

    ``RECIPIENT``: this letter or its recipient, for good. ``LATER``: nobody knows; try again. ``FULL``: the mailbox is
    full, also where the server says so for good. ``GREYLISTED``: the server wants to be asked again soon. ``CLOSING``:
    it takes nothing for now. ``POLICY``: it does not want our letters, for a reason that an operator has to look at.
    ``CLIENT``: the same about every letter: log-in, encryption or sender.
    """

    RECIPIENT = "recipient"
    LATER = "later"
    FULL = "full"
    GREYLISTED = "greylisted"
    CLOSING = "closing"
    POLICY = "policy"
    CLIENT = "client"


_ENHANCED = re.compile(r"\s*[245]\.(\d{1,3})\.(\d{1,3})(?![.\d])")
_MAILBOX_FULL = re.compile(r"(over|exceed\w*|out of).{0,20}quota|quota.{0,20}(exceeded|full)|mailbox.{0,20}full", re.I)
_GREYLISTED = re.compile(r"gr[ae]y.?list", re.I)
_POLICY = re.compile(r"block|spam|polic|relay|denied|listed|reputation|authenticat", re.I)
_LOG_IN = (530, 534, 535, 538)
"""The server wants a log-in, another one, or encryption (RFC 4954, 6)."""
_SENDER = (("1", "7"), ("1", "8"))
"""Codes of an address that are about the sender's."""


def verdict_of(code: int, text: str, *, of_sender: bool = False) -> Verdict:
    """Sort a reply of 400 or above; ``text`` begins with the enhanced code, where there is one.

    ``of_sender``: it is the reply to MAIL, before any recipient was named.
    """
    found = _ENHANCED.match(text)
    enhanced = (found[1], found[2]) if found else ("", "")
    if code == 421:
        return Verdict.CLOSING
    if enhanced == ("2", "2") or (not found and _MAILBOX_FULL.search(text)):
        return Verdict.FULL
    if code < 500:
        asks_again = code in (450, 451) and (enhanced == ("7", "1") or _GREYLISTED.search(text))
        return Verdict.GREYLISTED if asks_again else Verdict.LATER
    if of_sender or code in _LOG_IN or enhanced in _SENDER:
        return Verdict.CLIENT
    unwelcome = enhanced[0] == "7" or (not found and _POLICY.search(text))
    return Verdict.POLICY if unwelcome else Verdict.RECIPIENT
