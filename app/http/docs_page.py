"""The interactive documentation: Swagger UI from files inside the package, no other host."""

from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.staticfiles import StaticFiles

_DIRECTORY = Path(__file__).parent / "docs_ui"
_FILES = StaticFiles(directory=_DIRECTORY)
_NAMES = frozenset(path.name for path in _DIRECTORY.iterdir())

router = APIRouter(include_in_schema=False)


@router.api_route("/docs", methods=["GET", "HEAD"])
@router.api_route("/docs/{name}", methods=["GET", "HEAD"])
async def docs(request: Request, name: str = "index.html") -> Response:
    """Serve the page or one of its files."""
    if name not in _NAMES:  # the file system never sees a name from outside
        raise HTTPException(404)
    # Ranges are ignored, as RFC 9110 allows: Starlette would answer a bad one in plain text.
    request.scope["headers"] = [h for h in request.scope["headers"] if h[0] != b"range"]
    response = await _FILES.get_response(name, request.scope)
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
