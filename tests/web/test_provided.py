"""What a page asks for in its signature comes from its own application."""

from typing import Annotated

import httpx2
import pytest
from fastapi import APIRouter, FastAPI

from shared.web.provided import Now, provide, provided
from tests import examples as example


class Greeting:
    def __init__(self, text: str) -> None:
        self.text = text


page = APIRouter()


@page.get("/")
async def show_greeting(greeting: Annotated[Greeting, provided(Greeting)], now: Now) -> str:
    return f"{greeting.text} {now:%H:%M}"


def visit(*parts: object) -> httpx2.AsyncClient:
    app = FastAPI()
    app.include_router(page)
    provide(app, *parts, clock=lambda: example.NOW)
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test")


async def test_a_page_gets_the_parts_of_its_application_and_the_time_of_its_clock() -> None:
    async with visit(Greeting("Günaydın")) as first, visit(Greeting("Merhaba")) as second:
        assert (await first.get("/")).json() == "Günaydın 09:30"
        assert (await second.get("/")).json() == "Merhaba 09:30"


async def test_a_part_that_nobody_provided_is_an_error() -> None:
    async with visit() as client:
        with pytest.raises(KeyError):
            await client.get("/")
