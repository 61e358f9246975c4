"""Logins as parts of names: what stands before a folder's own name in the homes of subscribers (store.md §5)."""

from __future__ import annotations

_ESCAPES = {
    "_": "_U_", ".": "_D_", "#": "_H_", "@": "_A_", "*": "_S_", ":": "_C_", ";": "_SC_", ",": "_CO_", " ": "_SP_",
    "'": "_SQ_", '"': "_DQ_", "(": "_LP_", ")": "_RP_", "[": "_LS_", "]": "_RS_", "{": "_LC_", "}": "_RC_",
    "&": "_AM_", "+": "_P_", "$": "_DS_",
}  # fmt: skip
_TABLE = str.maketrans(_ESCAPES)


def css_identifier(text: str) -> str:
    """The text with its special characters as words; a digit at the beginning gets a mark before it."""
    escaped = text.translate(_TABLE)
    return f"_{escaped}" if escaped[:1].isdecimal() else escaped


def subscribed_name(owner: str, folder: str) -> str:
    """The name of somebody's folder in the homes of others."""
    return f"{css_identifier(owner)}_{folder}"
