"""The embedded default: a small team to look at, for whoever tries the server without having a site yet.

    people    who they are                          -> rows of the user table
    content   this week's calendars, as text        \
    contacts  their address books, as text           > seed: written through the service like any client's
    setup     sogo.conf and the SQLite file         /

`python -m sogo.demo STATE_DIR` prepares everything once; a folder that holds users already is left as it is.
"""
