"""Pictures for documents: one part of a page, drawn by a real browser, with nothing empty around it."""

import shutil
from pathlib import Path

import pytest
from PIL import Image

from docs.pictures import BROWSERS, EDGE, cut, draw, only
from emotion.report.evaluation import write
from tests.report.made_evaluation import made_evaluation


def test_what_is_empty_above_and_below_is_cut_off(tmp_path: Path) -> None:
    drawn = Image.new("RGB", (200, 400), "white")
    drawn.paste("navy", (20, 100, 180, 150))
    drawn.save(tmp_path / "drawn.png")
    cut(tmp_path / "drawn.png", tmp_path / "cut.png")
    with Image.open(tmp_path / "cut.png") as picture:
        assert picture.size == (200, 50 + 2 * EDGE)


def test_a_picture_of_nothing_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (20, 40), "white").save(tmp_path / "drawn.png")
    with pytest.raises(SystemExit, match="does the page have such a part"):
        cut(tmp_path / "drawn.png", tmp_path / "cut.png")


@pytest.mark.live
@pytest.mark.skipif(not any(map(shutil.which, BROWSERS)), reason="no chromium is installed")
def test_a_chart_is_drawn_alone(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    write(made_evaluation(), page)
    page.write_text(only(page.read_text("utf-8"), "#confusion-1"), "utf-8")
    draw(page, 620, tmp_path / "drawn.png")
    cut(tmp_path / "drawn.png", tmp_path / "cut.png")
    with Image.open(tmp_path / "cut.png") as picture:
        assert picture.width == 1240
        assert 400 < picture.height < 1200, "one chart high"
        assert len(picture.convert("RGB").getcolors(1 << 20) or ()) > 10
