"""The two documents of a user as texts: parsed once for each text, since every request begins with them.

What was parsed is shared by all requests that read the same text. So it cannot be changed: `editable` copies it.
"""

from __future__ import annotations

import copy
import hashlib
import json
from functools import lru_cache
from typing import Any, NoReturn

from sogo.codec import plist
from sogo.errors import CodecError, InvalidData

REMEMBERED_TEXTS = 1024
REMEMBERED_CHARS = 32 * 1024
"""Longer texts are parsed each time: so what is remembered is bounded."""


def _refuse(*_: object, **__: object) -> NoReturn:
    raise TypeError("a document that was read is shared; only ProfileStore.update may change one")


class ReadOnlyDict(dict[str, Any]):
    """A JSON object that several readers share. A deep copy is an ordinary dict. `mark` is a digest of the text that a
    whole document was read from: documents of one mark are equal."""

    __slots__ = ("mark",)
    mark: bytes
    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return {name: copy.deepcopy(value, memo) for name, value in self.items()}


class ReadOnlyList(list[Any]):
    """A JSON array that several readers share. A deep copy is an ordinary list."""

    __slots__ = ()
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def __deepcopy__(self, memo: dict[int, Any]) -> list[Any]:
        return [copy.deepcopy(value, memo) for value in self]


def read_document(text: str | None) -> ReadOnlyDict:
    """The object in a profile column, not to be changed. Raises CodecError."""
    if text is None or not text.strip():
        return _EMPTY
    return _remembered(text) if len(text) <= REMEMBERED_CHARS else _parsed(text)


def editable(document: dict[str, Any]) -> dict[str, Any]:
    """A copy to be changed."""
    return copy.deepcopy(document)


def render_document(document: dict[str, Any]) -> str:
    """JSON as the original reads it: no ASCII escapes, no lone surrogates, no NaN."""
    try:
        text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidData("These preferences cannot be stored.", rule="json-value", why=str(error)) from error
    return text.encode("utf-8", "replace").decode("utf-8")


def _parsed(text: str) -> ReadOnlyDict:
    """JSON, or the property list of very old rows."""
    value = _parse_json(text)
    if value is None:
        value = _parse_json(text.replace("\\\\", "\\"))
    if value is None:
        value = _sealed(plist.parse(text))
    if not isinstance(value, ReadOnlyDict):
        raise CodecError("This is no object.", excerpt=text[:40])
    value.mark = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return value


_remembered = lru_cache(maxsize=REMEMBERED_TEXTS)(_parsed)
_EMPTY = ReadOnlyDict()
_EMPTY.mark = b""


def _parse_json(text: str) -> Any:
    try:
        return _sealed(json.loads(text, strict=False))
    except (ValueError, RecursionError):
        return None


def _sealed(value: Any) -> Any:
    """A value read from JSON or a property list, with everything in it read-only."""
    if isinstance(value, dict):
        return ReadOnlyDict({name: _sealed(inner) for name, inner in value.items()})
    if isinstance(value, list):
        return ReadOnlyList([_sealed(inner) for inner in value])
    return value
