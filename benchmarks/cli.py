"""`python -m benchmarks …`: a register as large as the country's, and what it is asked."""

from typing import Annotated

import typer

cli = typer.Typer(
    help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)



Models = Annotated[int, typer.Option(min=1_000, max=20_000_000, help="How many models.")]


@cli.callback()
def main() -> None:
    """Make every command a subcommand, also while there is only one."""


@cli.command()
def load(
    models: Models = 1_000_000,
    decisions: Annotated[
        int | None, typer.Option(min=0, help="How many award decisions; by default a tenth.")
    ] = None,
) -> None:
    """Generate a register and load it; nothing to do if it is there."""
    from benchmarks import loading  # noqa: PLC0415 - each command imports only what it needs

    typer.echo(loading.load(models, decisions))
