"""The desk shows a letter in the words in which the notifier writes it."""

import pytest

from tests.test_catalogues import catalogue

SHARED = (
    "The answer to your message",
    "Dear %(name)s,",
    "Dear Sir or Madam,",
    "Your message of %(date)s with the reference number %(reference)s has been answered as follows:",
    "You can also read the answer on the status page:",
)


@pytest.mark.parametrize("sentence", SHARED)
def test_the_letter_on_the_desk_says_what_the_notifiers_letter_says(sentence: str) -> None:
    said = [next(m.string for m in catalogue(service) if m.id == sentence) for service in ("router", "notifier")]
    assert said[0] == said[1]
