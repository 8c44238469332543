"""`@fast_get`: a GET without what takes FastAPI longer than most queries take."""

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any, TypeVar, get_type_hints

from fastapi import APIRouter
from fastapi._compat import ModelField, field_annotation_is_sequence
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from app.http.routing import Handler, Route, query_names, refusal_of_unknown, sent_as

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def fast_get(router: APIRouter, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
    """Declare a GET whose arguments are its path, its query and the request, as `router.get` does.

    The endpoint is an `async def` that returns a ready Response. TypeError when the route is made
    if it is anything else: then `@router.get` serves it, with all that FastAPI can do.
    """

    def declare(endpoint: Endpoint) -> Endpoint:
        router.add_api_route(
            path, endpoint, methods=["GET"], route_class_override=FastRead, **options
        )
        return endpoint

    return declare


class FastRead(Route):
    """A GET that calls its endpoint itself."""

    def get_route_handler(self) -> Handler:
        reason = _unserved(self.endpoint, self.dependant)
        if reason is not None:
            raise TypeError(
                f"{self.endpoint.__name__} cannot be a @fast_get: it {reason}."
                " Declare it with @router.get."
            )
        endpoint, path_params = self.endpoint, self.dependant.path_params
        query_params, request_name = _Query(self.dependant), self.dependant.request_param_name

        async def read(request: Request) -> Response:
            arguments, errors = request_params_to_args(path_params, request.path_params)
            query, wrong = query_params.to_args(request.query_params)
            if errors or wrong:
                raise RequestValidationError([*errors, *wrong])
            if request_name is not None:
                arguments[request_name] = request
            return await endpoint(**arguments, **query)  # type: ignore[no-any-return]

        return read


def _unserved(endpoint: Callable[..., Any], dependant: Dependant) -> str | None:
    """Why only FastAPI can serve an endpoint; None if the fast path can."""
    returned = get_type_hints(endpoint).get("return")
    if not iscoroutinefunction(endpoint):
        return "is no `async def`"
    if not (isinstance(returned, type) and issubclass(returned, Response)):
        return "does not return a Response"
    taken = {
        "dependencies": dependant.dependencies,
        "headers": dependant.header_params,
        "cookies": dependant.cookie_params,
        "a body": dependant.body_params,
        "background tasks": dependant.background_tasks_param_name,
        "the response to come": dependant.response_param_name,
        "an HTTPConnection": dependant.http_connection_param_name,
    }
    return next((f"takes {what}" for what, given in taken.items() if given), None)


class _Query:
    """The query of an endpoint, read as FastAPI reads it, but faster where it is one model.

    FastAPI looks for each member of a model in the query: 200 µs for the 35 of a list. Here
    pydantic gets those that were sent.
    """

    def __init__(self, dependant: Dependant) -> None:
        self._known = query_names(dependant)
        self._strict = refusal_of_unknown(self._known or frozenset()).query_params
        self._fields = dependant.query_params
        self._model: ModelField | None = None
        self._singles: frozenset[str] = frozenset()
        self._lists: frozenset[str] = frozenset()
        if len(self._fields) != 1:
            return
        model = self._fields[0].field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            self._model = self._fields[0]
            members = {sent_as(each, name): each for name, each in model.model_fields.items()}
            self._lists = frozenset(
                name
                for name, each in members.items()
                if field_annotation_is_sequence(each.annotation)
            )
            self._singles = frozenset(members) - self._lists

    def to_args(self, sent: QueryParams) -> tuple[dict[str, Any], list[Any]]:
        """The endpoint's arguments, and what is wrong with them."""
        if self._model is None:
            arguments, errors = request_params_to_args(self._fields, sent)
        else:
            values = {name: self._value(name, sent) for name in sent}
            argument, errors = self._model.validate(values, {}, loc=("query",))
            arguments = {self._model.name: argument}
        if self._known is not None and not self._known.issuperset(sent):
            errors += request_params_to_args(self._strict, sent)[1]
        return arguments, errors

    def _value(self, name: str, sent: QueryParams) -> str | list[str]:
        if name in self._singles:
            return sent[name]
        values = sent.getlist(name)
        return values if name in self._lists or len(values) > 1 else values[0]
