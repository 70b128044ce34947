"""The desk shows a letter in the words in which the notifier writes it."""

import pytest

from tests.test_catalogues import catalogue

SHARED = (
    *("Dear %(name)s,", "Dear Sir or Madam,", "Tracking code", "Received on", "Please reply by"),
    *("Open the status page", "Follow your message", "Answer the question", "Read the message", "Revise the reply"),
    *("Read the message and reply", "How do you rate the answer?", "Very good", "Your message: %(subject)s"),
    *("Note from the hotline:", "Reason:", "Our e-mail", "See all open messages", "Open the desk", "Account"),
    *("Choose a new password", "Yes, it was done", "No, it was not done"),
    *("Messages that nobody has taken", "You can also answer by replying to this e-mail.", "Your account was changed."),
    "Once a day you can get one letter about everything that waits. You switch it on and off here:",
    "If you do not agree with the answer, you can object to it once on the status page, within %(days)d days.",
)
"""What both draw around the words that stand in ``shared.letters``."""


@pytest.mark.parametrize("sentence", SHARED)
def test_the_letter_on_the_desk_says_what_the_notifiers_letter_says(sentence: str) -> None:
    said = [next(m.string for m in catalogue(service) if m.id == sentence) for service in ("router", "notifier")]
    assert said[0] == said[1]
