"""The public keys by which anybody can check what the desk has signed (``scripts/verify_bundle.py``)."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import PlainTextResponse, Response

from services.intake.config import Settings
from shared.web.pages import Page
from shared.web.provided import provided

page = APIRouter(route_class=Page, tags=["pages"])
ABOUT = """\
# 7/24 hat: başvuru dosyalarının imzasını denetlemek için açık anahtarlar (Ed25519)
# 7/24 hotline: public keys to check the signature of case files (Ed25519)
# python3 verify_bundle.py BUNDLE.zip --key keys.txt
"""


@page.get("/keys.txt")
async def show_keys(settings: Annotated[Settings, provided(Settings)]) -> Response:
    """The public keys of the desk, one in each line."""
    keys = settings.verify_keys.get("router", ())
    return PlainTextResponse(ABOUT + "".join(f"{key}\n" for key in keys))
