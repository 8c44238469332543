"""`python -m app …`: everything an operator does."""

import asyncio
import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import asyncpg
import typer
from pydantic import ValidationError

import app.tables  # noqa: F401 - the foreign keys of an agency name other tables
from app import VERSION, shipped_facts
from app.access.actors import Role
from app.access.service import UnknownLocality, issue_key, place_of
from app.config import settings
from app.db import embedded, schema
from app.db.calendar import today
from app.db.database import Database
from app.db.repeatable import Refused
from app.db.schema import database_url
from app.http.json_encoding import encode
from app.statistics import verification

cli = typer.Typer(
    help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
db = typer.Typer(help="The private PostgreSQL server of the data directory.", no_args_is_help=True)
keys = typer.Typer(help="Keys of agencies.", no_args_is_help=True)
statistics = typer.Typer(help="The roll-ups beside the rows.", no_args_is_help=True)
cli.add_typer(db, name="db")
cli.add_typer(keys, name="keys")
cli.add_typer(statistics, name="statistics")


def main() -> None:
    """Run a command; an invalid setting stops it with one clear line."""
    try:
        settings()
    except ValidationError as error:
        for fault in error.errors():
            name = "KHEO_" + "_".join(map(str, fault["loc"])).upper()
            sys.exit(f"kheo: {name}: {fault['msg']} (it is {fault['input']!r})")
    try:
        cli()
    except Refused as refused:
        sys.exit(f"kheo: {refused}")


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535)] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64)] = None,
) -> None:
    """Start everything: database, migrations, shipped facts, then the server."""
    gc.disable()  # as in `__main__`
    from app.server import run  # noqa: PLC0415 - the other commands need no web server

    gc.freeze()
    gc.enable()
    given = {"host": host, "port": port, "workers": workers}
    known = settings().model_copy(update={k: v for k, v in given.items() if v is not None})
    url = database_url(known)
    migrated = schema.upgrade(url)
    if _load_facts(url) or migrated:
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - anew, without the memory this took
    run(known, url)


@cli.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    schema.upgrade(database_url(settings()))


@cli.command()
def load() -> None:
    """Load the shipped facts into an empty database; leaves any other as it is."""
    url = database_url(settings())
    schema.upgrade(url)
    typer.echo("loaded" if _load_facts(url) else "the database holds facts already", err=True)


def _load_facts(url: str) -> bool:
    """Load the shipped facts, and tell how far that is; False if the database holds any."""
    with _progress() as progress:
        return asyncio.run(shipped_facts.load(url, progress))


@cli.command("openapi")
def write_openapi(
    path: Annotated[Path, typer.Argument(help="The file to write.")] = Path("openapi/v1.json"),
) -> None:
    """Write the OpenAPI document."""
    from app.main import openapi_text  # noqa: PLC0415 - the other commands need no application

    path.write_text(openapi_text(), encoding="utf-8")


@cli.command()
def version() -> None:
    """Print the version."""
    typer.echo(VERSION)


@db.command("start")
def db_start() -> None:
    """Start the private server."""
    typer.echo(database_url(settings()))


@db.command("stop")
def db_stop() -> None:
    """Stop the private server."""
    typer.echo("stopped" if embedded.stop(settings().data_dir) else "it was not running")


@db.command("status")
def db_status() -> None:
    """Tell whether the private server runs."""
    running = embedded.running(settings().data_dir)
    typer.echo("running" if running else "stopped")
    raise typer.Exit(0 if running else 3)


@db.command("psql-url")
def db_psql_url() -> None:
    """Print the address to give to psql."""
    typer.echo(database_url(settings()))


@db.command("schema")
def db_schema() -> None:
    """Write `migrations/schema.sql`: the schema of a fresh database, for reviewers."""
    from app.db import dump  # noqa: PLC0415 - for developers

    dump.FILE.write_text(dump.fresh(settings().data_dir), encoding="utf-8")


@keys.command("issue")
def keys_issue(
    agency: Annotated[str, typer.Option(help="The agency; made if none has that name.")],
    roles: Annotated[str, typer.Option(help=f"Comma list of {', '.join(Role)}.")],
    locality: Annotated[
        str | None, typer.Option(help="Code on today's map; by default the whole country.")
    ] = None,
) -> None:
    """Issue a key and print its secret, which is shown this once."""
    named = [role.strip() for role in roles.split(",") if role.strip()]
    unknown = sorted(set(named) - set(Role))
    if unknown or not named:
        sys.exit(
            f"kheo: --roles: must be of {', '.join(Role)}, not {', '.join(unknown) or 'empty'}"
        )

    async def issue() -> str:
        database = Database(url)
        try:
            async with database.writer() as session:
                place = await place_of(session, locality, today())
                return await issue_key(
                    session, agency=agency, roles=[Role(role) for role in named], place=place
                )
        finally:
            await database.close()

    url = database_url(settings())
    try:
        typer.echo(asyncio.run(issue()))
    except UnknownLocality as error:
        sys.exit(f"kheo: --locality: {error}")
    except asyncpg.UndefinedTableError:
        sys.exit("kheo: the database is empty: run `serve` or `migrate` and `load` first")


@statistics.command("verify")
def statistics_verify() -> None:
    """Count everything anew and print where the roll-ups differ; status 1 if they do."""
    differing = asyncio.run(verification.differences(database_url(settings())))
    for row in differing:
        typer.echo(encode(row))
    if differing:
        raise typer.Exit(1)
    typer.echo("no difference")


@statistics.command("rebuild")
def statistics_rebuild() -> None:
    """Make the roll-ups anew from the rows; who writes these waits meanwhile."""
    asyncio.run(verification.rebuild(database_url(settings())))


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """A progress bar on standard error with one step for each call, from the first call on."""
    with ExitStack() as shown:
        advance: Callable[[str], None] | None = None

        def step(name: str) -> None:
            nonlocal advance
            if advance is None:
                advance = shown.enter_context(_bar(shipped_facts.STEPS))
            advance(name)

        yield step


@contextmanager
def _bar(steps: int) -> Iterator[Callable[[str], None]]:
    # Imported here: most starts have nothing to load, and the library takes long.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415

    console = Console(stderr=True)
    with Progress(TextColumn("{task.description}"), BarColumn(), console=console) as bars:
        bar = bars.add_task("", total=steps, completed=-1)
        yield lambda name: bars.update(bar, advance=1, description=name)
        bars.update(bar, completed=steps, description="Loaded")


if __name__ == "__main__":
    main()
