"""How a person is recognised: addresses in any writing, phones by their digits, names in any order of their words."""

import pytest

from shared.events import PersonSought
from shared.people import Sought, name_words, phone_numbers, same_name
from tests import examples as example


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Deniz Kaya", "KAYA, Deniz", True),
        ("İpek Işık", "ipek ISIK", True),
        ("Deniz Kaya", "Deniz Ayşe Kaya", True),
        ("Prof. Dr. Deniz Ayşe Kaya", "Deniz Kaya", True),
        ("Deniz Kaya", "Deniz K.", False),
        ("Deniz Kaya", "Deniz", False),
        ("Deniz Kaya", "Deniz Aydın", False),
        ("", "", False),
    ],
)
def test_names_are_the_same_when_all_words_of_one_are_in_the_other(one: str, other: str, same: bool) -> None:
    assert same_name(name_words(one), name_words(other)) is same


@pytest.mark.parametrize("text", ["0288 212 96 79", "+90 (288) 212-96-79", "0090 288 2129679", "2882129679"])
def test_a_phone_number_is_the_same_in_each_writing(text: str) -> None:
    assert phone_numbers(text) == ("2882129679",)


def test_who_is_sought_by_nothing_is_found_nowhere() -> None:
    nobody = Sought.of(PersonSought(request_id="rq1", sought_at=example.NOW))
    assert nobody.found_by(emails=[None, ""], phones=[None, ""], names=[None, ""]) == ()
    assert nobody.query(email="e", phone="p", name="n") is None
