"""IMAP servers, as a client: connections around `codec/imap`.

server      what SOGoIMAPServer names, and who logs in with what
wire        octets in and out, TLS, time limits; responses as they come
connection  commands and their answers, one after the other or together
login       from a greeting to a user who is logged in
refusals    what NO means, as an error of the house
session     what can be done with mailboxes and messages, whatever this server can do
pool        connections that wait for their user's next request, and how many a user has at once
"""
