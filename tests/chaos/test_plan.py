"""A seed makes one plan, and every plan breaks everything at least once."""

from pathlib import Path

import pytest

from scripts.chaos.plan import make, number_in, rolling
from scripts.chaos.system import ChaosSystem
from scripts.local.config import SERVICES


def test_the_same_seed_makes_the_same_plan_and_another_another() -> None:
    assert make(7, 50, rate=5, replicas=2) == make(7, 50, rate=5, replicas=2)
    assert make(7, 50, rate=5, replicas=2) != make(8, 50, rate=5, replicas=2)


@pytest.mark.parametrize("seed", range(5))
def test_every_plan_breaks_everything(seed: int) -> None:
    kinds = {fault.name for fault in make(seed, 20, rate=5, replicas=2).faults}
    killed = {f"kill {what}" for what in ("RabbitMQ", "MongoDB", "intake", "router", "replies", "notifier")}
    assert kinds == killed | {
        "freeze RabbitMQ",
        "freeze MongoDB",
        "mail away",
        "mail 4xx",
        "mail 5xx",
        "mail cut",
    }


def test_a_large_plan_kills_each_part_five_times() -> None:
    names = [fault.name for fault in make(1, 2000, rate=5, replicas=2).faults]
    assert all(names.count(f"kill {what}") == 5 for what in ("RabbitMQ", "MongoDB", "intake", "notifier"))


def test_nothing_breaks_in_the_calm_at_the_beginning() -> None:
    assert min(fault.at for fault in make(1, 300, rate=5, replicas=2).faults if fault.target) >= 10


def test_a_rolling_restart_ends_each_process_once_and_breaks_nothing() -> None:
    plan = rolling(1, 50, rate=5, replicas=2)
    names = [f"{service}{n}" for service in ("intake", "router", "replies", "notifier") for n in ("", "-2")]
    assert sorted(fault.target for fault in plan.faults) == sorted(names)
    assert plan.orderly
    assert not any(message.undeliverable for message in plan.messages)
    assert not make(1, 50, rate=5, replicas=2).orderly


def test_a_message_is_known_by_its_subject() -> None:
    planned = make(1, 20, rate=5, replicas=2).messages[13]
    assert number_in(f"<h1>{planned.subject}</h1>") == 13
    with pytest.raises(LookupError):
        number_in("nothing of ours")


def test_some_answer_by_mail_and_nobody_does_in_a_rolling_restart() -> None:
    planned = make(1, 60, rate=5, replicas=2).messages
    assert all(message.email for message in planned if message.writes_back)
    assert len([message for message in planned if message.writes_back]) >= 10
    assert len([message for message in planned if message.by_mail]) == 15
    assert all(message.by_mail in ((), message.units[:1]) for message in planned)
    assert not any(m.writes_back or m.by_mail for m in rolling(1, 60, rate=5, replicas=2).messages)


def test_any_router_is_killed_when_there_are_more_of_them() -> None:
    faults = make(1, 2000, rate=5, replicas=1, routers=4).faults
    killed = {fault.target for fault in faults if fault.name == "kill router"}
    assert len(killed) > 1
    assert killed <= {"router", "router-2", "router-3", "router-4"}
    assert {fault.target for fault in faults if fault.name == "kill intake"} == {"intake"}


def test_a_fleet_has_more_routers_than_other_services(tmp_path: Path) -> None:
    system = ChaosSystem(tmp_path, replicas=1, routers=3)
    assert system.names() == ["intake", "router", "replies", "notifier", "router-2", "router-3"]
    assert [len(system.serving[service]) for service in SERVICES] == [1, 3, 1, 1]
