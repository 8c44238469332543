"""Where a place lies on any day's map: never guessed, never lost, and right on the real map."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.localities.attribution import LEVELS, Attribution, DayMap, Placed, Undivided
from app.localities.load import read_history
from app.localities.succession import EVER, NEVER, History, Step, Version

DAYS = (date(2000, 1, 1), date(2010, 1, 1), date(2020, 1, 1))
KINDS = {"province": "province", "district": "rural_district", "commune": "rural_commune"}


@dataclass
class Country:
    """A made-up country of atoms, some of whose reforms the data does not know."""

    units: dict[str, str | None] = field(default_factory=lambda: {"VN": None})
    ground: dict[str, frozenset[int]] = field(default_factory=dict)
    begun: dict[str, date] = field(default_factory=lambda: {"VN": EVER})
    versions: list[tuple[str, Version[str]]] = field(default_factory=list)
    steps: list[tuple[str, Step[str]]] = field(default_factory=list)
    # (day, atom) -> the units the atom truly lay in, from that day on
    truth: list[tuple[date, dict[int, str]]] = field(default_factory=list)
    made: int = 0

    def begin(self, level: str, parent: str, on: date) -> str:
        self.made += 1
        unit = f"{level} {self.made}"
        self.units[unit], self.begun[unit] = parent, on
        return unit

    def end(self, unit: str, on: date) -> str | None:
        """End a unit, or one version of it; returns where it lay."""
        kind = KINDS.get(unit.split(maxsplit=1)[0], "country")
        if self.begun[unit] < on:
            known = Version(self.begun[unit], on, self.units[unit], kind, unit, unit)
            self.versions.append((unit, known))
        return self.units.pop(unit)

    def move(self, unit: str, parent: str, on: date) -> None:
        self.end(unit, on)
        self.units[unit], self.begun[unit] = parent, on

    def of(self, level: str) -> list[str]:
        return [unit for unit in self.units if unit.startswith(level)]

    def history(self) -> History[str]:
        for unit in list(self.units):
            self.end(unit, NEVER)
        history: History[str] = History()
        history.add(sorted(self.versions, key=lambda known: known[1].begins), self.steps)
        return history

    def note(self, on: date) -> None:
        self.truth.append(
            (on, {atom: unit for unit, atoms in self.ground.items() for atom in atoms})
        )


def regroup(draw: st.DrawFn, country: Country, on: date) -> None:
    """End some communes; their ground goes to new ones, as the data knows or does not know."""
    known = draw(st.booleans())
    district = draw(st.sampled_from(country.of("district")))
    among = country.of("commune") if known else [
        unit for unit in country.of("commune") if country.units[unit] == district
    ]  # fmt: skip
    among = [unit for unit in among if country.begun[unit] < on]
    ended = draw(st.lists(st.sampled_from(among), max_size=3, unique=True)) if among else []
    if not ended:
        return
    atoms = sorted(atom for unit in ended for atom in country.ground[unit])
    group = {atom: draw(st.integers(0, 1)) for atom in atoms}
    before = {unit: country.ground.pop(unit) for unit in ended}
    for unit in ended:
        country.end(unit, on)
    for number in set(group.values()):
        new = country.begin("commune", district, on)
        country.ground[new] = frozenset(atom for atom in atoms if group[atom] == number)
        for unit, ground in before.items():
            if known and ground & country.ground[new]:
                country.steps.append((unit, Step(new, ground <= country.ground[new], on)))


@st.composite
def countries(draw: st.DrawFn) -> Country:
    country, atom = Country(), 0
    for _ in range(2):
        province = country.begin("province", "VN", EVER)
        for _ in range(2):
            district = country.begin("district", province, EVER)
            for _ in range(2):
                commune = country.begin("commune", district, EVER)
                country.ground[commune] = frozenset({atom, atom + 1})
                atom += 2
    country.note(EVER)
    for on in DAYS:
        for _ in range(draw(st.integers(0, 2))):
            regroup(draw, country, on)
        moved = draw(st.sampled_from(country.of("commune")))
        if country.begun[moved] < on and draw(st.booleans()):
            country.move(moved, draw(st.sampled_from(country.of("district"))), on)
        if len(country.of("province")) > 1 and draw(st.booleans()):
            merged = country.of("province")
            new = country.begin("province", "VN", on)
            for district in country.of("district"):
                country.move(district, new, on)
            for province in merged:
                country.end(province, on)
                country.steps.append((province, Step(new, True, on)))
        country.note(on)
    return country


maps = st.sampled_from([date(1990, 1, 1), *DAYS, date(2030, 1, 1)])
levels = st.lists(st.sampled_from(LEVELS), min_size=1, max_size=3, unique=True).map(
    lambda chosen: tuple(level for level in LEVELS if level in chosen)
)


def placed(history: History[str]) -> list[Placed[str]]:
    every = (
        (unit, p.begins, 0, p.province)
        for unit in history.versions
        for p in history.placements(unit)
    )
    return [Placed(id, *each) for id, each in enumerate(every, 1)]


@given(countries(), maps, levels)
def test_what_is_attributed_is_true_and_what_is_true_is_a_candidate(
    country: Country, on: date, levels: tuple[str, ...]
) -> None:
    history = country.history()
    attribution = Attribution(history, on, levels).extended(history, placed(history))
    then = [truth for day, truth in country.truth if day <= on][-1]
    for each in placed(history):
        recorded = [truth for day, truth in country.truth if day <= each.begins][-1]
        key = attribution.keys[attribution.codes[each.id]]
        for atom, commune in recorded.items():
            if each.unit != commune:  # what a district loses leaves it the same district
                continue
            real = {unit.split()[0]: unit for unit in history.lineage(then[atom], on)}
            if isinstance(key, Undivided):
                assert {real[level] for level in levels} & key.candidates
            else:
                assert key == tuple(real[level] for level in levels)


@given(countries(), maps | st.none(), levels)
def test_every_placement_counts_once_on_every_map(
    country: Country, on: date | None, levels: tuple[str, ...]
) -> None:
    history = country.history()
    placements = placed(history)
    attribution = Attribution(history, on, levels).extended(history, placements)
    counted = Counter(code for code in attribution.codes if code >= 0)
    assert counted.total() == len(placements)
    assert set(counted) == set(range(len(attribution.keys)))
    assert sorted(attribution.placements(lambda _: True)) == [each.id for each in placements]


@given(countries(), levels)
def test_recorded_is_where_it_lay(country: Country, levels: tuple[str, ...]) -> None:
    history = country.history()
    attribution = Attribution(history, None, levels).extended(history, placed(history))
    for each in placed(history):
        lineage = {unit.split()[0]: unit for unit in history.lineage(each.unit, each.begins)}
        key = attribution.keys[attribution.codes[each.id]]
        assert key == tuple(lineage.get(level) for level in levels)


@given(countries(), maps)
def test_a_unit_in_force_lies_where_it_lay_that_day(country: Country, on: date) -> None:
    history = country.history()
    day_map = DayMap(history, on)
    for unit in history.versions:
        if history.in_force(unit, on):
            for above in history.lineage(unit, on)[1:]:
                assert day_map.candidates(unit, above.split()[0]) == {above}


@given(countries(), maps | st.none(), levels, st.integers(0, 20))
def test_adding_placements_later_makes_no_difference(
    country: Country, on: date | None, levels: tuple[str, ...], first: int
) -> None:
    history = country.history()
    placements = placed(history)
    once = Attribution(history, on, levels).extended(history, placements)
    twice = Attribution(history, on, levels).extended(history, placements[:first])
    twice = twice.extended(history, placements[first:])
    assert (once.codes, once.keys) == (twice.codes, twice.keys)


@cache
def real_map(on: date) -> DayMap[str]:
    return DayMap(read_history(), on)


TODAY, BEFORE, REGROUPED = date(2026, 11, 1), date(2024, 6, 1), date(2025, 3, 1)


class TestTheRealMap:
    @pytest.mark.parametrize(
        ("unit", "level", "on", "candidates"),
        [
            # Long An and Tây Ninh became Tây Ninh, which bears the code of Long An.
            ("province/80/-", "province", TODAY, {"province/80/2025-07-01"}),
            ("province/80/2025-07-01", "province", BEFORE, {"province/80/-", "province/72/-"}),
            # Trần Hợi was divided between two communes of one province.
            (
                "commune/32107/-",
                "commune",
                TODAY,
                {"commune/32095/2025-07-01", "commune/32104/2025-07-01"},
            ),
            ("commune/32107/-", "province", TODAY, {"province/96/2025-07-01"}),
            ("commune/32107/-", "district", BEFORE, {"district/968/-"}),
            # U Minh Thượng went to An Giang with all that lay in it.
            ("district/913/-", "province", TODAY, {"province/91/2025-07-01"}),
            ("district/913/-", "province", BEFORE, {"province/91/-"}),
            # Cẩm Bình lay in Cẩm Xuyên, then in the city, then in no district.
            ("commune/18685/-", "district", BEFORE, {"district/446/-"}),
            ("commune/18685/-", "district", REGROUPED, {"district/436/-"}),
            ("commune/18685/-", "district", TODAY, {None}),
            ("commune/18685/-", "commune", TODAY, {"commune/18685/2025-07-01"}),
            # It is the name of a new commune too, which came from four.
            (
                "commune/18685/2025-07-01",
                "commune",
                REGROUPED,
                {f"commune/{code}/-" for code in ("18112", "18685", "18691", "18694")},
            ),
            ("commune/18685/2025-07-01", "province", BEFORE, {"province/42/-"}),
            # An island district is one special zone, and had no communes.
            ("country/VN/-", "province", BEFORE, None),
        ],
    )
    def test_puts_places_where_they_are(
        self, unit: str, level: str, on: date, candidates: set[str | None] | None
    ) -> None:
        found = real_map(on).candidates(unit, level)
        assert found == candidates if candidates else len(found) == 63

    def test_knows_the_province_of_every_unit_today(self) -> None:
        unclear = {
            unit
            for unit in read_history().versions
            if len(real_map(TODAY).candidates(unit, "province")) != 1
        }
        assert unclear == {"country/VN/-"}

    def test_knows_which_levels_there_were(self) -> None:
        assert real_map(TODAY).levels() == {"province", "commune"}
        assert real_map(BEFORE).levels() == set(LEVELS)
