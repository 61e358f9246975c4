"""The lines programs read."""

import json
import logging
import os
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sogo.http.logs import JsonFormatter, LineHandler, TextFormatter, level_of, one_line, without_secrets
from sogo.secret import Secret

PARIS = ZoneInfo("Europe/Paris")
PREFIX = f"May 06 07:08:09 sogod [{os.getpid()}]: "


def record(text: str, *arguments: object, level: int = logging.INFO, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("sogo.test", level, __file__, 1, text, arguments, None)
    made.created = 1714972089.5  # 2024-05-06 05:08:09 UTC
    made.__dict__.update(extra)
    return made


@pytest.mark.parametrize(
    ("level", "mark"),
    [
        (logging.DEBUG, ""),
        (logging.INFO, ""),
        (logging.WARNING, "[WARN] "),
        (logging.ERROR, "[ERROR] "),
        (logging.CRITICAL, "[FATAL] "),
    ],
)
def test_a_line_has_the_prefix_and_mark_of_the_original(level: int, mark: str) -> None:
    assert TextFormatter(PARIS).format(record("listening on %s", "a", level=level)) == f"{PREFIX}{mark}listening on a"


def test_a_traceback_stays_on_its_line() -> None:
    try:
        raise KeyError("x")
    except KeyError as error:
        made = record("failed")
        made.exc_info = (KeyError, error, error.__traceback__)
    text = TextFormatter(PARIS).format(made)
    assert text.startswith(f"{PREFIX}failed | Traceback (most recent call last): | ")
    assert text.endswith("KeyError: 'x'")
    assert "\n" not in text


@given(st.text())
def test_nothing_a_client_sends_makes_a_second_line(text: str) -> None:
    assert one_line(text).isprintable()


def test_secrets_are_masked_wherever_they_turn_up() -> None:
    assert without_secrets("cannot reach postgresql://sogo:hush@db:5432/sogo/t") == (
        "cannot reach postgresql://sogo:…@db:5432/sogo/t"
    )
    assert "aHVzaA==" not in without_secrets("Authorization: Basic aHVzaA==")
    assert "hush" not in TextFormatter(PARIS).format(record("%s %r", Secret("hush"), Secret("hush")))


def test_a_json_line_has_the_members_of_the_access_line_beside_its_own() -> None:
    members = json.loads(JsonFormatter(PARIS).format(record("text", access={"status": 207, "remote": "10.0.0.5"})))
    assert members["time"] == "2024-05-06T07:08:09.500+02:00"
    assert (members["status"], members["remote"], members["level"]) == (207, "10.0.0.5", "INFO")


def test_a_json_line_of_something_else_has_a_message() -> None:
    members = json.loads(JsonFormatter(PARIS).format(record("two\nlines")))
    assert members["message"] == "two\nlines"


def test_lines_are_appended_after_whoever_truncates_the_file(tmp_path: Path) -> None:
    path = tmp_path / "log"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    handler = LineHandler(descriptor)
    handler.emit(record("first"))
    os.truncate(path, 0)
    handler.emit(record("second \udcff"))
    os.close(descriptor)
    assert path.read_bytes() == b"second \\udcff\n"
    handler.emit(record("to nowhere"))


@pytest.mark.parametrize(("name", "level"), [("INFO", 20), ("warn", 30), ("FATAL", 50), ("what?", 20), ("OFF", 60)])
def test_levels_have_the_original_s_names(name: str, level: int) -> None:
    assert level_of(name) == level
