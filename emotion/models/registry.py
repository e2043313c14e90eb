"""Where models live: what `--model` may name."""

from pathlib import Path

from emotion.errors import BundleError

SHIPPED = Path(__file__).parent.parent / "shipped"


def resolve(model: str | Path | None = None) -> Path:
    """Directory of the bundle named: a path, or "shipped", which is also what None stands for."""
    if model is None or model == "shipped":
        return _existing(SHIPPED, "The shipped bundle")
    path = Path(model).expanduser()
    if path.exists():
        return path
    raise BundleError(f"There is no model {str(model)!r}: tried the path {path.absolute()} and the name 'shipped'.")


def _existing(path: Path, what: str) -> Path:
    if not path.is_dir():
        raise BundleError(f"{what} is missing: tried {path}; install emotion again, or name a model by its path.")
    return path
