"""Keeps an agency's own copy of the registry in step, and sends what was recorded offline.

    KHEO_KEY=kheo_… python agency_sync.py https://kheo.example [agency.db]

It needs httpx alone. All it knows is in one SQLite file, each step one transaction of it, so it may
be killed at any moment and goes on where it was. People record in the same file, with or without a
network: `Store.create` and `Store.change`. What they must decide is left there, marked `refused`
with the problem that the registry told.
"""

import json
import os
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

Thing = dict[str, Any]

SCHEMA = """
    create table if not exists thing (
        type text, id text, version integer, data text, primary key (type, id));
    create table if not exists cursor (only_row integer primary key check (only_row), value text);
    create table if not exists record (
        number integer primary key, idempotency_key text, method text, path text, body text,
        base text, state text default 'waiting', problem text);
"""


class Store:
    """The agency's file."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, timeout=30)
        self.connection.row_factory = sqlite3.Row
        self.connection.executescript(SCHEMA)

    # ---- what people do, online or not -----------------------------------------------------

    def create(self, type: str, body: Thing) -> str:
        """Record a new thing under an id of our own, by which later records can refer to it."""
        id = body.setdefault("id", str(uuid4()))
        self._add("POST", f"/v1/{type}", body, None)
        return str(id)

    def change(self, type: str, id: str, patch: Thing) -> None:
        """Record a change of a thing as it stands in our copy."""
        self._add("PATCH", f"/v1/{type}/{id}", patch, self.things()[type, id])

    def _add(self, method: str, path: str, body: Thing, base: Thing | None) -> None:
        with self.connection:
            self.connection.execute(
                "insert into record (idempotency_key, method, path, body, base)"
                " values (?, ?, ?, ?, ?)",
                (str(uuid4()), method, path, json.dumps(body), json.dumps(base)),
            )

    def things(self) -> dict[tuple[str, str], Thing]:
        rows = self.connection.execute("select type, id, data from thing")
        return {(row["type"], row["id"]): json.loads(row["data"]) for row in rows}

    def records(self, state: str) -> list[sqlite3.Row]:
        found = self.connection.execute(
            "select * from record where state = ? order by number", (state,)
        )
        return found.fetchall()

    # ---- what the registry tells -----------------------------------------------------------

    def cursor(self) -> str | None:
        row = self.connection.execute("select value from cursor").fetchone()
        return None if row is None else str(row["value"])

    def take(self, changes: list[Thing], cursor: str, *, anew: bool = False) -> None:
        """Make changes to our copy, or make it anew of them, and remember where to go on."""
        with self.connection:
            if anew:
                self.connection.execute("delete from thing")
            for change in changes:
                key = (change["type"], change["id"])
                if change["operation"] == "delete":
                    self.connection.execute("delete from thing where (type, id) = (?, ?)", key)
                else:
                    self.connection.execute(
                        "insert or replace into thing values (?, ?, ?, ?)",
                        (*key, change["version"], json.dumps(change["data"])),
                    )
            self.connection.execute("insert or replace into cursor values (1, ?)", (cursor,))

    def forget_cursor(self) -> None:
        with self.connection:
            self.connection.execute("delete from cursor")

    def update(self, record: sqlite3.Row, **values: object) -> None:
        """Note what became of a record."""
        columns = ", ".join(f"{name} = ?" for name in values)
        with self.connection:
            self.connection.execute(
                f"update record set {columns} where number = ?",  # noqa: S608 - names of ours
                (*values.values(), record["number"]),
            )

    def rename(self, old: str, new: str) -> None:
        """Let all that waits refer to a thing by another id."""
        with self.connection:
            self.connection.execute(
                "update record set body = replace(body, :old, :new), path ="
                " replace(path, :old, :new) where state = 'waiting'",
                {"old": old, "new": new},
            )


class Agency:
    """Talks to the registry for as long as it takes."""

    def __init__(self, registry: str, key: str, store: Store) -> None:
        self.http = httpx.Client(
            base_url=registry, headers={"Authorization": f"Bearer {key}"}, timeout=60
        )
        self.store = store

    def run(self) -> None:
        while True:
            self.follow()
            while waiting := self.store.records("waiting"):
                self.send(waiting[0])  # in their order: later ones may refer to earlier ones

    # ---- following -------------------------------------------------------------------------

    def follow(self) -> None:
        """Take what changed; wait a little for something to change."""
        cursor = self.store.cursor()
        if cursor is None:
            self.begin()
            return
        query = {"after": cursor, "limit": 1000, "wait": 5}
        answer = self.ask("GET", "/v1/changes", params=query)
        if answer.status_code == 410:
            say("the registry was restored from a backup: taking a new snapshot")
            self.store.forget_cursor()
            return
        page = answer.raise_for_status().json()
        self.store.take(page["items"], page["next_cursor"])

    def begin(self) -> None:
        """Take all there is in one stream; it is whole if its last line tells where to go on."""
        query = {"snapshot": "true", "format": "ndjson"}
        lines = self.ask("GET", "/v1/changes", params=query).raise_for_status().text.splitlines()
        *changes, last = map(json.loads, lines)
        self.store.take(changes, last["next_cursor"], anew=True)
        say(f"took a snapshot of {len(changes)} things")

    # ---- sending ---------------------------------------------------------------------------

    def send(self, record: sqlite3.Row) -> None:
        """Send a record; it stays waiting if it is to be sent again, changed or not."""
        body = json.loads(record["body"])
        if record["method"] == "POST":
            headers = {"Idempotency-Key": record["idempotency_key"]}
            answer = self.ask("POST", record["path"], json=body, headers=headers)
        else:
            base = json.loads(record["base"])
            headers = {"If-Match": f'"{base["version"]}"'}
            answer = self.ask("PATCH", record["path"], json=body, headers=headers)
        if answer.is_success:
            self.store.update(record, state="done")
            return
        problem = answer.json()
        match problem["code"]:
            case "request_in_flight":  # our own, whose answer got lost
                time.sleep(1)
            case "id_taken":
                say("another agency's thing has the id: making a new one")
                self.store.rename(body["id"], str(uuid4()))
                self.store.update(record, idempotency_key=str(uuid4()))
            case "similar_models":
                self.compare(record, body, problem)
            case "precondition_failed":
                self.merge(record, body, json.loads(record["base"]))
            case _:
                self.refuse(record, problem)

    def compare(self, record: sqlite3.Row, model: Thing, problem: Thing) -> None:
        """Take a look-alike of the same title for ours; say of others what ours differs by.

        Refusals are not kept under an Idempotency-Key: it is used again with the corrected body.
        """
        for each in problem["similar"]:
            if each["model"]["title"].casefold() == model["title"].casefold():
                say(f"{model['title']}: recorded already")
                self.store.update(record, state="done")
                self.store.rename(model["id"], each["model"]["id"])
                return
        others = ", ".join(each["model"]["title"] for each in problem["similar"])
        model["distinct_because"] = f"Recorded on site under another title than: {others}"
        self.store.update(record, body=json.dumps(model))

    def merge(self, record: sqlite3.Row, patch: Thing, base: Thing) -> None:
        """Somebody changed the thing before us: go on if it was in other members than ours."""
        answer = self.ask("GET", record["path"])
        if answer.status_code == 404:
            self.refuse(record, answer.json())
            return
        present = answer.json()
        if all(as_sent(present[name]) == value for name, value in patch.items()):
            self.store.update(record, state="done")  # it was us, and the answer got lost
        elif contested := [name for name in patch if present[name] != base[name]]:
            self.refuse(record, {"code": "changed_by_others", "members": contested})
        else:
            self.store.update(record, base=json.dumps(present))

    def refuse(self, record: sqlite3.Row, problem: Thing) -> None:
        """Leave a record to people."""
        say(f"{record['method']} {record['path']}: {problem['code']}")
        self.store.update(record, state="refused", problem=json.dumps(problem))

    # ---- the network -----------------------------------------------------------------------

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Ask until there is an answer, at the pace the registry wishes."""
        pause = 0.5
        while True:
            try:
                answer = self.http.request(method, path, **request)
            except httpx.TransportError as error:
                say(f"no answer ({type(error).__name__}): trying again")
            else:
                if answer.status_code == 401:
                    sys.exit(f"the key is not good: {answer.json()['code']}")
                if answer.status_code != 429 and not answer.is_server_error:
                    return answer
                pause = float(answer.headers.get("Retry-After", pause))
            time.sleep(pause)
            pause = min(2 * pause, 30)


def as_sent(value: Any) -> Any:
    """What is told of a reference is an object, what is sent is its id."""
    return value["id"] if isinstance(value, dict) and "id" in value else value


def say(text: str) -> None:
    print(text, flush=True)


def main() -> None:
    registry, *rest = sys.argv[1:]
    store = Store(Path(rest[0] if rest else "agency.db"))
    Agency(registry, os.environ["KHEO_KEY"], store).run()


if __name__ == "__main__":
    main()
