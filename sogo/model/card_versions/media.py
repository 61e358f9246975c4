"""PHOTO, LOGO, SOUND and KEY: base64 with ENCODING=b and a TYPE in vCard 3 (RFC 2426 §2.4.1), a URI, perhaps a data:
URI, in vCard 4 (RFC 6350 §6.2.4)."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes

from sogo.codec.contentline import Line
from sogo.model.card_versions.lines import remade, types, value_type, with_types, without

NAMES = frozenset({"PHOTO", "LOGO", "SOUND", "KEY"})
_MAIN_TYPE = {"PHOTO": "image", "LOGO": "image", "SOUND": "audio", "KEY": "application"}
_KEYS = {"X509": "application/pkix-cert", "PGP": "application/pgp-keys"}
_KEY_TYPES = {mediatype: name for name, mediatype in _KEYS.items()}
_PLACES = frozenset({"home", "work", "pref"})
"""TYPE values that say where, not what."""
_UNKNOWN = "application/octet-stream"
_MAGIC = (("/9j/", "image/jpeg"), ("iVBORw", "image/png"), ("R0lGOD", "image/gif"), ("UklGR", "image/webp"))
_DATA = re.compile(r"data:([^,;]*)((?:;[^,;]*)*),(.*)", re.IGNORECASE | re.DOTALL)
_URI = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE | re.ASCII)
_BLANKS = re.compile(r"[ \t\r\n]+")
_MEDIATYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+", re.ASCII)


def to_uri(line: Line) -> Line:
    """As vCard 4 has it. Text, such as a key written out, stays text."""
    encoded = (line.param("ENCODING") or "").upper() in ("B", "BASE64")
    kinds = [name for name in types(line) if name.lower() not in _PLACES]
    places = [name for name in types(line) if name.lower() in _PLACES]
    plain = without(with_types(line, places), "ENCODING", "VALUE")
    if encoded:
        data = _BLANKS.sub("", line.value)
        return remade(plain, value=f"data:{_mediatype(line.name, kinds) or _guessed(data)};base64,{data}")
    if value_type(line) in ("uri", "url") or (not value_type(line) and _URI.match(line.value)):
        mediatype = _mediatype(line.name, kinds)
        more = () if mediatype is None else (("MEDIATYPE", (mediatype,)),)
        return remade(plain, params=(*plain.params, *more), value=line.value.replace("\\,", ",").replace("\\;", ";"))
    return line if value_type(line) == "text" else remade(line, params=(*line.params, ("VALUE", ("text",))))


def _mediatype(name: str, kinds: list[str]) -> str | None:
    """What a TYPE of vCard 3 means; some programs write the media type itself there."""
    if not kinds:
        return None
    kind = kinds[0].strip().lower()
    if name == "KEY" and kind.upper() in _KEYS:
        return _KEYS[kind.upper()]
    made = kind if "/" in kind else f"{_MAIN_TYPE[name]}/{kind}"
    return made if _MEDIATYPE.fullmatch(made) else None


def _guessed(data: str) -> str:
    return next((mediatype for start, mediatype in _MAGIC if data.startswith(start)), _UNKNOWN)


def to_binary(line: Line) -> Line:
    """As vCard 3 has it: data inside the card, else a URI that says so."""
    if value_type(line) == "text":
        return line
    match = _DATA.fullmatch(line.value.strip())
    if match is not None and (data := _base64(match[2], match[3])) is not None:
        kept = _plain(line, _type_of(line.name, match[1].lower()))
        return remade(kept, value=data, params=(("ENCODING", ("b",)), *kept.params))
    mediatype = (line.param("MEDIATYPE") or "").strip().lower()
    kept = _plain(line, _type_of(line.name, mediatype))
    return remade(kept, params=(("VALUE", ("uri",)), *kept.params))


def _plain(line: Line, kind: str) -> Line:
    kept = without(line, "VALUE", "MEDIATYPE", "ENCODING")
    return with_types(kept, [kind, *types(line)]) if kind else kept


def _type_of(name: str, mediatype: str) -> str:
    """The TYPE of vCard 3 for a media type: the subtype where the property says the rest."""
    if not mediatype or mediatype == _UNKNOWN:
        return ""
    if name == "KEY" and mediatype in _KEY_TYPES:
        return _KEY_TYPES[mediatype]
    main, _, sub = mediatype.partition("/")
    return sub.upper() if main == _MAIN_TYPE[name] and sub else mediatype


def _base64(params: str, data: str) -> str | None:
    """The data of a data: URI as base64; None when it cannot be told."""
    data = data.replace("\\,", ",").replace("\\;", ";")
    try:
        if "base64" in params.lower().split(";"):
            return _BLANKS.sub("", unquote_to_bytes(data).decode("ascii"))
        return base64.b64encode(unquote_to_bytes(data)).decode("ascii")
    except (UnicodeError, binascii.Error):
        return None
