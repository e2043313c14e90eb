"""A picture of the page for documents: `python -m docs.screenshot ADDRESS --to docs/images/page.png`.

The address is one of a running API. Chromium draws it, in light colours, and the picture is kept as PNG.
"""

import argparse
import shutil
from pathlib import Path

from docs.pictures import BROWSERS


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("address", help="of a view, as a browser would show it")
    options.add_argument("--to", type=Path, required=True)
    options.add_argument("--size", type=int, nargs=2, default=(1200, 1500), metavar=("WIDTH", "HEIGHT"))
    given = options.parse_args()
    picture(given.address, given.to, *given.size)


def picture(address: str, to: Path, width: int, height: int) -> None:
    """Wait until nothing is being loaded any more, then take what a window of this size shows."""
    from playwright.sync_api import sync_playwright

    browser = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        page = chromium.new_page(viewport={"width": width, "height": height})
        page.goto(address)
        page.locator("h1").wait_for(timeout=120_000)
        page.locator(".skeleton, [aria-busy=true]").first.wait_for(state="detached", timeout=120_000)
        page.wait_for_timeout(1000)  # what moves into its place has come to rest
        page.screenshot(path=to)
        chromium.close()


if __name__ == "__main__":
    main()
