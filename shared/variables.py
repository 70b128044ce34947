"""Variables in texts that the institution writes: names in braces. Nothing in such a text is a program."""

import re
from collections.abc import Mapping
from string import Formatter

_BRACES = re.compile(r"\{([^{}]*)\}")


def variables_in(text: str) -> frozenset[str]:
    """The names in braces. Raises ValueError for a brace alone, a doubled one, and for more than a name in braces."""
    if "{{" in text or "}}" in text:
        raise ValueError("doubled braces")
    found = [(name, form, conversion) for _, name, form, conversion in Formatter().parse(text) if name is not None]
    if any(form or conversion or not name for name, form, conversion in found):
        raise ValueError("more or less than a name")
    return frozenset(name for name, _, _ in found)


def filled_in(text: str, values: Mapping[str, str], *, empty: bool = False) -> str:
    """The text with values for its variables. One without a value stays in its braces; with ``empty``, an empty value
    counts as one."""

    def value(found: re.Match[str]) -> str:
        known = values.get(found[1])
        return found[0] if known is None or not (known or empty) else known

    return _BRACES.sub(value, text)
