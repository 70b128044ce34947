"""Addresses: international ones for the mail server, and those that look mistyped."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.addresses import PROVIDERS, deliverable, probably_meant

OWN = ("klu.edu.tr",)
ASKED = json.loads((Path(__file__).parent.parent / "cases" / "contacts.json").read_text())["emails_asked_about"]


@pytest.mark.parametrize(
    ("address", "delivered"),
    [
        ("ali@üniversite.example", "ali@xn--niversite-p9a.example"),
        ("ali@ÜNİVERSİTE.example", "ali@xn--niversite-p9a.example"),
        ("ali+hat@şehir.example", "ali+hat@xn--ehir-45a.example"),
        ("ali@xn--niversite-p9a.example", "ali@xn--niversite-p9a.example"),
        ("Ali@Example.org", "Ali@Example.org"),
        ("ali@почта.рф", "ali@xn--80a1acny.xn--p1ai"),
        ("ali@bücher.straße.example", "ali@xn--bcher-kva.xn--strae-oqa.example"),
        ("kimse", "kimse"),
        ("ali@..ü", "ali@..ü"),
    ],
)
def test_an_international_domain_is_delivered_as_a_labels(address: str, delivered: str) -> None:
    assert deliverable(address) == delivered


@given(st.text())
def test_no_address_raises(address: str) -> None:
    deliverable(address)
    probably_meant(address, OWN)


@pytest.mark.parametrize(
    ("entered", "meant"),
    [
        *[(case["in"].partition("@")[2], case["hint"]) for case in ASKED],
        *[
            (entered, "gmail.com")
            for entered in (
                "gamil.com", "gmal.com", "gmaill.com", "gnail.com", "gmail.con", "gmail.co", "gmail.cm", "gmail.comm",
                "gmail.com.tr", "GMAİL.COM", "gmai.com", "gmali.com", "xn--gmal-nza.com",
            )
        ],
        *[(entered, "hotmail.com") for entered in ("hotmal.com", "hotmıal.com", "homtail.com", "hotmail.cpm")],
        *[(entered, "outlook.com") for entered in ("outlok.com", "outllok.com", "oulook.com", "outlook.co")],
        ("yahho.com", "yahoo.com"),
        ("iclud.com", "icloud.com"),
        ("yandeks.com", "yandex.com"),
        ("klu.edu.t", "klu.edu.tr"),
        ("klu.eud.tr", "klu.edu.tr"),
        ("kluedu.tr", "klu.edu.tr"),
    ],
)  # fmt: skip
def test_a_mistyped_domain_is_noticed(entered: str, meant: str) -> None:
    assert probably_meant(f"ali.veli@{entered}", OWN) == f"ali.veli@{meant}"


@pytest.mark.parametrize(
    "domain",
    [
        *PROVIDERS, *OWN, "Gmail.com", "mail.com", "ymail.com", "email.com", "gmx.com", "gmx.de", "example.org",
        "hotmail.fr",
        "hotmail.co.uk", "outlook.de", "yahoo.fr", "yahoo.ca", "yandex.ru", "mail.ru", "msn.com", "live.com", "me.com",
        "ktu.edu.tr", "ku.edu.tr", "ogr.klu.edu.tr", "deu.edu.tr", "meb.gov.tr", "üniversite.example", "qq.com", "",
    ],
)  # fmt: skip
def test_other_domains_are_taken_as_they_are(domain: str) -> None:
    assert probably_meant(f"ali@{domain}", OWN) is None
