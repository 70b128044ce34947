"""Pin the images of others: ask the registries which digest each tag has now, and print the lines that name it.

``python -m scripts.pins`` needs Docker with buildx, and a registry that answers. The lines are for ``.env``, which
compose.yaml reads, and for the ``images`` and ``patches`` of an overlay (deploy/k8s).
"""

import re
from collections.abc import Mapping

from scripts.images import docker
from scripts.local.config import ROOT
from scripts.local.setup_error import SetupError
from scripts.manifests.rendering import containers, everything, of_kind, pods, render

VARIABLE = re.compile(r"\$\{(KLU_\w+_IMAGE):-([^}]+)\}")


def in_compose() -> dict[str, str]:
    """The images of compose.yaml, by the variable that replaces each."""
    return dict(VARIABLE.findall((ROOT / "compose.yaml").read_text(encoding="utf-8")))


def in_manifests() -> set[str]:
    """The images of all overlays and components, without those of the project."""
    documents = [document for name in everything() for document in render(name)]
    found = {container["image"] for one in pods(documents) for container in containers(one.spec)}
    found |= {cluster["spec"]["image"] for cluster in of_kind(documents, "RabbitmqCluster")}
    return {image for image in found if "klu-hat/" not in image}


def digest(image: str) -> str:
    """``sha256:…`` of the index of all platforms. Raises SetupError when no registry answers."""
    return docker("buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}", image)


def lines(digests: Mapping[str, str]) -> str:
    """What to write where, for images and their digests. An operator's resource is no pod, so it takes a patch."""
    env = [f"{variable}={image}@{digests[image]}" for variable, image in in_compose().items()]
    images = [f"  - {{name: {image.rpartition(':')[0]}, digest: {digests[image]}}}" for image in sorted(in_manifests())]
    clusters = of_kind(render("component rabbitmq-cluster"), "RabbitmqCluster")
    (cluster,) = [f"{image}@{digests[image]}" for image in (one["spec"]["image"] for one in clusters)]
    patch = f"      - {{op: replace, path: /spec/image, value: {cluster}}}"
    patches = ["patches:", "  - target: {kind: RabbitmqCluster}", "    patch: |", patch]
    return "\n".join(["# .env", *env, "# an overlay", "images:", *images, *patches])


def main() -> None:
    try:
        print(lines({image: digest(image) for image in {*in_compose().values(), *in_manifests()}}))
    except SetupError as setup_error:
        raise SystemExit(str(setup_error)) from None


if __name__ == "__main__":
    main()
