"""The forms of the record."""

from pydantic import BaseModel


class BundleForm(BaseModel):
    """Asks for the file of a case. It has no fields."""
