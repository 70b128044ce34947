"""Figures and answers for everybody: 404 while they are off; as page, CSV and JSON when they are on."""

import csv
import io
from typing import Any

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.intake.domain.institution import Snapshot, with_public_page
from services.intake.handlers import SnapshotHandlers
from services.intake.store import Snapshots
from shared.documents import Database
from shared.events import PublicPageChanged
from tests import examples as example
from tests.conftest import Make, Visit

ADDRESSES = ("/figures", "/figures.csv", "/api/v1/figures", "/answers")


def public_page(version: int = 1, **different: Any) -> PublicPageChanged:
    """The public page as the router tells it."""
    total = {"code": "total", "labels": {"tr": "Tümü", "en": "All"}, "cells": [40, 38, 3.5, 0.93]}
    kind = {"code": "complaint", "labels": {"tr": "Şikâyet", "en": "Complaint"}, "cells": [40, None, None, None]}
    months = [
        {"code": f"2025-0{n}", "labels": {"tr": f"{n}. ay", "en": f"Month {n}"}, "cells": [20, None, None, None]}
        for n in (1, 2)
    ]
    columns = ["received", "answered", "median_days", "on_time"]
    given = {
        "version": version,
        "figures_shown": True,
        "answers_shown": True,
        "since": "2025-01-01",
        "until": "2025-12-31",
        "tables": [
            {"name": "kinds", "columns": columns, "rows": [kind, total]},
            {"name": "months", "columns": columns, "rows": [*months, total]},
        ],
        "answers": [
            {
                "id": "a1",
                "asked": {"tr": "Kütüphane neden soğuk?"},
                "done": {"tr": "Isıtma onarıldı."},
                "unit": {"code": "kddb", "name_tr": "Kütüphane", "name_en": "Library"},
                "published_at": example.NOW,
            }
        ],
        "changed_at": example.NOW,
    }
    return PublicPageChanged.model_validate(given | different)


@pytest.fixture
def app(make: Make) -> FastAPI:
    return make("intake")


async def know(app: FastAPI, told: PublicPageChanged) -> None:
    await SnapshotHandlers(app.state.provided[Snapshots]).on_public_page_changed(example.sealed(told))


@pytest.fixture
async def reader(app: FastAPI, visit: Visit) -> Browser:
    return visit(app, language="en")


@pytest.mark.parametrize("address", ADDRESSES)
async def test_what_is_off_is_not_there(app: FastAPI, reader: Browser, address: str) -> None:
    assert (await reader.client.get(address)).status_code == 404
    await know(app, public_page())
    assert (await reader.client.get(address)).status_code == 200
    await know(app, public_page(2, figures_shown=False, answers_shown=False))
    assert (await reader.client.get(address)).status_code == 404


def test_the_newest_version_counts_in_any_order() -> None:
    second = with_public_page(Snapshot(id="snapshot"), public_page(2))
    assert with_public_page(second, public_page(1, figures_shown=False)) is second
    assert second.public_page.figures_shown


async def test_the_form_links_to_what_is_shown(app: FastAPI, reader: Browser) -> None:
    assert "/figures" not in (await reader.client.get("/")).text
    await know(app, public_page(answers_shown=False))
    page = (await reader.client.get("/")).text
    assert ('href="/figures"' in page, 'href="/answers"' in page) == (True, False)


async def test_a_hidden_number_is_a_dash_that_is_read_aloud(app: FastAPI, reader: Browser) -> None:
    await know(app, public_page())
    page = (await reader.client.get("/figures")).text
    assert "not shown</span>" in page
    assert "93%" in page
    assert "3.5" in page


async def test_a_line_of_the_table_for_programs_has_one_number(app: FastAPI, reader: Browser) -> None:
    risky = {"code": "x", "labels": {"tr": "=1+1"}, "cells": [7, None, None, None]}
    columns = ["received", "answered", "median_days", "on_time"]
    await know(app, public_page(tables=[{"name": "kinds", "columns": columns, "rows": [risky]}]))
    answer = await reader.client.get("/figures.csv")
    lines = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert lines[:3] == [
        ["table", "code", "name", "figure", "value"],
        ["kinds", "x", "'=1+1", "received", "7"],
        ["kinds", "x", "'=1+1", "answered", ""],
    ]


@pytest.mark.parametrize("address", ADDRESSES)
async def test_who_has_it_already_does_not_get_it_again(app: FastAPI, reader: Browser, address: str) -> None:
    await know(app, public_page())
    first = await reader.client.get(address)
    again = await reader.client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await know(app, public_page(2, tables=[], answers=[]))
    newer = await reader.client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert newer.status_code == 200


async def test_what_was_told_is_read_again_after_a_restart(app: FastAPI, database: Database, make: Make) -> None:
    await know(app, public_page())
    other = make("intake").state.provided[Snapshots]
    await other.refresh()
    assert other.public_page.answers[0].asked == {"tr": "Kütüphane neden soğuk?"}
