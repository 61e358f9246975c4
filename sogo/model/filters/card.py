"""CardDAV filters on cards (RFC 6352 §§8.6, 10.5)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial

from sogo.codec.contentline import Component, Line
from sogo.codec.davxml.rfc6352 import CardConditions, CardPropFilter
from sogo.codec.davxml.text_match import Junction
from sogo.model import card_line
from sogo.model.filters.sieve import Needles, Sieve, all_of, any_of, needles_of_line, sieve
from sogo.model.filters.text import param_matches, text_matches

_ALIASES = {"MAIL": "EMAIL"}
"""Names of the original's own (dav.md §9.1)."""


@dataclass(frozen=True)
class CardFilter:
    """The conditions of an addressbook-query, ready to be asked."""

    conditions: CardConditions

    @property
    def everything(self) -> bool:
        """Every card matches, nothing has to be parsed."""
        return not self.conditions.props

    @cached_property
    def _sieve(self) -> Sieve | None:
        demands = [_needles(item) for item in self.conditions.props]
        return sieve(any_of(demands) if self.conditions.test is Junction.ANY_OF else all_of(demands))

    def may_match(self, text: str) -> bool:
        """A quick look at stored text: False only when the card cannot match.

        The quick columns are no help: each holds the first or preferred of several values, cut to a width, and no
        database folds letters as i;unicode-casemap does.
        """
        return self._sieve is None or self._sieve.passes(text)

    def matches(self, document: Component) -> bool:
        """Whether a card (or list) matches; `document` is the VCARD, or what was parsed around it."""
        if self.everything:
            return True
        cards = [document] if document.name else document.components("VCARD", "VLIST")
        join = any if self.conditions.test is Junction.ANY_OF else all
        return any(join(_property_matches(item, card) for item in self.conditions.props) for card in cards)


def _property_matches(wanted: CardPropFilter, card: Component) -> bool:
    lines = lines_of(card, wanted.name)
    if wanted.absent:
        return not lines
    return any(_line_matches(wanted, card, line) for line in lines)


def lines_of(card: Component, name: str) -> list[Line]:
    """The lines of a property. `EMAIL` finds it in every group, `ITEM1.EMAIL` in that one only (§10.4.2)."""
    group, _, bare = name.rpartition(".")
    bare = _ALIASES.get(bare, bare)
    return [line for line in card.all(bare) if not group or line.group.upper() == group]


def _line_matches(wanted: CardPropFilter, card: Component, line: Line) -> bool:
    """Structured values such as N and ADR are matched as a whole."""
    value = card_line.text(card, line) if wanted.texts else ""
    conditions = [partial(text_matches, text, value) for text in wanted.texts]
    conditions += [partial(param_matches, param, _values(line, param.name)) for param in wanted.params]
    join = any if wanted.test is Junction.ANY_OF else all
    return not conditions or join(condition() for condition in conditions)


def _values(line: Line, name: str) -> list[str] | None:
    """A quoted list, `TYPE="voice,home"` of vCard 4, counts as its parts."""
    if line.param(name) is None:
        return None
    values = line.param_values(name)
    return [part.strip() for value in values for part in value.split(",")] if name == "TYPE" else values


def _needles(wanted: CardPropFilter) -> Needles:
    if wanted.absent:
        return None
    demands = needles_of_line(wanted.texts, wanted.params)
    return any_of(demands) if wanted.test is Junction.ANY_OF else all_of(demands)
