"""Where the time goes: flame graphs of the intake under load and of a consumer at work. ``python -m bench.flames docs``

Each picture shows who held the interpreter, sampled by py-spy, which needs the right to look into processes (root).
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvloop

from bench.load import hammered
from bench.sections import events, intake
from bench.system import bench_system
from scripts.local.processes import Process
from shared.events import MessageSubmitted

SECONDS = 8
SPY = Path(sys.executable).with_name("py-spy")


def draw(folder: Path) -> None:
    """Write ``flames-intake.svg`` and ``flames-consumer.svg`` into a folder."""
    with bench_system(largest=0) as system:
        system.start_services("intake")
        with _watched(system.services["intake"], folder / "flames-intake.svg", "The intake, 16 connections at its API"):
            hammered(intake.api(system), connections=16, seconds=SECONDS + 2)
        system.at_rest()
        system.clear()
        for _ in range(3):
            uvloop.run(events.published(system, MessageSubmitted))
        system.start_services("router")
        title = "The router, opening cases from a full queue"
        with _watched(system.services["router"], folder / "flames-consumer.svg", title):
            pass


@contextmanager
def _watched(process: Process, picture: Path, title: str) -> Iterator[None]:
    """For so many seconds, while the block does its work. py-spy's title is the command that drew the picture."""
    how = ["--duration", str(SECONDS), "--rate", "200", "--gil", "--format", "flamegraph", "--output", str(picture)]
    with subprocess.Popen([str(SPY), "record", "--pid", str(process.pid), *how]):
        yield
    picture.write_text(re.sub(r">[^<>]*py-spy record[^<>]*<", f">{title}<", picture.read_text()))


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
