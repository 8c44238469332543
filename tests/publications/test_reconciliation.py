"""Whether figures add up, and which two were exchanged, as pure rules."""

import itertools
import random
import time
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.publications.reconciliation import Cell, Sum, check_sums, is_rate, span_of
from app.publications.transpositions import Swap, transpositions
from app.vocabularies.terms import CheckStatus

FIELDS = ("economy", "culture_society", "defence_security", "political_system")
KINDS = ("collective", "individual")

Printed = tuple[Mapping[str, str], Any]


def cell(number: int, place: Mapping[str, str], printed: Any, unit: str | None = "mô hình") -> Cell:
    """`printed` is an amount, or the members of an observation that tell it otherwise."""
    serialized: dict[str, Any] = (
        printed if isinstance(printed, dict) else {"amount": Decimal(printed)}
    )
    amount, minimum, maximum = (serialized.get(name) for name in ("amount", "minimum", "maximum"))
    known = next((each for each in (amount, minimum, maximum) if each is not None), None)
    return Cell(
        UUID(int=number),
        frozenset(place.items()),
        span_of(amount, minimum, maximum, serialized.get("qualifier", "exact"), counted=True),
        known,
        serialized.get("unit", unit),
    )


def table(*printed: Printed) -> list[Cell]:
    return [cell(number, *each) for number, each in enumerate(printed)]


def at_least(amount: int) -> dict[str, Any]:
    return {"amount": Decimal(amount), "qualifier": "at_least"}


def serialized(sums: Iterable[Sum]) -> list[tuple[Any, ...]]:
    """What is stated where, along what, what its parts come to, and whether that is right."""
    return [
        (dict(each.stated.place), ",".join(sorted(each.along)), each.computed, each.status.value)
        for each in sums
    ]


def checked(*printed: Printed, overlapping: Iterable[str] = ()) -> Any:
    return serialized(check_sums(table(*printed), frozenset(overlapping), counted=True))


CA_MAU = table(
    ({"participant_kind": "collective"}, 17),
    ({"participant_kind": "individual"}, 74),
    ({"participant_kind": "individual", "award_form": "commemorative_medal"}, 37),
    ({"participant_kind": "collective", "award_form": "merit_certificate"}, 5),
    ({"participant_kind": "individual", "award_form": "merit_certificate"}, 15),
    ({"participant_kind": "individual", "award_form": "commendation_certificate"}, 12),
    ({"participant_kind": "collective", "award_form": "commendation_certificate"}, 22),
)


class TestSums:
    def test_the_ceremony_of_ca_mau_does_not_add_up(self) -> None:
        sums = check_sums(CA_MAU, (), counted=True)
        assert serialized(sums) == [
            ({"participant_kind": "collective"}, "award_form", 27, "discrepant"),
            ({"participant_kind": "individual"}, "award_form", 64, "discrepant"),
        ]
        assert transpositions(CA_MAU, sums) == [Swap(CA_MAU[5].id, CA_MAU[6].id)]

    def test_every_margin_of_a_table_is_checked(self) -> None:
        by_field = zip(FIELDS, (139, 599, 84, 168), strict=True)
        assert checked(
            ({}, 990),
            ({"participant_kind": "collective"}, 949),
            ({"participant_kind": "individual"}, 41),
            *(({"field": name}, amount) for name, amount in by_field),
        ) == [({}, "participant_kind", 990, "consistent"), ({}, "field", 990, "consistent")]

    def test_finer_cells_stand_for_a_margin_that_is_not_printed(self) -> None:
        cells = [
            ({"field": field, "participant_kind": kind}, 10) for field in FIELDS for kind in KINDS
        ]
        assert checked(({}, 80), *cells) == [({}, "field,participant_kind", 80, "consistent")]
        assert checked(({}, 81), *cells) == [({}, "field,participant_kind", 80, "discrepant")]

    def test_one_margin_that_is_not_printed_is_taken_from_its_cells(self) -> None:
        assert checked(
            ({}, 100),
            ({"level": "province"}, 60),
            ({"level": "district", "field": "economy"}, 30),
            ({"level": "district", "field": "other"}, 10),
        ) == [({}, "level", 100, "consistent")]

    def test_a_part_broken_down_in_two_ways_is_unknown(self) -> None:
        printed: list[Printed] = [
            ({"level": "province"}, 60),
            ({"level": "district", "field": "economy"}, 30),
            ({"level": "district", "participant_kind": "collective"}, 35),
        ]
        assert checked(({}, 100), *printed) == [({}, "level", None, "not_comparable")]
        assert checked(({}, 59), *printed)[0][3] == "discrepant"

    @pytest.mark.parametrize(
        ("total", "parts", "status"),
        [
            (at_least(340), (343, 0), "consistent"),
            (at_least(340), (330, 9), "discrepant"),
            (100, (at_least(60), 41), "discrepant"),
            (100, (at_least(60), 39), "consistent"),
            ({"amount": Decimal(100), "qualifier": "at_most"}, (60, 41), "discrepant"),
            ({"amount": Decimal(100), "qualifier": "at_most"}, (60, 30), "consistent"),
            ({"amount": Decimal(100), "qualifier": "about"}, (60, 50), "consistent"),
            ({"amount": Decimal(100), "qualifier": "about"}, (60, 51), "discrepant"),
            ({"minimum": Decimal(90), "maximum": Decimal(110)}, (60, 45), "consistent"),
            ({"minimum": Decimal(90), "maximum": Decimal(110)}, (60, 51), "discrepant"),
            ({"minimum": Decimal(90)}, (600, 51), "consistent"),
            ({"maximum": Decimal(90)}, (60, 31), "discrepant"),
            (100, ({}, 60), "not_comparable"),  # “hàng nghìn”: no number
            (100, ({}, 101), "discrepant"),  # whatever the other is, it is not below 0
            (Decimal("0.3"), (Decimal("0.1"), Decimal("0.2")), "consistent"),
            (Decimal("1e19"), (Decimal("1e19"), Decimal("1e-10")), "discrepant"),
        ],
    )
    def test_qualifiers_and_ranges_make_intervals(
        self, total: Any, parts: tuple[Any, Any], status: str
    ) -> None:
        ((_, _, computed, found),) = checked(
            ({}, total), *(({"grade": str(each)}, part) for each, part in enumerate(parts))
        )
        assert found == status
        assert (computed is None) == (status == "not_comparable")

    @pytest.mark.parametrize(
        ("total", "parts", "status"),
        [
            (100, {"economy": 20, "culture_society": 30}, "incomplete"),
            (100, {"economy": 90, "culture_society": 30}, "discrepant"),
            (100, dict.fromkeys(FIELDS, 20), "discrepant"),
            (100, {**dict.fromkeys(FIELDS, 20), "new_rural": 20}, "consistent"),
            (100, {**dict.fromkeys(FIELDS, 20), "religious_areas": 10}, "discrepant"),
            (100, {"economy": 50, "culture_society": 50}, "consistent"),
        ],
    )
    def test_a_breakdown_that_lacks_a_usual_field_is_incomplete(
        self, total: int, parts: dict[str, int], status: str
    ) -> None:
        ((*_, found),) = checked(
            ({}, total), *(({"field": name}, amount) for name, amount in parts.items())
        )
        assert found == status

    @pytest.mark.parametrize(
        ("dimension", "value", "status"),
        [
            ("participant_kind", "collective", "incomplete"),
            ("participant_kind", "household", "incomplete"),
            ("level", "province", "discrepant"),
            ("award_form", "medal", "discrepant"),
        ],
    )
    def test_other_dimensions_have_no_usual_members(
        self, dimension: str, value: str, status: str
    ) -> None:
        assert checked(({}, 100), ({dimension: value}, 90)) == [({}, dimension, 90, status)]

    def test_nothing_is_incomplete_where_another_sum_is_too_large(self) -> None:
        printed: list[Printed] = [
            ({"level": "province"}, 20),
            ({"level": "district"}, 30),
            ({"level": "province", "field": "economy"}, 25),
            ({"level": "district", "field": "economy"}, 5),
        ]
        assert [each[3] for each in checked(*printed)] == ["discrepant", "discrepant"]
        printed[2] = printed[2][0], 15
        assert [each[3] for each in checked(*printed)] == ["incomplete", "incomplete"]

    def test_nothing_is_added_along_values_that_overlap(self) -> None:
        printed: list[Printed] = [
            ({}, 100),
            ({"level": "grassroots"}, 90),
            ({"level": "district"}, 40),
            ({"level": "grassroots", "field": "economy"}, 90),
            ({"level": "grassroots", "field": "other"}, 10),
        ]
        assert checked(*printed, overlapping=["level"]) == [
            ({"level": "grassroots"}, "field", 100, "discrepant")
        ]
        assert len(checked(*printed)) == 2

    def test_finer_cells_are_not_added_over_what_overlaps(self) -> None:
        cells: list[Printed] = [
            ({"grade": "good", "participant_kind": "collective"}, 5),
            ({"grade": "excellent", "participant_kind": "collective"}, 3),
        ]
        assert checked(({}, 5), *cells, overlapping=["grade"]) == []
        assert checked(
            ({}, 9), ({"participant_kind": "individual"}, 4), *cells, overlapping=["grade"]
        ) == [({}, "participant_kind", None, "not_comparable")]

    def test_units_are_never_mixed_and_rates_never_added(self) -> None:
        mixed = {"amount": Decimal(40), "unit": "%"}
        assert checked(({}, 100), ({"grade": "a"}, 60), ({"grade": "b"}, mixed)) == [
            ({}, "grade", None, "not_comparable")
        ]
        rates = [
            cell(0, {}, 50, "triệu đồng/người/năm"),
            cell(1, {"area": "a"}, 40, "triệu đồng/người/năm"),
        ]
        assert serialized(check_sums(rates, (), counted=False)) == [
            ({}, "area", None, "not_comparable")
        ]

    @pytest.mark.parametrize(
        ("unit", "rate"),
        [
            ("%", True), ("điểm %", True), ("triệu đồng/người/năm", True), ("tạ/ha", True),
            ("triệu đồng / hộ", True), ("tỷ đồng", False), ("tỷ đồng/năm", False),
            ("xã/phường", False), (None, False),
        ],
    )  # fmt: skip
    def test_a_rate_is_told_by_its_unit(self, unit: str | None, rate: bool) -> None:
        assert is_rate(unit) is rate

    def test_what_may_be_negative_is_not_bounded_by_zero(self) -> None:
        cells = [cell(0, {}, 100), cell(1, {"a": "x"}, 150), cell(2, {"a": "y"}, {})]
        assert serialized(check_sums(cells, (), counted=True))[0][3] == "discrepant"
        assert serialized(check_sums(cells, (), counted=False))[0][3] == "not_comparable"


class TestTranspositions:
    def test_none_where_all_is_right_or_nothing_helps(self) -> None:
        right = table(({}, 5), ({"a": "x"}, 2), ({"a": "y"}, 3))
        assert transpositions(right, check_sums(right, (), counted=True)) == []
        wrong = table(({}, 5), ({"a": "x"}, 20), ({"a": "y"}, 30))
        assert transpositions(wrong, check_sums(wrong, (), counted=True)) == []

    def test_a_total_may_have_changed_places_with_a_part(self) -> None:
        cells = table(({}, 2), ({"a": "x"}, 5), ({"a": "y"}, 3))
        sums = check_sums(cells, (), counted=True)
        assert transpositions(cells, sums) == [Swap(cells[0].id, cells[1].id)]

    def test_several_are_all_told(self) -> None:
        cells = table(
            ({"a": "x"}, 10), ({"a": "y"}, 10),
            ({"a": "x", "b": "p"}, 4), ({"a": "x", "b": "q"}, 8),
            ({"a": "y", "b": "p"}, 2), ({"a": "y", "b": "q"}, 6),
        )  # fmt: skip
        assert transpositions(cells, check_sums(cells, (), counted=True)) == [
            Swap(cells[2].id, cells[4].id), Swap(cells[3].id, cells[5].id)
        ]  # fmt: skip

    @pytest.mark.parametrize(("unit", "found"), [("mô hình", 1), ("tỷ đồng", 0)])
    def test_numbers_of_different_units_never_change_places(self, unit: str, found: int) -> None:
        cells = [*table(({}, 2), ({"a": "x"}, 3)), cell(9, {"b": "z"}, 2, unit)]
        sums = check_sums(cells, ("b",), counted=True)
        assert len(transpositions(cells, sums)) == found

    def test_what_was_right_must_stay_right(self) -> None:
        cells = table(
            ({"a": "x"}, 5), ({"a": "x", "b": "p"}, 3), ({"a": "x", "b": "q"}, 3),
            ({"a": "y"}, 4), ({"a": "y", "b": "p"}, 2), ({"a": "y", "b": "q"}, 2),
        )  # fmt: skip
        assert transpositions(cells, check_sums(cells, (), counted=True)) == []

    def test_two_thousand_numbers_take_no_time(self) -> None:
        chance = random.Random(5)  # noqa: S311 - not for secrets
        rows, columns = range(36), range(53)
        amounts = {(row, column): chance.randrange(50) for row in rows for column in columns}
        printed: list[Printed] = [({}, sum(amounts.values()))]
        printed += [({"r": f"{r}"}, sum(amounts[r, c] for c in columns)) for r in rows]
        printed += [({"c": f"{c}"}, sum(amounts[r, c] for r in rows)) for c in columns]
        amounts[0, 0], amounts[7, 9] = amounts[7, 9] + 1000, amounts[0, 0]
        printed += [({"r": f"{r}", "c": f"{c}"}, each) for (r, c), each in amounts.items()]
        began = time.process_time()
        cells = table(*printed)
        sums = check_sums(cells, (), counted=True)
        assert transpositions(cells, sums) == []
        line = table(({}, 1), *(({"x": str(each)}, each) for each in range(1999)))
        assert transpositions(line, check_sums(line, (), counted=True)) == []
        vague = table(
            ({}, 1), *(({"x": str(each)}, at_least(each + 1)) for each in range(1000)),
            *(({"y": str(each), "z": ""}, at_least(each + 1)) for each in range(999)),
        )  # fmt: skip
        transpositions(vague, check_sums(vague, ("y",), counted=True))
        assert time.process_time() - began < 5


# ---- Properties -------------------------------------------------------------------------------

NAMES = ("field", "participant_kind", "level", "award_form")
SIZES = st.lists(st.integers(1, 3), min_size=1, max_size=3)


@st.composite
def cubes(draw: st.DrawFn) -> list[Printed]:
    """A consistent cube with all its margins, some of which may not be printed."""
    sizes = draw(SIZES)
    names = draw(st.permutations(NAMES))[: len(sizes)]
    cells = {
        place: draw(st.integers(0, 40))
        for place in itertools.product(*(range(size) for size in sizes))
    }
    printed: list[Printed] = []
    for kept in itertools.product((True, False), repeat=len(sizes)):
        if not all(kept) and draw(st.integers(0, 4)) == 0:
            continue
        margin: dict[tuple[int | None, ...], int] = {}
        for place, amount in cells.items():
            key = tuple(each if keep else None for each, keep in zip(place, kept, strict=True))
            margin[key] = margin.get(key, 0) + amount
        for key, amount in margin.items():
            where = {
                name: f"{name}{each}"
                for name, each in zip(names, key, strict=True)
                if each is not None
            }
            printed.append((where, amount))
    return printed


@st.composite
def two_way_tables(draw: st.DrawFn) -> list[Printed]:
    """A two-way table with both margins, the total printed or not; cells come first."""
    rows, columns = draw(st.integers(2, 4)), draw(st.integers(2, 4))
    amounts = {
        (row, column): draw(st.integers(0, 30)) for row in range(rows) for column in range(columns)
    }
    names = draw(st.permutations(NAMES))[:2]
    kinds = (*FIELDS, *KINDS)
    printed: list[Printed] = [
        ({names[0]: kinds[row], names[1]: kinds[column]}, amount)
        for (row, column), amount in amounts.items()
    ]
    for name, axis, size in ((names[0], 0, rows), (names[1], 1, columns)):
        printed += [
            ({name: kinds[value]}, sum(a for at, a in amounts.items() if at[axis] == value))
            for value in range(size)
        ]
    if draw(st.booleans()):
        printed.append(({}, sum(amounts.values())))
    return printed


def outcome(sums: Iterable[Sum]) -> set[tuple[Any, ...]]:
    """Everything a check says, without any order."""
    return {
        (each.stated.id, each.along, frozenset(part.id for part in each.parts), *each[3:5])
        for each in sums
    }


class TestProperties:
    @settings(deadline=None)
    @given(cubes())
    def test_a_consistent_cube_gives_no_discrepancy(self, printed: list[Printed]) -> None:
        cells = table(*printed)
        sums = check_sums(cells, (), counted=True)
        assert {each.status for each in sums} <= {CheckStatus.consistent}
        assert transpositions(cells, sums) == []

    @settings(deadline=None)
    @given(two_way_tables(), st.data())
    def test_two_cells_that_changed_places_are_found(
        self, printed: list[Printed], data: st.DataObject
    ) -> None:
        inner = [number for number, (place, _) in enumerate(printed) if len(place) == 2]
        one, other = sorted(data.draw(st.permutations(inner))[:2])
        assume(printed[one][1] != printed[other][1])
        wrong = list(printed)
        wrong[one] = printed[one][0], printed[other][1]
        wrong[other] = printed[other][0], printed[one][1]
        cells = table(*wrong)
        sums = check_sums(cells, (), counted=True)
        true_swap = Swap(cells[one].id, cells[other].id)
        found = transpositions(cells, sums)
        assert any(each.status is CheckStatus.discrepant for each in sums)
        assert true_swap in found
        assert set(found) == set(by_trying_all(wrong))

    @settings(deadline=None)
    @given(two_way_tables(), st.permutations(NAMES), st.randoms(use_true_random=False))
    def test_neither_names_nor_order_matter(
        self, printed: list[Printed], names: list[str], chance: random.Random
    ) -> None:
        broken = [(place, amount + (number == 0)) for number, (place, amount) in enumerate(printed)]
        renamed = dict(zip(NAMES, (f"d_{name}" for name in names), strict=True))
        plain = [
            ({f"x_{name}": value for name, value in place.items()}, amount)
            for place, amount in broken
        ]
        other = [
            ({renamed[name]: f"{value}!" for name, value in place.items()}, amount)
            for place, amount in broken
        ]
        before, after = table(*plain), table(*other)
        sums = check_sums(before, (), counted=True)
        relabelled = check_sums(after, (), counted=True)
        assert [(*each[2:],) for each in map(_without_names, sums)] == [
            (*each[2:],) for each in map(_without_names, relabelled)
        ]
        assert transpositions(before, sums) == transpositions(after, relabelled)
        shuffled = list(before)
        chance.shuffle(shuffled)
        again = check_sums(shuffled, (), counted=True)
        assert outcome(again) == outcome(sums)
        assert transpositions(shuffled, again) == transpositions(before, sums)


def _without_names(each: Sum) -> tuple[Any, ...]:
    return (None, None, each.stated.id, [p.id for p in each.parts], each.computed, each.status)


def by_trying_all(printed: list[Printed]) -> list[Swap]:
    """The slow way: exchange any two numbers and check the whole table again."""
    found = []
    for one, other in itertools.combinations(range(len(printed)), 2):
        if printed[one][1] == printed[other][1]:
            continue
        tried = list(printed)
        tried[one] = printed[one][0], printed[other][1]
        tried[other] = printed[other][0], printed[one][1]
        sums = check_sums(table(*tried), (), counted=True)
        if all(each.status is CheckStatus.consistent for each in sums):
            found.append(Swap(UUID(int=one), UUID(int=other)))
    return found
