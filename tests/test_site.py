"""The pages as a site, `make docs`: whole, and with nothing from elsewhere."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FROM_ELSEWHERE = re.compile(r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)=[\"'](?:https?:)?//[^>]*>")


def test_every_page_is_in_the_site_which_fetches_nothing_from_elsewhere(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert pages <= {path.stem for path in tmp_path.glob("*.html")}
    tour = (tmp_path / "tutorial.html").read_text()
    assert all(f"{page}.html" in tour for page in pages - {"tutorial"}), "a page is missing from the navigation"
    for path in tmp_path.glob("*.html"):
        assert FROM_ELSEWHERE.findall(path.read_text()) == [], path.name
