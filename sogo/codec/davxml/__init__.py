"""XML of WebDAV and its relatives: request bodies into frozen values, answers into text.

    bytes --reader.parse_xml--> element --rfc4918, rfc4791, …--> PropfindRequest, CalendarQuery, …
    values --writer--> text of one response after the other

One module per source document. Names are Clark names (`{DAV:}getetag`) from end to end. Nothing here knows what a
property means or where a resource lies; filters are evaluated by `sogo.model.filters`.
"""
