"""What differs between two texts of a decision, on plain values: nothing is lost or made up."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.award_decisions.corrections import Difference, differences, restated
from app.http.json_encoding import Json

names = st.sampled_from(["A", "B", "C"])
words = st.none() | names
references = st.none() | st.fixed_dictionaries({"id": names, "name": names})


def parts(members: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[list[Json]]:
    ids = st.sampled_from("abcd")
    return st.lists(
        st.fixed_dictionaries({"id": ids, **members}), max_size=4, unique_by=lambda part: part["id"]
    )


recipients = parts({"name": words, "locality": references})
texts = st.fixed_dictionaries(
    {
        "number": words,
        "authority": references,
        "awards": parts({"merit": words, "count": st.integers(1, 3), "recipients": recipients}),
    }
)


def in_order(text: Json) -> Json:
    """A text with references as ids and parts by their ids: their order and names state nothing."""
    ordered: Json = {}
    for name, value in text.items():
        if isinstance(value, list):
            ordered[name] = {part["id"]: in_order(part) for part in value}
        else:
            ordered[name] = value["id"] if isinstance(value, dict) else value
    return ordered


def applied(text: Json, changes: Iterator[Difference]) -> Json:
    """A text with differences applied to it, by their words alone and not by their places."""
    text = deepcopy(text)
    for change in changes:
        path = [("awards", change.award), ("recipients", change.recipient)]
        path = [(kind, id) for kind, id in path if id is not None]
        whole = text
        for kind, id in path if change.member is not None else path[:-1]:
            whole = next(part for part in whole[kind] if part["id"] == id)
        if change.member is not None:
            whole[change.member] = change.after
        else:
            kind, id = path[-1]
            rest = [part for part in whole[kind] if part["id"] != id]
            whole[kind] = rest if change.after is None else [*rest, change.after]
    return text


@given(texts)
def test_a_text_does_not_differ_from_itself(text: Json) -> None:
    turned = deepcopy(text)
    turned["awards"].reverse()
    for award in turned["awards"]:
        award["recipients"].reverse()
    assert list(differences(text, text)) == list(differences(text, turned)) == []
    assert restated(text, turned) == []


@given(texts, texts)
def test_the_differences_lead_from_one_text_to_the_other(one: Json, other: Json) -> None:
    assert in_order(applied(one, differences(one, other))) == in_order(other)


@given(texts, texts)
def test_the_earlier_text_is_found_again_from_the_later_one(one: Json, other: Json) -> None:
    back = (
        change._replace(before=change.after, after=change.before)
        for change in differences(one, other)
    )
    assert in_order(applied(other, back)) == in_order(one)


def stated(text: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every fact of a text that is not null, with where it stands."""
    if isinstance(text, dict):
        for name, value in text.items():
            yield from stated(value, (*at, name))
    elif text is not None:
        yield (*at, text)


@given(texts, texts)
def test_what_restates_nothing_keeps_every_fact(one: Json, other: Json) -> None:
    kept = set(stated(in_order(one))) <= set(stated(in_order(other)))
    lines = {award["id"] for award in one["awards"]} == {award["id"] for award in other["awards"]}
    assert (restated(one, other) == []) == (kept and lines)


@given(texts, st.data())
def test_filling_and_naming_restates_nothing(text: Json, data: st.DataObject) -> None:
    fuller = deepcopy(text)
    for whole in (fuller, *fuller["awards"]):
        for name, value in whole.items():
            if value is None:
                whole[name] = data.draw(words)
    for award in fuller["awards"]:
        award["recipients"].append({"id": None, "name": "D", "locality": None})
    assert restated(text, fuller) == []
