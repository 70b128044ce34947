"""What kustomize makes of ``deploy/k8s``: the overlays, and the base with one component at a time."""

import os
import tempfile
from collections.abc import Iterable, Iterator
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


def renderings() -> Iterator[tuple[str, list[Document]]]:
    """Everything there is to check, each with its name."""
    for overlay in overlays():
        yield f"overlay {overlay}", render_overlay(overlay)
    for component in components():
        yield f"component {component}", render_component(component)


def render_overlay(name: str) -> list[Document]:
    """The documents of one overlay, as ``kubectl apply -k`` would send them."""
    return _render(MANIFESTS / "overlays" / name)


def render_component(name: str) -> list[Document]:
    """The base with this component and the images of some release; alone, a component renders to nothing.

    ``managed-stores`` completes the base, so that what is rendered could be applied, and every rule can be asked.
    """
    return render_with(dict.fromkeys([name, COMPLETING]))


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
