"""Finding models that are recorded already, before a second record is made of one."""

from uuid import UUID

import asyncpg

from app.emulation_models.look_alikes.candidates import similar, similar_nearby
from app.emulation_models.look_alikes.likeness import Described
from app.emulation_models.look_alikes.schemas import ModelDescribed
from app.http.json_encoding import Json
from app.http.problems import Conflict, Text
from app.querying.references import require


class SimilarModels(Conflict):
    """A model of the same commune or host is much like the new one: `similar` names it."""

    code = "similar_models"
    title = Text(
        "There is a look-alike in the same commune or of the same host",
        "Đã có mô hình tương tự ở cùng xã hoặc cùng đơn vị chủ trì",
    )


async def look_alikes(connection: asyncpg.Connection, data: ModelDescribed) -> Json:
    """What in the register is like a model."""
    await require(connection, data)
    described = Described((data.title,), data.summary, data.field)
    return {"items": await similar(connection, described, data.locality)}


async def refuse_look_alikes(
    connection: asyncpg.Connection,
    model: Described,
    locality: UUID,
    host: UUID | None,
    origin: UUID | None,
) -> None:
    """409 over a model of the same commune or host that is much like this one.

    What adopts another, its `origin`, is like it, and says so itself.
    """
    alike = await similar_nearby(connection, model, locality, host)
    found = [each for each in alike if each["model"]["id"] != origin]
    if found:
        title = found[0]["model"]["title"]
        raise SimilarModels(
            Text(
                f"It is much like “{title}”; tell in distinct_because why it is another",
                f"Rất giống “{title}”; nêu lý do khác biệt ở distinct_because",
            ),
            similar=found,
        )
