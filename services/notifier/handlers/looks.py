"""The look of letters: styles in the elements themselves, because many mail programs read no style sheet."""

import re
from functools import cache
from pathlib import Path

from jinja2 import Environment
from jinja2.ext import Extension

LOOK = Path(__file__).parent.parent / "templates" / "look.css"
_RULE = re.compile(r"(?m)^\.([a-z-]+) \{ (.+) \}$")
_CLASS = re.compile(r'class="([a-z-]+)"')


class Styled(Extension):
    """Gives each element with a class its style when a template is read, once for all letters.

    The class stays: the style sheet for narrow and for dark screens names it. Raises KeyError for one without a style.
    """

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._styles = styles()

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The template with its styles, which may hold variables."""
        return _CLASS.sub(lambda found: f'{found[0]} style="{self._styles[found[1]]}"', source)


@cache
def styles() -> dict[str, str]:
    """The style of each class."""
    return dict(_RULE.findall(LOOK.read_text("utf-8")))
