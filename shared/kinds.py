"""The kinds of messages (procedure 5.2) and their labels."""

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
    Kind.COMPLAINT: {"tr": "Şikâyet", "en": "Complaint", "ar": "شكوى"},
    Kind.SUGGESTION: {"tr": "Öneri", "en": "Suggestion", "ar": "اقتراح"},
    Kind.COMPLIMENT: {"tr": "Teşekkür", "en": "Compliment", "ar": "شكر"},
    Kind.REQUEST: {"tr": "Talep", "en": "Request", "ar": "طلب"},
    Kind.OTHER: {"tr": "Diğer", "en": "Other", "ar": "أخرى"},
}
"""The labels of the kinds, in the order of the form."""
WITHOUT_DUTY = frozenset({Kind.COMPLIMENT})
"""A unit need not reply to a message of these kinds."""


def label(kind: str, language: Language) -> str:
    """The label of a kind. A kind that a newer version added is its own label."""
    return LABELS[kind][language] if kind in LABELS else kind
