"""What kustomize makes of ``deploy/k8s``: the overlays, and the base with one component at a time."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from scripts.local.config import ROOT, SERVICES
from scripts.local.setup_error import run
from scripts.manifests.kubectl import kubectl

MANIFESTS = ROOT / "deploy" / "k8s"
COMPLETING = "managed-stores"
Document = dict[str, Any]
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Written in C where PyYAML was built so: six times as fast."""


def overlays() -> list[str]:
    return sorted(folder.name for folder in (MANIFESTS / "overlays").iterdir())


def components() -> list[str]:
    return sorted(folder.name for folder in (MANIFESTS / "components").iterdir())


def everything() -> list[str]:
    """The names of all there is to check: ``overlay production``, ``component keda``."""
    return [f"overlay {name}" for name in overlays()] + [f"component {name}" for name in components()]


def render(name: str) -> list[Document]:
    """An overlay as ``kubectl apply -k`` would send it; a component on the base, for alone it renders to nothing.

    ``managed-stores`` completes the base, so that what is rendered could be applied, and every rule can be asked.
    """
    kind, _, which = name.partition(" ")
    return _render(MANIFESTS / "overlays" / which) if kind == "overlay" else render_with({which: 0, COMPLETING: 0})


def render_with(names: Iterable[str], **more: Any) -> list[Document]:
    """The base with these components, in this order, and whatever else an overlay may say."""
    scratch = ROOT / ".local" / "kustomize"  # in the project: kustomize reaches no base on another file system
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        wanted = {
            "resources": [os.path.relpath(MANIFESTS / "base", folder)],
            "components": [os.path.relpath(MANIFESTS / "components" / name, folder) for name in names],
            "images": [{"name": f"klu-hat/{service}", "newTag": "0"} for service in SERVICES],
        }
        Path(folder, "kustomization.yaml").write_text(yaml.safe_dump(wanted | more))
        return _render(Path(folder))


def _render(folder: Path) -> list[Document]:
    rendered = run(f"{folder.relative_to(ROOT)} does not render", [kubectl(), "kustomize", str(folder)], timeout=60)
    return [document for document in yaml.load_all(rendered, Loader=LOADER) if document]
