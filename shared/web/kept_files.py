"""Files as pages list them."""

from typing import Any

from shared.state import KeptFile
from shared.web.i18n import Locale

OPENED = ("clean", "unscanned")
"""States of a file in which it may be opened."""
STATES = {
    "unscanned": ("Not scanned for viruses", "attention"),
    "held": ("Being scanned for viruses", "info"),
    "infected": ("Infected: cannot be opened", "danger"),
}
"""What is said of a file that was not found clean: label and tone."""
TYPES = {
    "application/pdf": "PDF",
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WebP",
    "image/gif": "GIF",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint",
    "application/vnd.oasis.opendocument.text": "OpenDocument",
    "text/plain": "TXT",
}


def listed(locale: Locale, file: KeptFile, url: str) -> dict[str, Any]:
    """A file for the macro ``files``. ``url`` is where it is opened; empty: it cannot be opened now.

    A held file has no preview, as its owner gives it to nobody yet.
    """
    said, tone = STATES.get(file.state, ("" if file.state in OPENED else file.state, "neutral"))
    return {
        "id": file.id,
        "name": file.name,
        "about": f"{TYPES.get(file.type, file.type)}, {locale.file_size(file.size)}",
        "url": url,
        "preview": f"{url}/preview" if url and file.preview and file.state in OPENED else "",
        "state": locale.gettext(said) if said else "",
        "tone": tone,
    }
