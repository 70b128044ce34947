"""One table about one run, for people (as Markdown) and for machines (as JSON), and whether the promises held."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scripts.chaos.plan import Diary, Plan
from scripts.chaos.reconcile import Findings
from scripts.chaos.system import Control
from shared.parked import Parked

SHOWN = 20
MAILS = ("handed in", "taken", "not taken at once", "taken twice")


@dataclass(frozen=True)
class Report:
    """What came of a run. ``drained_in``: seconds from the last fault or submission to rest; None when never."""

    control: Control
    seed: int
    processes: Mapping[str, int]
    plan: Plan
    diary: Diary
    findings: Findings
    parked: Sequence[Parked]
    drained_in: float | None
    lasted: float

    @property
    def held(self) -> bool:
        must = {"no-inbox": self.findings.doubled, "no-sweep": self.findings.lost}
        return bool(must[self.control]) if self.control in must else not self.problems

    @property
    def problems(self) -> list[str]:
        diary, unwritten = self.diary, len(self.plan.messages) - len(self.diary.written)
        planned = (diary.injected | diary.observed).items()
        # Where nothing breaks, no request may be left without an answer, or get a 503.
        statuses = diary.statuses.items() if self.plan.orderly else ()
        refusals = [(kind, n) for kind, n in statuses if not kind[-3:].isdigit() or kind.endswith("503")]
        return [
            *(f"lost: {sentence}" for sentence in self.findings.lost),
            *(f"doubled: {sentence}" for sentence in self.findings.doubled),
            *(f"{n}: refused or given up" for n, written in diary.written.items() if not written.code),
            *(f"no answer: {kind}, {n} times" for kind, n in refusals),
            *([f"{unwritten} messages were never written"] if unwritten else []),
            *(f"parked: {p.queue} {p.event_id}: {p.reason}" for p in self.parked),
            *(f"fault {k}: {diary.observed[k]} of {n} observed" for k, n in planned if diary.observed[k] < n),
            *diary.troubles,
            *(["not drained"] if self.drained_in is None else []),
        ]

    def figures(self) -> dict[str, Any]:
        diary, waits = self.diary, sorted(self.diary.waits) or [0.0]
        median, slow = (1000 * waits[min(len(waits) - 1, int(share * len(waits)))] for share in (0.5, 0.99))
        return {
            "control": self.control,
            "seed": self.seed,
            "processes": " ".join(f"{count} {service}" for service, count in self.processes.items()),
            "planned": len(self.plan.messages),
            "accepted": len(diary.accepted),
            "refused": len(diary.written) - len(diary.accepted),
            "lost": len(self.findings.lost),
            "doubled": len(self.findings.doubled),
            "parked": len(self.parked),
            "identical copies at SMTP": self.findings.copies,
            **{f"mails {what}": diary.mails[what] for what in MAILS},
            "duplicates recognised": diary.handled["duplicate"],
            "events retried": diary.handled["retried"],
            "faults injected / observed": f"{diary.injected.total()} / {diary.observed.total()}",
            **{f"- {kind}": f"{n} / {diary.observed[kind]}" for kind, n in sorted(diary.injected.items())},
            "intake p50 / p99, ms": f"{median:.0f} / {slow:.0f}",
            "HTTP answers other than expected": len(diary.troubles),
            "time to drain, s": "never" if self.drained_in is None else f"{self.drained_in:.0f}",
            "duration, s": f"{self.lasted:.0f}",
        }

    def text(self) -> str:
        rows = [("figure", "value"), ("---", "---"), *((name, str(value)) for name, value in self.figures().items())]
        width = max(len(name) for name, _ in rows)
        table = "\n".join(f"| {name.ljust(width)} | {value.ljust(16)} |" for name, value in rows)
        shown = "\n".join(f"  {sentence}" for sentence in self.problems[:SHOWN])
        if self.control != "none":
            missed = "it failed, as it must." if self.held else "nothing was found: this run proves nothing."
            verdict = f"Control {self.control}: {missed}"
        else:
            verdict = "All promises held." if self.held else f"{len(self.problems)} problems: the promises do not hold."
        return f"{table}\n\n{shown}\n{verdict}"
