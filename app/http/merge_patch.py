"""JSON Merge Patch (RFC 7396) onto what is stored, checked by the schema of a new thing."""

from functools import cache
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Generic,
    TypeVar,
    cast,
    get_args,
    get_origin,
)
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    create_model,
    model_serializer,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from app.http.faults import faults_of, pointer
from app.http.json_encoding import Json
from app.http.partial_dates import PrecisionOf
from app.http.problems import Fault, Text, Unprocessable

Whole = TypeVar("Whole", bound=BaseModel)
Path = tuple[str | int, ...]


class _Patch(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    whole: ClassVar[type[BaseModel]]
    _sent: Json = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _keep_what_was_sent(cls, value: Any, validate: Any) -> Any:
        if not isinstance(value, dict):
            raise PydanticCustomError("model_type", "is no object")
        patch = validate(value)
        patch._sent = value  # noqa: SLF001
        return patch

    @model_serializer
    def _as_sent(self) -> Json:
        """What was sent: a member that is null removes a fact, one that is missing keeps it."""
        return self._sent

    def onto(self, stored: Json, *, at: tuple[str, ...] = ()) -> Any:
        """What is stored, as a client would send it, with the patch applied; 422 if it is invalid.

        Elements of an array that have the `id` of a stored one change it (422 `unknown_element`
        if there is none), those without are new, and stored ones that are not named are left out.
        `at` is where the patch stands in the body.
        """
        merge = _Merge()
        merged = merge.object(stored, self._sent, at)
        faults = [
            Fault(("pointer", pointer((*path, "id"))), "unknown_element", _UNKNOWN)
            for path in merge.unknown
        ]
        whole = None
        try:
            whole = self.whole.model_validate(merged)
        except ValidationError as error:
            errors = [
                {**each, "loc": ("body", *at, *each["loc"])}
                for each in error.errors()
                if not merge.in_unknown((*at, *each["loc"]))
            ]
            faults += faults_of(errors, frozenset())
        if faults:
            raise Unprocessable(faults=faults)
        return whole


if TYPE_CHECKING:

    class Patch(_Patch, Generic[Whole]):
        """`Patch[X]`: the schema X with every member optional."""

        def onto(self, stored: Json, *, at: tuple[str, ...] = ()) -> Whole: ...

else:

    class Patch:
        """`Patch[X]`: the schema X with every member optional."""

        def __class_getitem__(cls, whole: type[BaseModel]) -> type[BaseModel]:
            return _patch_of(whole)


@cache
def _patch_of(whole: type[BaseModel], *, element: bool = False) -> type[BaseModel]:
    members: dict[str, Any] = {
        name: (
            _partial(field),
            # A factory, since a plain default would show in the schema as a null that is allowed.
            Field(default_factory=lambda: None, description=field.description),
        )
        for name, field in whole.model_fields.items()
        if element or name != "id"
    }
    patch = create_model(
        whole.__name__.removesuffix("New") + ("ElementPatch" if element else "Patch"),
        __base__=_Patch,
        __doc__="What to change; null removes a fact, what is not named stays.",
        **members,
    )
    cast("Any", patch).whole = whole
    return patch


def _partial(field: FieldInfo) -> Any:
    """The type of a member in a patch.

    Elements of an array that have ids may be given in part, and null empties an array that may be
    empty. Whether a precision agrees with its date shows only in the whole.
    """
    annotation: Any = field.annotation
    constraints = [each for each in field.metadata if not isinstance(each, PrecisionOf)]
    is_array = get_origin(annotation) is list
    if is_array:
        element = get_args(annotation)[0]
        has_ids = isinstance(element, type) and issubclass(element, BaseModel)
        if has_ids and "id" in element.model_fields:
            annotation = list[_patch_of(element, element=True)]  # type: ignore[misc]
    if constraints:
        annotation = Annotated[(annotation, *constraints)]
    return annotation | None if is_array and not field.is_required() else annotation


class _Merge:
    """Applies a patch, and collects where it names elements that are not there."""

    def __init__(self) -> None:
        self.unknown: list[Path] = []

    def in_unknown(self, path: Path) -> bool:
        """Whether a place lies in an element that is not there."""
        return any(path[: len(each)] == each for each in self.unknown)

    def object(self, stored: Any, change: Json, at: Path) -> Json:
        result = dict(stored) if isinstance(stored, dict) else {}
        for name, value in change.items():
            if value is None:
                result.pop(name, None)
            elif isinstance(value, dict):
                result[name] = self.object(result.get(name), value, (*at, name))
            elif isinstance(value, list):
                result[name] = self._array(result.get(name), value, (*at, name))
            else:
                result[name] = value
        return result

    def _array(self, stored: Any, change: list[Any], at: Path) -> list[Any]:
        known = {
            UUID(each["id"]): each
            for each in stored or ()
            if isinstance(each, dict) and "id" in each
        }
        result: list[Any] = []
        for index, each in enumerate(change):
            here = (*at, index)
            if not isinstance(each, dict):
                result.append(each)
                continue
            element = None
            if each.get("id") is not None:
                element = known.get(UUID(each["id"]))
                if element is None:
                    self.unknown.append(here)
            result.append(self.object(element, each, here))
        return result


_UNKNOWN = Text("names no element of this thing", "không phải phần tử nào của đối tượng này")
