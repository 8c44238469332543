"""`python -m benchmarks …`: a register as large as the country's, and what it is asked.

Databases and the competitors' packages lie in `KHEO_BENCHMARK_DIR` (by default `var/benchmarks`).
"""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer

from app.db import embedded
from app.db.calendar import today
from benchmarks import (
    chart,
    databases,
    environment,
    growth,
    loading,
    look_alikes,
    machine,
    plans,
    report,
    searches,
    session,
    statistics,
    targets,
    wrk,
)
from benchmarks.contenders import HIT, MISS, TASKS

cli = typer.Typer(
    help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)

_NATIONAL, _SMALL = 1_000_000, 100_000
Models = Annotated[int, typer.Option(min=1_000, max=20_000_000, help="How many models.")]
Quick = Annotated[
    bool, typer.Option("--quick", help="Two minutes on 100,000 models; the README stays as it is.")
]


def main() -> None:
    """Run a command; a missing tool stops it with one clear line."""
    try:
        cli()
    except (wrk.Missing, loading.AlreadyLoaded) as error:
        sys.exit(f"benchmarks: {error}")


@cli.command()
def setup() -> None:
    """Install the competitors' packages into an environment of their own."""
    wrk.program()
    if not environment.ready():
        typer.echo("installing the competitors' packages (once; up to a minute)", err=True)
        environment.setup()


@cli.command()
def load(
    models: Models = _NATIONAL,
    decisions: Annotated[
        int | None, typer.Option(min=0, help="How many award decisions; by default a tenth.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Drop what is there.")] = False,
) -> None:
    """Generate a register and load it; nothing to do if it is there."""
    typer.echo(loading.load(models, decisions, fresh=fresh))


@cli.command()
def run(
    models: Annotated[int | None, typer.Option(min=1_000, help="How many models.")] = None,
    quick: Quick = False,
) -> None:
    """Compare the registry with what people would use instead, in one interleaved session."""
    models = models or (_SMALL if quick else _NATIONAL)
    setup()
    url = loading.load(models)
    pace = session.QUICK if quick else session.FULL
    measured = session.measure(url, databases.home() / "session", pace)
    asked = look_alikes.time(url, databases.home() / "session")
    counted = statistics.time(url, databases.home() / "session")
    searched, findings = searches.time(url), plans.explain(url)
    heading = _heading(url, models, pace)
    reached = [
        *targets.compared(measured),
        *targets.asked(asked),
        *targets.counted(models, counted),
        targets.beside(statistics.beside_limit_a(url, databases.home() / "session")),
        *targets.in_the_database(models, searched, findings),
    ]
    tables = (
        heading,
        report.of_contenders(measured),
        report.of_targets(reached),
        report.of_look_alikes(asked),
        report.of_counts(counted),
        report.of_searches(searched),
        report.of_plans(findings, most=10),
    )
    figures = {
        "heading": heading,
        "measured": {name: asdict(each) for name, each in measured.items()},
        "targets": [each._asdict() for each in reached],
        "look_alikes": [each._asdict() for each in asked],
        "statistics": report.spreads(counted),
        "searches": [each._asdict() for each in searched],
        "lists": [each._asdict() for each in findings],
    }
    panels = {
        f"{task}, requests a second": {
            name: each.per_second(task) for name, each in measured.items() if task in each.bursts
        }
        for task in TASKS
    }
    _conclude("comparison", tables, figures, chart.bars(panels, (HIT, MISS)), quick=quick)


@cli.command("searches")
def time_searches(models: Models = _NATIONAL) -> None:
    """Time 200 searches inside the database."""
    typer.echo(report.of_searches(searches.time(loading.load(models))))


@cli.command("look-alikes")
def time_look_alikes(models: Models = _NATIONAL) -> None:
    """Time 200 questions for look-alikes over HTTP."""
    url = loading.load(models)
    typer.echo(report.of_look_alikes(look_alikes.time(url, databases.home() / "session")))


@cli.command("statistics")
def time_statistics(models: Models = _NATIONAL) -> None:
    """Time statistics over HTTP: the whole country, provinces and smaller places by anything."""
    url = loading.load(models)
    counted = statistics.time(url, databases.home() / "session")
    beside = targets.beside(statistics.beside_limit_a(url, databases.home() / "session"))
    reached = report.of_targets([*targets.counted(models, counted), beside])
    typer.echo(f"{report.of_counts(counted)}\n\n{reached}")


@cli.command("plans")
def explain_lists(models: Models = _NATIONAL) -> None:
    """Explain every documented filter and sort of the long lists; flag scans and slow ones."""
    findings = plans.explain(loading.load(models))
    typer.echo(report.of_plans(findings))
    raise typer.Exit(any(each.flagged for each in findings))


@cli.command("growth")
def measure_growth(
    sizes: Annotated[str, typer.Option(help="Comma list of how many models.")] = ",".join(
        map(str, growth.SIZES)
    ),
    quick: Annotated[bool, typer.Option("--quick", help="Short bursts.")] = False,
) -> None:
    """Measure the same reads at several sizes, each in a database of the private server."""
    if databases.given_url() is not None:
        sys.exit("benchmarks: growth needs the private server: unset KHEO_DATABASE_URL")
    wrk.program()
    known = [int(size) for size in sizes.split(",")]
    urls = [loading.load(size) for size in known]
    pace = session.QUICK if quick else session.FULL
    grown = growth.measure(urls, known, databases.home() / "session", pace)
    heading = _heading(urls[-1], known[-1], pace)
    reached = [
        *targets.grown(grown[-2].throughput(), grown[-1].throughput()),
        *targets.counted(known[-1], grown[-1].counted),
        targets.beside(statistics.beside_limit_a(urls[-1], databases.home() / "session")),
    ]
    tables = (
        heading,
        report.of_growth(grown),
        report.of_targets(reached),
    )
    rows = {what: [each.throughput()[what] for each in grown] for what in grown[0].throughput()}
    title = "Reads a second as the register grows, against the smallest"
    serialized = [asdict(each) | {"counted": report.spreads(each.counted)} for each in grown]
    figures = {"heading": heading, "sizes": serialized}
    _conclude("growth", tables, figures, chart.lines(title, known, rows), quick=quick)


@cli.command()
def stop() -> None:
    """Stop the private server."""
    typer.echo("stopped" if embedded.stop(databases.home()) else "it was not running")


def _heading(url: str, models: int, pace: session.Pace) -> str:
    server = asyncio.run(machine.server_of(url))
    load = f"1 worker, {wrk.CONNECTIONS} connections, {pace.rounds} bursts of {pace.seconds} s each"
    return f"{today()}: {models:,} models; {machine.described()}, {server}; {load}."


def _conclude(
    name: str, tables: tuple[str, ...], figures: Mapping[str, Any], drawn: str, *, quick: bool
) -> None:
    """Print what was found and keep it: in the README, or after a quick run beside the data."""
    typer.echo("\n\n".join(tables))
    report.write(databases.home() if quick else report.RESULTS, name, figures, drawn)
    if not quick:
        image = f"![{name}](results/{name}.svg)"
        report.into_readme(name, "\n\n".join((*tables[:2], image, *tables[2:])))
