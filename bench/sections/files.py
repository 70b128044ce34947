"""How fast a file of 1 MB is taken: sent as the form's script sends it, looked into, and durable, against the floor."""

import os
from uuid import uuid4

import uvloop

from bench.figures import Figure, Goal, medians
from bench.load import Load, Target, ask, get, hammered, post
from bench.system import BenchSystem, Profile
from scripts.browser import form_in

GOAL = Goal(0.70, "more")
CONNECTIONS = (1, 4)
TEXT = os.urandom(512 * 1024).hex().encode()
"""1 MB."""


def measure(system: BenchSystem, profile: Profile) -> list[Figure]:
    """Starlette with the driver's GridFS, and the intake, in turn."""
    system.start_services("intake")
    figures: list[Figure] = []
    with system.floor() as process:
        process.start()
        process.wait_ready()
        page = uvloop.run(ask(system.serving["intake"][0], get("/"), 200))
        csrf = form_in(page.text, "/").fields["csrf"][0]
        targets = {
            "floor": Target([system.floor_address], lambda: upload(csrf), 201),
            "upload of 1 MB": Target(system.serving["intake"], lambda: upload(csrf), 201),
        }
        for connections in CONNECTIONS:
            loads: dict[str, list[Load]] = {name: [] for name in targets}
            for name, target in [*targets.items()] * profile.runs:
                loads[name].append(hammered(target, connections=connections, seconds=profile.seconds))
            floor, intake = (medians(loads[name]) for name in targets)
            for what, (baseline, unit) in floor.items():
                row = f"upload of 1 MB, {what}, {connections} at once"
                goal = GOAL if what == "accepted" else None
                figures.append(Figure("files", row, *intake[what], "floor", baseline, goal))
                figures.append(Figure("files", f"floor, {row}", baseline, unit))
    system.clear()
    return figures


def upload(csrf: str) -> bytes:
    """A text, for a form of its own: what is attached to the same form already is not stored again."""
    part = '--x\r\ncontent-disposition: form-data; name="{}"{}\r\n\r\n'
    own = {"csrf": csrf, "once": uuid4().hex}
    fields = "".join(part.format(name, "") + value + "\r\n" for name, value in own.items())
    body = fields.encode() + part.format("files", '; filename="a.txt"').encode() + TEXT + b"\r\n--x--\r\n"
    return post("/files", body, {"content-type": "multipart/form-data; boundary=x"})
