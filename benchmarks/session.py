"""One interleaved session: every contender in turn, in short bursts, round after round."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.request import urlopen

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import agreement, wrk
from benchmarks.contenders import CREATE, LIST, ONE, RAW, Running, contenders, running
from benchmarks.workload import LIST_PATH, Workload, clear

console = Console(stderr=True)


@dataclass
class Measured:
    """What a session measured of one contender; the median of its bursts counts."""

    bursts: dict[str, list[wrk.Burst]] = field(default_factory=dict)
    memory: float = 0.0  # MB, at the end
    started_in: float = 0.0  # seconds until the first answer

    def per_second(self, task: str) -> float:
        return median(burst.per_second for burst in self.bursts[task])

    def p50(self, task: str) -> float:
        return median(burst.p50 for burst in self.bursts[task])

    def p99(self, task: str) -> float:
        return median(burst.p99 for burst in self.bursts[task])

    @property
    def errors(self) -> int:
        return sum(burst.errors for bursts in self.bursts.values() for burst in bursts)


@dataclass(frozen=True)
class Pace:
    """How long a session measures."""

    rounds: int
    seconds: int  # of one burst


FULL, QUICK = Pace(rounds=5, seconds=3), Pace(rounds=3, seconds=1)


def measure(url: str, folder: Path, pace: Pace) -> dict[str, Measured]:
    """Start all contenders on one database, see that they agree, and drive them in turn."""
    workload = asyncio.run(Workload.make(folder, url))
    with ExitStack() as stack:
        those: list[Running] = []
        for contender in contenders(url, folder):
            if contender.is_ceiling:  # the last one
                keep_bodies(those[0])
            those.append(stack.enter_context(running(contender, workload)))
        try:
            agreement.check(those)
            measured = drive(those, pace)
            return {RAW: measured.pop(RAW), **measured}
        finally:
            console.print(f"{asyncio.run(clear(url)):,} created models taken away again")


def keep_bodies(registry: Running) -> None:
    """Keep the bytes that the registry answers with, for the ceiling to answer with."""
    workload = registry.workload
    for name, path in (("one", workload.paths[0]), ("list", LIST_PATH)):
        with urlopen(registry.url + path, timeout=30) as answer:  # noqa: S310 - our own server
            (workload.folder / f"{name}.json").write_bytes(answer.read())


def drive(those: Sequence[Running], pace: Pace) -> dict[str, Measured]:
    """Drive servers in turn: first all rounds of reads, then all rounds of creates."""
    measured = {each.contender.name: Measured(started_in=each.started_in) for each in those}
    turns = [
        (task, each, warming_up)
        for tasks in ((ONE, LIST), (CREATE,))
        for warming_up in (True, *[False] * pace.rounds)
        for task in tasks
        for each in those
        if task in each.contender.tasks
    ]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bars:
        bar = bars.add_task("", total=len(turns))
        for task, each, warming_up in turns:
            bars.update(bar, description=f"{each.contender.name}: {task}")
            burst = _burst(each, task, 1 if warming_up else pace.seconds)
            if not warming_up:
                measured[each.contender.name].bursts.setdefault(task, []).append(burst)
            bars.advance(bar)
    for each in those:
        measured[each.contender.name].memory = each.memory
    return measured


def _burst(each: Running, task: str, seconds: int) -> wrk.Burst:
    workload = each.workload
    if task == CREATE:
        return wrk.burst(each.url, "POST", workload.create, seconds, workload.key)
    return wrk.burst(each.url, "GET", workload.one if task == ONE else workload.list, seconds)
