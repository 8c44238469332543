"""How alike models are: the rule by itself, on labelled titles, and over HTTP."""

import csv
import json
import unicodedata
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.emulation_models.look_alikes.candidates import MOST_WORDS, SELDOM, queries
from app.emulation_models.look_alikes.likeness import (
    HIGH,
    WORTH_TELLING,
    Described,
    Reason,
    likeness,
    telling_words,
)
from app.localities.load import id_of
from app.shipped_facts import id_of as shipped
from tests.conftest import Keys, OneTransaction
from tests.emulation_models.test_models import CA_MAU_NOW, KHANH_HOI, model

# Of what domain.md names; each must be the other's likest of all that the reports name.
PAIRS = (
    ("Câu lạc bộ ngân hàng máu sống", "Ngân hàng máu sống cứu người"),
    ("Tết Quân - Dân", "Tết quân dân"),
    ("Phân loại, xử lý rác thải", "Phân loại chất thải rắn sinh hoạt tại nguồn"),
    ("Trồng cây ăn trái kết hợp với nuôi cá đồng", "Cây ăn trái và nuôi cá Đồng"),
    ("Xây dựng tuyến dân cư nông thôn mới kiểu mẫu",
     "Tuyến đường kiểu mẫu nông thôn mới nâng cao"),
)  # fmt: skip
BOTH_WAYS = [*PAIRS, *((other, one) for one, other in PAIRS)]
APART = ("Ống tiền tiết kiệm", "Ngôi nhà xanh tiết kiệm sinh thái")

REPORTS = Path(__file__).parents[2] / "app" / "data" / "reports"
SHIPPED = [
    Described(
        (serialized["title"], *serialized.get("aliases", ())),
        serialized.get("summary"),
        serialized.get("field"),
    )
    for report in sorted(REPORTS.glob("*.json"))
    for serialized in json.loads(report.read_text(encoding="utf-8")).get("emulation_models", ())
]


def score(one: str, other: str) -> float:
    return likeness(Described((one,)), Described((other,))).score


class Measured(NamedTuple):
    """How well a threshold tells look-alikes from others."""

    pairs: int
    precision: float
    recall: float


def measured(labelled: str) -> Measured:
    with (Path(__file__).parent / labelled).open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    alike = [row for row in rows if row["alike"] == "yes"]
    found = [row for row in rows if score(row["one"], row["other"]) >= HIGH]
    right = [row for row in found if row in alike]
    return Measured(len(rows), round(len(right) / len(found), 3), round(len(right) / len(alike), 3))


class TestLikeness:
    def test_is_measured_on_the_titles_its_weights_were_fitted_to(self) -> None:
        assert measured("look_alikes.csv") == Measured(83, precision=0.949, recall=0.925)

    def test_is_measured_on_titles_labelled_afterwards(self) -> None:
        assert measured("look_alikes_unseen.csv") == Measured(32, precision=1.0, recall=0.933)

    @pytest.mark.parametrize(("one", "other"), BOTH_WAYS)
    def test_ranks_the_known_look_alikes_first(self, one: str, other: str) -> None:
        [asked] = [each for each in SHIPPED if each.names[0] == one]
        others = [each for each in SHIPPED if each is not asked]
        likest = max(others, key=lambda each: likeness(asked, each).score)
        assert likest.names[0] == other
        assert likeness(asked, likest).score >= WORTH_TELLING

    def test_tells_apart_what_must_not_be_called_the_same(self) -> None:
        one, other = (next(each for each in SHIPPED if each.names[0] == name) for name in APART)
        assert likeness(one, other, same_place=True).score < WORTH_TELLING < HIGH

    def test_takes_few_of_the_reported_models_for_another(self) -> None:
        high = {
            frozenset((one.names[0], other.names[0]))
            for one in SHIPPED
            for other in SHIPPED
            if one is not other and likeness(one, other).score >= HIGH
        }
        khmer = "Tết quân dân mừng Chôl Chnăm Thmây"
        insurance = "Chung tay mua bảo hiểm y tế"
        assert high == {
            *(frozenset(PAIRS[pair]) for pair in (0, 1, 3)),
            *(frozenset((khmer, other)) for other in PAIRS[1]),
            frozenset((insurance, "Phụ nữ giúp nhau mua BHYT")),
            frozenset(
                (insurance, "Vận động cán bộ, đảng viên, đoàn viên, hội viên và nhân dân mua"
                 " BHYT tự nguyện")
            ),
        }  # fmt: skip

    @pytest.mark.parametrize(
        "same",
        [
            "NGAN HANG MAU SONG",
            "ngân-hàng máu sống",
            "“Ngân hàng” – máu  sống",
            unicodedata.normalize("NFD", "Ngân hàng máu sống"),
        ],
    )
    def test_looks_through_case_marks_dashes_and_quotes(self, same: str) -> None:
        alike = likeness(Described(("Ngân hàng máu sống",)), Described((same,)))
        assert alike == (1.0, (Reason.same_title,))

    @pytest.mark.parametrize("letter", ["Đ", "đ", "\u00d0", "D"])
    def test_takes_every_d_for_the_same(self, letter: str) -> None:
        assert score("Đội tàu thuyền an toàn", f"{letter}ội tàu thuyền an toàn") == 1

    def test_reads_abbreviations_in_full(self) -> None:
        assert (
            score("CLB sửa chữa đường GTNT", "Câu lạc bộ sửa chữa đường giao thông nông thôn") == 1
        )

    def test_weighs_what_few_titles_say(self) -> None:
        frame, subject = "Vận động nhân dân xây dựng", "đan lục bình"
        assert score(f"{frame} {subject}", f"Câu lạc bộ {subject}") > 1.5 * score(
            f"{frame} {subject}", f"{frame} bể bơi thông minh"
        )

    def test_heeds_the_order_of_words(self) -> None:
        assert score("nuôi cá trồng lúa", "trồng lúa nuôi cá") > score(
            "nuôi cá trồng lúa", "lúa cá nuôi trồng"
        )

    def test_keeps_numerals_apart(self) -> None:
        one, other = Described(("Đoạn đường 5 không",)), Described(("Đoạn đường 3 không",))
        alike = likeness(one, other)
        assert Reason.other_numerals in alike.reasons
        assert alike.score < likeness(one, Described(("Đoạn đường 5 không sạch",))).score
        assert alike.score < HIGH

    def test_knows_a_model_by_its_other_names_and_its_summary(self) -> None:
        asked = Described(("Tổ vần đổi công",), "Chị em giúp nhau ngày công lúc mùa vụ.")
        named = Described(("Nhóm phụ nữ", "Tổ vần đổi công"))
        assert likeness(asked, named) == (1.0, (Reason.same_title,))
        serialized = Described(("Tổ đổi công",), "Chị em giúp nhau ngày công lúc mùa vụ.")
        alike = likeness(asked, serialized)
        assert alike.score > likeness(asked, serialized._replace(summary=None)).score
        assert Reason.same_summary in alike.reasons

    def test_takes_field_place_and_host_as_evidence(self) -> None:
        one, other = (
            Described((title,), None, "economy")
            for title in ("Phân loại rác tại nguồn", "Phân loại rác thải ở hộ gia đình")
        )
        neutral = likeness(one, other._replace(field=None)).score
        same = likeness(one, other)
        assert (same.score > neutral, same.reasons[-1]) == (True, "same_field")
        contrary = likeness(one, other._replace(field="defence_security"))
        assert (contrary.score < neutral, contrary.reasons[-1]) == (True, "other_field")
        near = likeness(one, other, same_place=True, same_host=True)
        assert near.score > same.score
        assert near.reasons[-2:] == ("same_place", "same_host")

    @given(st.lists(st.text(max_size=40), min_size=2, max_size=4), st.booleans())
    def test_is_symmetric_and_between_0_and_1(self, texts: list[str], near: bool) -> None:
        one, other = Described((texts[0],), texts[-1]), Described(tuple(texts[1:]))
        alike = likeness(one, other, same_place=near)
        assert alike.score == likeness(other, one, same_place=near).score
        assert 0 <= alike.score <= 1
        if any(map(telling_words, ([name] for name in one.names))):
            assert likeness(one, one, same_host=near).score == 1

    def test_searches_begin_with_words_that_tell_something(self) -> None:
        assert telling_words(["Vận động nhân dân nuôi cá"]) == ["nuoi", "ca"]
        assert telling_words(["Vận động nhân dân"]) == ["van", "dong", "nhan", "dan"]
        assert telling_words(["…"]) == []


class TestQueries:
    def test_begin_with_all_words_and_leave_out_the_most_frequent_first(self) -> None:
        asked = queries({"nuoi": 90_000, "luon": 300, "bun": 500})
        assert asked.anywhere == ["'luon' & 'bun' & 'nuoi'", "'luon' & 'bun'", "'luon' & 'nuoi'",
                                  "'bun' & 'nuoi'"]  # fmt: skip
        assert asked.of_the_latest_year == []

    def test_look_for_frequent_words_alone_only_in_the_latest_year(self) -> None:
        asked = queries({"kinh": 140_000, "te": 150_000, "nho": 900})
        assert asked.anywhere == ["'nho' & 'kinh' & 'te'", "'nho' & 'kinh'", "'nho' & 'te'"]
        assert asked.of_the_latest_year == ["'kinh' & 'te'"]

    @given(st.dictionaries(st.text("abc", min_size=1), st.floats(0, 1e6), max_size=9))
    def test_are_few_and_go_through_few_models(self, models: dict[str, float]) -> None:
        asked = queries(models)
        assert len(asked.anywhere + asked.of_the_latest_year) <= 11
        for found_by, frequent in zip(asked, (False, True), strict=True):
            for query in found_by:
                words = query.replace("'", "").split(" & ")
                assert len(words) <= MOST_WORDS
                assert (min(models[word] for word in words) > SELDOM) is frequent
        assert bool(asked.anywhere or asked.of_the_latest_year) is bool(models)


async def ask(client: httpx.AsyncClient, **described: object) -> httpx.Response:
    return await client.post("/v1/models/similar", json=described)


class TestFindSimilarModels:
    @pytest.mark.parametrize(("one", "other"), BOTH_WAYS)
    async def test_finds_the_known_look_alikes_anywhere(
        self, client: httpx.AsyncClient, one: str, other: str
    ) -> None:
        answer = await ask(client, title=one)
        assert answer.status_code == 200, answer.text
        items = answer.json()["items"]
        found = [item["model"]["title"] for item in items if item["model"]["title"] != one]
        assert found[0] == other
        assert items[0]["model"]["title"] in {one, other}  # Tết quân dân is written in two ways
        assert (items[0]["score"], items[0]["reasons"]) == (1.0, ["same_title"])

    async def test_does_not_offer_what_must_not_be_called_the_same(
        self, client: httpx.AsyncClient
    ) -> None:
        for one, other in (APART, APART[::-1]):
            items = (await ask(client, title=one)).json()["items"]
            assert other not in [item["model"]["title"] for item in items]

    async def test_takes_field_and_place_as_evidence(self, client: httpx.AsyncClient) -> None:
        place = str(id_of(KHANH_HOI))
        title = "Cây ăn trái kết hợp nuôi cá lóc đồng"
        near = (await ask(client, title=title, field="economy", locality=place)).json()["items"]
        assert near[0]["model"]["title"] == "Cây ăn trái và nuôi cá Đồng"
        assert {"same_field", "same_place"} <= set(near[0]["reasons"])
        anywhere = (await ask(client, title=title)).json()["items"]
        assert near[0]["score"] > anywhere[0]["score"]

    async def test_finds_by_summary_and_other_names(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU_NOW)
        body = model(title="Xuồng nước mặn", aliases=["Chuyến đò nghĩa tình miệt vườn"])
        made = (await client.post("/v1/models", json=body, headers=key)).json()
        items = (await ask(client, title="Chuyến đò nghĩa tình")).json()["items"]
        assert items[0]["model"] == {"id": made["id"], "title": made["title"]}

    @pytest.mark.parametrize(
        "title",
        [
            "Đưa màu xuống",
            "Đưa màu ra ruộng",
            "Đưa màu xuống rruộng",
            "Ruộng xuống màu đưa",
            "Đưa màu xuống ruộng năm 2026",
            "dua mau xuong ruong lua",
        ],
    )
    async def test_finds_what_has_another_word_or_another_order(
        self, client: httpx.AsyncClient, title: str
    ) -> None:
        items = (await ask(client, title=title)).json()["items"]
        assert items[0]["model"]["title"] == "Đưa màu xuống ruộng"

    async def test_finds_by_frequent_words_what_was_registered_in_the_latest_year(
        self, client: httpx.AsyncClient, keys: Keys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("app.emulation_models.look_alikes.candidates.SELDOM", -1)
        key = await keys.of("registrar", unit=CA_MAU_NOW)
        for year in (2025, 2026):
            body = model(
                title=f"Chuyến đò nghĩa tình {year}",
                registration={"level": "province", "registered_on": f"{year}-08-01"},
                distinct_because="Của năm khác",
            )
            answer = await client.post("/v1/models", json=body, headers=key)
            assert answer.status_code == 201, answer.text
        items = (await ask(client, title="Nghĩa tình chuyến đò")).json()["items"]
        assert [item["model"]["title"] for item in items] == ["Chuyến đò nghĩa tình 2026"]

    async def test_names_first_what_is_in_the_same_place(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        places = (CA_MAU_NOW, "province/92/2025-07-01")
        made = {}
        for place in places:
            key = await keys.of("registrar", unit=place)
            body = model(place, title="Chuyến đò nghĩa tình")
            answer = await client.post("/v1/models", json=body, headers=key)
            made[place] = answer.json()["id"]
        for place in places:
            asked = {"title": "chuyến đò nghĩa tình", "locality": str(id_of(place))}
            first, second = (await ask(client, **asked)).json()["items"]
            assert (first["model"]["id"], first["score"]) == (made[place], second["score"])
            assert "same_place" in first["reasons"]
            assert "same_place" not in second["reasons"]

    @pytest.mark.parametrize("title", ["…", "zzz qqq", "và của các", "x" * 500])
    async def test_finds_nothing_for_what_says_nothing(
        self, client: httpx.AsyncClient, title: str
    ) -> None:
        answer = await ask(client, title=title)
        assert (answer.status_code, answer.json()) == (200, {"items": []})

    async def test_a_merged_model_is_no_look_alike(
        self, client: httpx.AsyncClient, database: OneTransaction
    ) -> None:
        async with database.reader() as connection:
            await connection.execute(
                "update emulation_model set state = 'merged' where title = 'Đưa màu xuống ruộng'"
            )
        assert (await ask(client, title="Đưa màu xuống ruộng")).json() == {"items": []}

    @pytest.mark.parametrize(
        ("described", "pointer", "code"),
        [
            ({}, "#/title", "missing"),
            ({"title": ""}, "#/title", "too_short"),
            ({"title": "x", "host": str(id_of(KHANH_HOI))}, "#/host", "unknown_member"),
            ({"title": "x", "field": "sport"}, "#/field", "not_in_vocabulary"),
            ({"title": "x", "locality": "00000000-0000-4000-8000-000000000000"}, "#/locality",
             "unknown_reference"),
        ],
    )  # fmt: skip
    async def test_refuses_bad_input(
        self, client: httpx.AsyncClient, described: dict[str, object], pointer: str, code: str
    ) -> None:
        answer = await ask(client, **described)
        assert answer.status_code == 422, answer.text
        assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]


class TestRegisterALookAlike:
    async def test_is_refused_in_the_same_commune_and_told_of_what(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU_NOW)
        body = model(KHANH_HOI, title="Trồng cây ăn trái, nuôi cá đồng", field="economy")
        vietnamese = key | {"Accept-Language": "vi"}
        answer = await client.post("/v1/models", json=body, headers=vietnamese)
        assert (answer.status_code, answer.json()["code"]) == (409, "similar_models")
        assert "Rất giống “Cây ăn trái và nuôi cá Đồng”" in answer.json()["detail"]
        [similar] = answer.json()["similar"]
        assert similar["model"]["id"] == str(
            shipped("emulation_model", "ca-mau-2023/cay-an-trai-va-nuoi-ca-dong-khanh-hoi")
        )
        assert similar["score"] >= HIGH
        assert {"same_words", "same_field", "same_place"} <= set(similar["reasons"])
        assert (await client.get("/v1/models?count=true")).json()["total"] == 59

    async def test_is_the_same_commune_when_it_has_become_part_of_another(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        successors = await client.get(
            f"/v1/localities/{id_of(KHANH_HOI)}/successors", params={"on": "2026-01-01"}
        )
        [now] = [each["locality"]["id"] for each in successors.json()["items"]]
        key = await keys.of("registrar", unit=CA_MAU_NOW)
        body = model(title="Trồng cây ăn trái, nuôi cá đồng") | {"locality": now}
        answer = await client.post("/v1/models", json=body, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (409, "similar_models")

    async def test_is_allowed_once_told_why_it_is_another(
        self, client: httpx.AsyncClient, keys: Keys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def asked(*_: object) -> None:
            pytest.fail("a look-alike was looked for")

        monkeypatch.setattr("app.emulation_models.look_alikes.service.similar_nearby", asked)
        key = await keys.of("registrar", unit=CA_MAU_NOW)
        body = model(
            KHANH_HOI,
            title="Cây ăn trái và nuôi cá đồng",
            distinct_because="Của chi đoàn Ấp 3, vườn khác",
        )
        answer = await client.post("/v1/models", json=body, headers=key)
        assert answer.status_code == 201, answer.text

    async def test_is_no_fault_elsewhere_but_is_of_the_same_host(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU_NOW)
        other = await keys.of("registrar", unit="province/92/2025-07-01")
        host = str(shipped("organisation", "ca-mau-2023/so-noi-vu"))
        title = "Ngân hàng máu sống cứu người"
        first = await client.post("/v1/models", json=model(title=title, host=host), headers=key)
        assert first.status_code == 201, first.text
        elsewhere = model("province/92/2025-07-01", title=title)
        assert (await client.post("/v1/models", json=elsewhere, headers=other)).status_code == 201
        again = model(KHANH_HOI, title="CLB ngân hàng máu sống cứu người", host=host)
        answer = await client.post("/v1/models", json=again, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (409, "similar_models")
        assert "same_host" in answer.json()["similar"][0]["reasons"]

    async def test_is_expected_of_a_model_that_adopts_another(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU_NOW)
        origin = str(
            shipped("emulation_model", "ca-mau-2023/cay-an-trai-va-nuoi-ca-dong-khanh-hoi")
        )
        body = model(KHANH_HOI, title="Cây ăn trái và nuôi cá đồng", derived_from=origin)
        assert (await client.post("/v1/models", json=body, headers=key)).status_code == 201
        assert (await client.post("/v1/models", json=body, headers=key)).status_code == 409

    async def test_what_is_wrong_with_the_body_is_told_first(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU_NOW)
        registration = {"level": "grassroots", "registered_on": "2999-01-01"}
        body = model(title="Đưa màu xuống ruộng", registration=registration)
        assert (await client.post("/v1/models", json=body, headers=key)).status_code == 422

    async def test_a_retry_under_the_same_id_is_no_look_alike_of_itself(
        self, client: httpx.AsyncClient, keys: Keys
    ) -> None:
        key = await keys.of("registrar", unit=CA_MAU_NOW)
        body = model(id="01900000-0000-7000-8000-000000000001")
        statuses = [
            (await client.post("/v1/models", json=body, headers=key)).status_code for _ in "12"
        ]
        assert statuses == [201, 200]
