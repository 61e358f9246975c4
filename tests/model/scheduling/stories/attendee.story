# The attendee's side: scheduling.md §5, RFC 6638 §3.2.2.

story: other attendees see an answer, and their schedule tag stays
user uma
user ann
user bob
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
  ATTENDEE:@bob
ann edits m
  me ACCEPTED
  alarm
  TRANSP:TRANSPARENT
bob has m
  @ann ACCEPTED
  no VALARM
  no TRANSP
ann has m
  SCHEDULE-STATUS=1.2
  TRANSP:TRANSPARENT
inbox
  uma REPLY

story: what an attendee may not change is put back
user uma
user ann
user bob
uma puts m
  SUMMARY:Budget
  LOCATION:Here
  ORGANIZER:@uma
  ATTENDEE:@ann
  ATTENDEE;PARTSTAT=ACCEPTED:@bob
ann puts m
  SUMMARY:My own words
  DESCRIPTION:mine
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=TENTATIVE:@ann
  ATTENDEE;PARTSTAT=DECLINED:@bob
  ATTENDEE:mailto:stranger@elsewhere.test
ann has m
  SUMMARY:Budget
  LOCATION:Here
  no DESCRIPTION
  no stranger@
  @ann TENTATIVE
  @bob ACCEPTED
uma has m
  SUMMARY:Budget
  no stranger@
  @ann TENTATIVE
  @bob ACCEPTED

story: when it takes place an attendee cannot change
user uma
user ann
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
ann edits m
  DTSTART:20270113T100000Z
  DTEND:20270113T110000Z
refused SchedulingRefused allowed-attendee-scheduling-object-change
ann edits m
  DTEND:20270112T120000Z
refused SchedulingRefused allowed-attendee-scheduling-object-change
ann edits m
  ORGANIZER:@ann
refused SchedulingRefused allowed-attendee-scheduling-object-change
ann edits m
  RRULE:FREQ=DAILY
refused SchedulingRefused allowed-attendee-scheduling-object-change
ann edits m
  -DTEND
  +DURATION:PT1H
  me ACCEPTED
uma has m
  @ann ACCEPTED

story: an attendee cannot remove himself from the text alone
user uma
user ann
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
ann edits m
  -ORGANIZER
  -ATTENDEE
ann has m
  ORGANIZER
  @ann NEEDS-ACTION
uma has m
  @ann NEEDS-ACTION

story: a copy that has not seen the last change
user uma
user ann
uma puts m
  SEQUENCE:3
  ORGANIZER:@uma
  ATTENDEE:@ann
ann edits m
  SEQUENCE:2
  me ACCEPTED
refused SchedulingRefused sequences don't match

story: another identity answers
user uma
user ann annie@example.org
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
ann puts m
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=ACCEPTED:mailto:Annie@example.org
ann has m
  @ann ACCEPTED
  no Annie
uma has m
  @ann ACCEPTED
mails
  REPLY ann -> uma ACCEPTED

story: one occurrence, and then the rest
user uma
user ann
uma puts m
  DTSTART:20270112T100000Z
  DTEND:20270112T110000Z
  RRULE:FREQ=DAILY;COUNT=5
  ORGANIZER:@uma
  ATTENDEE:@ann
ann edits m
  [20270114T100000Z]
  me DECLINED
uma has m
  components 2
  @ann NEEDS-ACTION
  [20270114T100000Z]
  @ann DECLINED
  DTSTART:20270114T100000Z
  no RRULE
mails
  REPLY ann -> uma [20270114T100000Z] DECLINED
ann edits m
  me ACCEPTED
uma has m
  components 2
  @ann ACCEPTED
  [20270114T100000Z]
  @ann DECLINED
mails
  REPLY ann -> uma ACCEPTED

story: an occurrence there is none of
user uma
user ann
uma puts m
  DTSTART:20270112T100000Z
  DTEND:20270112T110000Z
  RRULE:FREQ=DAILY;COUNT=5
  ORGANIZER:@uma
  ATTENDEE:@ann
ann puts m
  DTSTART:20270112T100000Z
  DTEND:20270112T110000Z
  RRULE:FREQ=DAILY;COUNT=5
  ORGANIZER:@uma
  ATTENDEE:@ann
  --
  RECURRENCE-ID:20270320T100000Z
  DTSTART:20270320T100000Z
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=ACCEPTED:@ann
refused SchedulingRefused allowed-attendee-scheduling-object-change

story: exceptions and exclusions of the organizer come back
user uma
user ann
uma puts m
  DTSTART:20270112T100000Z
  DTEND:20270112T110000Z
  RRULE:FREQ=DAILY;COUNT=5
  EXDATE:20270116T100000Z
  ORGANIZER:@uma
  ATTENDEE:@ann
  --
  RECURRENCE-ID:20270113T100000Z
  DTSTART:20270113T120000Z
  DTEND:20270113T130000Z
  ORGANIZER:@uma
  ATTENDEE:@ann
ann edits m
  drop [20270113T100000Z]
  -EXDATE
  me ACCEPTED
ann has m
  components 2
  EXDATE:20270116T100000Z
  @ann ACCEPTED
  [20270113T100000Z]
  @ann NEEDS-ACTION

story: an occurrence with a component is taken out of the series
user uma
user ann
uma puts m
  DTSTART:20270112T100000Z
  DTEND:20270112T110000Z
  RRULE:FREQ=DAILY;COUNT=5
  ORGANIZER:@uma
  ATTENDEE:@ann
  --
  RECURRENCE-ID:20270113T100000Z
  DTSTART:20270113T120000Z
  DTEND:20270113T130000Z
  ORGANIZER:@uma
  ATTENDEE:@ann
ann edits m
  drop [20270113T100000Z]
  +EXDATE:20270113T100000Z
ann has m
  components 1
  EXDATE:20270113T100000Z
uma has m
  [20270113T100000Z]
  @ann DECLINED
mails
  REPLY ann -> uma [20270113T100000Z] DECLINED

story: removed, with and without a word
user uma
user ann
user bob
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
  ATTENDEE:@bob
ann deletes m
uma has m
  @ann DECLINED
bob has m
  @ann DECLINED
mails
  REPLY ann -> uma DECLINED
bob deletes m silently
uma has m
  @bob NEEDS-ACTION
mails

story: an organizer elsewhere, whose invitation the client stored
user ann
user bob
outsider rex
ann puts m
  SUMMARY:Elsewhere
  ORGANIZER:@rex
  ATTENDEE:@ann
  ATTENDEE:@bob
mails
ann edits m
  me ACCEPTED
ann has m
  SCHEDULE-STATUS=1.1
mails
  REPLY ann -> rex ACCEPTED
ann puts m
  SEQUENCE:1
  DTSTART:20270113T100000Z
  DTEND:20270113T110000Z
  ORGANIZER:@rex
  ATTENDEE;PARTSTAT=ACCEPTED:@ann
  ATTENDEE:@bob
ann has m
  DTSTART:20270113T100000Z
mails
ann deletes m
mails
  REPLY ann -> rex DECLINED

story: an answer that comes with the object, to an organizer here and elsewhere
user uma
user ann
outsider rex
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
ann deletes m silently
ann puts m
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=ACCEPTED:@ann
uma has m
  @ann ACCEPTED
mails
  REPLY ann -> uma ACCEPTED
ann puts n
  ORGANIZER:@rex
  ATTENDEE;PARTSTAT=TENTATIVE:@ann
mails
  REPLY ann -> rex TENTATIVE
ann puts o
  ORGANIZER;SCHEDULE-AGENT=CLIENT:@rex
  ATTENDEE;PARTSTAT=ACCEPTED:@ann
mails
ann puts p
  ORGANIZER:@rex
  ATTENDEE;PARTSTAT=ACCEPTED;SCHEDULE-AGENT=NONE:@ann
mails

story: an invitation nobody sent
user uma
user ann
ann puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
refused PreconditionFailed
ann puts m unchecked
  ORGANIZER:@uma
  ATTENDEE:@ann
ann has m
  @ann NEEDS-ACTION

story: somebody answers for the owner
user uma
user ann
user sec
uma puts m
  SUMMARY:Budget
  ORGANIZER:@uma
  ATTENDEE:@ann
ann puts m as sec answering
  SUMMARY:Other
  ORGANIZER:@sec
  ATTENDEE;PARTSTAT=ACCEPTED:@ann
ann has m
  SUMMARY:Budget
  ORGANIZER
  @ann ACCEPTED SENT-BY=MAILTO:sec@example.org
uma has m
  @ann ACCEPTED SENT-BY=MAILTO:sec@example.org
mails
  REPLY ann -> uma ACCEPTED
ann puts m as sec answering
  SUMMARY:Other
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=DECLINED:@ann
  --
  RECURRENCE-ID:20270113T100000Z
  DTSTART:20270113T100000Z
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=DECLINED:@ann
ann has m
  components 1
  @ann ACCEPTED
ann edits m
  me TENTATIVE
uma has m
  @ann TENTATIVE SENT-BY=

story: a modifier changes an invitation from elsewhere
user ann
user sec
outsider rex
outsider roy
ann puts m
  ORGANIZER:@rex
  ATTENDEE:@ann
ann edits m as sec
  ORGANIZER:@roy
  me ACCEPTED
ann has m
  :@roy
  @ann ACCEPTED SENT-BY=MAILTO:sec@example.org
ann edits m as sec answering
  ORGANIZER:@rex
  me DECLINED
ann has m
  :@roy
  @ann DECLINED

story: neither organizer nor attendee
user uma
outsider rex
outsider roy
uma puts m
  ORGANIZER:@rex
  ATTENDEE;PARTSTAT=NEEDS-ACTION:@roy
uma has m
  @roy NEEDS-ACTION RSVP=
mails
uma deletes m
mails

story: whom one cannot delegate to
user uma
user ann
user bob
user dan
group staff = bob dan
shy sue
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
  ATTENDEE:@bob
ann edits m
  me DELEGATED @uma
refused SchedulingConflict delegate is organizer
ann edits m
  me DELEGATED @bob
refused SchedulingConflict delegate is a participant
ann edits m
  me DELEGATED @staff
refused SchedulingConflict delegate is a group
ann edits m
  me DELEGATED @sue
refused SchedulingConflict Inviting the following persons is prohibited
ann edits m
  me DELEGATED @ann
refused SchedulingConflict delegate is a participant
uma has m
  @ann NEEDS-ACTION

story: a chain of delegation comes undone
user uma
user ann
user dan
user eve
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
ann edits m
  me DELEGATED @dan
dan edits m
  me DELEGATED @eve
eve has m
  @ann DELEGATED
  @dan DELEGATED
  @eve NEEDS-ACTION DELEGATED-FROM=mailto:dan@example.org
uma has m
  @eve NEEDS-ACTION
ann edits m
  me DECLINED
uma has m
  @ann DECLINED DELEGATED-TO=
  no dan@
  no eve@
dan lacks m
eve lacks m
mails
  REPLY ann -> uma DECLINED
  CANCELLATION ann -> dan
  CANCELLATION ann -> eve

story: the buttons of the web
user uma
user ann
user dan
uma puts m
  DTSTART:20270112T100000Z
  DTEND:20270112T110000Z
  RRULE:FREQ=DAILY;COUNT=5
  ORGANIZER:@uma
  ATTENDEE:@ann
ann responds m ACCEPTED
uma has m
  @ann ACCEPTED
ann responds m DECLINED
  [20270114T100000Z]
uma has m
  @ann ACCEPTED
  [20270114T100000Z]
  @ann DECLINED
ann responds m DELEGATED @dan
dan has m
  @dan NEEDS-ACTION DELEGATED-FROM=mailto:ann@example.org
uma responds m ACCEPTED
refused NotFound user does not participate in this calendar event

story: no replies where the user does not want them
user uma
user ann
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
ann edits m without-replies
  me ACCEPTED
uma has m
  @ann ACCEPTED
mails

story: a reply is forced
user ann
outsider rex
ann puts m
  ORGANIZER:@rex
  ATTENDEE;PARTSTAT=ACCEPTED:@ann
ann edits m
  ORGANIZER;SCHEDULE-FORCE-SEND=REPLY:@rex
ann has m
  no SCHEDULE-FORCE-SEND
mails
  REPLY ann -> rex ACCEPTED
