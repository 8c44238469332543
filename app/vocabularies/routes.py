"""HTTP of vocabularies."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from app.http.documented_responses import ANSWER, ONE
from app.http.fast_reads import fast_get
from app.http.json_responses import json_answer
from app.http.negotiation import wanted
from app.http.routing import Route
from app.vocabularies import service
from app.vocabularies.schemas import ReferencePublic, VocabularyPublic

router = APIRouter(prefix="/v1/reference", tags=["Reference"], route_class=Route)

FOR_A_DAY = {"Cache-Control": "public, max-age=86400", "Vary": "Accept"}


@fast_get(router, "", response_model=ReferencePublic, responses=ANSWER)
async def get_reference(request: Request) -> Response:
    """Read every vocabulary: ids, labels in both languages, definitions.

    Ids are forever. Vocabularies grow: a client must bear with a term it does not know.
    """
    wanted(request)
    return json_answer(service.vocabularies(), FOR_A_DAY)


@fast_get(router, "/{vocabulary}", response_model=VocabularyPublic, responses=ONE)
async def get_vocabulary(
    request: Request, vocabulary: Annotated[str, Path(examples=["award_form"])]
) -> Response:
    """Read one vocabulary by its id, as it is named in the whole of the reference."""
    wanted(request)
    return json_answer({"items": service.terms_of(vocabulary)}, FOR_A_DAY)
