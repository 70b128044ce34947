"""Run the notifier: ``python -m services.notifier``; with ``prepare``, only make indexes and queues."""

import sys

from services.notifier.app import create_app
from services.notifier.config import Settings
from shared.config import load
from shared.serving import run

if __name__ == "__main__":
    settings = load(Settings)
    run(create_app(settings), settings, *sys.argv[1:])
