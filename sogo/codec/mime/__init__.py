"""Messages of Internet mail as octets: headers (RFC 5322, 2047, 6532) and bodies (RFC 2045, 2046, 2231).

headers, addresses, writer                          values -> a message
fields, reader, mailbox, authentication_results     a message of somebody else -> values; reads what it can
"""
