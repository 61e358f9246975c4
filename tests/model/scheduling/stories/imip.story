# Messages by mail, both ways: RFC 5546 §3.2 and the cases of its §4, with the sender's identity checked.

story: invited, changed and cancelled by mail (4.2.1, 4.2.8, 4.2.9)
user ann
outsider rex
outsider roy
ann receives m from rex REQUEST
  SUMMARY:Elsewhere
  ORGANIZER:@rex
  ATTENDEE;RSVP=TRUE:@ann
  ATTENDEE:@roy
ann has m
  SUMMARY:Elsewhere
  @ann NEEDS-ACTION
  no METHOD
ann edits m
  alarm
  me ACCEPTED
mails
  REPLY ann -> rex ACCEPTED
ann receives m from rex REQUEST
  DTSTAMP:20270102T000000Z
  SUMMARY:Another name
  ORGANIZER:@rex
  ATTENDEE;RSVP=TRUE:@ann
  ATTENDEE;PARTSTAT=ACCEPTED:@roy
ann has m
  SUMMARY:Another name
  BEGIN:VALARM
  @ann ACCEPTED
  @roy ACCEPTED
ann receives m from rex REQUEST
  DTSTAMP:20261231T000000Z
  SUMMARY:An old message that came late
  ORGANIZER:@rex
  ATTENDEE;RSVP=TRUE:@ann
ann has m
  SUMMARY:Another name
ann receives m from rex REQUEST
  SEQUENCE:1
  DTSTART:20270113T100000Z
  DTEND:20270113T110000Z
  ORGANIZER:@rex
  ATTENDEE;RSVP=TRUE:@ann
ann has m
  DTSTART:20270113T100000Z
  BEGIN:VALARM
  @ann NEEDS-ACTION
ann receives m from rex CANCEL
  SEQUENCE:0
  ORGANIZER:@rex
  ATTENDEE:@ann
ann has m
  DTSTART:20270113T100000Z
ann receives m from rex CANCEL
  SEQUENCE:2
  ORGANIZER:@rex
  ATTENDEE:@ann
ann lacks m
ann receives m from rex CANCEL
  SEQUENCE:3
  ORGANIZER:@rex
  ATTENDEE:@ann
ann lacks m

story: nobody speaks for somebody else
user ann
user uma
outsider rex
outsider roy
outsider sec
ann receives m from roy REQUEST
  ORGANIZER:@rex
  ATTENDEE:@ann
refused SchedulingRefused does not come from the organizer
ann receives m from sec REQUEST
  ORGANIZER;SENT-BY="mailto:sec@elsewhere.test":@rex
  ATTENDEE:@ann
ann has m
  @ann NEEDS-ACTION
ann receives m from roy REQUEST
  SEQUENCE:5
  ORGANIZER:@roy
  ATTENDEE:@ann
refused SchedulingRefused another organizer
ann receives m from roy CANCEL
  SEQUENCE:5
  ORGANIZER:@roy
  ATTENDEE:@ann
refused SchedulingRefused does not come from the organizer
ann receives n from rex REQUEST
  ORGANIZER:@rex
  ATTENDEE:@roy
refused NotFound does not participate
ann receives n from rex NONSENSE
  ORGANIZER:@rex
  ATTENDEE:@ann
refused InvalidRequest METHOD
ann receives n from rex REQUEST
  ATTENDEE:@ann
refused SchedulingRefused no organizer

story: a local organizer's mails change nothing, the calendars are right already
user uma
user ann
uma puts m
  SUMMARY:Budget
  ORGANIZER:@uma
  ATTENDEE:@ann
ann receives m from uma REQUEST
  SEQUENCE:7
  SUMMARY:Forged
  ORGANIZER:@uma
  ATTENDEE:@ann
ann has m
  SUMMARY:Budget
ann receives m from uma CANCEL
  SEQUENCE:7
  ORGANIZER:@uma
  ATTENDEE:@ann
ann has m
  SUMMARY:Budget

story: replies by mail (4.2.2)
user uma
user ann
outsider rex
outsider roy
uma puts m
  ORGANIZER:@uma
  ATTENDEE;RSVP=TRUE:@rex
  ATTENDEE:@ann
uma receives m from rex REPLY
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=ACCEPTED:@rex
uma has m
  @rex ACCEPTED RSVP=
ann has m
  @rex ACCEPTED
uma receives m from roy REPLY
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=DECLINED:@rex
refused SchedulingRefused does not come from the attendee
uma receives m from roy REPLY
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=ACCEPTED:@roy
refused NotFound does not participate
uma edits m
  DTSTART:20270113T100000Z
  DTEND:20270113T110000Z
uma receives m from rex REPLY
  SEQUENCE:0
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=ACCEPTED:@rex
uma has m
  @rex NEEDS-ACTION
uma receives m from rex REPLY
  SEQUENCE:1
  DTSTART:20270113T100000Z
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=DECLINED:@rex
uma has m
  @rex DECLINED
uma receives other from rex REPLY
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=DECLINED:@rex
refused NotFound no such event

story: delegation by mail (4.2.5, 4.2.6, 4.2.7)
user uma
user ann
outsider rex
outsider dan
outsider eve
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@rex
  ATTENDEE:@ann
uma receives m from rex REPLY
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:dan@elsewhere.test":@rex
uma has m
  @rex DELEGATED DELEGATED-TO=mailto:dan@elsewhere.test
  @dan NEEDS-ACTION DELEGATED-FROM=mailto:rex@elsewhere.test
ann has m
  @dan NEEDS-ACTION
uma receives m from dan REPLY
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=ACCEPTED;DELEGATED-FROM="mailto:rex@elsewhere.test":@dan
uma has m
  @dan ACCEPTED DELEGATED-FROM=mailto:rex@elsewhere.test
  @rex DELEGATED
uma receives m from eve REPLY
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=DECLINED;DELEGATED-FROM="mailto:dan@elsewhere.test":@eve
refused NotFound does not participate
uma receives m from dan REPLY
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-FROM="mailto:rex@elsewhere.test";DELEGATED-TO="mailto:eve@elsewhere.test":@dan
  ATTENDEE;PARTSTAT=ACCEPTED;DELEGATED-FROM="mailto:dan@elsewhere.test":@eve
uma has m
  @eve NEEDS-ACTION DELEGATED-FROM=mailto:dan@elsewhere.test
uma receives m from eve REPLY
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=DECLINED;DELEGATED-FROM="mailto:dan@elsewhere.test":@eve
uma has m
  @eve DECLINED
uma receives m from rex REPLY
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:uma@example.org":@rex
refused SchedulingRefused cannot be delegated

story: a delegate hears from who sent him
user ann
outsider rex
outsider roy
ann receives m from roy REQUEST
  ORGANIZER:@rex
  ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:ann@example.org":@roy
  ATTENDEE;RSVP=TRUE;DELEGATED-FROM="mailto:roy@elsewhere.test":@ann
ann has m
  @ann NEEDS-ACTION DELEGATED-FROM=mailto:roy@elsewhere.test
ann edits m
  me ACCEPTED
mails
  REPLY ann -> rex ACCEPTED

story: series by mail (4.4.1 to 4.4.4)
user ann
outsider rex
ann receives m from rex REQUEST
  DTSTART:20270112T100000Z
  DTEND:20270112T110000Z
  RRULE:FREQ=DAILY;COUNT=5
  ORGANIZER:@rex
  ATTENDEE:@ann
ann edits m
  me ACCEPTED
  [20270113T100000Z]
  me DECLINED
ann receives m from rex REQUEST
  SEQUENCE:1
  RECURRENCE-ID:20270114T100000Z
  DTSTART:20270114T120000Z
  DTEND:20270114T130000Z
  ORGANIZER:@rex
  ATTENDEE:@ann
ann has m
  components 3
  @ann ACCEPTED
  [20270113T100000Z]
  @ann DECLINED
  [20270114T100000Z]
  DTSTART:20270114T120000Z
  @ann NEEDS-ACTION
ann receives m from rex CANCEL
  SEQUENCE:1
  RECURRENCE-ID:20270115T100000Z
  STATUS:CANCELLED
  ORGANIZER:@rex
  ATTENDEE:@ann
ann has m
  EXDATE:20270115T100000Z
ann receives m from rex REQUEST
  SEQUENCE:2
  DTSTART:20270112T150000Z
  DTEND:20270112T160000Z
  RRULE:FREQ=DAILY;COUNT=5
  ORGANIZER:@rex
  ATTENDEE:@ann
ann has m
  components 1
  DTSTART:20270112T150000Z
  @ann NEEDS-ACTION

story: occurrences only (4.4.6)
user ann
outsider rex
ann receives m from rex REQUEST
  RECURRENCE-ID:20270114T100000Z
  DTSTART:20270114T120000Z
  DTEND:20270114T130000Z
  ORGANIZER:@rex
  ATTENDEE:@ann
ann has m
  components 1
ann receives m from rex REQUEST
  RECURRENCE-ID:20270115T100000Z
  DTSTART:20270115T120000Z
  DTEND:20270115T130000Z
  ORGANIZER:@rex
  ATTENDEE:@ann
ann has m
  components 2
ann receives m from rex CANCEL
  RECURRENCE-ID:20270114T100000Z
  ORGANIZER:@rex
  ATTENDEE:@ann
ann has m
  components 1
  RECURRENCE-ID:20270115T100000Z
ann receives m from rex CANCEL
  RECURRENCE-ID:20270115T100000Z
  ORGANIZER:@rex
  ATTENDEE:@ann
ann lacks m

story: another attendee is let go (4.2.10)
user ann
outsider rex
outsider roy
ann receives m from rex REQUEST
  ORGANIZER:@rex
  ATTENDEE:@ann
  ATTENDEE:@roy
ann receives m from rex CANCEL
  SEQUENCE:1
  ORGANIZER:@rex
  ATTENDEE:@roy
ann has m
  @ann NEEDS-ACTION
  no roy@

story: an occurrence is added, or the series is asked for (4.4.5)
user ann
outsider rex
ann receives m from rex REQUEST
  DTSTART:20270112T100000Z
  DTEND:20270112T110000Z
  RRULE:FREQ=DAILY;COUNT=3
  ORGANIZER:@rex
  ATTENDEE:@ann
ann receives m from rex ADD
  SEQUENCE:1
  DTSTART:20270130T140000Z
  DTEND:20270130T150000Z
  ORGANIZER:@rex
  ATTENDEE:@ann
ann has m
  components 2
  RDATE:20270130T140000Z
  SEQUENCE:1
  [20270130T140000Z]
  DTSTART:20270130T140000Z
ann receives m from rex ADD
  SEQUENCE:4
  DTSTART:20270131T140000Z
  ORGANIZER:@rex
  ATTENDEE:@ann
ann has m
  components 2
mails
  REPLY ann -> rex NEEDS-ACTION
ann receives other from rex ADD
  SEQUENCE:1
  DTSTART:20270131T140000Z
  ORGANIZER:@rex
  ATTENDEE:@ann
ann lacks other
mails
  REPLY ann -> rex NEEDS-ACTION

story: an attendee asks how things stand (4.2.11, 4.5)
user uma
outsider rex
outsider roy
uma puts m
  SUMMARY:Budget
  ORGANIZER:@uma
  ATTENDEE:@rex
uma receives m from rex REFRESH
  ORGANIZER:@uma
  ATTENDEE:@rex
mails
  UPDATE uma -> rex
uma receives m from roy REFRESH
  ORGANIZER:@uma
  ATTENDEE:@roy
refused NotFound does not participate

story: a proposal changes nothing (4.2.3, 4.2.4)
user uma
outsider rex
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@rex
uma receives m from rex COUNTER
  DTSTART:20270113T100000Z
  DTEND:20270113T110000Z
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=ACCEPTED:@rex
uma has m
  DTSTART:20270112T100000Z
  @rex NEEDS-ACTION
uma receives m from rex DECLINECOUNTER
  ORGANIZER:@uma
  ATTENDEE:@rex
uma has m
  DTSTART:20270112T100000Z

story: published (4.1)
user ann
outsider rex
ann receives m from rex PUBLISH
  SUMMARY:A fair
  ORGANIZER:@rex
ann has m
  SUMMARY:A fair
  no ORGANIZER
  no METHOD
