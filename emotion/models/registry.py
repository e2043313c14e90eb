"""Where models live: what `--model` may name."""

from pathlib import Path

from emotion.errors import BundleError

SHIPPED = Path(__file__).parent.parent / "shipped"


def resolve(model: str | Path | None = None) -> Path:
    """Directory of the bundle named: a path, or "shipped", which is also what None stands for."""
    path = None if model is None else Path(model).expanduser()
    if path is not None and path.exists():
        return path
    if model is None or model == "shipped":
        return _existing(SHIPPED, "The shipped bundle")
    raise BundleError(f"There is no model {str(model)!r}: tried it as a path, and as the name 'shipped'.")


def _existing(path: Path, what: str) -> Path:
    if not path.is_dir():
        raise BundleError(f"{what} is missing: tried {path}; install emotion again, or name a model by its path.")
    return path
