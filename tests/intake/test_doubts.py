"""What is marked as doubtful, and what is not: ordinary messages of people, and those of programs that sell."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.doubts import Doubt, Signs, doubts_of, same_text
from tests import examples as example

CASES = json.loads((Path(__file__).parent.parent / "cases" / "doubts.json").read_text())
WORDS = ["kütüphane", "ısıtma", "çalışmıyor", "sınav", "sonucu", "açıklanmadı", "the", "lecture", "room", "is", "cold"]


@pytest.mark.parametrize("text", CASES["ordinary"])
def test_an_ordinary_message_is_not_doubtful(text: str) -> None:
    assert doubts_of(example.submission(text=text), Signs()) == ()
    assert doubts_of(example.submission(subject=text[:150]), Signs()) == ()


@pytest.mark.parametrize("sent", CASES["advertisements"])
def test_an_advertisement_is_marked(sent: dict[str, str]) -> None:
    found = doubts_of(example.submission(**sent), Signs())
    assert set(found) & {Doubt.ADVERTISEMENT, Doubt.LINK}


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=200))
def test_a_message_of_ordinary_words_is_never_doubtful(words: list[str]) -> None:
    assert doubts_of(example.submission(text=" ".join(words)), Signs()) == ()


@given(st.text(min_size=1, max_size=2_000).filter(str.strip))
def test_any_text_is_judged_twice_alike_and_signs_only_add(text: str) -> None:
    sent = example.submission().model_copy(update={"text": text})
    plain = doubts_of(sent, Signs())
    every = doubts_of(sent, Signs(proved=False, trap=True, over_rate=True, senders=3))
    assert plain == doubts_of(sent, Signs())
    assert set(every) == {*plain, Doubt.NO_PROOF, Doubt.HONEYPOT, Doubt.RATE, Doubt.REPEATED}


@pytest.mark.parametrize(
    ("signs", "doubt"),
    [
        (Signs(proved=False), Doubt.NO_PROOF),
        (Signs(trap=True), Doubt.HONEYPOT),
        (Signs(over_rate=True), Doubt.RATE),
        (Signs(senders=3), Doubt.REPEATED),
    ],
)
def test_the_way_in_which_a_message_came_is_marked(signs: Signs, doubt: Doubt) -> None:
    assert doubts_of(example.submission(), signs) == (doubt,)


def test_two_links_are_ordinary_and_three_are_not() -> None:
    links = [f"https://obs.klu.example/{n}" for n in range(3)]
    assert doubts_of(example.submission(text=" ve ".join(links[:2])), Signs()) == ()
    assert doubts_of(example.submission(text=" ve ".join(links)), Signs()) == (Doubt.LINK,)


def test_a_text_is_the_same_in_capitals_and_with_other_numbers_and_a_short_one_is_compared_with_none() -> None:
    text = "Kampüsümüzdeki ağaçların kesilmesine karşı çıkıyoruz. İmza 17"
    assert same_text(text) == same_text("KAMPÜSÜMÜZDEKİ AĞAÇLARIN KESİLMESİNE KARŞI ÇIKIYORUZ! imza 18.")
    assert same_text(text) != same_text(text.replace("ağaçların", "çamların"))
    assert same_text("Çok teşekkür ederim.") == ""
