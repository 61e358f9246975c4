"""What a parameter's value may be: the getters of config.md §2, one per type.

A kind reads what a property list (or the JSON of a profile) holds and gives a Python value. Getters are as lenient as
the original's: `YES`, `1`, `true` and `y` are true, `on` is false, and an integer is whatever number the text starts
with. What cannot be read at all raises WrongType; then the value counts as unset and the next level is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from sogo.secret import Secret

T = TypeVar("T")

_TRUE = re.compile(r"[\t\n\v\f\r ]*[+-]?0*[YyTt1-9]")
_INTEGER = re.compile(r"[\t\n\v\f\r ]*([+-]?[0-9]{1,18})")
_NUMBER = re.compile(r"[\t\n\v\f\r ]*([+-]?(?:[0-9]{1,100}\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2}(?![0-9]))?)")
_INT_MAX = 2**31 - 1

EMPTY: Mapping[str, Any] = MappingProxyType({})


class WrongType(ValueError):
    """The value is not of the kind. Its text says what was expected; the value itself is never quoted."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """`label` is how the manual calls it, `read` gives the value or raises WrongType. `secret` values are not shown.
    `choices`, when given, are the values that make sense; others are kept and warned about."""

    label: str
    read: Callable[[object], T]
    secret: bool = False
    choices: tuple[str, ...] = ()


def boolean() -> Kind[bool]:
    return Kind("boolean", _boolean)


def integer(*, minimum: int | None = None, maximum: int | None = None, zero: int | None = None) -> Kind[int]:
    """Numbers outside of the bounds are moved to them; `zero` is what 0 stands for."""

    def read(value: object) -> int:
        number = _integer(value)
        if zero is not None and number == 0:
            return zero
        if minimum is not None:
            number = max(number, minimum)
        return number if maximum is None else min(number, maximum)

    return Kind("integer", read)


def number(*, minimum: float | None = None) -> Kind[float]:
    def read(value: object) -> float:
        found = _number(value)
        return found if minimum is None else max(found, minimum)

    return Kind("number", read)


def string() -> Kind[str]:
    return Kind("string", _string)


def choice(*choices: str) -> Kind[str]:
    return Kind("string", _string, choices=choices)


def secret() -> Kind[Secret]:
    return Kind("string", lambda value: Secret(_string(value)), secret=True)


def database_url() -> Kind[Secret]:
    """`scheme://user:password@host:port/database/table`: a secret, because of its password."""
    return Kind("URL", lambda value: Secret(_string(value)), secret=True)


def strings() -> Kind[tuple[str, ...]]:
    return Kind("array of strings", _strings)


def strings_or_text(separators: str) -> Kind[tuple[str, ...]]:
    """An array, or one text that is cut at any of the separators: the few keys where the original takes both."""

    def read(value: object) -> tuple[str, ...]:
        if isinstance(value, str):
            return tuple(part for part in re.split(f"[{separators}]+", value.strip()) if part)
        return _strings(value)

    return Kind("array of strings", read)


def integers() -> Kind[tuple[int, ...]]:
    return Kind("array of integers", lambda value: tuple(_integer(item) for item in _array(value)))


def optional_strings() -> Kind[tuple[str, ...] | None]:
    """For the keys where no array and an empty array differ."""
    return Kind("array of strings", _strings)


def string_groups() -> Kind[tuple[tuple[str, ...], ...]]:
    return Kind("array of arrays", lambda value: tuple(_strings(item) for item in _array(value)))


def dictionaries() -> Kind[tuple[Mapping[str, object], ...]]:
    """What is no dictionary in the array is left out, so that one slip does not cost the others."""

    def read(value: object) -> tuple[Mapping[str, object], ...]:
        return tuple(_dictionary(item) for item in _array(value) if isinstance(item, Mapping))

    return Kind("array of dictionaries", read)


def dictionary() -> Kind[Mapping[str, object]]:
    """A dictionary read further where it is used."""
    return Kind("dictionary", _dictionary)


def string_map() -> Kind[Mapping[str, str]]:
    return _map_of(_string, "dictionary of strings")


def strings_map() -> Kind[Mapping[str, tuple[str, ...]]]:
    return _map_of(_strings, "dictionary of arrays")


def string_maps() -> Kind[Mapping[str, Mapping[str, str]]]:
    return _map_of(string_map().read, "dictionary of dictionaries")


def string_map_list() -> Kind[tuple[Mapping[str, str], ...]]:
    return Kind("array of dictionaries", lambda value: tuple(string_map().read(item) for item in _array(value)))


def _map_of(read: Callable[[object], T], label: str) -> Kind[Mapping[str, T]]:
    def read_all(value: object) -> Mapping[str, T]:
        return MappingProxyType({key: read(item) for key, item in _dictionary(value).items()})

    return Kind(label, read_all)


def _boolean(value: object) -> bool:
    if isinstance(value, str):
        return _TRUE.match(value) is not None
    if isinstance(value, int | float):
        return value != 0
    raise WrongType("must be YES or NO")


def _integer(value: object) -> int:
    if isinstance(value, str):
        match = _INTEGER.match(value)
        found = int(match.group(1)) if match else 0
    elif isinstance(value, int | float) and abs(value) < 2**62:
        found = int(value)
    else:
        raise WrongType("must be a number")
    return min(max(found, -_INT_MAX - 1), _INT_MAX)


def _number(value: object) -> float:
    if isinstance(value, str):
        match = _NUMBER.match(value)
        return float(match.group(1)) if match else 0.0
    if isinstance(value, int | float) and abs(value) < 2**62:
        return float(value)
    raise WrongType("must be a number")


def _string(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        raise WrongType("must be a string, not a typed number")
    raise WrongType("must be a string")


def _array(value: object) -> list[object] | tuple[object, ...]:
    if isinstance(value, list | tuple):
        return value
    raise WrongType("must be an array: ( … )")


def _strings(value: object) -> tuple[str, ...]:
    items = _array(value)
    if all(isinstance(item, str) for item in items):
        return tuple(item for item in items if isinstance(item, str))
    raise WrongType("must be an array of strings: ( one, two )")


def _dictionary(value: object) -> Mapping[str, object]:
    if isinstance(value, Mapping):
        return MappingProxyType({str(key): item for key, item in value.items()})
    raise WrongType("must be a dictionary: { key = value; }")
