"""The inbox on a real Redis: what is kept, who may answer it, and what is remembered."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bot.conversation.ids import ThreadKey
from bot.conversation.messages import File, Message, Quote
from bot.errors import LeaseLost, Unavailable
from bot.store import inbox, queue
from bot.store.inbox import RedisInbox
from bot.store.keys import Keys, QueueKeys
from bot.store.queue import RedisQueue
from bot.turns.state import Turn
from tests.store.shelf import MONTH, OTHER, THREAD, Shelf, at, eventually_claimed, message, reply, texts
from threadbot_sandbox.redis import EmbeddedRedis

Act = Callable[[Shelf, Turn], Awaitable[None]]

# -- put --


async def test_a_message_is_kept_whole(shelf: Shelf) -> None:
    said = Message(at(1), "UADA", 'Grüße 👩‍👩‍👧 "quoted"\n\x00', files=(File("F1", "a.png", "image/png", 7),))
    said = replace(said, quotes=(Quote("what Ben said", "UBEN"), Quote("")))

    await shelf.put(THREAD, said, addressed=True)
    turn = await shelf.turn()

    assert turn.batch.messages == (said,)
    assert turn.batch.thread == THREAD


async def test_a_mention_that_also_comes_as_a_message_is_one_message(shelf: Shelf) -> None:
    assert await shelf.ask(1) == "new"
    assert await shelf.ask(1) == "again"

    turn = await shelf.turn()

    assert texts(turn.batch.messages) == ["message 1"]


async def test_what_this_process_has_just_put_is_not_put_again(shelf: Shelf) -> None:
    """Slack sends two events for one mention; a third, later, is for Redis to know."""
    inbox = RedisInbox(shelf.client, shelf.keys, shelf.queue, MONTH)
    said = message(1)
    together = (inbox.put(THREAD, said, addressed=True), inbox.put(THREAD, said, addressed=True))
    assert sorted(await asyncio.gather(*together)) == ["again", "new"]
    await shelf.raw.flushall()

    assert await inbox.put(THREAD, said, addressed=True) == "again"
    assert await shelf.raw.keys() == []


async def test_a_put_that_failed_is_done_by_the_event_that_came_with_it(
    shelf: Shelf,
) -> None:
    inbox = RedisInbox(shelf.client, shelf.keys, shelf.queue, MONTH)
    await shelf.raw.config_set("maxmemory", "1")
    try:
        with pytest.raises(Unavailable):
            await inbox.put(THREAD, message(1), addressed=True)
    finally:
        await shelf.raw.config_set("maxmemory", "0")

    assert await inbox.put(THREAD, message(1), addressed=True) == "new"


async def test_a_message_that_is_sent_again_after_its_answer_is_not_answered_again(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.answer()

    assert await shelf.ask(1) == "again"
    assert await shelf.claim(1) == []


async def test_what_was_taken_for_chatter_at_first_is_answered_once_it_turns_out_to_be_addressed(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.answer()
    await shelf.mutter(2)

    assert await shelf.ask(2) == "new"
    assert await shelf.mutter(2) == "again"
    turn = await shelf.turn()

    assert texts(turn.batch.messages) == ["message 2"]
    assert turn.batch.heard == ()


async def test_chatter_is_kept_only_where_the_bot_takes_part(shelf: Shelf) -> None:
    assert await shelf.mutter(1) == "unknown"
    assert await shelf.contents() == {}

    await shelf.ask(2)

    assert await shelf.mutter(3) == "new"
    assert await shelf.mutter(3) == "again"


async def test_chatter_wakes_nobody(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.answer()
    await shelf.mutter(2)

    assert await shelf.claim(1) == []


async def test_of_much_chatter_the_newest_is_kept(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.answer()
    for n in range(2, inbox.MOST_HEARD + 5):
        await shelf.mutter(n)
    await shelf.ask(500)

    turn = await shelf.turn()

    assert len(turn.batch.heard) == inbox.MOST_HEARD
    assert turn.batch.heard[0].ts == at(5)
    assert await shelf.raw.hlen(shelf.keys.messages(THREAD)) == inbox.MOST_HEARD + 3


# -- claim --


async def test_threads_are_claimed_in_the_order_in_which_they_became_ready(shelf: Shelf) -> None:
    await shelf.ask(1, thread=OTHER)
    await shelf.ask(2, thread=THREAD)
    await shelf.ask(3, thread=OTHER)

    leases = await shelf.claim(10)

    assert [lease.thread for lease in leases] == [OTHER, THREAD]
    assert len({lease.token for lease in leases}) == 2


async def test_no_more_is_claimed_than_was_asked_for(shelf: Shelf) -> None:
    await shelf.ask(1, thread=OTHER)
    await shelf.ask(2, thread=THREAD)

    assert len(await shelf.claim(1)) == 1
    assert len(await shelf.claim(1)) == 1
    assert len(await shelf.claim(1)) == 0


async def test_a_thread_has_one_turn_at_a_time(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.turn()
    await shelf.ask(2)

    assert await shelf.claim(10) == []


async def test_replicas_that_claim_at_once_never_get_the_same_thread(shelf: Shelf) -> None:
    threads = [ThreadKey("slack", "T1", "C1", at(n)) for n in range(40)]
    for n, thread in enumerate(threads):
        await shelf.ask(n, thread=thread)

    claims = await asyncio.gather(*(shelf.claim(3) for _ in range(20)))

    taken = [str(lease.thread) for leases in claims for lease in leases]
    assert sorted(taken) == sorted(map(str, threads))


async def test_a_waiting_replica_is_woken_by_a_message(shelf: Shelf) -> None:
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(shelf.wait(30))
        await shelf.ask(1)

    assert waiting.done()


async def test_waiting_ends_by_itself(shelf: Shelf) -> None:
    await shelf.wait(0.01)


async def test_hints_do_not_pile_up(shelf: Shelf) -> None:
    for n in range(100):
        await shelf.ask(n, thread=ThreadKey("slack", "T1", "C1", at(n)))

    assert await shelf.raw.llen(shelf.queue.wake) == 64


# -- begin --


async def test_a_batch_is_everything_said_to_the_bot_oldest_first(shelf: Shelf) -> None:
    """Two replicas may store neighbours the wrong way round."""
    for n in (3, 1, 2):
        await shelf.ask(n)

    turn = await shelf.turn()

    assert texts(turn.batch.messages) == ["message 1", "message 2", "message 3"]


async def test_a_batch_holds_what_was_said_beside_it_but_nothing_later(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.answer()
    await shelf.mutter(2)
    await shelf.ask(3)
    await shelf.mutter(4)

    turn = await shelf.turn()

    assert texts(turn.batch.heard) == ["message 2"]
    assert texts(turn.batch.everything) == ["message 2", "message 3"]


async def test_what_comes_during_a_turn_waits_for_one_next_turn(shelf: Shelf) -> None:
    await shelf.ask(5)
    turn = await shelf.turn()
    for n in (7, 6, 4):  # one of them late
        await shelf.ask(n)
    await shelf.finish(turn, reply(turn, "answer"))

    following = await shelf.turn()

    assert texts(turn.batch.messages) == ["message 5"]
    assert texts(following.batch.messages) == ["message 4", "message 6", "message 7"]


async def test_a_batch_stays_the_same_on_each_attempt(shelf: Shelf) -> None:
    await shelf.ask(2)
    first = await shelf.turn()
    await shelf.ask(1)
    await shelf.ask(3)
    await shelf.lapse()

    second = await shelf.turn()

    assert second.batch == first.batch
    assert (second.id, second.attempt) == (first.id, 2)


async def test_a_lease_says_whether_another_replica_had_it(shelf: Shelf) -> None:
    await shelf.ask(1)
    first = await shelf.take()
    await shelf.lapse()
    second = await shelf.take()
    await shelf.hand_back(second, 5, counted=True)
    await shelf.lapse()
    third = await shelf.take()

    assert [lease.taken_over for lease in (first, second, third)] == [False, True, False]


async def test_a_flood_is_answered_in_several_turns(shelf: Shelf) -> None:
    for n in range(inbox.MOST_AT_ONCE + 1):
        await shelf.ask(n)

    first, second = await shelf.answer(), await shelf.answer()

    assert len(first.batch.messages) == inbox.MOST_AT_ONCE
    assert texts(second.batch.messages) == [f"message {inbox.MOST_AT_ONCE}"]
    assert await shelf.idle()


async def test_begin_may_be_repeated_and_counts_once(shelf: Shelf) -> None:
    await shelf.ask(1)
    lease = await shelf.take()
    first, second = await shelf.started(lease), await shelf.started(lease)

    assert first == second
    assert second.attempt == 1


# -- what a taker learns --


async def test_a_taker_learns_what_the_turn_had_noted(shelf: Shelf) -> None:
    await shelf.ask(1)
    turn = await shelf.turn()
    await shelf.mark(turn, "intent", "0")
    await shelf.mark(turn, "posted", '["1.1", "1.2"]')
    await shelf.lapse()

    taker = await shelf.turn()

    assert taker.intent == 0
    assert taker.posted == ("1.1", "1.2")


async def test_the_next_turn_knows_nothing_of_the_last(shelf: Shelf) -> None:
    await shelf.ask(1)
    turn = await shelf.turn()
    await shelf.mark(turn, "posted", '["1.1"]')
    await shelf.finish(turn, reply(turn, "answer"))
    await shelf.ask(2)

    following = await shelf.turn()

    assert (following.posted, following.intent, following.attempt) == ((), None, 1)
    assert following.id != turn.id


# -- leases --


async def test_a_turn_whose_lease_runs_out_is_taken_over(redis_url: str) -> None:
    shelf = await Shelf.open(redis_url, lease=0.2)
    await shelf.ask(1)
    first = await shelf.turn()

    second = await shelf.started(await eventually_claimed(shelf))

    assert second.batch == first.batch
    assert second.lease.token != first.lease.token
    await shelf.close()


async def test_a_renewed_lease_is_kept_and_a_lost_one_is_named(shelf: Shelf) -> None:
    await shelf.ask(1, thread=THREAD)
    await shelf.ask(2, thread=OTHER)
    kept, lost = await shelf.claim(2)
    await shelf.lapse(kept.thread)
    await shelf.lapse(lost.thread)
    before = kept.until
    assert await shelf.renew([kept]) == []
    [taken] = await shelf.claim(10)

    assert taken.thread == lost.thread
    assert await shelf.renew([kept, lost]) == [lost]
    assert kept.until > before


async def test_our_own_clock_stops_us_before_redis_gives_the_turn_away(shelf: Shelf) -> None:
    await shelf.ask(1)
    asked = asyncio.get_running_loop().time()
    lease = await shelf.take()

    assert 0 < lease.until - asked < shelf.line.lease


async def test_more_leases_are_renewed_than_fit_into_one_call(shelf: Shelf) -> None:
    threads = [ThreadKey("slack", "T1", "C1", at(n)) for n in range(queue.RENEW_AT_ONCE + 3)]
    for n, thread in enumerate(threads):
        await shelf.ask(n, thread=thread)
    leases = await shelf.claim(len(threads))
    await shelf.hand_back(leases[-1], 0, counted=False)

    assert await shelf.renew(leases) == [leases[-1]]


# -- who has lost its lease changes nothing --


async def _begin(shelf: Shelf, stale: Turn) -> None:
    await shelf.begin(stale.lease)


async def _mark(shelf: Shelf, stale: Turn) -> None:
    await shelf.mark(stale, "posted", '["9.9"]')


async def _finish(shelf: Shelf, stale: Turn) -> None:
    await shelf.finish(stale, reply(stale, "too late"))


@pytest.mark.parametrize("act", [_begin, _mark, _finish])
@pytest.mark.parametrize("since", ["taken", "begun", "finished", "asked again"])
async def test_a_stale_token_is_refused_and_changes_nothing(shelf: Shelf, act: Act, since: str) -> None:
    stale = await _overtaken(shelf, since)
    before = await shelf.contents()

    with pytest.raises(LeaseLost):
        await act(shelf, stale)

    assert await shelf.contents() == before


@pytest.mark.parametrize("since", ["taken", "begun", "finished", "asked again"])
async def test_handing_back_with_a_stale_token_changes_nothing(shelf: Shelf, since: str) -> None:
    stale = await _overtaken(shelf, since)
    before = await shelf.contents()

    await shelf.hand_back(stale.lease, 0, counted=False)
    await shelf.hand_back(stale.lease, 5, counted=True)

    assert await shelf.contents() == before


@pytest.mark.parametrize("since", ["taken", "begun", "finished", "asked again"])
async def test_renewing_with_a_stale_token_changes_nothing(shelf: Shelf, since: str) -> None:
    stale = await _overtaken(shelf, since)
    before = await shelf.contents()

    assert await shelf.renew([stale.lease]) == [stale.lease]

    assert await shelf.contents() == before


async def _overtaken(shelf: Shelf, since: str) -> Turn:
    """A turn whose lease has lapsed, and what has become of its thread since."""
    await shelf.ask(1)
    stale = await shelf.turn()
    await shelf.lapse()
    lease = await shelf.take()
    if since != "taken":
        turn = await shelf.started(lease)
        if since != "begun":
            await shelf.finish(turn, reply(turn, "the taker's answer"))
    if since == "asked again":
        await shelf.ask(2)
    return stale


# -- finish --


async def test_finishing_twice_is_finishing_once(shelf: Shelf) -> None:
    """A client whose reply was lost sends the script again."""
    await shelf.ask(1)
    turn = await shelf.turn()
    await shelf.finish(turn, reply(turn, "answer"))
    before = await shelf.contents()

    await shelf.finish(turn, reply(turn, "answer"))

    assert await shelf.contents() == before


async def test_when_all_is_answered_nothing_waits(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.answer()

    assert await shelf.idle()
    assert await shelf.claim(1) == []


async def test_a_turn_that_said_nothing_of_its_own_still_becomes_history(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.finish(await shelf.turn(), None)

    assert texts((await shelf.load(THREAD)).messages) == ["message 1"]


# -- hand back --


async def test_a_turn_handed_back_at_once_goes_first_and_is_the_same(shelf: Shelf) -> None:
    await shelf.ask(1)
    turn = await shelf.turn()
    await shelf.ask(2, thread=OTHER)
    await shelf.hand_back(turn.lease, 0, counted=False)

    leases = await shelf.claim(2)
    again = await shelf.started(leases[0])

    assert again.batch == turn.batch
    assert [lease.thread for lease in leases] == [THREAD, OTHER]


@pytest.mark.parametrize(("counted", "attempt"), [(True, 2), (False, 1)])
async def test_only_a_counted_attempt_uses_up_a_try(shelf: Shelf, counted: bool, attempt: int) -> None:
    await shelf.ask(1)
    turn = await shelf.turn()
    await shelf.hand_back(turn.lease, 0, counted=counted)

    assert (await shelf.turn()).attempt == attempt


async def test_a_lease_that_never_began_is_handed_back_uncounted(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.hand_back(await shelf.take(), 0, counted=False)

    assert (await shelf.turn()).attempt == 1


async def test_a_turn_that_pauses_is_not_claimed_before_its_time(shelf: Shelf) -> None:
    await shelf.ask(1)
    turn = await shelf.turn()
    await shelf.hand_back(turn.lease, 60, counted=True)
    await shelf.ask(2)
    assert await shelf.claim(1) == []

    await shelf.lapse()
    again = await shelf.turn()

    assert again.batch == turn.batch
    assert again.attempt == 2


async def test_a_pause_ends_by_itself(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.hand_back(await shelf.take(), 0.05, counted=True)

    assert (await eventually_claimed(shelf)).thread == THREAD


# -- edits and deletes --


async def test_an_edited_message_that_waits_is_asked_as_edited(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.change(THREAD, message(1, "edited"))

    assert texts((await shelf.turn()).batch.messages) == ["edited"]


async def test_an_edited_message_is_edited_in_history_too(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.answer()
    await shelf.change(THREAD, message(1, "edited"))

    assert texts((await shelf.load(THREAD)).messages) == ["edited", "answer"]


async def test_an_edit_of_what_we_do_not_hold_is_ignored(shelf: Shelf) -> None:
    await shelf.change(THREAD, message(1, "edited"))

    assert await shelf.contents() == {}


async def test_a_deleted_message_is_not_asked(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.ask(2)
    await shelf.drop(THREAD, at(1))

    assert texts((await shelf.turn()).batch.messages) == ["message 2"]


async def test_when_all_that_waited_is_deleted_there_is_no_turn(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.drop(THREAD, at(1))

    assert await shelf.begin(await shelf.take()) is None
    assert await shelf.idle()
    assert (await shelf.load(THREAD)).messages == ()


async def test_what_comes_after_a_turn_that_was_none_is_answered(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.drop(THREAD, at(1))
    lease = await shelf.take()
    await shelf.ask(2)

    turn = await shelf.started(lease)

    assert texts(turn.batch.messages) == ["message 2"]


async def test_a_message_deleted_during_its_turn_does_not_become_history(shelf: Shelf) -> None:
    await shelf.ask(1)
    turn = await shelf.turn()
    await shelf.drop(THREAD, at(1))
    await shelf.finish(turn, reply(turn, "answer"))

    assert texts((await shelf.load(THREAD)).messages) == ["answer"]


async def test_a_turn_keeps_its_name_when_a_message_of_its_batch_is_deleted(shelf: Shelf) -> None:
    """By its name the next attempt finds what the last had posted."""
    for n in (1, 2, 3):
        await shelf.ask(n)
    first = await shelf.turn()
    await shelf.drop(THREAD, at(1))
    await shelf.drop(THREAD, at(3))
    await shelf.lapse()

    second = await shelf.turn()

    assert second.id == first.id
    assert texts(second.batch.messages) == ["message 2"]


async def test_a_deleted_message_is_gone_from_history_and_from_chatter(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.answer()
    await shelf.mutter(2)
    await shelf.drop(THREAD, at(1))
    await shelf.drop(THREAD, at(2))

    assert texts((await shelf.load(THREAD)).messages) == ["answer"]
    assert await shelf.raw.hlen(shelf.keys.messages(THREAD)) == 1


@pytest.mark.parametrize("addressed", [True, False])
async def test_a_deleted_message_that_slack_sends_again_stays_deleted(shelf: Shelf, addressed: bool) -> None:
    """Slack sends an event again that we could not keep at first; its author may have changed their mind since."""
    await shelf.ask(1)
    await shelf.answer()
    await shelf.put(THREAD, message(2), addressed=addressed)
    await shelf.drop(THREAD, at(2))
    await shelf.drop(THREAD, at(3))  # overtook its message

    assert await shelf.put(THREAD, message(2), addressed=addressed) == "again"
    assert await shelf.put(THREAD, message(3), addressed=addressed) == "again"
    assert await shelf.raw.hmget(shelf.keys.messages(THREAD), [at(2), at(3)]) == [None, None]


# -- history --


async def test_history_is_what_was_said_and_answered_in_order(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.ask(2)
    await shelf.answer("first")
    await shelf.mutter(3)
    await shelf.ask(4)
    await shelf.answer("second")

    past = (await shelf.load(THREAD)).messages

    assert texts(past) == ["message 1", "message 2", "first", "message 3", "message 4", "second"]
    assert [m.role for m in past].count("assistant") == 2


async def test_what_the_running_turn_is_about_is_not_history_yet(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.answer()
    await shelf.ask(2)
    await shelf.turn()

    assert texts((await shelf.load(THREAD)).messages) == ["message 1", "answer"]


async def test_threads_do_not_share_their_history(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.answer()

    assert (await shelf.load(OTHER)).messages == ()


async def test_an_answer_stands_before_what_was_said_while_it_was_written(shelf: Shelf) -> None:
    await shelf.ask(1)
    turn = await shelf.turn()
    await shelf.ask(2)
    await shelf.finish(turn, reply(turn, "first"))
    await shelf.answer("second")

    assert texts((await shelf.load(THREAD)).messages) == ["message 1", "first", "message 2", "second"]


async def test_a_history_that_grows_too_long_is_cut_to_its_newer_half(shelf: Shelf) -> None:
    turns = inbox.MOST_PAST // 2 // inbox.MOST_AT_ONCE
    for n in range(2 * turns * inbox.MOST_AT_ONCE):
        await shelf.ask(n)
    for _ in range(2 * turns):
        await shelf.answer()

    past = (await shelf.load(THREAD)).messages

    assert len(past) <= inbox.MOST_PAST
    assert past[-1].text == "answer"
    assert past[-2].text == f"message {2 * turns * inbox.MOST_AT_ONCE - 1}"
    assert await shelf.raw.hlen(shelf.keys.messages(THREAD)) == len(past)


async def test_history_lives_on_from_each_answer(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.answer()
    for key in (shelf.keys.messages(THREAD), shelf.keys.past(THREAD)):
        await shelf.raw.expire(key, 5)
    await shelf.ask(2)
    await shelf.answer()

    assert await shelf.raw.ttl(shelf.keys.messages(THREAD)) > 5
    assert await shelf.raw.ttl(shelf.keys.past(THREAD)) > 5


async def test_a_forgotten_thread_starts_anew(shelf: Shelf) -> None:
    """The history's lifetime has ended."""
    await shelf.ask(1)
    await shelf.answer()
    await shelf.raw.delete(shelf.keys.messages(THREAD), shelf.keys.past(THREAD))

    assert await shelf.mutter(2) == "unknown"
    await shelf.ask(3)
    assert texts((await shelf.turn()).batch.messages) == ["message 3"]


async def test_bots_that_share_a_redis_do_not_see_each_others_threads(shelf: Shelf, redis_url: str) -> None:
    other = await Shelf.open(redis_url)
    other.keys, other.queue = Keys("other", "T1"), QueueKeys("other")
    other.line = RedisQueue(other.client, other.queue, 60)
    await other.ask(1)

    assert await shelf.claim(1) == []
    assert len(await other.claim(1)) == 1
    await other.raw.flushall()
    await other.close()


# -- a Redis that goes and comes back --


async def test_nothing_is_lost_when_redis_is_killed_and_started_again(
    shelf: Shelf, mortal_redis: EmbeddedRedis
) -> None:
    await shelf.ask(1)
    await shelf.answer()
    await shelf.ask(2)
    turn = await shelf.turn()

    mortal_redis.kill()
    mortal_redis.start()
    await shelf.finish(turn, reply(turn, "second"))

    assert texts((await shelf.load(THREAD)).messages) == ["message 1", "answer", "message 2", "second"]


async def test_finishing_waits_for_redis_to_come_back(shelf: Shelf, mortal_redis: EmbeddedRedis) -> None:
    await shelf.ask(1)
    turn = await shelf.turn()
    mortal_redis.stop()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(shelf.finish(turn, reply(turn, "answer")))
        await asyncio.to_thread(mortal_redis.start)

    assert texts((await shelf.load(THREAD)).messages) == ["message 1", "answer"]
