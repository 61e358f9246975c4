// A meeting from invitation to cancellation through tsdav. Prints what happened as JSON; test_tsdav.py knows what is right.
import { createDAVClient } from 'tsdav';

const { SERVER, CHAIR, GUEST, PASSWORD } = process.env;
const login = async (username) => {
  const client = await createDAVClient({
    serverUrl: SERVER, credentials: { username, password: PASSWORD }, authMethod: 'Basic', defaultAccountType: 'caldav',
  });
  const [calendar] = await client.fetchCalendars();
  return { client, calendar };
};
const meeting = (answer, start) => [
  'BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//tsdav meeting//EN', 'BEGIN:VEVENT', 'UID:meeting@tsdav', 'DTSTAMP:20261101T100000Z',
  `DTSTART:${start}`, 'DURATION:PT1H', 'SUMMARY:Meeting', `ORGANIZER:mailto:${CHAIR}@example.org`,
  `ATTENDEE;PARTSTAT=${answer}:mailto:${GUEST}@example.org`, 'END:VEVENT', 'END:VCALENDAR', '',
].join('\r\n');
const found = async ({ client, calendar }) => client.fetchCalendarObjects({ calendar });
const answers = (objects) => objects.map(({ data }) => /PARTSTAT=([A-Z-]+)/.exec(data.replace(/\r\n /g, ''))[1]);
const told = {};

const [chair, guest] = [await login(CHAIR), await login(GUEST)];
const made = await chair.client.createCalendarObject({
  calendar: chair.calendar, filename: 'meeting.ics', iCalString: meeting('NEEDS-ACTION', '20301201T100000Z'),
});
told.made = made.status;
told.invited = answers(await found(guest));

const [copy] = await found(guest);
const accepted = { ...copy, data: copy.data.replace('PARTSTAT=NEEDS-ACTION', 'PARTSTAT=ACCEPTED') };
told.answered = (await guest.client.updateCalendarObject({ calendarObject: accepted })).status;
told.heard = answers(await found(chair));

const [own] = await found(chair);
const moved = { ...own, data: own.data.replace('20301201T100000Z', '20301201T120000Z') };
told.moved = (await chair.client.updateCalendarObject({ calendarObject: moved })).status;
told.asked = answers(await found(guest));
const [last] = await found(chair);
told.cancelled = (await chair.client.deleteCalendarObject({ calendarObject: last })).status;
told.left = (await found(guest)).length;
console.log(JSON.stringify(told));
