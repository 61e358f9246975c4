# Tasks are scheduled like events (RFC 5546 §3.4).

story: a task is handed out, done, and handed out again
user uma
user ann
uma puts t
  VTODO
  SUMMARY:Write it
  DUE:20270115T170000Z
  ORGANIZER:@uma
  ATTENDEE:@ann
ann has t
  DUE:20270115T170000Z
  @ann NEEDS-ACTION
mails
  INVITATION uma -> ann
ann edits t
  PERCENT-COMPLETE:40
  me IN-PROCESS
uma has t
  no PERCENT-COMPLETE
  @ann IN-PROCESS
mails
  REPLY ann -> uma IN-PROCESS
uma edits t
  DESCRIPTION:With care
ann has t
  DESCRIPTION:With care
  PERCENT-COMPLETE:40
  @ann IN-PROCESS
ann edits t
  STATUS:COMPLETED
  COMPLETED:20270114T100000Z
  PERCENT-COMPLETE:100
uma has t
  no COMPLETED:
  @ann COMPLETED
mails
  REPLY ann -> uma COMPLETED
ann has t
  STATUS:COMPLETED
uma edits t
  DUE:20270120T170000Z
ann has t
  DUE:20270120T170000Z
  @ann NEEDS-ACTION
mails
  UPDATE uma -> ann DUE
ann edits t
  DUE:20270130T170000Z
refused SchedulingRefused allowed-attendee-scheduling-object-change
uma edits t
  STATUS:CANCELLED
ann has t
  STATUS:CANCELLED
mails
  CANCELLATION uma -> ann
uma deletes t
ann lacks t
