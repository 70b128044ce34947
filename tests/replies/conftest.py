"""The portal in a browser."""

from tests.windows import portal, window

__all__ = ["portal", "window"]
