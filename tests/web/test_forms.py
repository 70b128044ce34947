"""Forms are validated, or shown again with what was typed."""

from typing import Any

import pytest

from scripts.browser import Browser
from shared.web.limits import LARGEST_FORM
from tests.conftest import Visit
from tests.web.site import site


@pytest.fixture
async def visitor(visit: Visit) -> Browser:
    return visit(site())


async def answer(visitor: Browser, **fields: Any) -> dict[str, Any]:
    token = (await visitor.client.get("/token/deniz")).json()
    told = await visitor.client.post("/orders/deniz", data={"csrf": token} | fields)
    result: dict[str, Any] = told.json() | {"status": told.status_code}
    return result


async def test_a_valid_form_is_read(visitor: Browser) -> None:
    told = await answer(visitor, title="Klima", units=["a", "b"], urgent="yes")
    assert told == {
        "values": {"title": "Klima", "units": ["a", "b"], "urgent": "yes"},
        "errors": {},
        "status": 200,
    }


async def test_of_a_field_sent_twice_the_last_counts(visitor: Browser) -> None:
    assert (await answer(visitor, title=["Klima", "Isıtma"]))["values"]["title"] == "Isıtma"


async def test_strange_fields_are_left_out(visitor: Browser) -> None:
    assert "role" not in (await answer(visitor, title="Klima", role="admin"))["values"]


async def test_an_empty_field_has_its_own_sentence(visitor: Browser) -> None:
    for told in (await answer(visitor), await answer(visitor, title="  ")):
        assert told["status"] == 422
        assert list(told["errors"]) == ["title"]
        assert told["errors"]["title"].endswith(".")


async def test_each_field_has_one_sentence_and_keeps_what_was_typed(visitor: Browser) -> None:
    told = await answer(visitor, title="x" * 151, urgent="maybe", note="ik\ufffd")
    assert told["errors"] == {
        "title": "Lütfen en fazla 150 karakter kullanınız. 1 karakter fazla.",
        "urgent": "Lütfen seçeneklerden birini seçiniz.",
        "note": "Metinde okunamayan karakterler var. Lütfen yeniden yazınız.",
    }
    assert told["values"] == {"title": "x" * 151, "units": [], "urgent": "maybe", "note": "ik\ufffd"}


async def test_sentences_are_in_the_visitors_language(visit: Visit) -> None:
    told = await answer(visit(site(), language="en"), title="x" * 151)
    assert told["errors"] == {"title": "Please use at most 150 characters. 1 too many."}


async def test_braces_in_what_was_typed_are_only_text(visitor: Browser) -> None:
    told = await answer(visitor, title="{max_length} {0.__class__} %(x)s\n")
    assert told["values"]["title"] == "{max_length} {0.__class__} %(x)s\n"
    assert told["status"] == 200


async def test_an_expired_form_keeps_what_was_typed_and_tells_the_other_mistakes_too(visitor: Browser) -> None:
    told = await answer(visitor, csrf="forged", title="Klima", urgent="maybe")
    assert told["errors"].keys() == {"", "urgent"}
    assert told["values"]["title"] == "Klima"


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"title=%FF", "application/x-www-form-urlencoded", 422),
        (b"title=\xff", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a%d=" % i for i in range(201)), "application/x-www-form-urlencoded", 400),
        (b"title=" + b"x" * 262_144, "application/x-www-form-urlencoded", 422),
        (b"title=" + b"x" * LARGEST_FORM, "application/x-www-form-urlencoded", 413),
        (b"--y\r\n", "multipart/form-data; boundary=x", 400),
        (b"title", "multipart/form-data", 400),
        (b"{}", "application/json", 422),
    ],
)
async def test_bytes_that_are_no_form_are_refused(
    visitor: Browser, body: bytes, content_type: str, status: int
) -> None:
    told = await visitor.client.post("/orders/deniz", content=body, headers={"content-type": content_type})
    assert told.status_code == status


async def test_a_file_where_none_is_asked_for_is_refused(visitor: Browser) -> None:
    told = await visitor.client.post("/orders/deniz", files={"title": ("a.txt", b"x")})
    assert told.status_code == 400


async def test_a_page_runs_again_after_a_conflict(visitor: Browser) -> None:
    assert (await visitor.client.get("/late")).text == "at last"


async def test_a_page_that_never_gets_its_turn_says_so(visitor: Browser) -> None:
    told = await visitor.client.get("/never")
    assert told.status_code == 409
    assert "Kayıt bu sırada değişti" in told.text
