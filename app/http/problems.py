"""Problems as RFC 9457 tells them: one exception class, one shape, two languages."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from app.http.json_encoding import encode
from app.http.preferences import weights

MEDIA_TYPE = "application/problem+json"


class Text(NamedTuple):
    """One sentence in the two languages of the API."""

    en: str
    vi: str

    def in_language_of(self, request: Request) -> str:
        return self.vi if prefers_vietnamese(request.headers.get("accept-language")) else self.en


class Fault(NamedTuple):
    """One of the reasons of a 422: where, a stable code, and a sentence."""

    where: tuple[str, str]  # ("pointer", "#/awards/0/count") or ("parameter", "limit")
    code: str
    detail: Text


class Problem(Exception):
    """An answer from 400 up. Subclasses are named as facts and never change their code."""

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[Text]

    def __init__(
        self,
        detail: Text | None = None,
        *,
        faults: list[Fault] | None = None,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail.en if detail else self.title.en)
        self.detail = detail or self.title
        self.faults = faults or []
        self.headers = dict(headers or {})
        self.members = members

    def answer(self, request: Request) -> Response:
        body: dict[str, Any] = {
            "type": f"/problems/{self.code}",
            "title": self.title.in_language_of(request),
            "status": self.status,
            "detail": self.detail.in_language_of(request),
            "instance": request.url.path,
            "code": self.code,
            "request_id": request.scope.get("state", {}).get("request_id"),
        }
        if self.faults:
            body["errors"] = [
                {
                    fault.where[0]: fault.where[1],
                    "code": fault.code,
                    "detail": fault.detail.in_language_of(request),
                }
                for fault in self.faults
            ]
        return Response(
            encode(body | self.members),
            self.status,
            {"Cache-Control": "no-store", "Vary": "Accept-Language", **self.headers},
            MEDIA_TYPE,
        )


class NotFound(Problem):
    """There is nothing at this address."""

    status = 404
    code = "not_found"
    title = Text("There is nothing at this address", "Không có gì ở địa chỉ này")


class MethodNotAllowed(Problem):
    """The address exists, the method does not. `Allow` names those that do."""

    status = 405
    code = "method_not_allowed"
    title = Text("This address does not take this method", "Địa chỉ này không nhận phương thức này")


class NotAcceptable(Problem):
    """None of the media types asked for is offered here."""

    status = 406
    code = "not_acceptable"
    title = Text("None of the asked media types is offered", "Không có kiểu dữ liệu được yêu cầu")


class ContentTooLarge(Problem):
    """The body is larger than this address takes."""

    status = 413
    code = "content_too_large"
    title = Text("The body is too large", "Nội dung gửi lên quá lớn")


class UnsupportedMediaType(Problem):
    """The body is of a media type this address does not take."""

    status = 415
    code = "unsupported_media_type"
    title = Text(
        "The body is of a type this address does not take",
        "Địa chỉ này không nhận kiểu nội dung này",
    )


class CredentialsMissing(Problem):
    """A write needs `Authorization: Bearer kheo_…`."""

    status = 401
    code = "credentials_missing"
    title = Text("This needs an agency's key", "Thao tác này cần khóa của cơ quan")

    def __init__(self, detail: Text | None = None) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(Problem):
    """The key is good, but what was asked is not allowed to it."""

    status = 403
    code = "forbidden"
    title = Text("This key may not do this", "Khóa này không được phép làm việc này")


class PreconditionRequired(Problem):
    """A change needs `If-Match` with the ETag of what was read."""

    status = 428
    code = "precondition_required"
    title = Text("If-Match is required", "Cần có If-Match")


class CursorGone(Problem):
    """The cursor is from before the database was restored, or of another one: start again."""

    status = 410
    code = "cursor_gone"
    title = Text(
        "The cursor is from before the registry was restored; start with a new snapshot",
        "Con trỏ có từ trước khi hệ thống được phục hồi; hãy bắt đầu lại từ bản chụp mới",
    )


class PreconditionFailed(Problem):
    """The thing was changed since it was read: read it again."""

    status = 412
    code = "precondition_failed"
    title = Text(
        "The thing was changed since it was read", "Bản ghi đã thay đổi kể từ lần đọc trước"
    )


class Unprocessable(Problem):
    """The request is understood but wrong; `errors` tells every reason."""

    status = 422
    code = "unprocessable"
    title = Text("The request is not valid", "Yêu cầu không hợp lệ")


class Conflict(Problem):
    """The request is valid but contradicts what is already recorded."""

    status = 409
    code = "conflict"
    title = Text("This contradicts what is recorded", "Yêu cầu mâu thuẫn với dữ liệu đã ghi nhận")


class IdTaken(Conflict):
    """A thing with this id exists, and it is not what was sent."""

    code = "id_taken"
    title = Text("Another thing has this id", "Mã định danh này đã được dùng")


class AlreadyExists(Conflict):
    """The same thing is recorded already."""

    code = "already_exists"
    title = Text("This is recorded already", "Dữ liệu này đã được ghi nhận")


class TooManyRequests(Problem):
    """More requests than allowed in the time; `Retry-After` tells how long to wait."""

    status = 429
    code = "too_many_requests"
    title = Text("Too many requests", "Quá nhiều yêu cầu")


class InternalError(Problem):
    """A fault of the server. It is logged under `request_id`."""

    status = 500
    code = "internal_error"
    title = Text("The server failed", "Máy chủ gặp lỗi")


class DatabaseUnavailable(Problem):
    """The database does not answer at this moment."""

    status = 503
    code = "database_unavailable"
    title = Text("The database is not available", "Cơ sở dữ liệu tạm thời không sẵn sàng")

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "2"})


def known_problems() -> dict[str, type[Problem]]:
    """Every kind of problem by its code."""

    def below(kind: type[Problem]) -> Iterator[type[Problem]]:
        for subclass in kind.__subclasses__():
            yield subclass
            yield from below(subclass)

    return {kind.code: kind for kind in below(Problem)}


def prefers_vietnamese(accept_language: str | None) -> bool:
    """Whether `vi` is wanted more than `en` (RFC 9110 section 12.5.4); English by default."""
    if not accept_language:
        return False
    wanted = {"vi": 0.0, "en": 0.0}
    for tag, weight in weights(accept_language).items():
        language = tag.split("-")[0]
        if language in wanted:
            wanted[language] = max(weight, wanted[language])
    return wanted["vi"] > wanted["en"]
