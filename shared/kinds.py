"""The kinds of messages (5.2), with their labels and what depends on them. These are the defaults of the procedure."""

from collections.abc import Mapping
from enum import StrEnum

from shared.events import Language


class Kind(StrEnum):
    """What a message is about (5.2)."""

    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    COMPLIMENT = "compliment"
    REQUEST = "request"
    OTHER = "other"


LABELS: Mapping[str, Mapping[Language, str]] = {
    Kind.COMPLAINT: {"tr": "Şikâyet", "en": "Complaint"},
    Kind.SUGGESTION: {"tr": "Öneri", "en": "Suggestion"},
    Kind.COMPLIMENT: {"tr": "Teşekkür", "en": "Compliment"},
    Kind.REQUEST: {"tr": "İstek", "en": "Request"},
    Kind.OTHER: {"tr": "Diğer", "en": "Other"},
}
"""What people call each kind, in the order of the form."""
WITHOUT_DUTY = frozenset({Kind.COMPLIMENT})
"""A unit need not reply to a message of these kinds."""


def label(kind: str, language: Language) -> str:
    """What people call this kind. A kind without a label, such as one of a newer version, is shown as it is."""
    return LABELS[kind][language] if kind in LABELS else kind
