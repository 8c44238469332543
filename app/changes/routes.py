"""HTTP of the change feed."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from app.access.actors import KEY_OPTIONAL, OptionalActor
from app.changes.schemas import ChangePublic, ChangesPage, ChangesQuery
from app.changes.service import Feed, Mark, Page
from app.changes.waiting import Watch
from app.export.streams import whole_list
from app.http.documented_responses import ANSWER, problems
from app.http.json_responses import PRIVATE, PUBLIC, json_answer
from app.http.negotiation import wanted
from app.http.problems import Fault, Text, Unprocessable
from app.http.routing import Route
from app.querying.read_sessions import read_sessions_of

router = APIRouter(prefix="/v1/changes", tags=["Changes"], route_class=Route)


@router.get(
    "",
    response_model=ChangesPage,
    responses={
        **ANSWER,
        200: {**ANSWER[200], "content": {"application/x-ndjson": {"schema": {"type": "string"}}}},
        **problems(401, 410),
    },
    openapi_extra=KEY_OPTIONAL,
)
async def list_changes(
    request: Request, actor: OptionalActor, query: Annotated[ChangesQuery, Query()]
) -> Response:
    """Follow what changes: the latest state of each thing, in an order that misses nothing.

    Begin with `snapshot=true`, keep `next_cursor`, and go on with `after` for as long as you like;
    `wait` holds an answer back until there is something to tell. A thing that changed several
    times is told once, as it is at last, so it may be told again but never skipped: take each
    change as "this is how it is". The feed may lag by the longest write that is open. With a key
    things are told as that key may see them.

    As NDJSON all there is comes at once, and a last line `{"next_cursor": …}` by which to go on.
    410 `cursor_gone` for a cursor from before the registry was restored from a backup: begin anew.
    """
    form = query.format or wanted(request, ("json", "ndjson"))
    feed = Feed(read_sessions_of(request), request, actor, query.types, query.under)
    mark = await feed.mark(query.after, snapshot=query.snapshot)
    headers = PUBLIC if actor is None else PRIVATE
    if form == "ndjson":
        if forbidden := query.model_fields_set & {"limit", "wait"}:
            raise Unprocessable(faults=[_not_with_ndjson(name) for name in sorted(forbidden)])
        whole = await whole_list(
            request, "changes", form, ChangePublic, lambda at: feed.batch(at or mark)
        )
        whole.headers.update(headers)
        return whole
    page = await _awaited(feed, mark, query, request.app.state.watch)
    if actor is not None and query.wait:
        await request.state.still_allowed()
    body = {
        "items": page.items,
        "next_cursor": await feed.cursor(page.mark),
        "has_more": page.has_more,
    }
    return json_answer(body, headers)


async def _awaited(feed: Feed, mark: Mark, query: ChangesQuery, watch: Watch) -> Page:
    """The next page with anything on it; an empty one if there is none before the time is over."""
    clock = asyncio.get_running_loop()
    until = clock.time() + query.wait
    while True:
        page = await feed.page(mark, query.limit)
        if page.items:
            return page
        if not page.has_more:
            left = until - clock.time()
            if left <= 0 or not await watch.wait(page.newest, left):
                return page
        mark = page.mark


def _not_with_ndjson(name: str) -> Fault:
    return Fault(
        ("parameter", name),
        "not_with_files",
        Text("does not go with ndjson", "không dùng cùng với ndjson"),
    )
