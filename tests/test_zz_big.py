import time, httpx
from tests.conftest import Keys
from tests.test_award_decisions import commendation, line
async def test_big(client: httpx.AsyncClient, keys: Keys) -> None:
    key = await keys.of("awarder")
    body = commendation(awards=[line(count=2000, recipients=[{"name": f"N {i} {j}"} for i in range(2000)]) for j in range(5)])
    t=time.time(); a = await client.post("/v1/award-decisions", json=body, headers=key); print(a.status_code, time.time()-t)
    b=a.json()
    lines=[{"id": x["id"]} for x in b["awards"]]
    t=time.time(); a = await client.patch("/v1/award-decisions/"+b["id"], json={"awards":lines}, headers=key|{"If-Match":"*"}); print(a.status_code, time.time()-t)
    t=time.time(); a = await client.get("/v1/award-decisions/"+b["id"]); print(a.status_code, time.time()-t)
    assert 0
