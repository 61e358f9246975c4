"""The web pages (config.md §4.8)."""

from __future__ import annotations

from sogo.conf.kinds import boolean, integers, string, strings
from sogo.conf.section import IGNORED, DomainSection, Parameter, SystemSection

# fmt: off
LANGUAGES = (
    "Arabic", "Basque", "Bosnian", "Bulgarian", "Catalan", "ChineseChina", "ChineseTaiwan", "Croatian", "Czech",
    "Danish", "Dutch", "English", "Finnish", "French", "Galician", "German", "Greek", "Hebrew", "Hungarian",
    "Icelandic", "Indonesian", "Italian", "Japanese", "Kazakh", "Korean", "Latvian", "Lithuanian", "Macedonian",
    "Montenegrin", "NorwegianBokmal", "NorwegianNynorsk", "Polish", "Portuguese", "BrazilianPortuguese", "Romanian",
    "Russian", "Serbian", "SerbianLatin", "Slovak", "Slovenian", "SpanishArgentina", "SpanishSpain", "Swedish",
    "Thai", "TurkishTurkey", "Ukrainian", "Welsh",
)
# fmt: on


class WebSystem(SystemSection):
    """Web interface"""

    web_access_enabled = Parameter(
        "SOGoWebAccessEnabled",
        boolean(),
        default=True,
        printed=False,
        doc="NO serves no web pages.",
    )
    page_title = Parameter("SOGoPageTitle", string(), default="SOGo", doc="Title of every page.", example="SOGo")
    help_url = Parameter("SOGoHelpURL", string(), default="", doc="Where the help button leads; no button when unset.")
    favicon_relative_url = Parameter(
        "SOGoFaviconRelativeURL", string(), default="sogo.ico", doc="The icon of the pages."
    )
    supported_languages = Parameter(
        "SOGoSupportedLanguages", strings(), default=LANGUAGES, doc="Languages users may choose."
    )


class WebDomain(DomainSection):
    """Web interface"""

    ui_additional_js_files = Parameter(
        "SOGoUIAdditionalJSFiles",
        strings(),
        default=(),
        honoured=IGNORED,
        doc="Scripts loaded into the pages of the original; ours are other pages.",
    )
    ui_x_additional_preferences = Parameter(
        "SOGoUIxAdditionalPreferences",
        boolean(),
        default=False,
        honoured=IGNORED,
        doc="A preference tab from a template of the original.",
    )
    external_avatars_enabled = Parameter(
        "SOGoExternalAvatarsEnabled",
        boolean(),
        default=True,
        doc="Show pictures of people from outside services.",
    )
    refresh_view_intervals = Parameter(
        "SOGoRefreshViewIntervals",
        integers(),
        default=(1, 2, 5, 10, 20, 30, 60),
        unit="minutes",
        doc="Refresh intervals users may choose from.",
    )
