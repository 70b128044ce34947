"""What a page or a handler uses has its indexes: those by which MongoDB forgets, and those that keep names unique."""

import pytest

from tests.conftest import MAKERS, Make


@pytest.mark.parametrize("service", MAKERS)
async def test_every_store_that_a_page_gets_is_prepared_at_the_start(make: Make, service: str) -> None:
    app = make(service)
    prepared = [preparation.__self__ for preparation in app.state.service._preparations]
    given = [part for part in app.state.provided.values() if hasattr(part, "prepare")]
    assert given
    assert [type(part).__name__ for part in given if part not in prepared] == []
