"""Where the time goes: flame graphs of the intake under load and of a consumer at work. ``python -m bench.flames docs``

Each picture shows who held the interpreter, sampled by py-spy, which needs the right to look into processes (root).
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.sections import events, intake
from bench.system import BenchSystem, on_a_loop
from scripts.local.processes import Process

SECONDS = 8
SPY = Path(sys.executable).with_name("py-spy")


def draw(folder: Path) -> None:
    """Write ``flames-intake.svg`` and ``flames-consumer.svg`` into a folder."""
    with tempfile.TemporaryDirectory(prefix="klu-bench-") as below:
        system = BenchSystem(Path(below))
        try:
            system.set_up()
            system.start_services("intake")
            watching = _watch(system.services["intake"], folder / "flames-intake.svg")
            intake.accepted(intake.api(system), connections=16, seconds=SECONDS + 2)
            watching.wait()
            _entitle(folder / "flames-intake.svg", "The intake, 16 connections at its API")
            system.at_rest()
            system.stop_services()
            system.empty_queues()
            for _ in range(3):
                on_a_loop(events.fill(system))
            system.start_services("router")
            _watch(system.services["router"], folder / "flames-consumer.svg").wait()
            _entitle(folder / "flames-consumer.svg", "The router, opening cases from a full queue")
        finally:
            system.stop()
            system.remove()


def _watch(process: Process, picture: Path) -> "subprocess.Popen[bytes]":
    how = ["--duration", str(SECONDS), "--rate", "200", "--gil", "--format", "flamegraph", "--output", str(picture)]
    return subprocess.Popen([str(SPY), "record", "--pid", str(process.pid), *how])


def _entitle(picture: Path, title: str) -> None:
    """Instead of the command that drew it."""
    picture.write_text(re.sub(r">[^<>]*py-spy record[^<>]*<", f">{title}<", picture.read_text()))


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
