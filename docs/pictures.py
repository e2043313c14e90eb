"""Pictures of an evaluation's charts for documents: `python -m docs.pictures EVALUATION.json --to docs/images`.

Each chart is drawn by the page's own script in Chromium, in light colours, and kept as PNG.
"""

import argparse
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from emotion.evaluation.result import load
from emotion.report.evaluation import Training, page
from emotion.report.html import el
from emotion.report.parts import chart
from emotion.report.skeleton import assembled

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SIZES = {"square": (620, 460), "bars": (900, 400), "small": (620, 270)}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("evaluation", type=Path)
    options.add_argument("--metrics", type=Path, help="metrics.json of the bundle, for curves of its training")
    options.add_argument(
        "--charts", nargs="+", default=["confusion-1", "reliability-1", "labels-1", "whole-1", "measure-1"]
    )
    options.add_argument("--to", type=Path, required=True)
    given = options.parse_args()
    metrics = json.loads(given.metrics.read_text()) if given.metrics else {}
    drawn = figures(page(load(given.evaluation), Training(metrics)))
    for name in given.charts:
        if name in drawn:
            picture(name, drawn[name], given.to / f"{name}.png")


def figures(html: str) -> dict[str, Any]:
    """The charts of a page by name, as its script reads them."""
    found = re.search(r'<script type="application/json" id="charts">(.*?)</script>', html)
    return json.loads(found[1]) if found else {}


def picture(name: str, views: dict[str, Any], to: Path) -> None:
    """Draw the first view of one chart."""
    kind = "bars" if name.startswith("labels") else "small" if name.startswith(("whole", "measure")) else "square"
    width, height = SIZES[kind]
    figure = next(iter(views.values()))
    figure["layout"]["title"] = None
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder) / "page.html"
        header = el("style", "main { padding: 24px; max-width: none; }")
        alone.write_text(assembled(name, header, [chart(name, name, kind)], el("span"), {name: {"": figure}}), "utf-8")
        browser = next(filter(None, map(shutil.which, BROWSERS)))
        command = [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--virtual-time-budget=9000",
        ]
        command += [
            "--force-device-scale-factor=2",
            f"--window-size={width},{height}",
            f"--user-data-dir={folder}/profile",
        ]
        subprocess.run([*command, f"--screenshot={to.absolute()}", alone.as_uri()], check=True, capture_output=True)


if __name__ == "__main__":
    main()
