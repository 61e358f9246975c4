"""Each language says everything the English source says, with the same things in it."""

from __future__ import annotations

import json
import re
from collections import Counter
from importlib.resources import files

import pytest
from babel import Locale

from sogo.conf.parameters.web import LANGUAGES
from sogo.texts import languages
from sogo.texts.catalogue import Phrase, available, words, words_of
from sogo.texts.message_format import Choice, Chosen, Message, arguments, parse, render

TAGS = sorted(available())
VALUES = {
    "action": "created", "actor": "A", "answer": "ACCEPTED", "attendee": "B", "component": "event", "count": 3,
    "date": "D", "day": "E", "delegate": "F", "end": "G", "folder": "H", "former": "I", "interval": 2, "kind": "Calendar", "label": "U", "value": "V",
    "name": "J", "organizer": "K", "owner": "L", "role": "CHAIR", "rule": "M", "sender": "N", "start": "O",
    "status": "CONFIRMED", "summary": "P", "time": "Q", "url": "R", "when": "S", "zone": "T",
}  # fmt: skip


def texts(tag: str) -> dict[str, str]:
    return dict(json.loads(files("sogo.texts").joinpath("catalogue", f"{tag}.json").read_text("utf-8")))


def choices(message: Message) -> list[Chosen]:
    found = []
    for piece in message:
        if isinstance(piece, Chosen):
            found.append(piece)
            for form in piece.forms.values():
                found += choices(form)
    return found


def test_there_are_the_promised_languages() -> None:
    assert {"en", "fr", "de", "ar"} <= set(TAGS)


def test_every_language_of_sogo_has_a_tag_that_is_one() -> None:
    assert set(LANGUAGES) == set(languages.TAGS)
    for tag in languages.TAGS.values():
        Locale.parse(tag, sep="-")


@pytest.mark.parametrize("tag", TAGS)
def test_a_language_has_the_keys_of_the_source_in_their_order(tag: str) -> None:
    assert list(texts(tag)) == list(texts("en"))
    pairs = json.loads(
        files("sogo.texts").joinpath("catalogue", f"{tag}.json").read_text("utf-8"), object_pairs_hook=list
    )
    assert len(pairs) == len(texts(tag)), "a key is there twice"


@pytest.mark.parametrize("tag", TAGS)
def test_a_message_takes_what_the_source_takes(tag: str) -> None:
    source = texts("en")
    for key, text in texts(tag).items():
        assert set(arguments(parse(text))) == set(arguments(parse(source[key]))), key


@pytest.mark.parametrize("tag", TAGS)
def test_choices_are_whole(tag: str) -> None:
    """A plural has each form its language knows, a select each word the source has."""
    plurals = Locale.parse(tag, sep="-").plural_form
    forms = {plurals(number) for number in range(1000)}
    for key, text in texts(tag).items():
        wanted = Counter(tuple(one.forms) for one in choices(parse(texts("en")[key])) if one.choice is Choice.SELECT)
        given = Counter(tuple(one.forms) for one in choices(parse(text)) if one.choice is Choice.SELECT)
        assert set(given) == set(wanted), key
        for one in choices(parse(text)):
            if one.choice is Choice.PLURAL:
                assert forms <= set(one.forms), key


@pytest.mark.parametrize("tag", TAGS)
def test_every_message_can_be_said(tag: str) -> None:
    for key in texts(tag):
        said = words_of(tag).say(Phrase(key, VALUES))
        assert said.strip() == said
        assert not re.search(r"[{}#]", said), said


@pytest.mark.parametrize("tag", [tag for tag in TAGS if tag != "en"])
def test_a_language_is_not_english(tag: str) -> None:
    same = [key for key, text in texts(tag).items() if text == texts("en")[key] and not key.startswith("time.")]
    assert set(same) <= {"label.description", "label.status", "label.people", "labelled"}


def test_a_language_without_words_is_english_and_a_kind_of_one_is_that_one() -> None:
    assert words("Welsh").tag == words("Klingon").tag == words("").tag == "en"
    assert words_of("de-AT").tag == "de"
    assert words("Arabic").right_to_left
    assert not words("French").right_to_left


def test_numbers_take_the_form_of_the_language() -> None:
    said = {tag: [words_of(tag).say(Phrase("people.more", {"count": n})) for n in (1, 2, 3, 11, 100)] for tag in TAGS}
    assert said["en"][:2] == ["and one more", "and 2 more"]
    assert said["ar"] == ["وشخص آخر", "وشخصان آخران", "و3 أشخاص آخرين", "و11 شخصًا آخر", "و100 شخص آخر"]


def test_what_is_put_in_is_never_read_as_a_message() -> None:
    phrase = Phrase("invitation.subject", {"summary": "{organizer} '{' # {x, select, other {y}}"})
    assert words("English").say(phrase) == "Event Invitation: \"{organizer} '{' # {x, select, other {y}}\""


def test_values_and_words_go_through_the_functions_they_are_given() -> None:
    message = parse("<b> {a} {n, plural, one {# <i>} other {# <u> {a}}}")
    said = render(message, {"a": "<v>", "n": 2}, lambda _: "other", literal=str.upper, value=lambda text: f"[{text}]")
    assert said == "<B> [<v>] 2 <U> [<v>]"
