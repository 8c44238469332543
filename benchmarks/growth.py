"""The same reads at three sizes, in one interleaved session, each size in its own database."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import plans, searches, statistics
from benchmarks.contenders import LIST, ONE, registry, running
from benchmarks.session import Measured, Pace, drive
from benchmarks.workload import Workload

SIZES = (100_000, 1_000_000, 3_000_000)


@dataclass(frozen=True)
class Grown:
    """How the registry fares at one size."""

    models: int
    measured: dict[str, Measured]
    slowest_search: float  # milliseconds in the database
    slowest_list: float
    counted: list[statistics.Counted]  # the slowest first

    def throughput(self) -> dict[str, float]:
        return {
            f"{name}, {task}": each.per_second(task)
            for name, each in self.measured.items()
            for task in (ONE, LIST)
        }


def measure(urls: Sequence[str], sizes: Sequence[int], folder: Path, pace: Pace) -> list[Grown]:
    """Drive the registry, keeping answers and not, over all databases in turn."""
    with ExitStack() as stack:
        those = []
        for url, models in zip(urls, sizes, strict=True):
            workload = asyncio.run(Workload.make(folder / f"{models}", url))
            for keeps in (True, False):
                known = registry(url, keeps=keeps)
                named = replace(known, name=f"{known.name} {models}", tasks=(ONE, LIST))
                those.append(stack.enter_context(running(named, workload)))
        measured = drive(those, pace)
    return [
        Grown(
            models,
            {
                name.removesuffix(f" {models}"): each
                for name, each in measured.items()
                if name.endswith(f" {models}")
            },
            max(each.milliseconds for each in searches.time(url)),
            max(each.milliseconds for each in plans.explain(url)),
            statistics.time(url, folder / f"{models}"),
        )
        for url, models in zip(urls, sizes, strict=True)
    ]
