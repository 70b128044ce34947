"""A goal is met or not, and the table says so."""

import json
from pathlib import Path

import pytest

from bench.figures import Figure, Goal, medians, table, verdict, write
from bench.load import Load


def figure(value: float = 8, baseline: float | None = 10, goal: Goal | None = None) -> Figure:
    return Figure("intake", "accepted", value, "/s", "floor", baseline, goal)


@pytest.mark.parametrize(
    ("goal", "met"),
    [
        (Goal(0.8, "more"), True),
        (Goal(0.81, "more"), False),
        (Goal(0.8, "less"), True),
        (Goal(0.79, "less"), False),
        (Goal(8, "less", of_ratio=False), True),
        (Goal(8.1, "more", of_ratio=False), False),
        (None, None),
    ],
)
def test_a_goal_is_of_the_ratio_or_of_the_value(goal: Goal | None, met: bool | None) -> None:
    assert figure(goal=goal).met is met


def test_a_ratio_that_could_not_be_measured_meets_no_goal() -> None:
    assert figure(baseline=None, goal=Goal(0.1, "more")).met is False


def test_the_median_of_the_runs_counts() -> None:
    runs = [Load(1.0, [wait] * answers) for answers, wait in ((3, 0.1), (100, 0.2), (1, 0.4))]
    assert medians(runs) == {
        "accepted": (3.0, "/s"),
        "p50": (pytest.approx(200), "ms"),
        "p99": (pytest.approx(200), "ms"),
    }


def test_the_table_and_the_verdict_name_what_is_not_met() -> None:
    figures = [figure(goal=Goal(0.5, "more")), figure(goal=Goal(0.9, "more")), figure(baseline=None)]
    rows = table(figures).splitlines()
    assert [row.split("|")[-2].strip() for row in rows[2:]] == ["yes", "no", ""]
    assert "| floor 10.0 " in rows[2]
    assert verdict(figures) == "1 of 2 goals are met; not: intake: accepted."


def test_the_figures_are_written_for_machines(tmp_path: Path) -> None:
    write([figure(goal=Goal(0.5, "more"))], {"cores": 2}, tmp_path / "figures.json")
    told = json.loads((tmp_path / "figures.json").read_text())
    (row,) = told["figures"]
    assert (told["cores"], row["ratio"], row["met"]) == (2, 0.8, True)
