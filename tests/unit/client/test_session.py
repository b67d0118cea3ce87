"""Tests of one connection without I/O: what is pending, and what happens next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rivetgen_client._session import (
    Answered,
    Changed,
    ConnectionStatus,
    Failed,
    Received,
    Reported,
    Session,
)
from rivetgen_client.errors import (
    ActorError,
    ConnectionClosedError,
    ConnectionFailedError,
    MessageTooLongError,
    UnknownOutcomeError,
)
from rivetgen_client.transport import ChannelClosedError
from rivetgen_client.wire.messages import (
    ActionRequest,
    ActionResponse,
    ActorSpecifier,
    Error,
    Event,
    Init,
    SubscriptionRequest,
)

if TYPE_CHECKING:
    from rivetgen_client._session import Occurrence
    from rivetgen_client.wire.messages import ToServer

INIT = Init("actor1", "connection1")
LOST = ChannelClosedError(1006, "")
REFUSED = ConnectionFailedError("http://h", "refused")


def connected(*, by_key: bool = True) -> Session:
    session = Session(by_key=by_key)
    session.opening()
    session.received(INIT, now_s=0)
    return session


def end(
    session: Session, error: Exception = LOST, now_s: float = 10
) -> list[Occurrence]:
    return session.ended(error, now_s=now_s, jitter=1)


def reconnect(session: Session) -> None:
    session.opening()
    session.received(INIT, now_s=20)


def drained(session: Session) -> list[ToServer]:
    messages: list[ToServer] = []
    while (message := session.next_message()) is not None:
        messages.append(message)
    return messages


def failures(occurrences: list[Occurrence]) -> dict[int, type[Exception]]:
    return {
        occurrence.action_id: type(occurrence.error)
        for occurrence in occurrences
        if isinstance(occurrence, Failed)
    }


# Before and after Init


def test_nothing_is_sent_before_init() -> None:
    session = Session(by_key=True)
    session.opening()
    session.subscribe("newCount")
    session.call("increment", [1], retryable=False)

    assert drained(session) == []
    assert session.received(INIT, now_s=0) == [Changed(ConnectionStatus.CONNECTED)]
    assert drained(session) == [
        SubscriptionRequest("newCount", subscribe=True),
        ActionRequest(0, "increment", [1]),
    ]
    assert session.init == INIT


def test_actions_are_answered_in_any_order() -> None:
    session = connected()
    slow = session.call("slow", [], retryable=False)
    quick = session.call("get", [], retryable=False)
    drained(session)

    assert session.received(ActionResponse(quick, 2), now_s=1) == [Answered(quick, 2)]
    assert session.received(ActionResponse(slow, 1), now_s=1) == [Answered(slow, 1)]


def test_an_action_fails_with_the_error_of_the_server() -> None:
    session = connected()
    action_id = session.call("m", [], retryable=False)
    drained(session)

    refusal = Error(group="user", code="x", message="Nope", action_id=action_id)
    (failed,) = session.received(refusal, now_s=1)

    assert isinstance(failed, Failed)
    assert isinstance(failed.error, ActorError)
    assert failed.error.name == "user.x"


def refusal(action_id: int, *, actor: ActorSpecifier | None = None) -> Error:
    """What a stopping actor answers: with ``actor`` its code met the error itself."""
    return Error(
        group="actor",
        code="stopping",
        message="The actor is stopping.",
        action_id=action_id,
        actor=actor,
    )


def test_an_action_that_a_stopping_actor_refused_is_sent_on_the_next_channel() -> None:
    session = connected()
    action_id = session.call("m", [], retryable=False)
    drained(session)

    assert session.received(refusal(action_id), now_s=1) == []
    assert drained(session) == []
    assert not failures(end(session))
    reconnect(session)
    assert drained(session) == [ActionRequest(action_id, "m", [])]
    done = session.received(ActionResponse(action_id, 1), now_s=21)
    assert done == [Answered(action_id, 1)]


def test_an_action_that_met_a_stopping_actor_itself_may_have_run() -> None:
    session = connected()
    once = session.call("m", [], retryable=False)
    again = session.call("get", [], retryable=True)
    drained(session)

    answering = ActorSpecifier("actor1", 1, "a")
    occurred = session.received(refusal(once, actor=answering), now_s=1)
    occurred += session.received(refusal(again, actor=answering), now_s=1)

    assert failures(occurred) == {once: ActorError}


def test_a_refused_action_that_is_given_up_was_not_executed() -> None:
    session = connected()
    action_id = session.call("m", [], retryable=False)
    drained(session)
    session.received(refusal(action_id), now_s=1)

    assert session.abandon(action_id) is False


def test_an_answer_nobody_waits_for_is_ignored() -> None:
    session = connected()
    action_id = session.call("m", [], retryable=False)
    drained(session)

    assert session.abandon(action_id) is True
    assert session.received(ActionResponse(action_id, 1), now_s=1) == []
    late = Error(group="user", code="x", message="Nope", action_id=action_id)
    assert session.received(late, now_s=1) == []


def test_an_abandoned_action_that_was_not_sent_is_never_sent() -> None:
    session = connected()
    action_id = session.call("m", [], retryable=False)

    assert session.abandon(action_id) is False
    assert drained(session) == []


def test_a_message_that_cannot_be_written_fails_its_action_only() -> None:
    session = connected()
    session.subscribe("e")
    session.call("m", [], retryable=False)
    subscription, action = drained(session)
    error = ValueError("too deep")

    assert session.unsendable(subscription, error) == []
    assert session.unsendable(action, error) == [Failed(0, error)]
    assert session.unsendable(action, error) == []


# Subscriptions


def test_one_subscription_serves_all_listeners_of_an_event() -> None:
    session = connected()
    session.subscribe("e")
    session.subscribe("e")
    session.unsubscribe("e")
    assert drained(session) == [SubscriptionRequest("e", subscribe=True)]

    session.unsubscribe("e")
    assert drained(session) == [SubscriptionRequest("e", subscribe=False)]


def test_subscriptions_are_made_again_on_every_channel() -> None:
    session = connected()
    session.subscribe("a")
    session.subscribe("b")
    session.unsubscribe("a")
    end(session)
    session.subscribe("c")

    reconnect(session)

    assert drained(session) == [
        SubscriptionRequest("b", subscribe=True),
        SubscriptionRequest("c", subscribe=True),
    ]


def test_events_are_passed_on() -> None:
    assert connected().received(Event("e", [1, 2]), now_s=1) == [Received("e", [1, 2])]


# Endings


def test_an_ending_decides_about_every_pending_action() -> None:
    session = connected()
    changing = session.call("increment", [], retryable=False)
    harmless = session.call("get", [], retryable=True)
    drained(session)
    unsent = session.call("increment", [], retryable=False)

    occurrences = end(session)

    assert failures(occurrences) == {changing: UnknownOutcomeError}
    reconnect(session)
    assert [m.id for m in drained(session) if isinstance(m, ActionRequest)] == [
        harmless,
        unsent,
    ]


def test_ids_keep_counting_across_channels() -> None:
    session = connected()
    session.call("a", [], retryable=False)
    end(session)
    reconnect(session)

    assert session.call("b", [], retryable=False) == 1


def test_a_final_ending_fails_everything() -> None:
    session = connected()
    changing = session.call("increment", [], retryable=False)
    harmless = session.call("get", [], retryable=True)
    drained(session)
    unsent = session.call("increment", [], retryable=False)

    occurrences = end(session, ChannelClosedError(1011, "auth.forbidden"))

    assert session.is_closed
    assert issubclass(failures(occurrences)[unsent], ActorError)
    assert issubclass(failures(occurrences)[harmless], ActorError)
    assert failures(occurrences)[changing] is UnknownOutcomeError
    assert isinstance(session.final_error, ActorError)


def test_the_one_action_that_was_too_long_fails_with_that_error() -> None:
    session = connected()
    action_id = session.call("m", ["x" * 100_000], retryable=True)
    drained(session)

    occurrences = end(session, ChannelClosedError(1011, "message.incoming_too_long"))

    assert failures(occurrences) == {action_id: MessageTooLongError}
    reconnect(session)
    assert drained(session) == []


def test_of_several_actions_nobody_knows_which_one_was_too_long() -> None:
    session = connected()
    changing = session.call("a", [], retryable=False)
    harmless = session.call("b", [], retryable=True)
    drained(session)

    occurrences = end(session, ChannelClosedError(1011, "message.incoming_too_long"))

    assert failures(occurrences) == {
        changing: UnknownOutcomeError,
        harmless: MessageTooLongError,
    }


def test_an_unknown_outcome_names_its_cause() -> None:
    session = connected()
    session.call("increment", [], retryable=False)
    drained(session)

    occurrences = end(session, ChannelClosedError(1011, "actor.restarting"))

    (failed,) = [one for one in occurrences if isinstance(one, Failed)]
    assert isinstance(failed.error.__cause__, ActorError)
    assert failed.error.__cause__.name == "actor.restarting"


def test_an_error_of_the_connection_is_told_once_and_decides() -> None:
    session = Session(by_key=True)
    session.opening()

    (reported,) = session.received(
        Error(group="user", code="unauthorized", message="Nope"), now_s=0
    )
    occurrences = end(session, ChannelClosedError(1011, "user.unauthorized"))

    assert isinstance(reported, Reported)
    assert not [one for one in occurrences if isinstance(one, Reported)]
    assert session.final_error is reported.error


def test_a_missing_actor_is_waited_for_by_key_but_not_by_id() -> None:
    missing = ChannelClosedError(1011, "actor.not_found#ray")

    for by_key in (True, False):
        session = Session(by_key=by_key)
        session.opening()
        end(session, missing)
        assert session.is_closed is not by_key


def test_a_normal_close_is_a_change_but_no_error() -> None:
    occurrences = end(connected(), ChannelClosedError(1000, ""))

    assert occurrences == [Changed(ConnectionStatus.DISCONNECTED)]


def test_an_ending_that_is_no_error_of_ours_is_a_bug_and_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        end(connected(), ZeroDivisionError())


# Delays


def test_after_a_stable_channel_the_next_one_is_opened_at_once() -> None:
    session = connected()
    end(session, now_s=5)
    assert session.delay_s == 0

    session.opening()
    end(session, REFUSED)
    assert session.delay_s == 0.25


def test_channels_that_end_right_after_init_are_slowed_down() -> None:
    session = connected()
    delays: list[float] = []
    for _ in range(4):
        end(session, now_s=20.1)
        delays.append(session.delay_s)
        reconnect(session)

    assert delays == [0, 0.25, 0.5, 1.0]


# Close


def test_close_fails_what_is_pending_and_happens_once() -> None:
    session = connected()
    sent = session.call("a", [], retryable=False)
    drained(session)
    unsent = session.call("b", [], retryable=False)

    occurrences = session.close()

    assert failures(occurrences) == {
        sent: UnknownOutcomeError,
        unsent: ConnectionClosedError,
    }
    assert occurrences[-1] == Changed(ConnectionStatus.CLOSED)
    assert session.close() == []
    assert drained(session) == []


class Lives(RuleBasedStateMachine):
    """Any order of what users, servers and networks do."""

    def __init__(self) -> None:
        super().__init__()
        self.session = Session(by_key=True)
        self.open: dict[int, bool] = {}
        self.sent: list[int] = []
        self.subscribed: list[str] = []
        self.at_server: set[str] = set()

    def settle(self, occurrences: list[Occurrence]) -> None:
        for occurrence in occurrences:
            if isinstance(occurrence, Answered | Failed):
                del self.open[occurrence.action_id]

    @rule(retryable=st.booleans())
    def call(self, retryable: bool) -> None:
        if not self.session.is_closed:
            action_id = self.session.call("m", [], retryable=retryable)
            self.open[action_id] = retryable

    @rule(data=st.data())
    def abandon(self, data: st.DataObject) -> None:
        if self.open:
            action_id = data.draw(st.sampled_from(sorted(self.open)))
            self.session.abandon(action_id)
            del self.open[action_id]

    @rule(name=st.sampled_from("ab"))
    def subscribe(self, name: str) -> None:
        self.session.subscribe(name)
        self.subscribed.append(name)

    @precondition(lambda self: self.subscribed)
    @rule()
    def unsubscribe(self) -> None:
        self.session.unsubscribe(self.subscribed.pop())

    @precondition(lambda self: self.session.status is ConnectionStatus.DISCONNECTED)
    @rule()
    def opening(self) -> None:
        self.session.opening()
        self.at_server.clear()
        self.sent.clear()

    @precondition(lambda self: self.session.status is ConnectionStatus.CONNECTING)
    @rule()
    def init(self) -> None:
        self.session.received(INIT, now_s=0)

    @rule()
    def drain(self) -> None:
        for message in drained(self.session):
            if isinstance(message, ActionRequest):
                assert message.id in self.open
                self.sent.append(message.id)
            elif message.subscribe:
                self.at_server.add(message.event_name)
            else:
                self.at_server.remove(message.event_name)

    @precondition(lambda self: self.session.status is ConnectionStatus.CONNECTED)
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        if self.sent:
            action_id = data.draw(st.sampled_from(self.sent))
            self.settle(self.session.received(ActionResponse(action_id, 1), now_s=1))

    @precondition(
        lambda self: (
            self.session.status
            in (ConnectionStatus.CONNECTING, ConnectionStatus.CONNECTED)
        )
    )
    @rule(reason=st.sampled_from(["", "actor.restarting", "auth.forbidden"]))
    def lose(self, reason: str) -> None:
        self.settle(end(self.session, ChannelClosedError(1011, reason)))

    @rule(really=st.integers(0, 9))
    def close(self, really: int) -> None:
        if really == 0:
            self.settle(self.session.close())

    @invariant()
    def nothing_is_sent_twice_on_one_channel(self) -> None:
        assert len(set(self.sent)) == len(self.sent)

    @invariant()
    def nobody_waits_for_a_closed_connection(self) -> None:
        assert not (self.session.is_closed and self.open)

    @invariant()
    def the_server_knows_the_subscriptions(self) -> None:
        if self.session.status is ConnectionStatus.CONNECTED:
            self.drain()
            assert self.at_server == set(self.subscribed)


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
