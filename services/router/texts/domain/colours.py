"""Contrast of colours (WCAG 2.2, success criterion 1.4.3)."""

ENOUGH = 4.5
"""For text of the usual size."""


def readable_on_white(colour: str) -> bool:
    """Whether white text can be read on a colour such as ``#0b4f6c``, and text of that colour on white."""
    return 1.05 / (luminance(colour) + 0.05) >= ENOUGH


def luminance(colour: str) -> float:
    """The relative luminance, from 0 (black) to 1 (white)."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
