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

from app.http.faults import faults_of
from app.http.problems import Unprocessable

Whole = TypeVar("Whole", bound=BaseModel)


class _Patch(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    whole: ClassVar[type[BaseModel]]
    _sent: dict[str, Any] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _keep_what_was_sent(cls, value: Any, validate: Any) -> Any:
        patch = validate(value)
        patch._sent = value  # noqa: SLF001
        return patch

    @model_serializer
    def _as_sent(self) -> dict[str, Any]:
        """What was sent: a member that is null removes a fact, one that is missing keeps it."""
        return self._sent

    def onto(self, stored: dict[str, Any], *, at: tuple[str, ...] = ()) -> Any:
        """What is stored with the patch applied; 422 if that is no valid whole.

        Elements of an array that have the `id` of a stored one change it, others are new, and
        stored ones that are not named are left out. `at` is where the patch stands in the body.
        """
        members = self.whole.model_fields.keys() - {"id"}
        writable = {name: value for name, value in stored.items() if name in members}
        try:
            return self.whole.model_validate(_merged(writable, self._sent))
        except ValidationError as error:
            errors = [{**each, "loc": ("body", *at, *each["loc"])} for each in error.errors()]
            raise Unprocessable(faults=faults_of(errors, frozenset())) from None


if TYPE_CHECKING:

    class Patch(_Patch, Generic[Whole]):
        """`Patch[X]`: the schema X with every member optional."""

        def onto(self, stored: dict[str, Any], *, at: tuple[str, ...] = ()) -> Whole: ...

else:

    class Patch:
        """`Patch[X]`: the schema X with every member optional."""

        def __class_getitem__(cls, whole: type[BaseModel]) -> type[BaseModel]:
            return _patch_of(whole)


@cache
def _patch_of(whole: type[BaseModel], *, element: bool = False) -> type[BaseModel]:
    members: dict[str, Any] = {
        name: (
            Annotated[(_partial(field.annotation), *field.metadata)]
            if field.metadata
            else _partial(field.annotation),
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


def _partial(annotation: Any) -> Any:
    """Let elements of an array that have ids be given in part."""
    if get_origin(annotation) is list:
        element = get_args(annotation)[0]
        has_ids = isinstance(element, type) and issubclass(element, BaseModel)
        if has_ids and "id" in element.model_fields:
            return list[_patch_of(element, element=True)]  # type: ignore[misc]
    return annotation


def _merged(stored: Any, change: Any) -> Any:
    if isinstance(change, dict):
        result = dict(stored) if isinstance(stored, dict) else {}
        for name, value in change.items():
            if value is None:
                result.pop(name, None)
            else:
                result[name] = _merged(result.get(name), value)
        return result
    if isinstance(change, list) and isinstance(stored, list):
        known = {each["id"]: each for each in stored if isinstance(each, dict) and "id" in each}
        return [
            _merged(known.get(str(each.get("id"))), each) if isinstance(each, dict) else each
            for each in change
        ]
    return change
