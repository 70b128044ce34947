"""Each container of ours gets the settings that its program reads, all those it needs, and no others."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple
from unittest.mock import patch

from pydantic import AliasChoices, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from scripts.local.config import SERVICES
from scripts.manifests.reading import Container, containers, named, pods
from scripts.manifests.rendering import Document

PROGRAMS = {**{name: f"services.{name}.config" for name in SERVICES}, "backup": "shared.backup.config"}
UNSEEN = "x" * 32
"""Stands for a value that only a Secret knows."""


class Given(NamedTuple):
    """The environment of one container: names and values, as far as the documents tell them."""

    where: str
    program: str
    values: Mapping[str, str]


def settings_of(program: str) -> type[BaseSettings]:
    found: type[BaseSettings] = import_module(PROGRAMS[program]).Settings
    return found


def understood(program: str, values: Mapping[str, str]) -> Any:
    """The settings as the program would read them, with nothing but these variables in its environment."""
    with patch.dict(os.environ, values, clear=True):
        return settings_of(program)()


def environments(documents: Sequence[Document]) -> Iterator[Given]:
    """The environment of every container that runs a service, a service's command, or the backup."""
    for one in pods(documents):
        for container in containers(one.spec):
            spoken = " ".join([*container.get("command", ()), *container.get("args", ())])
            if found := re.search(r"python -m (?:services|shared)\.(\w+)", spoken):
                yield Given(one.title, found[1], _values(container, documents))


def wrong(documents: Sequence[Document]) -> Iterator[str]:
    """Variables that a program does not know, lacks, or refuses; which program it is, its command says."""
    for given in environments(documents):
        yield from (f"{given.where}: {what}" for what in _wrong(given))


def _wrong(given: Given) -> Iterator[str]:
    if given.program not in PROGRAMS:
        yield f"there is no service {given.program}"
        return
    ours = {name for name in given.values if name.startswith("KLU_")}
    fields = settings_of(given.program).model_fields
    names = {field: _names(field, info) for field, info in fields.items()}
    for name in sorted(ours.difference(*names.values())):
        yield f"the {given.program} knows no {name}"
    for field, info in fields.items():
        if info.is_required() and not names[field] & ours:
            yield f"{min(names[field])} is missing"
    try:
        understood(given.program, given.values)
    except ValidationError as error:
        yield from (f"{e['loc'][0]}: {e['msg']}" for e in error.errors() if e["type"] != "missing")


def _names(field: str, info: FieldInfo) -> set[str]:
    """The environment variables that fill one field."""
    alias = info.validation_alias
    if isinstance(alias, AliasChoices):
        return {str(choice) for choice in alias.choices}
    return {alias} if isinstance(alias, str) else {f"KLU_{field.upper()}"}


def _values(container: Container, documents: Sequence[Document]) -> dict[str, str]:
    values: dict[str, str] = {}
    for whole in container.get("envFrom", ()):
        source = named(documents, "ConfigMap", whole.get("configMapRef", {}).get("name", ""))
        values |= source["data"] if source else {}
    for variable in container.get("env", ()):
        reference = variable.get("valueFrom", {}).get("configMapKeyRef", {})
        kept = named(documents, "ConfigMap", reference.get("name", ""))
        looked_up = str(kept["data"].get(reference["key"], "")) if kept else UNSEEN
        values[variable["name"]] = variable.get("value") or looked_up
    return values
