"""Pictures of one part of a page for documents.

    python -m docs.pictures PAGE.html '#confusion-1' --to docs/images/confusion.png

PAGE is a report that `emotion train`, `evaluate`, `compare` or `report` wrote. Chromium draws it in light colours with
all else hidden, and what is empty around the part is cut off.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageChops

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
EDGE = 24  # pixels left around the part
RULER = "#js-plotly-tester"  # where plotly measures words; out of sight


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("page", type=Path)
    options.add_argument("part", help="CSS selector of what is shown")
    options.add_argument("--width", type=int, default=720, help="of the window, in pixels of a page")
    options.add_argument("--to", type=Path, required=True)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder) / "page.html"
        alone.write_text(only(given.page.read_text("utf-8"), given.part), "utf-8")
        drawn = Path(folder) / "drawn.png"
        draw(alone, given.width, drawn)
        cut(drawn, given.to)


def only(html: str, part: str) -> str:
    """The page with everything hidden but one part and what is around and in it."""
    shown = f":has({part}), {part}, {part} *, {RULER}, {RULER} *"
    hidden = f"body *:not({shown}) {{ display: none !important; }}"
    shape = "main { max-width: none !important; padding: 16px !important; } .card { border: none !important; }"
    return html.replace("</head>", f"<style>{hidden} {shape}</style></head>", 1)


def draw(page: Path, width: int, to: Path) -> None:
    """A picture of a window so wide, and higher than any part."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"Pictures need one of {', '.join(BROWSERS)}; on Debian: apt-get install chromium")
    looks = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=2"]
    looks += ["--virtual-time-budget=9000", f"--window-size={width},1600", f"--user-data-dir={page.parent / 'profile'}"]
    command = [browser, *looks, f"--screenshot={to}", page.as_uri()]
    subprocess.run(command, check=True, capture_output=True)


def cut(picture: Path, to: Path) -> None:
    """Without the rows above and below the part; the colour of the top left corner counts as empty."""
    with Image.open(picture) as seen:
        image = seen.convert("RGB")
    box = ImageChops.difference(image, Image.new("RGB", image.size, image.getpixel((0, 0)) or 0)).getbbox()
    if box is None:
        sys.exit("Nothing was drawn: does the page have such a part?")
    rows = max(box[1] - EDGE, 0), min(box[3] + EDGE, image.height)
    image.crop((0, rows[0], image.width, rows[1])).quantize(128).save(to, optimize=True)


if __name__ == "__main__":
    main()
