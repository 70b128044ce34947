"""A thousand examples for each operation of the API: schemathesis finds nothing."""

from pathlib import Path

from shared.documents import Database
from tests.conftest import Make
from tests.drills import part_of
from tests.intake.test_documents import tried


async def test_what_the_document_says_holds_for_a_thousand_examples(
    make: Make, database: Database, tmp_path: Path
) -> None:
    await tried(make, database, tmp_path, examples=part_of(1000))
