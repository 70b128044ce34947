"""What kustomize makes of ``deploy/k8s``: the overlays, and the base with one component at a time."""

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from scripts.local.config import ROOT
from scripts.local.setup_error import SetupError
from scripts.manifests.kubectl import kubectl

MANIFESTS = ROOT / "deploy" / "k8s"
SERVICES = ("intake", "router", "replies", "notifier")
COMPLETING = "managed-stores"
Document = dict[str, Any]
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Written in C where PyYAML was built so: six times as fast."""


def overlays() -> list[str]:
    """Names of the overlays."""
    return sorted(folder.name for folder in (MANIFESTS / "overlays").iterdir())


def components() -> list[str]:
    """Names of the components."""
    return sorted(folder.name for folder in (MANIFESTS / "components").iterdir())


def renderings() -> Iterator[tuple[str, list[Document]]]:
    """Everything there is to check, each with a name to tell it by."""
    for overlay in overlays():
        yield f"overlay {overlay}", render_overlay(overlay)
    for component in components():
        yield f"component {component}", render_component(component)


def render_overlay(name: str) -> list[Document]:
    """The documents of one overlay, as ``kubectl apply -k`` would send them."""
    return _documents(MANIFESTS / "overlays" / name)


def render_component(name: str) -> list[Document]:
    """The base with this component and the images of some release; alone, a component renders to nothing.

    ``managed-stores`` completes the base, so that what is rendered could be applied, and every rule can be asked.
    """
    return render_with(dict.fromkeys([name, COMPLETING]))


def render_with(names: Iterable[str], **more: Any) -> list[Document]:
    """The base with these components, in this order, and whatever else an overlay may say."""
    with tempfile.TemporaryDirectory(dir=_scratch()) as folder:
        wanted = {
            "resources": [_relative("base", folder)],
            "components": [_relative(f"components/{name}", folder) for name in names],
            "images": [{"name": f"klu-hat/{service}", "newTag": "0"} for service in SERVICES],
        }
        Path(folder, "kustomization.yaml").write_text(yaml.safe_dump(wanted | more))
        return _documents(Path(folder))


def _relative(part: str, folder: str) -> str:
    return os.path.relpath(MANIFESTS / part, folder)


def _scratch() -> Path:
    """A folder of the project, because kustomize reaches no base from another file system."""
    scratch = ROOT / ".local" / "kustomize"
    scratch.mkdir(parents=True, exist_ok=True)
    return scratch


def _documents(folder: Path) -> list[Document]:
    return [document for document in yaml.load_all(_render(folder), Loader=LOADER) if document]


def _render(folder: Path) -> str:
    done = subprocess.run([kubectl(), "kustomize", str(folder)], capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise SetupError(f"{folder.relative_to(ROOT)} does not render:\n{done.stderr.strip()}")
    return done.stdout
