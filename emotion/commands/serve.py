"""`emotion serve`: the API on one machine."""

from pathlib import Path
from typing import Annotated, Any

import typer

from emotion.commands.options import Device, Engine, Entities, Model
from emotion.commands.stopping import stoppable
from emotion.errors import UsageError

EXAMPLES = """
[bold]Examples[/bold]

  emotion serve\n
  emotion serve --store labelled --port 0\n
  emotion serve --store http://localhost:9200/tweets --write --entities names\n
  emotion serve --host 0.0.0.0 --keys keys.json --replicas 4\n
  curl http://127.0.0.1:8000/v1/emotions --json '{"text": "What a day!"}'
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve", epilog=EXAMPLES)(serve)


def serve(
    model: Model = None,
    store: Annotated[
        str | None, typer.Option(help="Store to ask: a directory, s3://bucket/folder, or the address of an index.")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Let requests write to the store.")] = False,
    entities: Entities = None,
    host: Annotated[str, typer.Option(help="Where to listen; beyond this machine needs --keys.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
    keys: Annotated[Path | None, typer.Option(help="File of API keys, made by `emotion keys add`.")] = None,
    origin: Annotated[list[str] | None, typer.Option(help="Site whose pages may call the API. Repeatable.")] = None,
    replicas: Annotated[int, typer.Option(min=1, help="Processes that answer.")] = 1,
    threads: Annotated[int, typer.Option(min=1, help="Threads that each computes with.")] = 1,
    engine: Engine = "exact",
    device: Device = "cpu",
    ray: Annotated[str, typer.Option(help="local: Ray Serve on this machine. off: one process without Ray.")] = "local",
) -> None:
    """Answer over HTTP what is felt in texts and tweets, and what a store holds, until Ctrl-C."""
    from emotion.serving.options import missing_keys

    if refusal := missing_keys(host, keys):
        raise UsageError(refusal)
    if ray not in ("local", "off"):
        raise UsageError(f"--ray {ray!r} is neither local nor off; for a cluster there is `serve deploy`.")
    if ray == "off" and replicas > 1:
        raise UsageError("--replicas needs Ray; leave out --ray off.")
    if write and replicas > 1 and "://" not in (store or ""):
        raise UsageError(f"--write: a directory has one writer, and --replicas {replicas} are more; name an index.")
    asked = {"model": model, "store": store, "write": write, "keys": keys, "origins": origin or (), "threads": threads}
    options = _checked(asked | {"engine": engine, "device": device, "entities": entities})
    with stoppable("the API has ended."):
        _serve(options, host, port, replicas, ray)


def _serve(options: Any, host: str, port: int, replicas: int, ray: str) -> None:
    if ray == "off":
        from emotion.serving.alone import serve_alone

        serve_alone(options, host, port, _tell)
        return
    from emotion.serving.cluster.local import serve_locally

    serve_locally(options, host, port, replicas, _tell)


def _checked(asked: dict[str, Any]) -> Any:
    """The options; a model, store or file of keys that cannot be used is told before anything starts."""
    from pydantic import ValidationError

    from emotion.models.registry import resolve
    from emotion.serving.keys import read_keys
    from emotion.serving.options import ServeOptions
    from emotion.stores.described import required
    from emotion.stores.elasticsearch.address import is_address
    from emotion.stores.opening import describe
    from emotion.text.entities.finders import entity_plan
    from emotion.wording import in_one_line

    try:
        options = ServeOptions.model_validate(asked)
    except ValidationError as error:
        raise UsageError(f"The API cannot be served so: {in_one_line(error, 'options')}.") from None
    _check_model(resolve(options.model))
    if options.keys is not None:
        read_keys(options.keys)
    if options.entities:
        entity_plan(options.entities).finder()
    if options.store is not None and not options.write and not is_address(options.store):
        required(describe(options.store), options.store)
    return options


def _check_model(bundle: Path) -> None:
    from emotion.models.description import read_description

    context = read_description(bundle).settings.config.context
    if context is not None:
        from emotion.models.context.contextual import Stored

        Stored(bundle, context).look()


def _tell(address: str) -> None:
    typer.echo(f"The API is at {address}, its documentation at {address}/docs. Ctrl-C ends it.", err=True)
