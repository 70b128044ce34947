"""The four images, built, and run as an orchestrator would run them, beside real stores in a network of their own."""

import json
import os
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from scripts import images as builder
from scripts.images import docker, engine_answers
from scripts.local import mongod, ports, rabbitmq
from scripts.local.config import ROOT, SERVICES
from scripts.local.processes import until
from tests import examples as example
from tests import stack
from tests.conftest import MAKERS

AS_ORCHESTRATED = ["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
VERSION = "0.0.0-test"


@dataclass(frozen=True)
class Running:
    """One service in its container."""

    service: str
    container: str
    management: str

    def prints(self, program: str) -> str:
        """What a Python program prints inside."""
        return docker("exec", self.container, "python", "-c", program)

    def says(self) -> dict[str, Any]:
        """What the engine knows of it."""
        (known,) = json.loads(docker("inspect", self.container))
        return dict(known)


Start = Callable[..., Running]


def base() -> str:
    """The base image of the tests: the one they are told, else the Dockerfile's own."""
    default = re.search(r"^ARG BASE=(\S+)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert default
    return os.environ.get("KLU_TEST_BASE_IMAGE") or default[1]


@pytest.fixture(scope="package")
def images() -> dict[str, str]:
    """The image of each service."""
    if not engine_answers():
        pytest.skip("no Docker engine answers")
    if missing := [image for image in (base(), *stack.images()) if not stack.at_hand(image)]:
        pytest.skip(f"{', '.join(missing)} cannot be pulled")
    made = {service: builder.name(service, "test") for service in SERVICES}
    for service, image in made.items():
        builder.build(service, image, base(), builder.labels(VERSION))
    return made


@pytest.fixture(scope="package")
def start(images: dict[str, str]) -> Iterator[Start]:
    """Starts a service, or one of its commands, on real stores: ``start("intake", "prepare")``. All go at the end."""
    stack.sweep_containers()
    docker("network", "prune", "-f", "--filter", f"label={stack.LABEL}")
    network = docker("network", "create", "--label", f"{stack.LABEL}={stack.owner()}", f"klu-{secrets.token_hex(6)}")
    begun: list[str] = []

    def run(image: str, inside: int, *options: str, command: tuple[str, ...] = ()) -> int:
        (outside,) = ports.free(["one"]).values()
        known = ["--network", network, "--label", f"{stack.LABEL}={stack.owner()}"]
        begun.append(docker("run", "-d", *known, "-p", f"127.0.0.1:{outside}:{inside}", *options, image, *command))
        return outside

    def service(name: str, *command: str) -> Running:
        settings = {
            "KLU_MONGODB_URL": mongod.url(27017, "mongodb"),
            "KLU_RABBITMQ_URL": rabbitmq.url("klu", 5672, "rabbitmq"),
            "KLU_SECRET_KEY": example.SECRET,
            **{f"KLU_{key.upper()}": value for key, value in example.keys(name).items()},
            "KLU_SMTP_URL": "smtp://127.0.0.1:9",
        }
        told = [part for key, value in settings.items() for part in ("-e", f"{key}={value}")]
        port = run(
            images[name],
            MAKERS[name][1].model_fields["management_port"].default,
            *(*AS_ORCHESTRATED, "--memory", "256m", "--health-interval", "1s", *told),
            command=command,
        )
        return Running(name, begun[-1], f"http://{ports.HOST}:{port}")

    try:
        _start_stores(run)
        yield service
    finally:
        if begun:
            docker("rm", "-fv", *begun)
        docker("network", "rm", network)


@pytest.fixture(scope="package")
def running(start: Start) -> dict[str, Running]:
    """All four, ready. Not to be stopped."""
    services = {name: start(name) for name in SERVICES}
    for service in services.values():
        assert until(partial(ports.answers_ok, f"{service.management}/readyz"), 60), service.says()["State"]
    return services


def _start_stores(run: Callable[..., int]) -> None:
    broker_image, database_image = stack.images()
    login = {"USER": rabbitmq.USER, "PASS": "klu", "VHOST": rabbitmq.VHOST}
    told = [part for key, value in login.items() for part in ("-e", f"RABBITMQ_DEFAULT_{key}={value}")]
    broker = run(broker_image, 5672, "--network-alias", "rabbitmq", *told)
    member = ("mongod", "--bind_ip_all", *mongod.OPTIONS, mongod.CACHE)
    database = run(database_image, 27017, "--network-alias", "mongodb", command=member)
    mongod.become_primary(mongod.url(database), 60, host="localhost:27017")
    stack.wait_for(rabbitmq.url("klu", broker), 90)
