"""What one mail says, as values, and the two forms in which it says the same: plain text and HTML.

Everything that people wrote (titles, places, names) passes `clean`, and in HTML is escaped and kept apart from the
direction of the text around it. The HTML asks for nothing from elsewhere: no pictures, styles or scripts of others.
"""

from __future__ import annotations

import html
import re
import textwrap
import unicodedata
from dataclasses import dataclass

from sogo.codec.mime.headers import one_line
from sogo.texts.catalogue import Phrase, Words

MAX_TEXT_CHARS = 8_000
WIDTH = 76
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LINK = re.compile(r"https?://[A-Za-z0-9][^\s<>\"'`\\{}|^]{0,1000}", re.IGNORECASE)
_ENDS = ".,;:!?)]}"

_STYLE = """
:root { color-scheme: light dark; supported-color-schemes: light dark; }
body { margin: 0; padding: 24px 12px; background: #f3f4f6; color: #1f2328; font: 15px/1.5 system-ui, -apple-system,
  "Segoe UI", Roboto, "Noto Sans", "Noto Naskh Arabic", Helvetica, Arial, sans-serif; }
main { display: block; max-width: 592px; margin: 0 auto; padding: 24px; background: #ffffff; border: 1px solid #e1e4e8;
  border-radius: 10px; overflow-wrap: anywhere; }
h1 { font-size: 19px; line-height: 1.35; margin: 0 0 12px; font-weight: 600; text-wrap: pretty; }
p { margin: 0 0 12px; }
table { border-collapse: collapse; width: 100%; margin: 0 0 16px; }
th, td { text-align: start; vertical-align: top; padding: 6px 0; border-top: 1px solid #d9dee3;
  overflow-wrap: anywhere; }
th { width: 112px; padding-inline-end: 16px; font-weight: 500; color: #57606a; overflow-wrap: break-word; }
td { white-space: pre-line; }
.former { color: #57606a; }
a { color: #0a58ca; }
footer { border-top: 1px solid #d9dee3; padding-top: 12px; color: #57606a; font-size: 13px; }
p + footer { margin-top: 24px; }
@media (max-width: 480px) {
  body { padding: 0; background: #ffffff; }
  main { padding: 16px; border: 0; border-radius: 0; }
  th, td { display: block; width: auto; padding: 0; border: 0; }
  th { padding-top: 8px; font-size: 13px; }
}
@media (prefers-color-scheme: dark) {
  body { background: #0f1215; color: #e6e8ea; }
  main { background: #181c21; border-color: #2c333a; }
  th, .former, footer { color: #a3adb7; }
  th, td, footer { border-top-color: #343b43; }
  a { color: #8ab4ff; }
}
""".strip()


@dataclass(frozen=True, slots=True)
class Row:
    """`label` is a phrase of the catalogue by key; `former` what was there before a change, None where that is not
    told. Values may have several lines."""

    label: str
    value: str
    former: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    rows: tuple[Row, ...]
    title: Phrase | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """`subject` is finished; `lead` is what it is about in a sentence, `notes` follow it, `closing` comes last."""

    words: Words
    subject: str
    lead: Phrase
    notes: tuple[Phrase, ...] = ()
    sections: tuple[Section, ...] = ()
    closing: tuple[Phrase, ...] = ()


def clean(text: str, limit: int = MAX_TEXT_CHARS) -> str:
    """A text of somebody's as several lines: no control characters, no marks that turn directions, cut with an
    ellipsis."""
    text = text[: 2 * limit].replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    text = _SURROGATE.sub("\ufffd", _TURNING.sub("", _CONTROL.sub("", text)))
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def to_text(notice: Notice) -> str:
    """The plain text, LF between lines."""
    words = notice.words

    def said(phrase: Phrase) -> str:
        text = words.say(phrase, value=lambda value: _set_apart(one_line(value), right_to_left=words.right_to_left))
        return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)

    blocks = [said(notice.lead), *map(said, notice.notes)]
    for section in notice.sections:
        title = [said(section.title), ""] if section.title is not None else []
        blocks.append("\n".join([*title, *(_text_row(row, words) for row in section.rows)]))
    blocks += [*map(said, notice.closing), f"-- \n{words.say(Phrase('footer'))}"]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _text_row(row: Row, words: Words) -> str:
    value = _set_apart(clean(row.value) or words.say(Phrase("none")), right_to_left=words.right_to_left)
    several = "\n" + textwrap.indent(value, "    ") if "\n" in value else value
    text = words.say(Phrase("labelled", {"label": words.say(Phrase(row.label)), "value": several}))
    text = text.replace(" \n", "\n")
    if row.former is None:
        return text
    former = clean(row.former) or words.say(Phrase("none"))
    said = words.say(Phrase("before", {"former": _set_apart(former, right_to_left=words.right_to_left)}))
    return f"{text}\n{textwrap.indent(said, '    ')}"


def to_html(notice: Notice) -> str:
    """A whole document."""
    words = notice.words
    direction = "rtl" if words.right_to_left else "ltr"
    body = [f"<h1>{_html(notice.lead, words)}</h1>"]
    body += [f"<p>{_html(note, words)}</p>" for note in notice.notes]
    for section in notice.sections:
        if section.title is not None:
            body.append(f"<p>{_html(section.title, words)}</p>")
        rows = "\n".join(_html_row(row, words) for row in section.rows)
        body.append(f"<table>\n{rows}\n</table>")
    body += [f"<p>{_html(phrase, words)}</p>" for phrase in notice.closing]
    return (
        f'<!DOCTYPE html>\n<html lang="{words.tag}" dir="{direction}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{html.escape(one_line(notice.subject))}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(body)
        + f"\n<footer>{html.escape(words.say(Phrase('footer')))}</footer>\n</main>\n</body>\n</html>\n"
    )


def _html(phrase: Phrase, words: Words) -> str:
    return words.say(phrase, literal=html.escape, value=lambda value: f"<bdi>{_linked(one_line(value))}</bdi>")


def _html_row(row: Row, words: Words) -> str:
    lines = (clean(row.value) or words.say(Phrase("none"))).split("\n")
    value = "\n".join(f"<bdi>{_linked(line)}</bdi>" for line in lines)
    former = ""
    if row.former is not None:
        before = Phrase("before", {"former": clean(row.former) or words.say(Phrase("none"))})
        begin, end = ("<s>", "</s>") if clean(row.former) else ("", "")
        said = words.say(before, literal=html.escape, value=lambda text: f"<bdi>{begin}{_linked(text)}{end}</bdi>")
        former = f'<div class="former">{said}</div>'
    label = html.escape(words.say(Phrase(row.label)))
    return f'<tr><th scope="row">{label}</th><td>{value}{former}</td></tr>'


def _linked(text: str) -> str:
    """Escaped, with addresses of the web as links that say where they lead."""
    out, place = [], 0
    for match in _LINK.finditer(text):
        url = match.group().rstrip(_ENDS)
        out += [html.escape(text[place : match.start()]), f'<a href="{html.escape(url)}">{html.escape(url)}</a>']
        place = match.start() + len(url)
    return "".join(out) + html.escape(text[place:])


def _set_apart(text: str, *, right_to_left: bool) -> str:
    """A text of the other direction in marks that keep it from turning its surroundings; others stay as they are."""
    others = {"L"} if right_to_left else {"R", "AL"}
    lines = (
        f"\u2068{line}\u2069" if others & {unicodedata.bidirectional(char) for char in line} else line
        for line in text.split("\n")
    )
    return "\n".join(lines)
