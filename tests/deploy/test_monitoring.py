"""Rules and dashboard name only what the four services really expose, and every figure and alert is explained."""

import json
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import promql_parser as promql
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from scripts.eventually import eventually
from shared.service import Service
from tests import examples as example
from tests.conftest import MAKERS, Broker, Make, listening

ROOT = Path(__file__).parent.parent.parent
FILES = ROOT / "deploy" / "k8s" / "components" / "monitoring"
TARGET = {"service", "namespace", "pod", "container", "job", "instance", "endpoint"}
"""What Prometheus adds to every series it reads through the PodMonitor."""
COUNTING = {"rate", "increase"}
VARIABLES = {"$__rate_interval": "5m", "$service": "router"}
Exposed = dict[str, "Figure"]


@dataclass
class Figure:
    """One series of figures: what kind it is, and the values that each of its labels has had."""

    kind: str
    labels: dict[str, set[str]] = field(default_factory=dict)


CLUSTER = {"kube_cronjob_status_last_successful_time": Figure("gauge", {"cronjob": {"klu-backup"}})}
"""What kube-state-metrics tells, with the value of a label that names something of ours."""


@pytest.fixture
async def exposed(make: Make, broker: Broker) -> Exposed:
    """Everything on /metrics of the four services after some traffic."""
    events = [example.message_submitted(), example.assignment_requested(), example.case_answered()]
    found: Exposed = {"up": Figure("gauge"), **CLUSTER}
    async with AsyncExitStack() as running:
        apps = [make(name) for name in MAKERS]
        services = [await running.enter_async_context(listening(app)) for app in apps]
        for event in events:
            await broker.publish(example.sealed(event))
        for app, service in zip(apps, services, strict=True):
            await eventually(lambda service=service: _handled_something(service))  # type: ignore[misc]
            await service.watch.look()
            await _visit(app, "/", "/t")
        await eventually(lambda: _published_something(services))
        for app in apps:
            _note(found, await _visit(app.state.management, "/metrics"))
    return found


async def _handled_something(service: Service) -> bool:
    return bool(service.consuming.done.total())


async def _published_something(services: list[Service]) -> bool:
    return all(service.relay.answered for service in services if service.name in ("router", "replies"))


async def _visit(app: Any, *paths: str) -> str:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return [(await client.get(path)).text for path in paths][-1]


def _note(found: Exposed, metrics: str) -> None:
    for family in text_string_to_metric_families(metrics):
        for sample in family.samples:
            kind = "counter" if sample.name.endswith(("_total", "_bucket", "_count", "_sum")) else family.type
            figure = found.setdefault(sample.name, Figure(kind))
            for label, value in sample.labels.items():
                figure.labels.setdefault(label, set()).add(value)


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((FILES / "rules.yaml").read_text(encoding="utf-8"))["spec"]["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    return list(json.loads((FILES / "dashboard.json").read_text(encoding="utf-8"))["panels"])


def expressions() -> Iterator[tuple[str, str, str]]:
    """Where it stands, the query, and the text that is made of its labels."""
    for rule in rules():
        yield f"alert {rule['alert']}", rule["expr"], " ".join(rule["annotations"].values())
    for panel in panels():
        for target in panel.get("targets", []):
            yield f"panel {panel['title']}", target["expr"], target["legendFormat"]


def faults(query: str, text: str, exposed: Exposed) -> list[str]:
    """What a query, and the text made of its result, name that is not there."""
    for variable, value in VARIABLES.items():
        query = query.replace(variable, value)
    found: list[str] = []
    known = set(TARGET) | {"value"}
    asked: set[str] = set()

    def visit(node: promql.Expr) -> None:
        match node:
            case promql.VectorSelector():
                found.extend(_selector_faults(node, exposed))
                known.update(exposed[node.name].labels if node.name in exposed else ())
            case promql.AggregateExpr() if node.modifier:
                asked.update(node.modifier.labels)
            case promql.BinaryExpr() if node.modifier:
                asked.update(node.modifier.matching.labels if node.modifier.matching else ())
                asked.update(node.modifier.group_labels or ())
            case promql.Call() if node.func.name in COUNTING:
                for argument in node.args:
                    name = argument.vector_selector.name
                    if name in exposed and exposed[name].kind != "counter":
                        found.append(f"{node.func.name} of {name}, which is a {exposed[name].kind}")

    promql.walk(promql.parse(query), visit)
    asked.update(re.findall(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}", text))
    return found + [f"no label {label}" for label in sorted(asked - known)]


def _selector_faults(node: promql.VectorSelector, exposed: Exposed) -> Iterator[str]:
    if node.name not in exposed:
        yield f"no metric {node.name}"
        return
    labels = exposed[node.name].labels
    for matcher in node.matchers.matchers:
        if matcher.name not in labels.keys() | TARGET:
            yield f"{node.name} has no label {matcher.name}"
        elif matcher.name in labels and _spelt_out(matcher) - labels[matcher.name] - UNSEEN:
            yield f"{node.name} has no {matcher.name} {matcher.value}"


UNSEEN = {"303", "202", "POST", "/api/v1/messages"}
"""Values of the requests that the traffic above does not have; the API's tests do."""


def _spelt_out(matcher: promql.Matcher) -> set[str]:
    """The values a matcher names, alone or as alternatives; none for a pattern such as ``5..``."""
    values = set(matcher.value.split("|"))
    return values if all(re.fullmatch(r"[\w/-]*", value) for value in values) else set()


async def test_every_query_names_what_the_services_expose(exposed: Exposed) -> None:
    assert {where: wrong for where, query, text in expressions() if (wrong := faults(query, text, exposed))} == {}


async def test_the_dashboards_choice_of_services_is_made_of_a_metric_that_there_is(exposed: Exposed) -> None:
    dashboard = json.loads((FILES / "dashboard.json").read_text(encoding="utf-8"))
    queries = [v["query"]["query"] for v in dashboard["templating"]["list"] if v["type"] == "query"]
    found = [re.fullmatch(r"label_values\((\w+), (\w+)\)", query) for query in queries]
    assert [(match[1] in exposed, match[2] in TARGET) for match in found if match] == [(True, True)]


MISTAKES = {
    "a metric": ("max(klu_parked_event) > 0", ""),
    "a label": ('sum(rate(klu_letters_total{outcom="failed"}[5m]))', ""),
    "a label's value": ('sum(rate(klu_letters_total{outcome="faild"}[5m]))', ""),
    "one of several values": ('sum(rate(klu_events_handled_total{outcome=~"retried|parkd"}[5m]))', ""),
    "a label to add up by": ("sum by (ruote) (rate(http_server_request_duration_seconds_count[5m]))", ""),
    "a label in the text": ("max by (service) (klu_parked_events)", "{{ $labels.servce }} parked"),
    "a rate of what is no counter": ("rate(klu_parked_events[5m])", ""),
}


async def test_a_misspelt_query_is_found(exposed: Exposed) -> None:
    assert {what: len(faults(*mistake, exposed)) for what, mistake in MISTAKES.items()} == dict.fromkeys(MISTAKES, 1)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_an_alert_says_how_bad_it_is_what_it_means_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert re.fullmatch(r"\d+[mh]", rule["for"])
    assert rule["annotations"]["summary"].endswith(".")
    assert len(rule["annotations"]["description"]) > 80
    assert f"`{rule['alert']}`" in (ROOT / "docs" / "watching.md").read_text(encoding="utf-8")


async def test_every_figure_of_ours_is_explained(exposed: Exposed) -> None:
    text = (ROOT / "docs" / "watching.md").read_text(encoding="utf-8")
    ours = {re.sub(r"_(bucket|count|sum|created)$", "", name) for name in exposed if re.match("klu_|http_", name)}
    assert {name for name in ours if f"`{name}" not in text} == set()
    labels = {label for name in exposed if re.match("klu_|http_", name) for label in exposed[name].labels}
    assert {label for label in labels - {"le"} if label not in text} == set()


def test_the_dashboard_is_in_groups_and_every_panel_says_what_it_shows() -> None:
    assert [p["title"] for p in panels() if p["type"] == "row"] == [
        "People",
        "Events",
        "Letters",
        "Clocks",
        "Processes",
    ]
    shown = [p for p in panels() if p["type"] != "row"]
    assert all(p["description"] and p["fieldConfig"]["defaults"]["unit"] and p["targets"] for p in shown)
    assert len({p["id"] for p in panels()}) == len(panels())
    cells = {(p["gridPos"]["x"] + dx, p["gridPos"]["y"] + dy) for p in panels() for dx, dy in _cells(p["gridPos"])}
    assert len(cells) == sum(p["gridPos"]["w"] * p["gridPos"]["h"] for p in panels()), "panels lie on each other"


def _cells(at: dict[str, int]) -> Iterator[tuple[int, int]]:
    return ((dx, dy) for dx in range(at["w"]) for dy in range(at["h"]))


def test_prometheus_reads_the_management_port_and_calls_the_services_by_name() -> None:
    monitor = yaml.safe_load((FILES / "podmonitor.yaml").read_text(encoding="utf-8"))["spec"]
    (endpoint,) = monitor["podMetricsEndpoints"]
    assert (endpoint["port"], endpoint["path"]) == ("management", "/metrics")
    assert {relabel["targetLabel"] for relabel in endpoint["relabelings"]} == {"service"}
    assert monitor["selector"]["matchLabels"] == {"app.kubernetes.io/part-of": "klu-hat"}


def test_the_component_lists_its_files_and_hands_the_dashboard_to_grafana() -> None:
    component = yaml.safe_load((FILES / "kustomization.yaml").read_text(encoding="utf-8"))
    assert component["kind"] == "Component"
    assert all((FILES / name).is_file() for name in component["resources"])
    (made,) = component["configMapGenerator"]
    assert made["options"]["labels"]["grafana_dashboard"] == "1"
    assert [(FILES / name.split("=")[1]).is_file() for name in made["files"]] == [True]
