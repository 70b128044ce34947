"""Ports of this machine: which are taken, and which are free."""

import socket
from collections.abc import Iterable, Mapping
from http.client import HTTPException
from random import SystemRandom
from urllib.request import ProxyHandler, build_opener

from scripts.local.setup_error import SetupError

HOST = "127.0.0.1"
RANGE = range(10000, 32768)


def is_free(port: int) -> bool:
    """Whether a server could listen there now; connections that are still closing do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def require_free(wanted: Mapping[str, int]) -> None:
    """Raise SetupError with one sentence for each port that is taken or asked for twice."""
    problems = [
        f"Port {port} is taken by another program; set {name} to a free one."
        for name, port in wanted.items()
        if not is_free(port)
    ]
    twice = [name for name, port in wanted.items() if list(wanted.values()).count(port) > 1]
    problems += [f"{' and '.join(twice)} are not all different."] if twice else []
    if problems:
        raise SetupError("\n".join(problems))


def free(names: Iterable[str]) -> dict[str, int]:
    """A free port for each name, none of those the kernel gives to outgoing connections: one of them could be lost."""
    candidates = filter(is_free, SystemRandom().sample(RANGE, len(RANGE)))
    return dict(zip(names, candidates, strict=False))


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def answers_ok(url: str) -> bool:
    """Whether a GET is answered with 200 within two seconds; the environment's proxy is not asked."""
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, HTTPException):
        return False
