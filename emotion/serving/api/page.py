"""The page at `/`, with what it takes from where that is kept: plotly's script, the style and colours of reports."""

import gzip
import hashlib
import re
from functools import cache
from importlib.resources import files
from pathlib import Path

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response as Answer
from starlette.types import Scope

_STYLE_OF_MAPS = re.compile(
    r'if\(!document\.getElementById\("[0-9a-f]{64}"\)\)(?=\{var \w=document\.createElement\("style"\))'
)
_SAME = "no-cache"  # asked each time whether it is still the same, so that no two versions are ever mixed


def serve_page(app: FastAPI, page: Path) -> None:
    """Serve `index.html` of a folder at `/`, without one lead to the documentation; its `static` below `/static`.

    `static/plotly.min.js`, `static/report.css` and `static/palette.json` come from the packages that own them.
    """

    async def home(request: Request) -> Response:
        index = page / "index.html"
        if not index.exists():
            return RedirectResponse("docs")
        return FileResponse(index, media_type="text/html", headers={"Cache-Control": _SAME})

    app.add_route("/", home, methods=["GET"])
    app.add_route("/static/plotly.min.js", _plotly, methods=["GET"])
    app.add_route("/static/report.css", _style, methods=["GET"])
    app.add_route("/static/palette.json", _palette, methods=["GET"])
    if (page / "static").is_dir():
        app.mount("/static", _Files(directory=page / "static"), name="static")


class _Files(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Answer:
        answer = await super().get_response(path, scope)
        answer.headers["Cache-Control"] = _SAME
        return answer


def _plotly(request: Request) -> Response:
    """plotly's script from its wheel, compressed once a process: it is as large as all else together."""
    script, tag = _script()
    headers = {"Cache-Control": "max-age=86400", "ETag": tag, "Vary": "Accept-Encoding"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(gzip.decompress(script), media_type="text/javascript", headers=headers)
    return Response(script, media_type="text/javascript", headers=headers | {"Content-Encoding": "gzip"})


@cache
def _script() -> tuple[bytes, str]:
    from emotion.report.skeleton import plotly_script

    # The style sheet of plotly's maps, which no chart here is, would only be refused by the policy, loudly.
    script = _STYLE_OF_MAPS.sub("if(false)", plotly_script()).encode()
    return gzip.compress(script, 6, mtime=0), f'"{hashlib.sha256(script).hexdigest()[:32]}"'


def _style(request: Request) -> Response:
    style = files("emotion.report").joinpath("report.css").read_text(encoding="utf-8")
    return Response(style, media_type="text/css", headers={"Cache-Control": _SAME})


def _palette(request: Request) -> Response:
    from emotion.report.palette import described

    return Response(orjson.dumps(described()), media_type="application/json", headers={"Cache-Control": _SAME})
