"""What is under ``deploy/k8s`` renders, and keeps to its schemas and to our rules; what would not is noticed."""

import copy
from typing import Any

import pytest
import yaml

from scripts.manifests import rendering
from scripts.manifests.rendering import named, render
from scripts.manifests.rules import PRODUCTION, broken
from scripts.manifests.rules.references import documented, secrets
from scripts.manifests.schemas import CUSTOM, invalid

EVERYTHING = rendering.everything()


@pytest.mark.parametrize("name", EVERYTHING)
def test_it_keeps_to_every_schema_and_every_rule(name: str) -> None:
    assert invalid(render(name)) + broken(render(name)) == []


def test_in_production_one_of_each_may_die() -> None:
    assert broken(render("overlay production"), PRODUCTION) == []


def test_every_component_is_in_an_overlay_or_explained() -> None:
    listed = (rendering.MANIFESTS / "overlays/production/kustomization.yaml").read_text()
    told = (rendering.MANIFESTS / "README.md").read_text()
    assert [
        name
        for kind, name in map(str.split, EVERYTHING)
        if kind == "component" and f"components/{name}" not in listed and f"`{name}`" not in told
    ] == []


def test_the_readme_lists_exactly_the_secrets_that_are_read() -> None:
    assert {name for everything in EVERYTHING for name, _ in secrets(render(everything))} == set(documented())


def test_production_has_nothing_of_development() -> None:
    assert not any("mailpit" in str(document) for document in render("overlay production"))


def test_custom_resources_are_all_in_components() -> None:
    kinds = {(document["apiVersion"], document["kind"]) for document in render("overlay dev")}
    assert kinds & CUSTOM == set()


def test_another_registry_reaches_every_container_of_ours() -> None:
    images = [image for image in _images(render("overlay production")) if "klu-hat/" in image]
    assert images
    assert all(image.startswith("registry.klu.example/klu-hat/") for image in images)


def test_the_readmes_way_to_another_ingress_controller_works() -> None:
    example = (rendering.MANIFESTS / "README.md").read_text().partition("```yaml")[2].partition("```")[0]
    documents = str(rendering.render_with(["managed-stores"], **yaml.safe_load(example)))
    assert (documents.count("traefik"), documents.count("ingress-nginx")) == (4, 0)


@pytest.mark.parametrize(
    ("kind", "version", "says"),
    [
        ("Deploiment", "apps/v1", "knows no apps/v1 Deploiment"),
        ("PodDisruptionBudget", "policy/v1beta1", "knows no policy/v1beta1"),
        ("Kafka", "kafka.strimzi.io/v1", "knows no kafka.strimzi.io/v1 Kafka"),
    ],
)
def test_an_unknown_kind_is_an_error(kind: str, version: str, says: str) -> None:
    assert any(
        says in finding for finding in invalid([{"apiVersion": version, "kind": kind, "metadata": {"name": "x"}}])
    )


def test_a_typing_mistake_in_a_field_is_an_error() -> None:
    documents = copy.deepcopy(render("overlay production"))
    deployment = named(documents, "Deployment", "klu-intake")
    assert deployment
    deployment["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    assert any("readynessProbe" in finding for finding in invalid(documents))


def test_what_does_not_render_is_told_with_kustomizes_own_words() -> None:
    with pytest.raises(Exception, match=r"does not render:\n.*no-such-component"):
        rendering.render_with(["no-such-component"])


def _images(value: Any) -> list[str]:
    if isinstance(value, dict):
        here = [value["image"]] if isinstance(value.get("image"), str) else []
        return here + [image for below in value.values() for image in _images(below)]
    return [image for below in value for image in _images(below)] if isinstance(value, list) else []
