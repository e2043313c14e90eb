"""What was felt, when and about what: emotion analytics for archives and live streams of tweets."""

from functools import cache
from pathlib import Path

__version__ = "0.1.0"


@cache
def code_version() -> str:
    """The version, and the commit where this is a clone: 0.1.0, commit 1a2b3c4, or 1a2b3c4-dirty with changes."""
    import subprocess

    root = Path(__file__).resolve().parent.parent
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--exclude=*"]
    if not (root / ".git").exists():
        return __version__
    try:
        done = subprocess.run(  # nosec B603 (no shell, our own words)
            command, capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return __version__
    found = done.stdout.strip()
    return f"{__version__}, commit {found}" if found else __version__
