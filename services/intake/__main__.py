"""Run the intake: ``python -m services.intake``; with ``prepare``, only make indexes and queues."""

import sys

from services.intake.app import create_app
from services.intake.config import Settings
from shared.config import load
from shared.serving import run

if __name__ == "__main__":
    settings = load(Settings)
    run(create_app(settings), settings, *sys.argv[1:])
