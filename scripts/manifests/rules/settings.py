"""Each container of ours gets the settings that its program reads, all those it needs, and no others."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar
from unittest.mock import patch

from pydantic import AliasChoices, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from scripts.manifests.reading import Container, Pods, containers, named, pods
from scripts.manifests.rendering import Document
from services.intake.config import Settings as IntakeSettings
from services.notifier.config import Settings as NotifierSettings
from services.replies.config import Settings as RepliesSettings
from services.router.config import Settings as RouterSettings
from shared.backup.config import Settings as BackupSettings
from shared.config import ServiceSettings

SETTINGS: Mapping[str, type[ServiceSettings]] = {
    "intake": IntakeSettings,
    "router": RouterSettings,
    "replies": RepliesSettings,
    "notifier": NotifierSettings,
}
PROGRAMS: Mapping[str, type[BaseSettings]] = {**SETTINGS, "backup": BackupSettings}
S = TypeVar("S", bound=BaseSettings)
UNSEEN = "x" * 32
"""Stands for a value that only a Secret knows."""


class Given(NamedTuple):
    """The environment of one container: names and values, as far as the documents tell them."""

    where: str
    program: str
    values: Mapping[str, str]


def wrong(documents: Sequence[Document]) -> list[str]:
    """Variables that a program does not know, lacks, or refuses; which program it is, its command says."""
    return [f"{one.where}: {what}" for one in environments(documents) for what in _wrong(one)]


def environments(documents: Sequence[Document]) -> Iterator[Given]:
    """The environment of every container that runs a service, a service's command, or the backup."""
    for one in pods(documents):
        for container in containers(one.spec):
            if program := program_of(container):
                yield Given(one.title, program, _values(container, one, documents))


def program_of(container: Container) -> str:
    """``intake``, ``backup``; empty for what is not ours."""
    spoken = " ".join([*container.get("command", ()), *container.get("args", ())])
    found = re.search(r"python -m (?:services\.(\w+)|shared\.(backup))", spoken)
    return (found[1] or found[2]) if found else ""


def names(field: str, info: FieldInfo) -> set[str]:
    """The environment variables that fill one field."""
    alias = info.validation_alias
    if isinstance(alias, AliasChoices):
        return {str(choice) for choice in alias.choices}
    return {alias} if isinstance(alias, str) else {f"KLU_{field.upper()}"}


def _values(container: Container, one: Pods, documents: Sequence[Document]) -> dict[str, str]:
    values: dict[str, str] = {}
    for whole in container.get("envFrom", ()):
        source = named(documents, "ConfigMap", whole.get("configMapRef", {}).get("name", ""))
        values |= source["data"] if source else {}
    for variable in container.get("env", ()):
        values[variable["name"]] = variable.get("value") or _looked_up(variable.get("valueFrom", {}), documents)
    return values


def _looked_up(source: Mapping[str, Any], documents: Sequence[Document]) -> str:
    reference = source.get("configMapKeyRef", {})
    kept = named(documents, "ConfigMap", reference.get("name", ""))
    return str(kept["data"].get(reference["key"], "")) if kept else UNSEEN


def _wrong(given: Given) -> Iterator[str]:
    ours = {name for name in given.values if name.startswith("KLU_")}
    if given.program not in PROGRAMS:
        yield f"there is no service {given.program}"
        return
    fields = PROGRAMS[given.program].model_fields
    known = {name for field, info in fields.items() for name in names(field, info)}
    yield from (f"the {given.program} knows no {name}" for name in sorted(ours - known))
    for field, info in fields.items():
        if info.is_required() and not names(field, info) & ours:
            yield f"{min(names(field, info))} is missing"
    yield from _refused(PROGRAMS[given.program], given.values)


def _refused(settings: type[BaseSettings], values: Mapping[str, str]) -> Iterator[str]:
    """Ask the Settings themselves; what is missing is told elsewhere."""
    try:
        understood(settings, values)
    except ValidationError as error:
        yield from (f"{e['loc'][0]}: {e['msg']}" for e in error.errors() if e["type"] != "missing")


def understood(settings: type[S], values: Mapping[str, str]) -> S:
    """The settings as the service would read them, with nothing but these variables in its environment."""
    with patch.dict(os.environ, values, clear=True):
        return settings()
