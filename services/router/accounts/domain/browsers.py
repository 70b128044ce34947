"""What a browser calls itself, in words a person knows: ``Firefox · Windows``."""

LONGEST_READ = 500
_BROWSERS = (
    *(("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("YaBrowser", "Yandex")),
    *(("Firefox/", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari")),
)
"""The first mark that is there decides: most name Chrome and Safari too."""
_SYSTEMS = (
    *(("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad")),
    *(("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")),
)


def browser_of(user_agent: str) -> str:
    """Browser and system; empty where neither is known."""
    read = user_agent[:LONGEST_READ]
    found = (next((name for mark, name in known if mark in read), "") for known in (_BROWSERS, _SYSTEMS))
    return " · ".join(filter(None, found))
