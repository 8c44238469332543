"""What the registry is to reach, and whether it did."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from benchmarks.asking import spread
from benchmarks.contenders import (
    CREATE,
    DJANGO,
    HIT,
    LIMIT_A,
    LIST,
    LITESTAR,
    MISS,
    ONE,
    RAW,
    SQLMODEL,
)
from benchmarks.look_alikes import Asked
from benchmarks.plans import MOST, MOST_OF_SLOW, Finding
from benchmarks.searches import Searched
from benchmarks.session import Measured
from benchmarks.statistics import Beside, Counted, grouped

_RATIOS = (  # of the first to the second, at least
    (HIT, ONE, RAW, 0.70),
    (HIT, LIST, RAW, 0.70),
    (MISS, ONE, LIMIT_A, 0.50),
    (MISS, LIST, LIMIT_A, 0.80),
    (MISS, ONE, SQLMODEL, 4),
    (MISS, LIST, SQLMODEL, 6),
    (MISS, ONE, DJANGO, 10),
    (MISS, LIST, DJANGO, 10),
    (MISS, ONE, LITESTAR, 4),
    (MISS, LIST, LITESTAR, 4),
    (HIT, CREATE, LIMIT_A, 0.35),
    (HIT, CREATE, SQLMODEL, 4),
)
_TAIL = 3  # times the median that one request in a hundred may take from memory
_MEMORY = 120  # MB of a worker without what it keeps
_START = 2.0  # seconds
_FEW = 1_000_000  # models up to which the first of these holds
_SEARCH = (15.0, 30.0)  # milliseconds in the database
_LOOK_ALIKES = 50.0  # milliseconds over HTTP that 95 of 100 questions may take
# Milliseconds over HTTP that 95 of 100 statistics may take, up to a million models and beyond.
_COUNTS = {
    "the country by province": (40.0, 60.0),
    "the country by province in a period": (20.0, 20.0),
    "the country, outside the roll-up": (500.0, 1_500.0),
    "the largest province by commune and two more": (60.0, 150.0),
}
_COUNTS_UNDER_A_UNIT = (40.0, 100.0)
_GROWTH = 0.85  # of the reads at a third of the size


class Target(NamedTuple):
    """One line of the table of targets."""

    what: str
    wanted: str
    measured: str
    met: bool


def compared(measured: Mapping[str, Measured]) -> Iterator[Target]:
    """Yield the targets of one interleaved session."""
    for name, task, other, least in _RATIOS:
        ratio = measured[name].per_second(task) / measured[other].per_second(task)
        what = f"{name}, {task}: times {other}"
        yield Target(what, f"≥ {least:.2f}", f"{ratio:.2f}", ratio >= least)
    for task in (ONE, LIST):
        tail = measured[HIT].p99(task) / measured[HIT].p50(task)
        yield Target(f"{HIT}, {task}: p99 / p50", f"≤ {_TAIL}", f"{tail:.2f}", tail <= _TAIL)
    memory, start = measured[MISS].memory, measured[HIT].started_in
    what = f"{MISS}: memory of the worker"
    yield Target(what, f"≤ {_MEMORY} MB", f"{memory:.0f} MB", memory <= _MEMORY)
    what = f"{HIT}: start on a warm database"
    yield Target(what, f"≤ {_START:.0f} s", f"{start:.2f} s", start <= _START)


def asked(answers: Sequence[Asked]) -> Iterator[Target]:
    """Yield the target of questions for look-alikes; the slowest come first."""
    yield _most(f"{len(answers)} questions for look-alikes", answers, _LOOK_ALIKES)


def counted(models: int, counts: Sequence[Counted]) -> Iterator[Target]:
    """Yield the targets of statistics; the slowest come first."""
    for of, every in sorted(grouped(counts, lambda each: each.of).items()):
        most = _COUNTS.get(of, _COUNTS_UNDER_A_UNIT)[models > _FEW]
        yield _most(f"{len(every)} statistics of {of}", every, most)


def beside(count: Beside) -> Target:
    """The target of a count of thousands of items: no slower than PostgreSQL makes the JSON."""
    what = f"{MISS}, a count of {count.items:,} items: times {LIMIT_A}"
    return Target(what, f"≥ {1:.2f}", f"{count.ratio:.2f}", count.ratio >= 1)


def _most(what: str, slowest_first: Sequence[Asked | Counted], most: float) -> Target:
    p95 = spread([each.milliseconds for each in slowest_first]).p95
    return Target(f"{what}: p95", f"≤ {most:.0f} ms", f"{p95:.1f} ms", p95 <= most)


def in_the_database(
    models: int, searched: Sequence[Searched], findings: Sequence[Finding]
) -> Iterator[Target]:
    """Yield the targets of single statements."""
    most = _SEARCH[models > _FEW]
    slowest = max(each.milliseconds for each in searched)
    yield Target(
        f"the slowest of {len(searched)} searches",
        f"≤ {most:.0f} ms",
        f"{slowest:.1f} ms",
        slowest <= most,
    )
    longest = max(each.milliseconds for each in findings)
    flagged = sum(each.flagged for each in findings)
    yield Target(
        f"the slowest of {len(findings)} lists",
        f"≤ {MOST:.0f} ms, or {MOST_OF_SLOW:.0f}",
        f"{longest:.1f} ms ({flagged} flagged)",
        not flagged,
    )


def grown(small: Mapping[str, float], large: Mapping[str, float]) -> Iterator[Target]:
    """Yield what is left of each throughput when the register is three times as large."""
    for what, per_second in small.items():
        ratio = large[what] / per_second
        yield Target(what, f"≥ {_GROWTH}", f"{ratio:.2f}", ratio >= _GROWTH)
