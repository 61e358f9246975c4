"""The WebDAV, CalDAV and CardDAV face: everything below /SOGo/dav.

    app        request -> who asks (Basic) -> tree -> method -> answer; errors through `failures`
    tree       path -> resource; `resources` are the nouns, `slots` the places where something may be put
    methods/   one file per HTTP method or family
    properties/ one file per standard; a property is a function declared with @prop
    reports/   one file per report; a report is a function declared with @report
    propfind   loads what the wanted properties need and renders the multistatus
    quirks     what single clients need, each under its own name (docs/quirks.md)

DAV knows nothing of SQL, and decides nothing that another face would decide too: that is in `sogo.service`.
"""
