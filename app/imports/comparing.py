"""What a row says of a stored thing that is not recorded yet."""

from collections.abc import Iterator
from typing import Any

from app.http.json_encoding import Json
from app.http.problems import Fault, Text
from app.imports.kinds import Kind, Recorded
from app.querying.members import as_sent


def difference(kind: Kind[Any, Any], members: Json, recorded: Recorded) -> tuple[Json, list[Fault]]:
    """The members that a row changes, and its faults where it may not.

    What is empty says nothing of a member that cannot be written.
    """
    shown = kind.resource.schema
    sent, row = kind.resource.as_sent(members), as_sent(shown, shown, members)
    known = as_sent(shown, shown, recorded.content)
    patch: Json = {}
    faults: list[Fault] = []
    for name, value in members.items():
        if name in kind.following or (name in known and row[name] == known[name]):
            continue
        if name in kind.patch.model_fields:
            if name not in sent:
                patch[name] = value
            elif name not in recorded.sent or sent[name] != recorded.sent[name]:
                patch[name] = sent[name]
        elif name != "id" and value not in (None, []):
            fault = _refused(kind, name, shown=name in known)
            if fault.code != "only_new" or not kind.restates(name, value, recorded):
                faults.append(fault)
    return patch, faults


def _refused(kind: Kind[Any, Any], name: str, *, shown: bool) -> Fault:
    code, detail = "unknown_member", _UNKNOWN
    if shown:
        code, detail = "read_only", _READ_ONLY
    elif name in kind.new.model_fields:
        code, detail = "only_new", _ONLY_NEW
    return Fault(("pointer", f"#/{name}"), code, detail)


def names_without_id(members: Json) -> Iterator[Fault]:
    """A name says which thing is meant only to people."""
    for name, value in members.items():
        if isinstance(value, dict) and "id" in value and value["id"] is None:
            yield Fault(("pointer", f"#/{name}"), "missing", _NO_ID)


_NO_ID = Text(
    "give the id; a name alone says nothing", "hãy ghi mã định danh; chỉ có tên là chưa đủ"
)
_ONLY_NEW = Text("is taken only of new things", "chỉ nhận đối với bản ghi mới")
_READ_ONLY = Text("is read-only and differs", "chỉ được đọc và khác với dữ liệu đã ghi")
_UNKNOWN = Text("is no member of this thing", "không phải thành phần của đối tượng này")
