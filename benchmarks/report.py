"""Writes what was measured: JSON and a chart beside this file, tables into the README."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.asking import spread
from benchmarks.contenders import TASKS
from benchmarks.growth import Grown
from benchmarks.look_alikes import Asked
from benchmarks.plans import Finding
from benchmarks.searches import Searched
from benchmarks.session import Measured
from benchmarks.statistics import Counted, grouped
from benchmarks.targets import Target

_HERE = Path(__file__).parent
RESULTS = _HERE / "results"
_SLOWEST = 10  # shown of many


def write(folder: Path, name: str, figures: Mapping[str, Any], chart: str) -> None:
    """Keep figures and their chart under a name."""
    folder.mkdir(exist_ok=True)
    text = json.dumps(figures, ensure_ascii=False, indent=1)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    (folder / f"{name}.svg").write_text(chart, encoding="utf-8")


def into_readme(section: str, markdown: str) -> None:
    """Replace what stands between the two markers of a section."""
    readme = _HERE / "README.md"
    begin, end = f"<!-- last {section} -->", f"<!-- end of last {section} -->"
    before, _, rest = readme.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    readme.write_text(f"{before}{begin}\n{markdown.strip()}\n{end}{after}", encoding="utf-8")


# ---- tables -----------------------------------------------------------------------------------


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first to the right."""
    marks = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, marks, *rows))


def of_contenders(measured: Mapping[str, Measured]) -> str:
    """Throughput and latency of every contender and task, memory and start."""
    header = ["", *TASKS, "memory", "start"]
    rows = [
        [
            name,
            *(_cell(each, task) for task in TASKS),
            f"{each.memory:.0f} MB",
            f"{each.started_in:.1f} s",
        ]
        for name, each in measured.items()
    ]
    note = "Requests a second (p50 / p99 in ms), medians of the bursts."
    wrong = [name for name, each in measured.items() if each.errors]
    if wrong:
        note += f" **Answered with errors: {', '.join(wrong)}.**"
    return f"{table(header, rows)}\n\n{note}"


def _cell(each: Measured, task: str) -> str:
    if task not in each.bursts:
        return ""
    return f"{each.per_second(task):,.0f} ({each.p50(task):.2f} / {each.p99(task):.2f})"


def of_targets(targets: Iterable[Target]) -> str:
    rows = [
        (each.what, each.wanted, each.measured, "yes" if each.met else "**no**") for each in targets
    ]
    return table(("target", "wanted", "measured", "met"), rows)


def of_searches(searched: Sequence[Searched]) -> str:
    """The slowest searches; `searched` is sorted."""
    rows = [
        (f"`{each.words}`", each.kind, f"{each.milliseconds:.1f} ms", "yes" if each.found else "no")
        for each in searched[:_SLOWEST]
    ]
    taken = _spread(searched)
    header = ("search", "kind", "in the database", "found")
    return f"{len(searched)} searches: {taken}.\n\n{table(header, rows)}"


def of_look_alikes(asked: Sequence[Asked]) -> str:
    """The slowest questions for look-alikes; `asked` is sorted."""
    rows = [
        (each.title, each.kind, f"{each.milliseconds:.1f} ms", str(each.found))
        for each in asked[:_SLOWEST]
    ]
    taken = _spread(asked)
    header = ("title", "kind", "over HTTP", "told")
    return f"{len(asked)} questions for look-alikes: {taken}.\n\n{table(header, rows)}"


def of_counts(counted: Sequence[Counted]) -> str:
    """How long each kind of count took; `counted` is sorted."""
    rows = [
        (kind, _spread(every), f"`{every[0].path}`")
        for kind, every in grouped(counted, _kind).items()
    ]
    taken = _spread(counted)
    header = ("statistics", "over HTTP", "the slowest")
    return f"{len(counted)} counts: {taken}.\n\n{table(header, rows)}"


def spreads(counted: Sequence[Counted]) -> dict[str, dict[str, float]]:
    """The figures to keep of counts, by kind: one by one there are thousands."""
    return {
        kind: spread([each.milliseconds for each in every])._asdict()
        for kind, every in grouped(counted, _kind).items()
    }


def _kind(counted: Counted) -> str:
    return f"{counted.what} of {counted.of}"


def _spread(slowest_first: Sequence[Searched | Asked | Counted]) -> str:
    return str(spread([each.milliseconds for each in slowest_first]))


def of_plans(findings: Sequence[Finding], most: int | None = None) -> str:
    """The flagged lists, the slowest first."""
    flagged = sorted(
        (each for each in findings if each.flagged), key=lambda each: -each.milliseconds
    )
    serialized = f"{len(findings)} lists, {len(flagged)} flagged."
    if not flagged:
        return serialized
    rows = [
        (
            f"`{each.serialized}`",
            f"{each.milliseconds:.1f} ms",
            f"{each.fetched_in:.1f} ms",
            each.trouble or ", ".join(each.scanned),
        )
        for each in flagged[:most]
    ]
    header = ("list", "in the database", "as the app waits", "scanned from end to end")
    return f"{serialized}\n\n{table(header, rows)}"


def of_growth(grown: Sequence[Grown]) -> str:
    """Throughput and the slowest statements at every size."""
    first = grown[0].throughput()
    rows = [[what, *(f"{each.throughput()[what]:,.0f}" for each in grown)] for what in first]
    rows.append(["slowest search", *(f"{each.slowest_search:.1f} ms" for each in grown)])
    rows.append(["slowest list", *(f"{each.slowest_list:.1f} ms" for each in grown)])
    counted = (spread([count.milliseconds for count in each.counted]) for each in grown)
    rows.append(["statistics, p95 over HTTP", *(f"{each.p95:.1f} ms" for each in counted)])
    serialized = table(("requests a second", *(f"{each.models:,} models" for each in grown)), rows)
    return f"{serialized}\n\nAt {grown[-1].models:,} models: {of_counts(grown[-1].counted)}"
