"""The floor: what these parts can do when nothing else is asked. Starlette takes a body or a file, Motor keeps it.

The document is one of the intake's, given as relaxed extended JSON; each insert is durable
(``w: majority``), as the intake's. ``python -m bench.floor PORT MONGODB_URL DATABASE DOCUMENT``.
"""

import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvicorn
from bson import json_util
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorGridFSBucket
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


def create_app(url: str, database: str, document: Path) -> Starlette:
    """A message, and a file."""
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(url, w="majority", tz_aware=True)
    messages = client[database]["messages"]
    kept = json_util.loads(document.read_text())

    async def post_message(request: Request) -> Response:
        await request.json()
        await messages.insert_one({**kept, "_id": str(uuid4())})
        return JSONResponse({"accepted": True}, status_code=202)

    async def post_file(request: Request) -> Response:
        async with request.form() as form:
            file = form["files"]
            assert isinstance(file, UploadFile)
            bucket = AsyncIOMotorGridFSBucket(client[database])
            await bucket.upload_from_stream("file", file.file)
        return JSONResponse({"accepted": True}, status_code=201)

    routes = [Route("/", post_message, methods=["POST"]), Route("/files", post_file, methods=["POST"])]
    return Starlette(routes=routes)


if __name__ == "__main__":
    port, url, database, document = sys.argv[1:]
    uvicorn.run(create_app(url, database, Path(document)), port=int(port), log_config=None, access_log=False)
