"""Messages of Internet mail as octets: headers (RFC 5322, 2047, 6532) and bodies (RFC 2045, 2046, 2231). So far they
are written only."""
