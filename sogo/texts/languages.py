"""SOGoLanguage, a word of the original such as BrazilianPortuguese, and the language tag (BCP 47) it means."""

from __future__ import annotations

# fmt: off
TAGS = {
    "Arabic": "ar", "Basque": "eu", "Bosnian": "bs", "Bulgarian": "bg", "Catalan": "ca", "ChineseChina": "zh-Hans",
    "ChineseTaiwan": "zh-Hant", "Croatian": "hr", "Czech": "cs", "Danish": "da", "Dutch": "nl", "English": "en",
    "Finnish": "fi", "French": "fr", "Galician": "gl", "German": "de", "Greek": "el", "Hebrew": "he",
    "Hungarian": "hu", "Icelandic": "is", "Indonesian": "id", "Italian": "it", "Japanese": "ja", "Kazakh": "kk",
    "Korean": "ko", "Latvian": "lv", "Lithuanian": "lt", "Macedonian": "mk", "Montenegrin": "sr-Latn-ME",
    "NorwegianBokmal": "nb", "NorwegianNynorsk": "nn", "Polish": "pl", "Portuguese": "pt-PT",
    "BrazilianPortuguese": "pt-BR", "Romanian": "ro", "Russian": "ru", "Serbian": "sr", "SerbianLatin": "sr-Latn",
    "Slovak": "sk", "Slovenian": "sl", "SpanishArgentina": "es-AR", "SpanishSpain": "es", "Swedish": "sv",
    "Thai": "th", "TurkishTurkey": "tr", "Ukrainian": "uk", "Welsh": "cy",
}
# fmt: on
RIGHT_TO_LEFT = frozenset({"ar", "he", "fa", "ur"})
SOURCE = "en"


def tag(name: str) -> str:
    """The tag of a SOGoLanguage; English for a word that is none."""
    return TAGS.get(name, SOURCE)


def is_right_to_left(language: str) -> bool:
    return language.partition("-")[0] in RIGHT_TO_LEFT
