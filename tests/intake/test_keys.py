"""The public keys of the desk, for whoever checks a bundle."""

from pathlib import Path

from fastapi import FastAPI

from scripts.verify_bundle import keys_of
from tests import examples as example
from tests.conftest import Make, Visit


async def test_anybody_gets_the_keys_of_the_desk_as_the_verifier_takes_them(
    make: Make, visit: Visit, tmp_path: Path
) -> None:
    app: FastAPI = make("intake")
    answer = await visit(app).client.get("/keys.txt")
    assert answer.headers["content-type"].startswith("text/plain")
    (tmp_path / "keys.txt").write_bytes(answer.content)
    assert list(keys_of(str(tmp_path / "keys.txt"))) == [bytes.fromhex(example.SIGNERS["router"].public_key)]
