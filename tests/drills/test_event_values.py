"""A hundred examples for each event and each service that hears it: what is accepted can be read and drawn."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.drills import part_of
from tests.shared.test_event_values import HEARD, Reader, read_and_drawn, reader

__all__ = ["reader"]


@pytest.mark.parametrize(("service", "type_"), HEARD, ids=lambda value: value)
@settings(max_examples=part_of(100), deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(data=st.data())
async def test_what_is_accepted_can_be_read_and_drawn_in_a_hundred_examples(
    service: str,
    type_: str,
    reader: Reader,
    data: st.DataObject,
) -> None:
    await read_and_drawn(reader, type_, data)
