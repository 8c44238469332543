"""What pydantic finds wrong, told as faults with stable codes in both languages."""

from collections.abc import Sequence
from typing import Any

from app.http.problems import Fault, Text

# pydantic's error type, by its beginning -> (code, sentence); `{…}` are the error's own values
_KINDS: tuple[tuple[str, str, Text], ...] = (
    ("missing", "missing", Text("is required", "là bắt buộc")),
    ("malformed_json", "malformed_json", Text("is not readable JSON: {reason}",
                                              "không phải JSON đọc được: {reason}")),
    ("string_too_long", "too_long", Text("has more than {max_length} characters",
                                         "dài hơn {max_length} ký tự")),
    ("string_too_short", "too_short", Text("must not be empty", "không được để trống")),
    ("string_pattern", "invalid_format", Text("does not match {pattern}",
                                              "không khớp mẫu {pattern}")),
    ("string_unicode", "invalid_text", Text("holds characters that are no text",
                                            "chứa ký tự không phải văn bản")),
    ("no_text", "invalid_text", Text("holds characters that are no text",
                                     "chứa ký tự không phải văn bản")),
    ("string", "not_a_string", Text("must be a string", "phải là chuỗi ký tự")),
    ("uuid", "invalid_id", Text("must be a UUID", "phải là UUID")),
    ("partial_date", "invalid_date", Text(
        "must be a date as 2023, 2023-10, 2023-10-27 or --06-05",
        "phải là ngày dạng 2023, 2023-10, 2023-10-27 hoặc --06-05")),
    ("date", "invalid_date", Text("must be a date as 2023-10-27", "phải là ngày dạng 2023-10-27")),
    ("enum", "not_in_vocabulary", Text("must be one of {expected}",
                                       "phải là một trong {expected}")),
    ("literal", "not_in_vocabulary", Text("must be one of {expected}",
                                          "phải là một trong {expected}")),
    ("greater_than_equal", "out_of_range", Text("must be at least {ge}", "phải từ {ge} trở lên")),
    ("greater_than", "out_of_range", Text("must be more than {gt}", "phải lớn hơn {gt}")),
    ("less_than_equal", "out_of_range", Text("must be at most {le}", "phải từ {le} trở xuống")),
    ("less_than", "out_of_range", Text("must be less than {lt}", "phải nhỏ hơn {lt}")),
    ("int", "not_a_number", Text("must be a whole number", "phải là số nguyên")),
    ("decimal_max_digits", "too_precise", Text("has more than {max_digits} digits",
                                               "có hơn {max_digits} chữ số")),
    ("decimal_max_places", "too_precise", Text("has more than {decimal_places} decimals",
                                               "có hơn {decimal_places} chữ số thập phân")),
    ("decimal", "not_a_number", Text("must be a finite number of sensible size",
                                     "phải là số hữu hạn có độ lớn hợp lý")),
    ("float", "not_a_number", Text("must be a number", "phải là số")),
    ("bool", "not_a_boolean", Text("must be true or false", "phải là true hoặc false")),
    ("too_long", "too_many", Text("has more than {max_length} elements",
                                  "có hơn {max_length} phần tử")),
    ("too_short", "too_few", Text("has fewer than {min_length} elements",
                                  "có ít hơn {min_length} phần tử")),
    ("list", "not_an_array", Text("must be an array", "phải là mảng")),
    ("tuple", "not_an_array", Text("must be an array", "phải là mảng")),
    ("dict", "not_an_object", Text("must be an object", "phải là đối tượng")),
    ("model", "not_an_object", Text("must be an object", "phải là đối tượng")),
    ("url", "invalid_url", Text("must be an http or https address",
                                "phải là địa chỉ http hoặc https")),
)  # fmt: skip
_UNKNOWN_PARAMETER = Text("is no parameter of this address", "không phải tham số của địa chỉ này")
_UNKNOWN_MEMBER = Text("is no member of this thing", "không phải thành phần của đối tượng này")
_READ_ONLY = Text("is read-only", "chỉ được đọc")


def faults_of(errors: Sequence[Any], read_only: frozenset[str]) -> list[Fault]:
    """Translate pydantic's errors; `read_only` are the members an answer has beyond a request."""
    return [_fault(error, read_only) for error in errors]


def _fault(error: dict[str, Any], read_only: frozenset[str]) -> Fault:
    part, *path = error["loc"]
    in_body = part == "body"
    where = ("pointer", pointer(path)) if in_body else ("parameter", ".".join(map(str, path)))
    kind = error["type"]
    context = error.get("ctx") or {}
    if kind == "extra_forbidden":
        if not in_body:
            return Fault(where, "unknown_parameter", _UNKNOWN_PARAMETER)
        if path[-1] in read_only:
            return Fault(where, "read_only", _READ_ONLY)
        return Fault(where, "unknown_member", _UNKNOWN_MEMBER)
    if isinstance(context.get("vi"), str):  # an error raised by a schema of ours
        return Fault(where, kind, Text(context["en"], context["vi"]))
    for beginning, code, text in _KINDS:
        if kind.startswith(beginning):
            return Fault(where, code, Text(*(sentence.format(**context) for sentence in text)))
    return Fault(where, "invalid", Text("is not valid", "không hợp lệ"))


def pointer(path: Sequence[object]) -> str:
    """An RFC 6901 pointer as a URI fragment."""
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return "".join(("#", *(f"/{part}" for part in escaped)))
