"""The supervisor's bookkeeping, with the clock as an argument."""

import socket

from sogo.server.children import Child, Slot, Verdict, free_number, pause_seconds
from sogo.server.pulse import Pulse, PulseReader, State
from sogo.server.settings import ServerSettings

SETTINGS = ServerSettings(
    watchdog_seconds=600, watchdog_grace_seconds=15, blocked_seconds=60, respawn_seconds=5, respawn_limit_seconds=60
)


def child(number: int = 1, *, spawned: float = 0.0, generation: int = 1) -> Child:
    unused = socket.socket()
    unused.close()
    return Child(1000 + number, number, generation, unused, SETTINGS, spawned=spawned, heard=spawned)


def serving(number: int = 1, *, state: State = State.SERVING, oldest_seconds: float = 0.0) -> Child:
    one = child(number)
    one.hear(Pulse(state, oldest_seconds=oldest_seconds).render(), now=10.0)
    return one


def test_a_worker_that_answers_is_left_alone() -> None:
    assert serving().judge(now=11.0) is Verdict.FINE


def test_a_worker_whose_loop_is_silent_is_blocked() -> None:
    assert serving().judge(now=70.0) is Verdict.BLOCKED


def test_a_request_may_run_until_the_watchdog_time_and_its_grace_are_over() -> None:
    assert serving(oldest_seconds=610).judge(now=10.0) is Verdict.FINE
    assert serving(oldest_seconds=615).judge(now=10.0) is Verdict.HANGING


def test_silence_makes_the_running_request_older() -> None:
    assert serving(oldest_seconds=600).judge(now=26.0) is Verdict.HANGING


def test_a_worker_without_requests_does_not_hang() -> None:
    assert serving(oldest_seconds=0.0).oldest_seconds(now=40.0) == 0.0


def test_a_worker_that_never_serves_is_given_up() -> None:
    late = child()
    late.hear(Pulse(State.STARTING).render(), now=119.0)
    assert late.judge(now=120.0) is Verdict.NEVER_STARTED


def test_a_worker_that_does_not_leave_is_overdue() -> None:
    one = serving()
    one.kill_at = 12.0
    assert one.judge(now=12.0) is Verdict.OVERSTAYED


def test_the_pause_before_a_respawn_grows_with_each_early_death_up_to_its_limit() -> None:
    assert [pause_seconds(deaths, SETTINGS) for deaths in range(6)] == [5, 10, 20, 40, 60, 60]


def test_a_worker_that_had_served_is_replaced_once_the_respawn_delay_since_its_spawn_is_over() -> None:
    slot, one = Slot(), serving()
    slot.take(one, SETTINGS)
    slot.lose(one)
    assert slot.wants(generation=1)
    assert slot.due == 5.0


def test_a_worker_that_died_before_serving_makes_the_next_wait_longer() -> None:
    slot = Slot()
    for spawned, due in ((0.0, 10.0), (10.0, 30.0), (30.0, 70.0)):
        dead = child(spawned=spawned)
        slot.take(dead, SETTINGS)
        slot.lose(dead)
        assert slot.due == due


def test_a_successor_takes_over_only_once_it_serves() -> None:
    slot, old, new = Slot(), serving(1), child(2, generation=2)
    slot.take(old, SETTINGS)
    assert slot.wants(generation=2)
    slot.take(new, SETTINGS)
    assert not slot.wants(generation=2)
    assert slot.hand_over() is None
    new.hear(Pulse(State.SERVING).render(), now=11.0)
    assert slot.hand_over() is old
    assert slot.current is new


def test_when_the_old_one_dies_first_the_successor_is_its_heir() -> None:
    slot, old, new = Slot(), serving(1), child(2)
    slot.take(old, SETTINGS)
    slot.take(new, SETTINGS)
    slot.lose(old)
    assert (slot.current, slot.successor) == (new, None)


def test_a_worker_grown_too_big_wants_a_successor() -> None:
    slot = Slot()
    slot.take(serving(state=State.TOO_BIG), SETTINGS)
    assert slot.wants(generation=1)


def test_numbers_of_the_dead_are_given_again() -> None:
    assert free_number([child(1), child(3)]) == 2
    assert free_number([child(1), child(2)]) == 3
    assert free_number([]) == 1


def test_heartbeats_are_read_however_they_are_cut() -> None:
    reader, data = PulseReader(), Pulse(State.STARTING).render() + Pulse(State.SERVING, running=3).render()
    seen = [pulse for byte in data if (pulse := reader.feed(bytes([byte])))]
    assert seen == [Pulse(State.STARTING), Pulse(State.SERVING, running=3)]


def test_only_the_newest_heartbeat_counts() -> None:
    data = Pulse(State.STARTING).render() + Pulse(State.SERVING).render()
    assert PulseReader().feed(data) == Pulse(State.SERVING)


def test_a_heartbeat_cut_short_is_passed_over() -> None:
    reader = PulseReader()
    assert reader.feed(b'{"state": "serv\n') is None
    assert reader.feed(b"[]\n5\n{}\n") is None
    assert reader.feed(Pulse(State.SERVING).render()) == Pulse(State.SERVING)
