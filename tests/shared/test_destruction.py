"""The destruction log: one line for each order, and whoever changes one is found out."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared.destruction import DestructionLog, LoggedOrder, NoDestructionLog, digest
from tests import examples as example


def order(number: int, **different: object) -> LoggedOrder:
    told = {"number": number, "order_id": f"o{number}", "kind": "destroy", "message_ids": ("m1",), "rule": "expired"}
    return LoggedOrder.model_validate({**told, "ordered_at": example.NOW, **different})


@pytest.fixture
def log(tmp_path: Path) -> DestructionLog:
    made = DestructionLog(tmp_path / "destruction.log")
    for _ in range(3):
        made.append(order)
    return made


def test_orders_are_numbered_and_read_again(log: DestructionLog) -> None:
    assert log.read() == [order(1), order(2), order(3)]


def test_threads_of_one_process_wait_for_each_other(tmp_path: Path) -> None:
    path = tmp_path / "destruction.log"
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: DestructionLog(path).append(order), range(80)))
    assert [one.number for one in DestructionLog(path).read()] == list(range(1, 81))


def test_a_full_disk_is_no_order(log: DestructionLog, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "no space")))
        with pytest.raises(NoDestructionLog):
            log.append(order)


def test_there_is_none_without_a_setting_or_a_folder(tmp_path: Path) -> None:
    for path in (None, tmp_path / "not mounted" / "log"):
        with pytest.raises(NoDestructionLog):
            DestructionLog(path).append(order)
    assert DestructionLog(None).read() == []


def test_a_line_that_a_crash_has_cut_short_was_never_an_order(log: DestructionLog) -> None:
    assert log.path
    with log.path.open("a") as file:
        file.write('{"number":4,"order_id":"o')
    assert len(log.read()) == 3
    assert log.append(order).number == 4
    assert [one.number for one in log.read()] == [1, 2, 3, 4]


@pytest.mark.parametrize("change", ["edit", "remove", "swap", "damage"])
def test_a_log_that_is_not_what_was_written_is_refused(log: DestructionLog, change: str) -> None:
    assert log.path
    lines = log.path.read_text().splitlines()
    if change == "edit":
        lines[1] = json.dumps(json.loads(lines[1]) | {"message_ids": ["m2"]})
    elif change == "remove":
        del lines[1]
    elif change == "swap":
        lines[0], lines[1] = lines[1], lines[0]
    else:
        lines[1] = lines[1][:20]
    log.path.write_text("\n".join(lines) + "\n")
    with pytest.raises(NoDestructionLog):
        log.append(order)
    with pytest.raises(NoDestructionLog):
        log.read()


def test_the_log_of_another_database_is_refused(log: DestructionLog) -> None:
    with pytest.raises(NoDestructionLog):
        log.append(order, known=4)
    assert log.append(order, known=3).number == 4


def test_an_address_is_named_by_its_digest_however_it_is_spelled() -> None:
    assert digest("Ayse@Ornek.example") == digest("ayse@ornek.example")
    assert "ayse" not in digest("ayse@ornek.example")
