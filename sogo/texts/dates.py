"""Days and times as people of a language write them (Unicode CLDR, by Babel)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_gmt, get_timezone_name


@dataclass(frozen=True, slots=True)
class Dates:
    """`tag` is the language (BCP 47)."""

    tag: str

    @property
    def _locale(self) -> Locale:
        return Locale.parse(self.tag, sep="-")

    def day(self, day: dt.date) -> str:
        """Monday, 4 May 2026"""
        return format_date(day, "full", locale=self._locale)

    def short_day(self, day: dt.date) -> str:
        """4 May 2026"""
        return format_date(day, "long", locale=self._locale)

    def time(self, moment: dt.datetime) -> str:
        """10:00, by the clock of the moment's own zone."""
        return format_time(moment.replace(tzinfo=None).time(), "short", locale=self._locale)

    def zone(self, moment: dt.datetime) -> str:
        """Central European Summer Time; the distance from Greenwich where a zone has no name. "" without a zone."""
        zone = moment.tzinfo
        if zone is None:
            return ""
        if isinstance(zone, ZoneInfo) and zone.key != "UTC" and "/" in zone.key:
            return get_timezone_name(moment, width="long", locale=self._locale)
        if zone is dt.UTC or (isinstance(zone, ZoneInfo) and zone.key == "UTC"):
            return "UTC"
        return get_timezone_gmt(moment, locale=self._locale)
