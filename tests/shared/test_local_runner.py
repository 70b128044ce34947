"""What ``make run`` says about signing in."""

from typing import Any, cast

import pytest

from scripts.local.runner import _say_how_to_log_in
from scripts.local.seeds import DEMO_PASSWORD
from scripts.local.system import System

LINK = "http://127.0.0.1:8002/first/gizli"


class Running:
    """A running system, whose desk says this about a first administrator."""

    def __init__(self, seed: str, link: str) -> None:
        self.settings = {"KLU_LOCAL_SEED": seed}
        self._link = link

    def command(self, service: str, arguments: list[str]) -> str:
        """The output of the router's command."""
        assert (service, arguments) == ("router", ["first-link"])
        return f"{self._link}\n" if self._link else ""


@pytest.mark.parametrize(
    ("seed", "link", "said", "unsaid"),
    [("yes", LINK, DEMO_PASSWORD, LINK), ("no", LINK, LINK, DEMO_PASSWORD), ("no", "", "", "first administrator")],
)
def test_who_may_sign_in_is_said_once_the_system_runs(
    capsys: pytest.CaptureFixture[str], seed: str, link: str, said: str, unsaid: str
) -> None:
    system: Any = Running(seed, link)
    _say_how_to_log_in(cast(System, system))
    printed = capsys.readouterr().out
    assert said in printed
    assert unsaid not in printed
