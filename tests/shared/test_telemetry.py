"""What is measured has its standard name, and says nothing of anybody."""

from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from shared.telemetry import Telemetry
from tests.conftest import Make

NAME = "http_server_request_duration_seconds_count"


async def requested(app: FastAPI, *requests: tuple[str, str]) -> dict[tuple[str, str, str], float]:
    """The counts after these requests, by method, route and status."""
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        for method, path in requests:
            await client.request(method, path)
    telemetry: Telemetry = app.state.service.telemetry
    return {
        (labels["http_request_method"], labels["http_route"], labels["http_response_status_code"]): sample.value
        for family in telemetry.requests.collect()
        for sample in family.samples
        if sample.name == NAME and (labels := sample.labels)
    }


async def test_a_request_is_counted_under_its_template(make: Make) -> None:
    found = await requested(
        make("intake"), ("GET", "/t"), ("GET", "/t"), ("GET", "/static/app.js"), ("GET", "/nothing/here")
    )
    assert found == {
        ("GET", "/t", "200"): 2,
        ("GET", "/static/{path}", "200"): 1,
        ("GET", "", "404"): 1,
    }


async def test_a_made_up_method_makes_no_figure_of_its_own(make: Make) -> None:
    found = await requested(make("intake"), ("SECRET", "/t"), ("OTHERS", "/t"))
    assert {method for method, _, _ in found} == {"_OTHER"}


async def test_a_page_that_fails_is_counted_as_500(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: Any, **named: Any) -> None:
        raise ZeroDivisionError

    app = make("intake")
    monkeypatch.setattr("services.intake.pages.status.render", broken)
    assert await requested(app, ("GET", "/t")) == {("GET", "/t", "500"): 1}


def test_the_process_is_measured_by_standard_names() -> None:
    names = {family.name for family in Telemetry().registry.collect()}
    assert {"process_resident_memory_bytes", "process_cpu_seconds", "python_info", "python_gc_collections"} <= names
