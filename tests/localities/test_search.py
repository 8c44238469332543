"""Places are found by their names however these are written, those named exactly first."""

import random
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import NamedTuple

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.localities.load import id_of, read_history
from tests.conftest import Keys, OneTransaction

SAMPLE, SHARE = 200, 0.995
KHANH_HOI = "Xã Khánh Hội, Huyện U Minh, Tỉnh Cà Mau"


class Named(NamedTuple):
    """A version of a unit or of one that it lay in."""

    name: str
    full_name: str


Path = tuple[Named, ...]  # of a unit and those that it lay in on a day, the province last


@cache
def paths() -> list[tuple[str, Path]]:
    """Every unit with its path, and again on each day on which a name in it changed."""
    history = read_history()

    def days(unit: str, begins: date, ends: date) -> set[date]:
        found = set()
        for version in history.versions[unit]:
            first, last = max(version.begins, begins), min(version.ends, ends)
            if first < last:
                found |= {first, *(days(version.parent, first, last) if version.parent else ())}
        return found

    return [
        (
            str(id_of(unit)),
            tuple(
                Named(version.name, version.full_name)
                for version in (history.version(each, day) for each in reversed(lineage))
            ),
        )
        for unit in history.versions
        for day in sorted(days(unit, history.begins(unit), history.ends(unit)))
        for lineage in [history.lineage(unit, day)[1:] or (unit,)]
    ]


def without_marks(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(each for each in plain if not unicodedata.combining(each))


WRITINGS: dict[str, Callable[[Path], str]] = {
    "name": lambda path: path[0].name,
    "full name": lambda path: path[0].full_name,
    "path": lambda path: ", ".join(part.full_name for part in path),
    "name without marks": lambda path: without_marks(path[0].name),
    "full name without marks": lambda path: without_marks(path[0].full_name),
    "path without marks": lambda path: without_marks(", ".join(part.full_name for part in path)),
}


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


CHANGES: list[Callable[[str], str]] = [str, str.lower, str.upper, without_marks, decomposed]


async def found(client: httpx.AsyncClient, text: str, **query: str) -> list[dict[str, str]]:
    asked = {"q": text, "as_of": "any", "limit": "200"} | query
    answer = await client.get("/v1/localities", params=asked)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, str]] = answer.json()["items"]
    return items


class TestWhatIsNamedExactly:
    @pytest.mark.parametrize("writing", WRITINGS)
    async def test_comes_first(self, client: httpx.AsyncClient, writing: str) -> None:
        units = defaultdict(set)
        for unit, path in paths():
            units[WRITINGS[writing](path).casefold()].add(unit)
        chance = random.Random(writing)  # noqa: S311 - repeatable, not secret
        asked = chance.sample(sorted(units), SAMPLE)
        missed = [
            text
            for text in asked
            if (await found(client, text, limit="1"))[0]["id"] not in units[text]
        ]
        assert len(missed) <= SAMPLE * (1 - SHARE), missed


class TestHoweverItIsWritten:
    @pytest.mark.parametrize(
        ("typed", "first"),
        [
            ("khanh hoi u minh ca mau", KHANH_HOI),
            ("Khánh Hội, Cà Mau", KHANH_HOI),
            ("X. Khánh Hội - H. U Minh - T. Cà Mau", KHANH_HOI),
            ("ca mau u minh khanh hoi", KHANH_HOI),
            ("khanhhoi uminh", KHANH_HOI),
            ("khanhh hoi u minh", KHANH_HOI),
            ("daklak", "Tỉnh Đắk Lắk"),
            ("kontum", "Tỉnh Kon Tum"),
            ("TP Kontum", "Thành phố Kon Tum, Tỉnh Kon Tum"),
            ("Hanoi", "Thành phố Hà Nội"),
            ("TP.Vinh", "Thành phố Vinh, Tỉnh Nghệ An"),
            ("P5 Q10 TP. Hồ Chí Minh", "Phường 05, Quận 10, Thành phố Hồ Chí Minh"),
            ("huyen Ea Hleo", "Huyện Ea H'leo, Tỉnh Đắk Lắk"),
            ("daklak ea hleo", "Huyện Ea H'leo, Tỉnh Đắk Lắk"),
            ("H. Cư Mgar", "Huyện Cư M'gar, Tỉnh Đắk Lắk"),
            ("TX. Quảng Trị", "Thị xã Quảng Trị, Tỉnh Quảng Trị"),
            ("TT Gò Quao", "Thị trấn Gò Quao, Huyện Gò Quao, Tỉnh Kiên Giang"),
            ("ĐK Phú Quốc", "Đặc khu Phú Quốc, Tỉnh An Giang"),
            ("Qui Nhơn", "Thành phố Quy Nhơn, Tỉnh Bình Định"),
            ("xã mĩ thuận hòn đất", "Xã Mỹ Thuận, Huyện Hòn Đất, Tỉnh Kiên Giang"),
            ("Xã Hương Trà Trà Bồng", "Xã Hương Trà, Huyện Trà Bồng, Tỉnh Quảng Ngãi"),
            ("Bắc Sơn, Lạng Sơn", "Huyện Bắc Sơn, Tỉnh Lạng Sơn"),
            ("X. Bắc Sơn, Lạng Sơn", "Xã Bắc Sơn, Tỉnh Lạng Sơn"),
        ],
    )
    async def test_it_is_first(self, client: httpx.AsyncClient, typed: str, first: str) -> None:
        assert (await found(client, typed))[0]["path"] == first

    @settings(
        max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(st.data())
    async def test_only_places_of_the_same_names_come_before_it(
        self, client: httpx.AsyncClient, database: OneTransaction, data: st.DataObject
    ) -> None:
        """Its name and those of some that it lay in: kinds, marks, spaces and spelling are free."""
        unit, (own, *above) = data.draw(st.sampled_from(paths()))
        parts = [own, *(part for part in above if data.draw(st.booleans()))]
        typed = data.draw(st.sampled_from([", ", " ", " - "])).join(
            data.draw(written(part)) for part in parts
        )
        typed = data.draw(st.sampled_from(CHANGES))(typed)
        items = await found(client, typed)
        async with database.reader() as connection:
            same = await connection.fetch(
                "select distinct locality_id from locality_name where key = place_key($1)",
                " ".join(part.name for part in parts),
            )
        assert unit in [item["id"] for item in items[: len(same)]], typed

    @settings(
        max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(st.data())
    async def test_the_last_word_may_be_begun_only(
        self, client: httpx.AsyncClient, data: st.DataObject
    ) -> None:
        unit, path = data.draw(st.sampled_from(paths()))
        whole = " ".join(part.name for part in path)
        last = whole.rindex(" ") + 2 if " " in whole else 1
        typed = whole[: data.draw(st.integers(last, len(whole)))]
        assert unit in [item["id"] for item in await found(client, typed)]


SHORT = {"Thành phố": "TP", "Thị xã": "TX", "Thị trấn": "TT", "Đặc khu": "ĐK"}
SHORT |= {"Quận": "Q", "Huyện": "H", "Phường": "P", "Xã": "X"}


@st.composite
def written(draw: st.DrawFn, part: Named) -> str:
    """A name as people may write it, with or without the word for its kind."""
    kind = next((kind for kind in SHORT if part.full_name.startswith(f"{kind} ")), "Tỉnh")
    name = part.full_name.removeprefix(f"{kind} ")
    if draw(st.booleans()):
        name = re.sub("['-]", "", name)
    if draw(st.booleans()):
        name = re.sub(r"(?i)\b([hklmstv]|qu)([yỳỷỹýỵiìỉĩíị])\b", other_vowel, name)
    if draw(st.booleans()):
        name = name.replace(" ", "", draw(st.integers(1, 3)))
    short = SHORT.get(kind, kind)
    kinds = [f"{kind} ", f"{short} ", f"{short}. ", f"{short}."] if kind in SHORT else ["Tỉnh "]
    if part.name != part.full_name:  # `Phường 1` is a name that has its kind in it
        kinds.append("")
    return draw(st.sampled_from(kinds)) + name


def other_vowel(found: re.Match[str]) -> str:
    """`Mỹ` for `Mĩ`, and the other way round."""
    vowel = decomposed(found[2]).translate(str.maketrans("yiYI", "iyIY"))
    return found[1] + unicodedata.normalize("NFC", vowel)


class TestWhatIsFoundIsTrueToTheMap:
    async def test_a_hamlet_is_found_by_its_commune_from_the_start(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        commune = next(iter(await found(client, "Xã Khánh Lâm Cà Mau", as_of="2026-11-01")))
        answer = await client.post(
            "/v1/localities",
            json={"name": "Mười Bảy", "kind": "ap", "parent": commune["id"]},
            headers=await keys.of("registrar"),
        )
        assert answer.status_code == 201, answer.text
        for typed in ("ấp mười bảy", "muoibay khanh lam", "Ấp Mười Bảy, Xã Khánh Lâm, Cà Mau"):
            assert (await found(client, typed, as_of="2026-11-01"))[0]["id"] == answer.json()["id"]

    async def test_a_new_name_finds_a_unit_and_all_that_lies_in_it(
        self, client: httpx.AsyncClient, database: OneTransaction
    ) -> None:
        district = id_of("district/913/-")
        before = {item["id"] for item in await found(client, "U Minh Thượng")}
        async with database.reader() as connection:
            await connection.execute(
                "update locality_version set name = 'Rừng Tràm', full_name = 'Huyện Rừng Tràm'"
                " where locality_id = $1",
                district,
            )
        after = await found(client, "huyen rung tram")
        assert after[0]["id"] == str(district)
        assert len(after) > 1
        assert {item["id"] for item in after} <= before
        assert str(district) not in {item["id"] for item in await found(client, "U Minh Thượng")}

    async def test_a_filter_leaves_the_best_of_what_passes_it(
        self, client: httpx.AsyncClient
    ) -> None:
        parameters = {"q": "thanh", "as_of": "2026-11-01", "level": "commune", "count": "true"}
        under = {"under": str(id_of("province/96/2025-07-01"))}
        answer = await client.get("/v1/localities", params=parameters | under | {"limit": "200"})
        everywhere = await found(client, "thanh", as_of="2026-11-01", level="commune")
        items = answer.json()["items"]
        assert answer.json()["total"] == len(items) > 1
        assert all("thanh" in without_marks(item["name"]).lower() for item in items)
        assert [item for item in everywhere if item in items] == [
            item for item in items if item in everywhere
        ]
