"""The order of names in a list."""

import pytest

from shared.alphabet import alphabetical


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("tr", ["Çayır", "Dağ", "Işık", "İlahiyat", "Kâğıt", "Kalem", "Oda", "Öğrenci", "Sağlık", "Şube", "Zemin"]),
        ("tr", ["Cam", "Çam", "ılık", "Ilık 2", "ilik", "İLİM", "Uzun", "Üzüm"]),
        ("tr", ["1. birim", "Birim", "Birim 2"]),
        ("en", ["Arts", "Çorlu School", "Dean's office", "Öğrenci", "Zoology"]),
        ("ar", ["إدارة", "كلية", "مكتبة"]),
    ],
)
def test_a_list_is_in_the_order_of_its_alphabet(language: str, names: list[str]) -> None:
    mixed = [*names[1::2], *names[::2]]
    assert sorted(mixed, key=lambda name: alphabetical(name, language)) == names
