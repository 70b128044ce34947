"""The kinds of messages, as people read them."""

from shared.kinds import LABELS, Kind, label
from shared.web.i18n import LANGUAGES


def test_every_kind_has_a_label_in_every_language() -> None:
    assert list(LABELS) == list(Kind)
    assert all(tuple(labels) == LANGUAGES and all(labels.values()) for labels in LABELS.values())


def test_a_kind_is_called_by_its_label() -> None:
    assert (label("compliment", "tr"), label("compliment", "en")) == ("Teşekkür", "Compliment")


def test_a_kind_without_a_label_is_shown_as_it_is() -> None:
    assert label("petition", "tr") == "petition"
