"""Which Chromium the browser tests get."""

from pathlib import Path

import pytest

from scripts.local import packages
from scripts.local.setup_error import SetupError


def test_chromium_without_windows_is_taken_before_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("chromium", "chromium-headless-shell"):
        (tmp_path / name).touch(0o755)
        assert packages.browser() == tmp_path / name


def test_where_chromium_has_no_package_without_windows_the_whole_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    asked: list[str] = []

    def install(names: list[str], needed_for: str) -> None:
        asked.extend(names)
        if names != ["chromium"]:
            raise SetupError("there is no such package")

    monkeypatch.setattr(packages, "install", install)
    packages.see_to_browser()
    assert asked == ["chromium-headless-shell", "chromium"]
