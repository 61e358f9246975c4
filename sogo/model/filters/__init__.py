"""Filters of CalDAV and CardDAV: does an object match, and which of its quick columns could tell.

    sogo.codec.davxml --CompFilter, CardConditions--> CalendarFilter, CardFilter
        .hint      -> what the database may leave out, and what a quick row decides alone
        .may_match -> what the stored text decides before it is parsed
        .matches   -> the truth, on the parsed object

Each step may let through too much, never too little: tests hold them against the last one.
"""
