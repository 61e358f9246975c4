"""What the server says to people, in their language; so far what they read in mails.

    catalogue/<language>.json   one message for each key, in ICU MessageFormat: what translators edit
    message_format              reads and fills such messages
    catalogue                   the languages there are; `Words` of one
    languages                   SOGoLanguage -> language
    dates                       days and times as people of a language write them

Pure, but for reading the files of this package once. English is the source: every other language has exactly its keys
with exactly its arguments, which `tests/texts` looks after. docs/decisions.md has the reasons.
"""
