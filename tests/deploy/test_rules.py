"""Breaking any rule about the manifests is noticed: each case breaks the production overlay in one way."""

import copy
from collections.abc import Callable

import pytest

from scripts.manifests.rendering import render
from scripts.manifests.rules import PRODUCTION, RULES
from tests.deploy.breaks import network, pods, references, scaling, settings
from tests.deploy.breaks.documents import Documents

BREAKS = {**pods.BREAKS, **settings.BREAKS, **network.BREAKS, **scaling.BREAKS, **references.BREAKS}
CASES = [pytest.param(rule, *case, id=f"{rule}: {case[0]}") for rule, cases in BREAKS.items() for case in cases]


@pytest.mark.parametrize(("name", "says", "does"), CASES)
def test_a_broken_rule_is_noticed(name: str, says: str, does: Callable[[Documents], object]) -> None:
    rule, documents = {**RULES, **PRODUCTION}[name], copy.deepcopy(render("overlay production"))
    assert list(rule(documents)) == []
    does(documents)
    assert any(says in finding for finding in rule(documents)), list(rule(documents))


def test_every_rule_has_been_broken() -> None:
    assert set(BREAKS) == {*RULES, *PRODUCTION}
