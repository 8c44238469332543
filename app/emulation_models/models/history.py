"""The life of one model: its steps as one timeline, and the tree of those that adopted it."""

from typing import Any
from uuid import UUID

import asyncpg

from app.emulation_models.lifecycle import MOST_GENERATIONS
from app.http.partial_dates import precision_of
from app.http.problems import NotFound
from app.querying.references import ReadSession, References, carried

MOST_TOLD = 2_000  # adopters in one tree


async def timeline(read_session: ReadSession, id: UUID) -> dict[str, Any]:
    """The steps of a model by their days, those of unknown days last; 404 if there is none."""
    rows = await read_session.connection.fetch(_TIMELINE, id)
    if not rows:
        raise NotFound
    await read_session.refresh(rows[0]["revision"])
    return {
        "items": [
            {
                "on": row["day"],
                "precision": precision_of(row["day"]),
                "action": row["action"],
                "by": read_session.references.get("organisation", row["by_id"]),
                "level": row["level"],
                "step": row["step"],
            }
            for row in rows
            if row["step"] is not None
        ]
    }


async def replication_tree(read_session: ReadSession, id: UUID) -> dict[str, Any]:
    """A model with those that adopted it, those that adopted these, and so on."""
    rows = await read_session.connection.fetch(_TREE, id, MOST_GENERATIONS, MOST_TOLD + 1)
    if not rows:
        raise NotFound
    await read_session.refresh(rows[0]["revision"])
    nodes: dict[UUID, dict[str, Any]] = {}
    for row in rows[:MOST_TOLD]:
        nodes[row["id"]] = node = _node(row, read_session.references)
        if row["parent"] is not None:
            nodes[row["parent"]]["replications"].append(node)
    root = rows[0]
    return nodes[root["id"]] | {
        "origins": carried(root["origins"]),
        "complete": len(rows) <= MOST_TOLD,
    }


def _node(row: asyncpg.Record, refs: References) -> dict[str, Any]:
    return {
        "id": row["id"],
        "title": row["title"],
        "locality": refs.get("locality", row["locality_id"], row["dated_on"]),
        "host": refs.get("organisation", row["host_id"]),
        "state": row["state"],
        "adopted_on": row["started_on"] if row["parent"] is not None else None,
        "replications": [],
    }


# One row without a step stands for a model that has taken none.
_TIMELINE = """
    select taken.day, taken.action, taken.level, taken.step,
        coalesce(taken.by_id, agency.organisation_id) as by_id,
        (select revision from reference_revision) as revision
    from emulation_model model
        left join lateral (
            select 'register' as action, registered_on as day, registered_by_id as by_id,
                agency_id, level, id as step
            from model_registration where model_id = model.id
            union all
            select 'inspect', inspected_on, event.organiser_id, agency_id, null, inspection.id
            from model_inspection inspection left join event on event.id = inspection.event_id
            where model_id = model.id
            union all
            select 'appraise', appraised_on::text, null, agency_id, null, id
            from model_appraisal where model_id = model.id
            union all
            select case when recognised then 'recognise' else 'not_recognise' end, decided_on,
                decided_by_id, agency_id, level, id
            from model_recognition where model_id = model.id
            union all
            select 'replicate', started_on, host_id, agency_id, null, id
            from emulation_model adopter where adopter.derived_from_id = model.id
            union all
            select step, made_on::text, null, agency_id, null, id
            from model_transition where model_id = model.id
        ) taken on true
        left join agency on agency.id = taken.agency_id
    where model.id = $1
    order by first_day(taken.day) nulls last, taken.step
"""
_TREE = """
    with recursive tree (id, parent, generation) as (
        select id, null::uuid, 0 from emulation_model where id = $1
        union all
        select adopter.id, tree.id, generation + 1
        from tree join emulation_model adopter on adopter.derived_from_id = tree.id
        where generation < $2
    ), told as (select * from tree limit $3),
    origin (id, generation) as (
        select derived_from_id, 1 from emulation_model
        where id = $1 and derived_from_id is not null
        union all
        select model.derived_from_id, generation + 1
        from origin join emulation_model model on model.id = origin.id
        where model.derived_from_id is not null and generation < $2
    )
    select model.id, told.parent, model.title, model.locality_id, model.host_id, model.state,
        model.started_on, model.dated_on,
        (select coalesce(json_agg(json_build_object('id', origin.id, 'title', first.title)
            order by origin.generation desc), '[]')
         from origin join emulation_model first using (id)) as origins,
        (select revision from reference_revision) as revision
    from told join emulation_model model on model.id = told.id
    order by told.generation, first_day(model.started_on) nulls last, model.id
"""
