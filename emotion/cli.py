"""`emotion …`: what a person types. Thin: each command reads its options and calls one function.

Exit status: 0 done, 1 failed, 2 wrong use, 130 interrupted.
"""

import sys
from collections.abc import Sequence

import typer

from emotion import __version__
from emotion.commands import (
    calibrate,
    check,
    compare,
    crawl,
    demo,
    distant,
    distil,
    embed,
    evaluate,
    forget,
    keys,
    kibana,
    label,
    models,
    predict,
    query,
    replay,
    serve,
    sets,
    teach,
    train,
    tune,
)
from emotion.commands.shown.escapes import escape_what_output_cannot_hold
from emotion.commands.shown.terminal import harmless
from emotion.errors import EmotionError, UsageError

app = typer.Typer(
    name="emotion",
    help="What was felt, when and about what: emotions in archives and streams of tweets.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def _root(version: bool = typer.Option(False, "--version", help="Show the version and leave.")) -> None:
    if version:
        typer.echo(f"emotion {__version__}")
        raise typer.Exit


PANELS = {
    "Archives and stores": (label, query, forget, replay, kibana, demo),
    "Single texts and live tweets": (predict, serve, keys, crawl),
    "Models": (train, tune, calibrate, models, evaluate, compare, check),
    "What models learn from": (sets, distant, embed, teach, distil),
}
for panel, modules in PANELS.items():
    for module in modules:
        before = len(app.registered_commands), len(app.registered_groups)
        module.register(app)
        for command in app.registered_commands[before[0] :]:
            command.rich_help_panel = panel
        for group in app.registered_groups[before[1] :]:
            group.rich_help_panel = panel


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave the process with its exit status."""
    escape_what_output_cannot_hold()
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; an expected failure is one sentence on standard error. Returns the exit status."""
    try:
        app(args=arguments, prog_name="emotion")
    except SystemExit as leave:
        return leave.code if isinstance(leave.code, int) else 0
    except EmotionError as error:
        print(f"emotion: {harmless(str(error))}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except OSError as error:
        said = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        print(f"emotion: {harmless(said)}", file=sys.stderr)
        return 1
    return 0
