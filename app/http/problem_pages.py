"""`/problems/<code>`: the page that explains a problem."""

from html import escape

from fastapi import APIRouter
from starlette.responses import HTMLResponse

import app.http.protocol_problems  # noqa: F401 - they have pages too
from app.http.problems import NotFound, known_problems

router = APIRouter(include_in_schema=False)


@router.get("/problems/{code}")
async def get_problem_page(code: str) -> HTMLResponse:
    """Explain a kind of problem in both languages."""
    problem = known_problems().get(code)
    if problem is None:
        raise NotFound
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(code)}</title>'
        f"<h1>{problem.status} {escape(problem.title.en)}</h1>"
        f"<p>{escape((problem.__doc__ or '').strip())}</p>"
        f'<p lang="vi">{escape(problem.title.vi)}</p>'
        f"<p><code>code: {escape(code)}</code></p></html>"
    )
    return HTMLResponse(page, headers={"Cache-Control": "public, max-age=86400"})
