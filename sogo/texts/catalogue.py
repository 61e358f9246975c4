"""The catalogues of messages, and the words of one language."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

from babel import Locale

from sogo.texts import languages
from sogo.texts.message_format import Message, PluralForm, Value, parse, render


@dataclass(frozen=True, slots=True)
class Phrase:
    """A message with what is to be put into it, in no language yet."""

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Words:
    """All messages in one language. `tag` is that of the language (BCP 47), `right_to_left` how it is written."""

    tag: str
    right_to_left: bool
    messages: Mapping[str, Message] = field(repr=False)
    plural_form: PluralForm = field(repr=False)

    def say(self, phrase: Phrase, *, literal: Callable[[str], str] = str, value: Callable[[str], str] = str) -> str:
        """The phrase in this language; `literal` and `value` as in `message_format.render`. Raises KeyError for a
        phrase or a value that is not there."""
        return render(self.messages[phrase.key], phrase.values, self.plural_form, literal=literal, value=value)


def words(sogo_language: str) -> Words:
    """The words of a SOGoLanguage, English where there are none."""
    return words_of(languages.tag(sogo_language))


def words_of(tag: str) -> Words:
    """By language tag: of that language, of the one it is a kind of, or English."""
    there = available()
    return _read(next((name for name in (tag, tag.partition("-")[0]) if name in there), languages.SOURCE))


@lru_cache(maxsize=1)
def available() -> frozenset[str]:
    """The tags of the languages there are."""
    names = (entry.name for entry in files(__package__).joinpath("catalogue").iterdir())
    return frozenset(name.removesuffix(".json") for name in names if name.endswith(".json"))


@lru_cache(maxsize=64)
def _read(tag: str) -> Words:
    messages = json.loads(files(__package__).joinpath("catalogue", f"{tag}.json").read_text("utf-8"))
    locale = Locale.parse(tag, sep="-")
    return Words(
        tag,
        languages.is_right_to_left(tag),
        {key: parse(text) for key, text in messages.items()},
        lambda number: str(locale.plural_form(number)),
    )
