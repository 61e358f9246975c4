"""Writing property lists."""

from __future__ import annotations

import datetime as dt

from sogo.codec import plist


def test_the_line_form_is_that_of_c_cycleinfo() -> None:
    rule = "FREQ=WEEKLY;UNTIL=20240701T100000Z;BYDAY=MO"
    assert plist.render_line({"rules": [rule]}) == '{rules = ("FREQ=WEEKLY;UNTIL=20240701T100000Z;BYDAY=MO"); }'
    assert plist.render_line({"rules": ["FREQ=DAILY"], "exDates": ["20240617T080000Z", "20240618T080000Z"]}) == (
        '{exDates = (20240617T080000Z, 20240618T080000Z); rules = ("FREQ=DAILY"); }'
    )
    assert plist.render_line({"rDates": ["2024-06-10 10:00:00 +0000", "2024-06-12 10:00:00 +0000"]}) == (
        '{rDates = ("2024-06-10 10:00:00 +0000", "2024-06-12 10:00:00 +0000"); }'
    )


def test_the_pretty_form_is_that_of_the_original() -> None:
    value = {
        "e": [],
        "f": {},
        "g": ["1", ["2", "3", []], {"a": "b", "c d": ["x"]}],
        "h": 'a\tb\nc\x01\x1b\x7f"\\',
        "i": bytes(range(1, 11)),
        "a-b": "1",
        "zé": "4",
        "_": "5",
        "": "😀",
    }
    assert plist.render(value) == (
        '{\n    "" = "\\UD83D\\UDE00";\n    "_" = "5";\n'.replace('"5"', "5")
        + '    "a-b" = 1;\n    e = (\n    );\n    f = {\n    };\n'
        + "    g = (\n\t1,\n\t(\n\t    2,\n\t    3,\n\t    (\n\t    )\n\t),\n"
        + '\t{\n\t    a = b;\n\t    "c d" = (\n\t\tx\n\t    );\n\t}\n    );\n'
        + '    h = "a\tb\nc\\001\\033\\177\\"\\\\";\n    i = <01020304 05060708 090a>;\n    "z\\U00E9" = 4;\n}\n'
    )


def test_the_line_form_stays_on_its_line() -> None:
    assert plist.render_line({"a": "x\r\n\ty"}) == '{a = "x\\r\\n\\ty"; }'


def test_numbers_booleans_and_dates_are_texts_unless_typed() -> None:
    value = [5, -5, 0.5, True, False, dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=dt.UTC)]
    assert plist.render_line(value) == '(5, "-5", "0.5", YES, NO, "2020-01-02 03:04:05 +0000")'
    assert (
        plist.render_line(value, typed=True) == "(<*I5>, <*I-5>, <*R0.5>, <*BY>, <*BN>, <*D2020-01-02 03:04:05 +0000>)"
    )
    assert plist.parse(plist.render(value, typed=True)) == value
