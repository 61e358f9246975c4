"""IMAP (RFC 9051, RFC 3501) without a socket: octets of a server become values, commands become octets.

    octets -> framing.Framer (whole responses, literals and all) -> response.parse_response -> lexer.values_of
           -> the family's reader: status, capability, mailbox, finding, fetch (envelope, bodystructure), acl, quota
    values -> command.Command -> command.Rendered: what to send, and where to wait for the server first

One file per family. Nothing here knows of time, connections or configuration. Whatever a server sends is either a
value, an `Unreadable` one, or a CodecError; sizes, depths and counts are bounded by `lexer.Limits`.
"""
