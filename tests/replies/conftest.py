"""The portal in a browser."""

from tests.windows import chromium, portal, window

__all__ = ["chromium", "portal", "window"]
