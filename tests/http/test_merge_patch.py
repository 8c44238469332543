"""Elements of arrays in merge patches: one id is one value, and none is made of an unknown one."""

from collections.abc import Callable, Iterator
from typing import Any, get_args, get_origin
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from app.award_decisions.schemas import AwardDecisionNew
from app.emulation_models.models.schemas import ModelFacts
from app.events.schemas import EventNew
from app.http.merge_patch import Patch
from app.http.problems import Unprocessable
from app.publications.entries import PublicationNew
from tests.support.contract import DOCUMENT
from tests.support.spelling import SPELLINGS

Json = dict[str, Any]
Path = tuple[str, ...]


def id() -> str:
    return str(uuid4())


def number(amount: int, **dimensions: str) -> Json:
    return {"id": id(), "dimensions": dimensions, "amount": amount, "note": "Ghi chú"}


def recipient() -> Json:
    return {"id": id(), "name": "Tổ vần đổi công", "model": id(), "locality": id()}


# A whole with several elements in each list of elements that have ids.
WHOLES: dict[type[BaseModel], Json] = {
    AwardDecisionNew: {
        "number": "125-QĐ/BDVTU",
        "authority": id(),
        "capacity": "as_head",
        "level": "province",
        "awards": [
            {
                "id": id(),
                "form": form,
                "title": "Giấy khen",
                "merit": "Thành tích tốt",
                "participant_kind": "collective",
                "count": 3,
                "recipients": [recipient(), recipient()],
            }
            for form in ("commendation_certificate", "merit_certificate")
        ],
    },
    EventNew: {
        "kind": "survey_visit",
        "name": "Khảo sát",
        "locality": id(),
        "delegations": [
            {"id": id(), "name": name, "head": "Trưởng ban", "size": 4} for name in ("A", "B")
        ],
        "models_visited": [id(), id()],
    },
    ModelFacts: {
        "title": "Đổi rác thải nhựa lấy quà",
        "locality": id(),
        "aliases": ["Đổi rác"],
        "other_localities": [id()],
        "other_hosts": [id()],
        "outcomes": [{"id": id(), "what": what, "amount": 2} for what in ("rác", "hộ", "cây")],
        "sources": [{"id": id(), "quote": quote, "document": id()} for quote in ("A", "B")],
    },
    PublicationNew: {
        "title": "Báo cáo tổng kết",
        "datasets": [
            {
                "id": id(),
                "label": label,
                "subject": {"locality": id()},
                "measure": "registered",
                "levels": ["district"],
                "overlapping": ["field"],
                "observations": [number(3), number(1, field="economy"), number(2, field="other")],
            }
            for label in ("Bảng 1", "Bảng 2")
        ],
    },
}


def lists_of_elements(schema: type[BaseModel], at: Path = ()) -> Iterator[Path]:
    """Where a schema has lists of elements that have ids."""
    for name, field in schema.model_fields.items():
        if get_origin(field.annotation) is list:
            (element,) = get_args(field.annotation)
            if isinstance(element, type) and "id" in getattr(element, "model_fields", ()):
                yield (*at, name)
                yield from lists_of_elements(element, (*at, name))


LISTS = [(whole, path) for whole in WHOLES for path in lists_of_elements(whole)]
SPELLED: list[Callable[[str], str]] = [str, *SPELLINGS.values()]


def patched(whole: type[BaseModel], stored: Json, change: Json) -> Any:
    patch: Any = Patch[whole].model_validate(change)  # type: ignore[valid-type]
    return patch.onto(stored)


@st.composite
def named(draw: st.DrawFn, stored: Json, path: Path) -> tuple[Json, Json]:
    """A change that names elements in any order and spelling, and what it leaves."""
    name, *inner = path
    chosen = draw(st.lists(st.sampled_from(stored[name]), min_size=1, unique_by=lambda e: e["id"]))
    change, left = [], []
    for element in chosen:
        deeper, rest = draw(named(element, tuple(inner))) if inner else ({}, {})
        change.append({"id": draw(st.sampled_from(SPELLED))(element["id"]), **deeper})
        left.append({**element, **rest})
    return {name: change}, {**stored, name: left}


@pytest.mark.parametrize(("whole", "path"), LISTS)
@given(data=st.data())
def test_an_element_is_known_by_its_id_however_that_is_spelled(
    whole: type[BaseModel], path: Path, data: st.DataObject
) -> None:
    change, left = data.draw(named(WHOLES[whole], path))
    assert patched(whole, WHOLES[whole], change) == whole.model_validate(left)


@pytest.mark.parametrize(("whole", "path"), LISTS)
@given(data=st.data())
def test_an_id_that_the_thing_does_not_have_makes_no_new_element(
    whole: type[BaseModel], path: Path, data: st.DataObject
) -> None:
    change, _ = data.draw(named(WHOLES[whole], path))
    pointer, elements = "#", change
    for depth, name in enumerate(path):
        index = data.draw(st.integers(0, len(elements[name]) - 1))
        pointer += f"/{name}/{index}"
        elements = elements[name][index]
        if depth == len(path) - 1:
            elements["id"] = data.draw(st.sampled_from(SPELLED))(str(data.draw(st.uuids())))
    with pytest.raises(Unprocessable) as refused:
        patched(whole, WHOLES[whole], change)
    faults = [(fault.where[1], fault.code) for fault in refused.value.faults]
    assert faults == [(f"{pointer}/id", "unknown_element")]


def test_a_new_element_has_none_that_are_known() -> None:
    """The recipient of another line does not move, nor is it copied."""
    stored = WHOLES[AwardDecisionNew]
    known = stored["awards"][0]["recipients"][0]["id"]
    new = {**stored["awards"][0], "recipients": [{"id": known.upper(), "name": "A"}]}
    del new["id"]
    with pytest.raises(Unprocessable) as refused:
        patched(AwardDecisionNew, stored, {"awards": [new]})
    (fault,) = refused.value.faults
    assert fault.where[1] == "#/awards/0/recipients/0/id"


def lists_of(schema: type[BaseModel]) -> Iterator[tuple[str, bool]]:
    """The lists of a schema, and whether they may be empty."""
    for name, field in schema.model_fields.items():
        if get_origin(field.annotation) is list:
            yield name, not field.is_required()


@pytest.mark.parametrize(
    ("whole", "name", "may_be_empty"),
    [(whole, *each) for whole in WHOLES for each in lists_of(whole)],
)
def test_null_empties_a_list(whole: type[BaseModel], name: str, may_be_empty: bool) -> None:
    if may_be_empty:
        assert getattr(patched(whole, WHOLES[whole], {name: None}), name) == []
    else:
        with pytest.raises(ValueError, match=name):
            patched(whole, WHOLES[whole], {name: None})


def test_every_list_of_elements_that_a_patch_takes_is_tried() -> None:
    taken = {
        name.removesuffix("ElementPatch")
        for name in DOCUMENT["components"]["schemas"]
        if name.endswith("ElementPatch")
    }
    tried = set()
    for whole, path in LISTS:
        schema: Any = whole
        for name in path:
            (schema,) = get_args(schema.model_fields[name].annotation)
        tried.add(schema.__name__.removesuffix("New"))
    assert tried == taken
