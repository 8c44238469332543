"""Text search: what is found however it is typed, in which order, and by looking at how little."""

import json
import re
import string
import unicodedata
from datetime import date, timedelta

import httpx
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.db.things import tables
from app.querying.search import FEW, NEWEST
from tests.conftest import OneTransaction


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


class TestWhatIsFound:
    @pytest.mark.parametrize(
        ("path", "found", "typed"),
        [
            ("models", "Đổi rác thải nhựa lấy quà", "Đổi rác thải nhựa"),
            ("models", "Đổi rác thải nhựa lấy quà", "doi rac thai nhua"),
            ("models", "Đổi rác thải nhựa lấy quà", "\u00d0ỔI RÁC THẢI NHỰA"),
            ("models", "Đổi rác thải nhựa lấy quà", nfd("đổi rác thải nhựa")),
            ("models", "Đổi rác thải nhựa lấy quà", "doi racc thai nhua"),
            ("models", "Xứ đạo an toàn đoàn kết văn hóa", "văn hoá xứ đạo"),
            ("models", "Xứ đạo an toàn đoàn kết văn hóa", "văn hóa xứ đạo"),
            ("models", "Đội tàu thuyền an toàn", "“đội” tàu–thuyền"),
            ("models", "Ngôi nhà xanh tiết kiệm sinh thái", "ngoi nha xanh sinh thai tiet ki"),
            ("award-decisions", None, "Vì sự nghiệp công tác dân vận"),
            ("awards", None, "vi su nghiep cong tac dan vann"),
            ("organisations", "Ban Dân vận Trung ương", "BAN DAN-VAN trung ươnng"),
            ("organisations", "Ban Dân vận Trung ương", nfd("Ban Dân vận Trung ương")),
            ("documents", None, "quy ché công tác dan vaan"),
            ("localities", "Khánh Hội", "khanh hoi u minh ca mau"),
            ("localities", "Khánh Hội", "Xã Khánh Hội, huyện U Minh"),
            ("localities", "Đất Mũi", "\u00d0at mui"),
            ("localities", "Đất Mũi", "Ðất - Mủi"),
        ],
    )
    async def test_however_it_is_typed(
        self, client: httpx.AsyncClient, path: str, found: str | None, typed: str
    ) -> None:
        parameters = {"q": typed} | ({"as_of": "any"} if path == "localities" else {})
        answer = await client.get(f"/v1/{path}", params=parameters)
        assert answer.status_code == 200, answer.text
        items = answer.json()["items"]
        assert items
        assert found in {None, items[0].get("title", items[0].get("name"))}
        assert answer.json()["next_cursor"] is None

    @pytest.mark.parametrize(
        "path", ["models", "award-decisions", "awards", "organisations", "documents", "localities"]
    )
    async def test_in_files_as_well_but_without_cursor_and_sort(
        self, client: httpx.AsyncClient, path: str
    ) -> None:
        for query in ("q=tỉnh&sort=-updated_at", "q=tỉnh&cursor=x"):
            assert (await client.get(f"/v1/{path}?{query}")).status_code == 422
        asked = {"q": "cong tac dan van" if "award" in path else "xa"}
        page = (await client.get(f"/v1/{path}", params=asked | {"limit": "200"})).json()["items"]
        lines = (await client.get(f"/v1/{path}", params=asked | {"format": "ndjson"})).text
        assert [json.loads(line)["id"] for line in lines.splitlines()] == [
            item["id"] for item in page
        ]
        csv = await client.get(f"/v1/{path}", params=asked | {"format": "csv"})
        assert csv.text.count("\r\n") >= len(page) + 1


PLACE = "(select locality_id from emulation_model where title = 'Trồng hoa màu')"
FIRST_DAY = date(2005, 1, 1)
ROWS = NEWEST + FEW + 500  # registered one a day, the last titled "số 0"
OLD = NEWEST + 50  # from here on, of the last six years still, they are older than those read first


async def register_many(database: OneTransaction) -> None:
    """Many models, the newest numbered 0: a word in every title, in the oldest, in few."""
    async with database.reader() as connection:
        await connection.execute(
            f"""
            insert into emulation_model (
                id, title, aliases, summary, locality_id, registered_level, registered_on)
            select gen_random_uuid(),
                'Xóm trại ' || n
                    || case when n % 3 = 0 then ' đèn dầu' else '' end
                    || case when n > {ROWS - 100} then ' bánh tét' else '' end
                    || case when n % 500 = 7 then ' cúm gia cầm' else '' end
                    || case when n % 100 = 0 then ' giếng làng' else '' end
                    || case when n >= {OLD} then ' nhà sàn' else '' end,
                '{{}}',
                'Bánh chưng'
                    || case when n % 2 = 0 then ' và bánh tét' else '' end
                    || case when n >= {OLD} then ' lá dong' else '' end
                    || case when n = 0 then ' đèn dầu' else '' end,
                {PLACE}, 'grassroots', ($1::date + {ROWS} - n)::text
            from generate_series(0, {ROWS - 1}) as n
            order by md5(n::text)  -- no order in the table helps to find the newest
            """,
            FIRST_DAY,
        )


async def titles(client: httpx.AsyncClient, **query: object) -> list[int]:
    """The numbers in the titles that are found."""
    answer = await client.get("/v1/models", params={key: str(query[key]) for key in query})
    assert answer.status_code == 200, answer.text
    return [int(item["title"].split()[2]) for item in answer.json()["items"]]


class TestInALongTable:
    async def test_finds_the_best_wherever_they_are(
        self, client: httpx.AsyncClient, database: OneTransaction
    ) -> None:
        await register_many(database)
        # In every row, in a third of the titles, in a rare one.
        assert await titles(client, q="xom trai") == list(range(50))
        assert await titles(client, q="den dau", limit=200) == list(range(0, 600, 3))
        assert await titles(client, q="cum gia cam") == list(range(7, ROWS, 500))
        # In a few of the newest titles, in all of more than a few older ones, in their texts.
        assert await titles(client, q="gieng lang", limit=30) == list(range(0, 3000, 100))
        assert await titles(client, q="nha san") == list(range(OLD, OLD + 50))
        assert await titles(client, q="la dong") == list(range(OLD, OLD + 50))
        # In the oldest titles first, though thousands of newer texts have it.
        oldest = list(range(ROWS - 99, ROWS))
        found = await titles(client, q="banh tet", limit=200)
        assert found[:99] == oldest
        assert found[99:] == list(range(0, 202, 2))
        assert await titles(client, q="banh tet", limit=10) == oldest[:10]
        # In texts alone, as common as can be.
        assert await titles(client, q="chung banh") == list(range(50))
        # Together, misspelt, and begun: as many words as there are.
        assert (
            await titles(client, q="den dau banh tet")
            == [n for n in oldest if n % 3 == 0]
            + [n for n in range(120) if n % 6 == 0][: 50 - len(range(0, 99, 3))]
        )
        assert await titles(client, q=f"traij {ROWS - 1} teet") == [ROWS - 1]
        assert await titles(client, q="khong co gi") == []
        answer = await client.get("/v1/models", params={"q": "den dau", "count": "true"})
        assert answer.json()["total"] == len(range(0, ROWS, 3))

    async def test_finds_the_best_of_those_that_pass_a_filter(
        self, client: httpx.AsyncClient, database: OneTransaction
    ) -> None:
        await register_many(database)
        since = (FIRST_DAY + timedelta(days=100)).isoformat()
        first = (FIRST_DAY + timedelta(days=200)).isoformat()
        assert await titles(client, q="banh tet", registered_to=since, limit=3) == [
            ROWS - 99, ROWS - 98, ROWS - 97
        ]  # fmt: skip
        assert await titles(client, q="den dau", registered_from=first, limit=2) == [0, 3]
        assert await titles(client, q="cum", registered_to=since) == [
            n for n in range(7, ROWS, 500) if n >= ROWS - 100
        ]
        assert await titles(client, q="den dau", state="none", limit=2) == [0, 3]
        assert await titles(client, q="den dau", field="economy") == []


def searched_columns() -> list[tuple[str, str]]:
    """Every column whose text is searched, with its table."""
    return [
        (table.name, column)
        for table, _ in tables()
        if "search" in table.c and table.c.search.computed is not None
        for column in re.findall(r"[a-z_]+", str(table.c.search.computed.sqltext))
        if column in table.c and isinstance(table.c[column].type, sa.Text)
    ]


def is_visible(token: str) -> bool:
    """Whether it has a letter, a digit or a sign, and not only marks on letters or spaces."""
    return any(unicodedata.category(character)[0] in "LNPS" for character in token)


# What offices write in titles beside words, and what text search is known to take apart.
figures = st.from_regex(r"[+-]?\d{1,4}([.,]\d{1,3})?(e[+-]?\d{1,2})?[a-zđ%‰]{0,3}", fullmatch=True)
numbers_of_papers = st.from_regex(r"\d{1,4}[-/](CT|KH|QĐ|NQ)[-/](TW|TTg|UBND)", fullmatch=True)
codes = st.from_regex(r"[A-Za-zĐđ0-9._+&'/~@-]{1,12}", fullmatch=True)
units = st.sampled_from(["㎡", "m²", "m2/người", "℃", "½", "①", "Ⅷ", "№", "₫", "ﬁ", "★", "&"])
addresses = st.sampled_from(
    ["a.b@cà-mau.vn", "https://x.vn/a_b?c=1#d", "www.x.vn", "/tệp/a.docx", "&amp;", "<b>"]
)
any_text = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=8)
long_words = st.text(string.ascii_lowercase, min_size=180, max_size=200)
tokens = st.one_of(figures, numbers_of_papers, codes, units, addresses, any_text, long_words)

# The shipped facts have no rows in these tables.
MISSING_ROWS = """
    insert into award_recipient (id, award_id, award_count, position, name)
    select '00000000-0000-7000-8000-000000000001', id, count, 1, ''
    from award where count > 0 limit 1
    on conflict (id) do nothing;
    insert into criteria_set (id, name, owner_id, number)
    select '00000000-0000-7000-8000-000000000002', '', id, 1 from organisation limit 1
    on conflict (id) do nothing
"""


class TestEveryWordIsFound:
    @settings(
        max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(st.sampled_from(searched_columns()), st.lists(tokens.filter(is_visible), min_size=1))
    @example(("document", "title"), ["1e9abc", "㎡", "-1.5e-7x", "a/b", "v2.0", "\\", "'"])
    async def test_of_every_text_by_itself(
        self, database: OneTransaction, column: tuple[str, str], tokens: list[str]
    ) -> None:
        table, name = column
        async with database.reader() as connection:
            await connection.execute(MISSING_ROWS)
            id = await connection.fetchval(
                f"update {table} set {name} = $1"
                f" where id = (select id from {table} limit 1) returning id",
                " ".join(tokens),
            )
            lost = await connection.fetch(
                f"select token from unnest($2::text[]) as token join {table} on id = $1"
                " where not search @@ search_query(token)",
                id,
                tokens,
            )
        assert [row["token"] for row in lost] == []

    @pytest.mark.parametrize(
        ("path", "table", "name"),
        [
            ("models", "emulation_model", "title"),
            ("organisations", "organisation", "name"),
            ("documents", "document", "title"),
            ("publications", "publication", "title"),
            ("events", "event", "name"),
            ("campaign-periods", "campaign_period", "name"),
            ("criteria-sets", "criteria_set", "name"),
            ("award-decisions", "award_decision", "occasion"),
            ("awards", "award", "merit"),
        ],
    )
    async def test_in_every_list(
        self, client: httpx.AsyncClient, database: OneTransaction, path: str, table: str, name: str
    ) -> None:
        words = [
            "1e9abc",
            "㎡",
            "a.b@x.vn",
            "https://x.vn/a?b=1",
            "33/CT-TTg",
            "-1.5e-7",
            "★",
            "\\",
        ]
        async with database.reader() as connection:
            await connection.execute(MISSING_ROWS)
            id = await connection.fetchval(
                f"update {table} set {name} = $1"
                f" where id = (select id from {table} limit 1) returning id",
                " ".join(words),
            )
        for word in words:
            answer = await client.get(f"/v1/{path}", params={"q": word})
            assert str(id) in [item["id"] for item in answer.json()["items"]], word
