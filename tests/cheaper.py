"""What makes an application cheap: each test has one of its own, and would do the same work again."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from fastapi import routing
from faststream._internal.testing import calls
from pydantic_settings import BaseSettings

from services.notifier.inbound import reading
from shared import printing
from shared.files import opener
from shared.forking import Jobs


def work_out_once(patch: pytest.MonkeyPatch) -> None:
    """From now on, an application takes over what another one with the same page has worked out.

    FastAPI works out the parameters of every page once for each application, which takes a tenth of a second.
    """
    work_out = routing._EffectiveRouteContext.from_api_route
    known: dict[tuple[int, int], list[tuple[Any, Any]]] = {}

    def once(*, original_route: routing.APIRoute, include_context: Any) -> Any:
        included = replace(include_context, dependency_overrides_provider=None)
        worked_out = known.setdefault((id(original_route), id(included.included_router)), [])
        alike = replace(included, included_router=None)  # two routers are compared page by page
        for another, made in worked_out:
            if another == alike:
                return made
        made = work_out(original_route=original_route, include_context=included)
        worked_out.append((alike, made))
        kept_alive.append((original_route, included.included_router))
        return made

    kept_alive: list[Any] = []  # or another object would get the id
    patch.setattr(routing._EffectiveRouteContext, "from_api_route", staticmethod(once))


def no_recorders(patch: pytest.MonkeyPatch) -> None:
    """FastStream makes a mock for every handler, for its test broker, which nobody uses here."""
    patch.setattr(calls, "MagicMock", object)


def processes_shared(patch: pytest.MonkeyPatch) -> None:
    """The processes that open files, print papers and read mails start once: each loads libraries for a second."""
    known: dict[tuple[object, ...], Jobs] = {}

    def shared(module: str, *, environment: Mapping[str, str] | None = None, quiet: bool = False) -> Jobs:
        alike = module, quiet, *sorted((environment or {}).items())
        return known.setdefault(alike, Jobs(module, environment=environment, quiet=quiet))

    for user in (opener, printing, reading):
        patch.setattr(user, "Jobs", shared)


def from_arguments(settings: type[BaseSettings], given: dict[str, Any]) -> Any:
    """The settings without a look at the environment, where the tests have none."""

    def arguments_alone(_: object, init_settings: Any, **others: object) -> tuple[Any, ...]:
        return (init_settings,)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "settings_customise_sources", arguments_alone)
        return settings(**given)
