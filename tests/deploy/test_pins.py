"""The lines that pin the images of others by digest are those that Compose and kustomize understand."""

import re

import yaml

from scripts import pins
from scripts.local.config import ROOT
from scripts.manifests.rendering import containers, of_kind, pods, render_with


def test_every_image_of_others_in_compose_can_be_named_from_outside() -> None:
    parts = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    told = {part["image"] for part in parts.values() if not part["image"].startswith("klu-hat/")}
    assert {pins.VARIABLE.fullmatch(image)[2] for image in told} < set(pins.in_compose().values())  # type: ignore[index]


def test_the_lines_pin_every_image_of_others_in_compose_and_in_an_overlay() -> None:
    compose, manifests = pins.in_compose(), pins.in_manifests()
    digests = {image: f"sha256:{n:064x}" for n, image in enumerate({*compose.values(), *manifests})}
    for_env, _, for_overlay = pins.lines(digests).partition("# an overlay")
    env = dict(re.findall(r"^(KLU_\w+)=(.+)$", for_env, re.MULTILINE))
    assert env == {variable: f"{image}@{digests[image]}" for variable, image in compose.items()}
    told = yaml.safe_load(for_overlay)
    documents = render_with(["rabbitmq-cluster", "mongodb-community"], **told)
    found = [container["image"] for one in pods(documents) for container in containers(one.spec)]
    found += [cluster["spec"]["image"] for cluster in of_kind(documents, "RabbitmqCluster")]
    assert [image for image in found if "klu-hat/" not in image and "@sha256:" not in image] == []
    assert {image["name"] for image in told["images"]} == {i.rpartition(":")[0] for i in manifests}
