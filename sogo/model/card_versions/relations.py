"""What vCard 4 has a property for, and where programs keep it in vCard 3: Apple's groups with X-ABLabel, and the X-
names of Evolution, KDE and others."""

from __future__ import annotations

import re

from sogo.codec.contentline import Component, Line, escape, unescape
from sogo.model.card_versions.lines import Groups, remade, types, value_type, with_types, without
from sogo.model.card_versions.times import to_basic, to_extended

RENAMED = {"X-ADDRESSBOOKSERVER-KIND": "KIND", "X-ADDRESSBOOKSERVER-MEMBER": "MEMBER"}
"""vCard 3 -> vCard 4, value as it is."""
_BACK = {four: three for three, four in RENAMED.items()}
_COMPANY = "X-ABSHOWAS"

_RELATED = {
    "X-SPOUSE": "spouse", "X-EVOLUTION-SPOUSE": "spouse", "X-KADDRESSBOOK-X-SPOUSESNAME": "spouse",
    "X-MANAGER": "manager", "X-EVOLUTION-MANAGER": "manager", "X-KADDRESSBOOK-X-MANAGERSNAME": "manager",
    "X-ASSISTANT": "assistant", "X-EVOLUTION-ASSISTANT": "assistant", "X-KADDRESSBOOK-X-ASSISTANTSNAME": "assistant",
}  # fmt: skip
_LABELS = (
    "Assistant", "Brother", "Child", "Father", "Friend", "Manager", "Mother", "Parent", "Partner", "Sister", "Spouse",
)  # fmt: skip
"""Apple's own words for relations; a type of RELATED is one of them in lower case."""
_OF_LABEL = {f"_$!<{label}>!$_".lower(): label.lower() for label in _LABELS}
_LABEL_OF = {label.lower(): f"_$!<{label}>!$_" for label in _LABELS}

_ANNIVERSARIES = frozenset({"X-ANNIVERSARY", "X-EVOLUTION-ANNIVERSARY", "X-KADDRESSBOOK-X-ANNIVERSARY"})
_ANNIVERSARY_LABEL = "_$!<Anniversary>!$_"

_CHATS = {
    "X-AIM": "aim", "X-ICQ": "icq", "X-JABBER": "xmpp", "X-MSN": "msn", "X-SKYPE": "skype", "X-SKYPE-USERNAME": "skype",
    "X-YAHOO": "ymsgr", "X-SIP": "sip", "X-GADUGADU": "gg", "X-GROUPWISE": "groupwise",
}  # fmt: skip
_CHAT_NAME = re.compile(r"[A-Za-z0-9._@+~-]+", re.ASCII)

_SEXES = {"male": "M", "female": "F", "other": "O", "none": "N", "unknown": "U"}
_SEX_WORDS = {letter: word.capitalize() for word, letter in _SEXES.items()}
_GENDER = re.compile(r"[MFONU]?(?:;.*)?", re.DOTALL)


# --- 3.0 -> 4.0 -------------------------------------------------------------------------------------------------------


def raised(groups: Groups, line: Line, seen: set[str]) -> Line | None:
    """The property of vCard 4 that a line of vCard 3 stands for, None when it stands for none. `seen` are properties
    that may be there once and already are."""
    if line.name in RENAMED and RENAMED[line.name] not in seen:
        value = line.value.strip().lower() if line.name == "X-ADDRESSBOOKSERVER-KIND" else line.value
        return remade(line, name=RENAMED[line.name], value=value)
    if line.name == _COMPANY and line.value.strip().upper() == "COMPANY" and "KIND" not in seen:
        return remade(line, name="KIND", value="org")
    if line.name in _CHATS and _CHAT_NAME.fullmatch(line.value):
        return remade(line, name="IMPP", value=f"{_CHATS[line.name]}:{line.value}")
    if line.name == "X-GENDER" and "GENDER" not in seen:
        return remade(line, name="GENDER", value=_gender(line.value))
    return _raised_anniversary(groups, line, seen) or _raised_relation(groups, line)


def _gender(value: str) -> str:
    letter = _SEXES.get(value.strip().lower())
    if letter is not None:
        return letter
    return value if _GENDER.fullmatch(value) else f";{value}"


def _raised_anniversary(groups: Groups, line: Line, seen: set[str]) -> Line | None:
    dated = line.name == "X-ABDATE" and groups.label_of(line).lower() == _ANNIVERSARY_LABEL.lower()
    if "ANNIVERSARY" in seen or not (dated or line.name in _ANNIVERSARIES):
        return None
    made = to_basic(remade(line, name="ANNIVERSARY", group="" if dated else line.group))
    return with_types(made, [kind for kind in types(made) if kind.lower() != "pref"]) if dated else made


def _raised_relation(groups: Groups, line: Line) -> Line | None:
    if line.name == "AGENT":
        uri = value_type(line) in ("uri", "url")
        plain = with_types(without(line, "VALUE"), ["agent", *types(line)])
        return remade(plain, name="RELATED", params=plain.params if uri else (*plain.params, ("VALUE", ("text",))))
    kind, group = _RELATED.get(line.name), line.group
    if line.name == "X-ABRELATEDNAMES":
        kind, group = _OF_LABEL.get(groups.label_of(line).lower()), ""
    if kind is None:
        return None
    others = [one for one in types(line) if one.lower() != kind]
    made = with_types(without(line, "VALUE"), [kind, *others])
    return remade(made, name="RELATED", group=group, params=(*made.params, ("VALUE", ("text",))))


def is_label_of_raised(groups: Groups, line: Line) -> bool:
    """Whether an X-ABLabel only named what has become a property of vCard 4."""
    other = groups.companion(line)
    label = line.text.strip().lower()
    dates = label == _ANNIVERSARY_LABEL.lower() and other is not None and other.name == "X-ABDATE"
    return dates or (label in _OF_LABEL and other is not None and other.name == "X-ABRELATEDNAMES")


# --- 4.0 -> 3.0 -------------------------------------------------------------------------------------------------------


def lowered(line: Line) -> tuple[Line, str] | None:
    """What stands for a property of vCard 4 in vCard 3, and the label it wants, "" for none. None when nothing does."""
    if line.name == "KIND" and line.value.strip().lower() == "org":
        return remade(line, name=_COMPANY, value="COMPANY"), ""
    if line.name in _BACK:
        return remade(line, name=_BACK[line.name]), ""
    if line.name == "GENDER":
        return remade(line, name="X-GENDER", value=_SEX_WORDS.get(line.value.strip().upper(), line.value)), ""
    if line.name == "ANNIVERSARY":
        return remade(to_extended(line), name="X-ABDATE"), _ANNIVERSARY_LABEL
    return _lowered_relation(line) if line.name == "RELATED" else None


def _lowered_relation(line: Line) -> tuple[Line, str] | None:
    kinds = types(line)
    first = kinds[0].lower() if kinds else ""
    if first == "agent":
        plain = with_types(line, kinds[1:])
        is_text = value_type(line) == "text"
        params = without(plain, "VALUE").params
        return remade(plain, name="AGENT", params=params if is_text else (*params, ("VALUE", ("uri",)))), ""
    if first in _LABEL_OF and value_type(line) == "text":
        return remade(without(with_types(line, kinds[1:]), "VALUE"), name="X-ABRELATEDNAMES"), _LABEL_OF[first]
    return None


def inline_agent(card: Component) -> Line:
    """The AGENT of a nested card (vCard 2.1) as vCard 3 writes it: the card as text."""
    return Line("AGENT", escape(unescape(card.render())), params=())
