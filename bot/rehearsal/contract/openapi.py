"""Holds what travels against Discord's own description of its HTTP interface (OpenAPI 3.1)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from bot.domain.errors import InputError
from bot.rehearsal.contract.deviations import known
from bot.rehearsal.world.messages import Json

URN = "urn:discord"
# What a rule says is told as far as it is short and cannot be anybody's words.
TELLING = {"type", "enum", "const", "maxLength", "minLength", "maxItems", "minItems", "maximum"}
TELLING |= {"minimum", "pattern", "format", "uniqueItems", "maxProperties"}

_REMEDY = "give Discord's openapi.json"


class OpenApi:
    """Tells, in sentences without anybody's words, where a payload is not as described.

    Schemas are compiled when they are first needed. What is not described passes.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._document: Json = json.loads(path.read_text(encoding="utf-8"))
            self._paths: Json = self._document["paths"]
            self._schemas: Json = self._document["components"]["schemas"]
        except FileNotFoundError:
            raise InputError("there is no such file", _REMEDY, source=path) from None
        except OSError as error:
            problem = f"this cannot be read ({error.strerror})"
            raise InputError(problem, _REMEDY, source=path) from None
        except (ValueError, KeyError, TypeError) as error:
            raise InputError("no OpenAPI description is in it", _REMEDY, source=path) from error
        resource = DRAFT202012.create_resource(self._document)
        self._registry: Registry[Any] = Registry().with_resource(URN, resource)
        self._compiled: dict[str, Draft202012Validator] = {}

    def request(self, method: str, route: str, content: Any) -> list[str]:
        """Return what is wrong with the body of a request ("/channels/{channel_id}/...")."""
        described = self._operation(method, route).get("requestBody")
        if described is None or "application/json" not in described["content"]:
            return []
        where = f"{method} {route} request"
        if content is None:
            return [f"{where}: there is no body"] if described.get("required") else []
        pointer = self._pointer(method, route, "requestBody", "content", "application/json")
        return self._check(pointer, content, where)

    def query(self, method: str, route: str, query: dict[str, str]) -> list[str]:
        """Return what is wrong with the query of a request."""
        operation = self._operation(method, route)
        wrong: list[str] = []
        for at, parameter in enumerate(operation.get("parameters", ())):
            name = parameter.get("name")
            if parameter.get("in") != "query" or name not in query:
                continue
            value = _typed(query[name], parameter["schema"].get("type"))
            pointer = self._pointer(method, route, "parameters", str(at))
            wrong += self._check(pointer, value, f"{method} {route} query {name}")
        return wrong

    def response(self, method: str, route: str, status: int, body: Any) -> list[str]:
        """Return what is wrong with an answer; `body` is bytes of JSON, or empty."""
        operation = self._operation(method, route)
        if not operation or status >= 500:
            return []
        where = f"{method} {route} response {status}"
        responses: Json = operation["responses"]
        key = str(status) if str(status) in responses else f"{status // 100}XX"
        if key not in responses:
            return [f"{where}: there is no such answer"]
        described = responses[key]
        if "$ref" in described:
            pointer = described["$ref"] + "/content/application~1json/schema"
        elif "content" not in described:
            return [f"{where}: the body should be empty"] if body else []
        else:
            pointer = self._pointer(method, route, "responses", key, "content", "application/json")
        if not isinstance(body, bytes | bytearray):
            return [f"{where}: there is no body"]
        return self._check(pointer, json.loads(body), where)

    def object(self, schema: str, payload: Any, where: str) -> list[str]:
        """Return what is wrong with an object, as one of the named schema."""
        if schema not in self._schemas:
            raise InputError(f"no schema {schema!r} in the description", "name one of it")
        return self._check(f"#/components/schemas/{schema}", payload, where)

    def _operation(self, method: str, route: str) -> Json:
        operation: Json = self._paths.get(route, {}).get(method.lower(), {})
        return operation

    def _pointer(self, method: str, route: str, *steps: str) -> str:
        parts = ["paths", route, method.lower(), *steps, "schema"]
        return "#/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in parts)

    def _check(self, pointer: str, payload: Any, where: str) -> list[str]:
        validator = self._compiled.get(pointer)
        if validator is None:
            schema = {"$ref": URN + pointer}
            validator = Draft202012Validator(schema, registry=self._registry)
            self._compiled[pointer] = validator
        errors = validator.iter_errors(payload)
        sentences = [_sentence(where, leaf) for error in errors for leaf in _leaves(error)]
        return [sentence for sentence in sentences if not known(sentence)]


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """Yield what is wrong in the alternative that was meant: the one of the payload's type."""
    if not error.context:
        yield error
        return
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context:
        branches.setdefault(inner.relative_schema_path[0], []).append(inner)
    meant = min(branches.values(), key=lambda branch: (sum(map(_other, branch)), len(branch)))
    for inner in meant:
        yield from _leaves(inner)


def _other(error: ValidationError) -> bool:
    """Tell whether an error shows that another alternative was meant."""
    path = list(error.relative_path)
    return not path or (path[-1] == "type" and error.validator in {"enum", "const", "allOf"})


def _sentence(where: str, error: ValidationError) -> str:
    """Return what is wrong, without the value that is: it may be what somebody said."""
    rule = str(error.validator)
    if rule == "required":
        # This message names the absent key alone.
        return f"{where}: {error.json_path}: {error.message}"
    told = f" {error.validator_value}" if rule in TELLING else ""
    return f"{where}: {error.json_path}: against {rule}{told}"[:300]


def _typed(text: str, kind: Any) -> Any:
    """Return a query's text as the number or truth value that it stands for."""
    if kind == "integer" and text.lstrip("-").isdecimal():
        return int(text)
    if kind == "boolean" and text.lower() in {"0", "1", "true", "false"}:
        return text.lower() in {"1", "true"}
    return text
