"""The one table of error codes: what each means, who may read it, what to do about it.

A new code is one entry of ``SERVER_ERRORS``::

    "queue.full": PUBLIC_BAD_REQUEST.means(
        "The queue holds as many messages as it may.", "Send again later."
    ),

Server, client, documents and specs read it; a test compares it with the code that
raises.
"""

from typing import TYPE_CHECKING, Final

from .error_rules import (
    BAD_REQUEST,
    HIDDEN,
    NOT_EXECUTED,
    NOT_SCHEDULED,
    PUBLIC,
    PUBLIC_BAD_REQUEST,
    ErrorRule,
    Retry,
    answered,
    passing,
    public,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ANY_CODE", "ERROR_RULES", "OFFICIAL_ERRORS", "SERVER_ERRORS"]

ANY_CODE: Final = "*"
"""Stands for every code of a group that has no row of its own."""

_CALL_AGAIN: Final = "Call again; clients do so by themselves."
_FIX_REQUEST: Final = "Correct the request; the metadata names the place."
_FIX_SERVER: Final = "Correct the actor; its log has the traceback under the ray id."
_LATER: Final = "Try again later, less often."
_USE_CLIENT: Final = "Build the address with a client library."

SERVER_ERRORS: Final["Mapping[str, ErrorRule]"] = {
    # Actors
    "actor.aborted": PUBLIC.means(
        "The actor stopped before the action ended.",
        "Call again if running the action twice does no harm.",
    ),
    "actor.action_not_found": public(404).means(
        "The actor has no action of this name.",
        "Check the name against the schema of the server.",
    ),
    "actor.action_timed_out": public(408).means(
        "The action took longer than its timeout and was cancelled.",
        "Raise `timeout` in the schema, or let the action do less.",
    ),
    "actor.call_cycle": public(500).means(
        "The start of an actor calls an actor whose start waits for it.",
        "Call from `run`, from an action or in the background, not from a start hook.",
    ),
    "actor.callback_timed_out": HIDDEN.means(
        "A hook of the actor took longer than its limit and was cancelled.",
        "Let the hook do less; the log names it.",
    ),
    "actor.destroyed_while_waiting_for_ready": NOT_EXECUTED.means(
        "The actor was destroyed before it could serve the request.", _CALL_AGAIN
    ),
    "actor.duplicate_key": BAD_REQUEST.means(
        "An actor with this name and key exists already.",
        "Use `get_or_create`, or another key.",
    ),
    "actor.empty_key": BAD_REQUEST.means(
        "The key of a new actor is the empty string.", "Name a key, or leave it out."
    ),
    "actor.internal_error": HIDDEN.means(
        "A message to a connection cannot be encoded.", _FIX_SERVER
    ),
    "actor.invalid_operation": HIDDEN.means(
        "User code asked for something that this call does not have.", _FIX_SERVER
    ),
    "actor.invalid_request": ErrorRule(status=400, host_status=400).means(
        "A frame or a parameter of a connection is not what the protocol asks for.",
        "Send what `/asyncapi.json` describes.",
    ),
    "actor.key_too_large": BAD_REQUEST.means(
        "The key, or a part of it, is longer than the limit.", "Use a shorter key."
    ),
    "actor.kv_key_not_found": BAD_REQUEST.means(
        "The actor has no value under this key.",
        "Check the key; it is base64 of the key with its prefix.",
    ),
    "actor.method_not_allowed": public(405).means(
        "The route exists, but not for this HTTP method.",
        "Use the method of `/openapi.json`.",
    ),
    "actor.no_runner_config_configured": BAD_REQUEST.means(
        "The server has no pool of this name.",
        "Leave the pool out, or name the one that the message names.",
    ),
    "actor.not_found": ErrorRule(
        status=404,
        host_status=404,
        public=True,
        retry=Retry.KEY_HANDLES,
        reconnect=Retry.KEY_HANDLES,
    ).means(
        "The actor does not exist or was destroyed, or has no such route.",
        "Create it first, for example with `get_or_create`.",
    ),
    "actor.not_registered": BAD_REQUEST.means(
        "The server has no actor of this name.",
        "Check the name against the schema of the server.",
    ),
    "actor.overloaded": answered(503).means(
        "The actor does as much at a time as it may.", _LATER
    ),
    "actor.restarting": passing(503).means(
        "The actor was dropped from memory and starts again.", _CALL_AGAIN
    ),
    "actor.state_mutation_reentrant": HIDDEN.means(
        "`on_state_change` changed the state; that change was undone.", _FIX_SERVER
    ),
    "actor.state_not_enabled": HIDDEN.means(
        "User code read the state of an actor that declares none.",
        "Declare `state` in the schema.",
    ),
    "actor.stopped": ErrorRule(host_status=503, reconnect=Retry.ANY_HANDLE).means(
        "The actor has gone to sleep.", "Connect again; clients do so by themselves."
    ),
    "actor.stopping": NOT_EXECUTED.means(
        "The actor is going to sleep or being destroyed.", _CALL_AGAIN
    ),
    "actor.unsupported_websocket_encoding": BAD_REQUEST.means(
        "The encoding of a connection is none of json, cbor and bare.",
        "Offer the subprotocol of one of them.",
    ),
    # Official servers answer 500 and hide the message, so that a caller cannot learn
    # which argument was wrong. Here it is public: it quotes the caller's own input.
    "actor.validation_error": PUBLIC_BAD_REQUEST.means(
        "Arguments, input or parameters do not fit the schema.",
        "Correct the values; the metadata lists each of them.",
    ),
    "actor.workflow_in_flight": public(409).means(
        "The workflow is at work, so that it cannot be replayed.",
        "Wait until it has ended, or waits itself.",
    ),
    # Whoever is told "forbidden" may read why.
    "auth.forbidden": public(403).means(
        "The actor does not let this caller do that.",
        "Connect with parameters that permit it.",
    ),
    "user.*": PUBLIC.means(
        "The actor raised an error that its schema or its author names.",
        "Read the message; the code is the actor's own.",
    ),
    # Messages
    "message.incoming_too_long": PUBLIC_BAD_REQUEST.means(
        "A request or frame is longer than the limit.",
        "Send less at a time, or raise `incoming_message_bytes`.",
    ),
    "message.outgoing_too_long": PUBLIC_BAD_REQUEST.means(
        "A result or event is longer than the limit.",
        "Return less at a time, or raise `outgoing_message_bytes`.",
    ),
    "message.too_many_unread": HIDDEN.means(
        "The other end of a connection within the server reads too slowly.",
        "Read events as they come; connect again.",
    ),
    # KV. Official servers answer 400 for a limit, and 500 for user code with that code.
    "kv.batch_too_large": ErrorRule(host_status=400, public=True).means(
        "A batch has more keys or bytes than one may have.", "Write several batches."
    ),
    "kv.key_too_large": ErrorRule(host_status=400, public=True).means(
        "A KV key is longer than the limit.", "Use a shorter key."
    ),
    "kv.not_text": ErrorRule(host_status=400, public=True).means(
        "A KV key or value is not UTF-8.", 'Read it as `"binary"`.'
    ),
    "kv.read_only": ErrorRule(host_status=400, public=True).means(
        "An action that is declared `readOnly` tried to write.",
        "Remove `readOnly` from the schema, or the write from the action.",
    ),
    "kv.value_too_large": ErrorRule(host_status=400, public=True).means(
        "A KV value is longer than the limit.", "Split the value."
    ),
    # Queues
    "queue.already_completed": PUBLIC_BAD_REQUEST.means(
        "The message was completed before.", _FIX_SERVER
    ),
    "queue.complete_not_configured": PUBLIC_BAD_REQUEST.means(
        "The queue declares no result.", _FIX_SERVER
    ),
    "queue.full": PUBLIC_BAD_REQUEST.means(
        "The queue holds as many messages as it may.", _LATER
    ),
    "queue.key_too_long": PUBLIC_BAD_REQUEST.means(
        "The idempotency key of a message is too long.", "Use a shorter one."
    ),
    "queue.message_failed": public(500).means(
        "Every delivery of the message failed; it went to the dead letters.",
        _FIX_SERVER,
    ),
    "queue.message_identity_mismatch": HIDDEN.means(
        "The actor completed a message by its id in a queue that it is not in.",
        _FIX_SERVER,
    ),
    "queue.message_invalid": PUBLIC_BAD_REQUEST.means(
        "A stored message cannot be read.", _FIX_SERVER
    ),
    "queue.message_too_large": PUBLIC_BAD_REQUEST.means(
        "A message is larger than the queue takes.", "Send less."
    ),
    "queue.not_found": public(404).means(
        "The actor has no queue of this name.",
        "Check the name against the schema of the server.",
    ),
    "queue.previous_message_not_completed": PUBLIC_BAD_REQUEST.means(
        "The message before must be completed first.", _FIX_SERVER
    ),
    "queue.read_only": PUBLIC_BAD_REQUEST.means(
        "An action that declares to change nothing used a queue.", _FIX_SERVER
    ),
    "queue.timed_out": PUBLIC_BAD_REQUEST.means("Waiting took too long.", _LATER),
    # Schedules
    "schedule.interrupted": PUBLIC.means(
        "The server stopped while the scheduled action ran.",
        "It runs again as `missed` says; make the action safe to repeat.",
    ),
    "schedule.invalid_argument": PUBLIC.means(
        "An argument of a schedule is out of range.", _FIX_SERVER
    ),
    "schedule.invalid_cron_expression": PUBLIC.means(
        "A cron expression cannot be read.", _FIX_SERVER
    ),
    "schedule.invalid_interval": PUBLIC.means(
        "An interval is shorter than schedules may have.", _FIX_SERVER
    ),
    "schedule.invalid_max_history": PUBLIC.means(
        "The length of a history is out of range.", _FIX_SERVER
    ),
    "schedule.invalid_name": PUBLIC.means(
        "The name of a schedule is empty or too long.", _FIX_SERVER
    ),
    "schedule.invalid_schedule_row": PUBLIC.means(
        "A stored schedule cannot be read.",
        "Delete it and set it again; the message names it.",
    ),
    "schedule.invalid_timezone": PUBLIC.means(
        "A time zone is not known.", "Use a name of the IANA database."
    ),
    "schedule.max_schedules_exceeded": PUBLIC.means(
        "The actor has as many schedules as it may.",
        "Delete some, or raise `maxSchedules`.",
    ),
    "schedule.read_only": PUBLIC.means(
        "An action that is declared `readOnly` tried to change schedules.",
        "Remove `readOnly` from the schema, or the schedule from the action.",
    ),
    # SQL: what a statement says may hold values of other callers, so it stays private.
    # Tools of the inspector, which bring the statement themselves, read it: status 400.
    "sqlite.closed": HIDDEN.means(
        "User code used a database after its actor had stopped.", _FIX_SERVER
    ),
    "sqlite.internal_error": BAD_REQUEST.means(
        "A statement of a tool failed.", _FIX_REQUEST
    ),
    "sqlite.invalid_bind_parameter": BAD_REQUEST.means(
        "A parameter of a statement cannot be stored.", _FIX_SERVER
    ),
    "sqlite.migration_invalid": HIDDEN.means(
        "The migrations do not fit together, or not to the database.", _FIX_SERVER
    ),
    "sqlite.not_authorized": BAD_REQUEST.means(
        "A statement would reach beyond the database of its actor.", _FIX_SERVER
    ),
    "sqlite.not_configured": BAD_REQUEST.means(
        "User code used the database of an actor that declares none.",
        "Declare `db` in the schema.",
    ),
    "sqlite.result_too_large": BAD_REQUEST.means(
        "A statement gave more rows or bytes than it may.", "Ask for less at a time."
    ),
    "sqlite.transaction_closed": HIDDEN.means(
        "User code used a transaction after its end.", _FIX_SERVER
    ),
    "sqlite.transaction_expired": HIDDEN.means(
        "A transaction took too long and was rolled back.", _FIX_SERVER
    ),
    "sqlite.transaction_nested": HIDDEN.means(
        "Inside a transaction, something would wait for its end.", _FIX_SERVER
    ),
    "sqlite.transaction_queue_full": HIDDEN.means(
        "As many transactions wait as may.", _LATER
    ),
    "sqlite.unavailable": HIDDEN.means(
        "As many databases are in use as may be open.",
        "Try again later, or raise the limit of open databases.",
    ),
    # The gateway
    "envoy.fetch_failed": HIDDEN.means(
        "The path below the gateway has a bad percent escape.", _USE_CLIENT
    ),
    "guard.actor_wake_retries_exceeded": passing(503).means(
        "The actor could not be started, however often it was tried.",
        "Correct the hook that fails; the log of the actor names it.",
    ),
    "guard.invalid_header": BAD_REQUEST.means(
        "A header has a value that it cannot have.", _FIX_REQUEST
    ),
    "guard.invalid_request": BAD_REQUEST.means(
        "What arrived is not HTTP.", "Speak HTTP/1.1 to this port."
    ),
    "guard.invalid_request_body": answered(413).means(
        "The body is too long, or not what its headers announce.",
        "Send less, or raise `http_body_bytes`.",
    ),
    "guard.missing_header": BAD_REQUEST.means(
        "A header that routing needs is missing.",
        "Send the header that the metadata names; sockets offer a subprotocol.",
    ),
    "guard.no_route": answered(404).means(
        "Headers ask for a route that does not exist.",
        "Use `/gateway/…`, or the headers of a client library.",
    ),
    "guard.query_duplicate_param": BAD_REQUEST.means(
        "A routing parameter occurs twice.", _USE_CLIENT
    ),
    "guard.query_empty_actor_name": BAD_REQUEST.means(
        "The path names no actor.", _USE_CLIENT
    ),
    "guard.query_get_disallowed_params": BAD_REQUEST.means(
        "`get` creates nothing, so it takes no input, pool or region.", _USE_CLIENT
    ),
    "guard.query_invalid_base64_input": BAD_REQUEST.means(
        "`rvt-input` is not base64url without padding.", _USE_CLIENT
    ),
    "guard.query_invalid_cbor_input": BAD_REQUEST.means(
        "`rvt-input` is not CBOR.", _USE_CLIENT
    ),
    "guard.query_invalid_params": BAD_REQUEST.means(
        "Routing parameters are missing, unknown or have a wrong value.", _FIX_REQUEST
    ),
    "guard.query_invalid_percent_encoding": BAD_REQUEST.means(
        "A percent escape of the address is broken or is not UTF-8.", _USE_CLIENT
    ),
    "guard.query_missing_pool": BAD_REQUEST.means(
        "`getOrCreate` needs a pool.", "Send `rvt-runner=default`."
    ),
    "guard.query_param_missing_equals": BAD_REQUEST.means(
        "A routing parameter has no value.", _USE_CLIENT
    ),
    "guard.query_path_token_syntax": BAD_REQUEST.means(
        "An address with routing parameters has a token in its path.",
        "Send the token as `rvt-token`.",
    ),
    "guard.request_timeout": answered(504).means(
        "The body of the request did not arrive in time.",
        "Send it at once, or raise `body_timeout_s`.",
    ),
    "guard.service_unavailable": passing(503).means(
        "The server is shutting down.", _CALL_AGAIN
    ),
    "guard.rate_limit": answered(429).means(
        "This address sends too many requests to the actor, or too many at a time.",
        "Try again after `retry_after_s` of the metadata.",
    ),
    # The inspector
    "inspector.events_dropped": HIDDEN.means(
        "Version 1 of the inspector's protocol knows events, which nobody records.",
        "Ask for a newer version.",
    ),
    "inspector.invalid_protocol_version": BAD_REQUEST.means(
        "The inspector's protocol has no such version.",
        "Ask for `protocol_version=6`.",
    ),
    "inspector.unauthorized": answered(401).means(
        "The token of the actor's inspector is missing or wrong.",
        "Read it at `GET /actors/{id}/kv/keys/Aw%3D%3D`.",
    ),
    # The management API
    "api.bad_request": BAD_REQUEST.means(
        "Query, body or path do not have the form they must have.",
        "Correct what `metadata.reason` names.",
    ),
    "api.forbidden": answered(403).means(
        "The server does not answer to this host name, or not to this page.",
        "Start it with `--allow-host` or `--allow-origin`.",
    ),
    "api.not_found": answered(404).means(
        "There is nothing at this path.", "Use a path of `/openapi.json`."
    ),
    "api.unauthorized": answered(401).means(
        "The token is missing or wrong.",
        "Send the server's token; clients take it from the endpoint.",
    ),
    "datacenter.not_found": BAD_REQUEST.means(
        "There is no datacenter of this name.",
        "Leave it out: there is one, `default`.",
    ),
    "namespace.not_found": BAD_REQUEST.means(
        "The server serves another namespace.",
        "Name the namespace that the server was started with.",
    ),
    "validation.invalid_input": BAD_REQUEST.means(
        "The parameters do not go together.", "Correct what the message names."
    ),
    "validation.too_many_actor_ids": BAD_REQUEST.means(
        "One request lists more actor ids than it may.", "Ask for fewer at a time."
    ),
    # Sockets
    "ws.going_away": ErrorRule(reconnect=Retry.ANY_HANDLE).means(
        "The server stops.", "Connect again; clients do so by themselves."
    ),
    # Everything else
    "core.internal_error": HIDDEN.means(
        "A request cannot be decoded (status 400), or the server failed.",
        "Correct the body if the message says what is wrong, else see the log.",
    ),
    "rivetkit.internal_error": HIDDEN.means(
        "User code raised an error that callers may not read.", _FIX_SERVER
    ),
    # This implementation's own
    "rivetgen.slow_client": HIDDEN.means(
        "A client read too slowly, and its socket was closed.",
        "Read events as they come; connect again.",
    ),
    "rivetgen.state_invalid": HIDDEN.means(
        "The state does not fit the schema, so it cannot be saved or loaded.",
        _FIX_SERVER,
    ),
    "rivetgen.state_too_large": HIDDEN.means(
        "The state of the actor is larger than the host saves; the change was undone.",
        "Keep large or growing data in `c.kv`, or raise `StateLimits.maximum_bytes`.",
    ),
    "rivetgen.storage_corrupt": HIDDEN.means(
        "A stored value is not what was written.", "Restore the data from a backup."
    ),
    "rivetgen.storage_failed": public(503).means(
        "The store is out of service: what was not confirmed may be lost.",
        "Look at the disk, then start the server again.",
    ),
    "rivetgen.storage_full": public(507).means(
        "The disk is full; nothing of the request was saved.", "Make space."
    ),
}
"""What this server sends, by ``group.code``."""

OFFICIAL_ERRORS: Final["Mapping[str, ErrorRule]"] = {
    "actor.destroyed_during_creation": NOT_EXECUTED.means(
        "The actor was destroyed while it was being created.", _CALL_AGAIN
    ),
    "actor.destroying": NOT_SCHEDULED.means(
        "The actor is being destroyed.", _CALL_AGAIN
    ),
    "actor.dropped_reply": NOT_EXECUTED.means(
        "The actor ended before it took the request.", _CALL_AGAIN
    ),
    "actor.input_too_large": BAD_REQUEST.means(
        "The input of a new actor is too large.", "Send less."
    ),
    "actor.not_configured": NOT_EXECUTED.means(
        "The actor is not set up yet.", _CALL_AGAIN
    ),
    "actor.starting": NOT_EXECUTED.means("The actor is starting.", _CALL_AGAIN),
    "queue.invalid_completion_payload": PUBLIC_BAD_REQUEST.means(
        "The result of a message does not fit the schema.", _FIX_SERVER
    ),
    "queue.invalid_payload": PUBLIC_BAD_REQUEST.means(
        "A message does not fit the schema.", _FIX_REQUEST
    ),
    "guard.actor_ready_timeout": NOT_SCHEDULED.means(
        "The actor did not start in time.", _CALL_AGAIN
    ),
    "guard.actor_runner_failed": NOT_SCHEDULED.means(
        "The process of the actor failed.", _CALL_AGAIN
    ),
    "guard.actor_stopped_while_waiting": passing(503).means(
        "The actor stopped before the request reached it.", _CALL_AGAIN
    ),
    "guard.gateway_response_start_timeout": passing(504).means(
        "The actor did not begin to answer in time.", _CALL_AGAIN
    ),
    "guard.invalid_response_body": answered(502).means(
        "The answer of the actor cannot be passed on.", _FIX_SERVER
    ),
    "guard.retry_attempts_exceeded": answered(502).means(
        "The request could not be delivered.", _LATER
    ),
    "guard.tunnel_message_timeout": passing(504).means(
        "The process of the actor does not take messages.", _CALL_AGAIN
    ),
    "guard.tunnel_request_aborted": passing(503).means(
        "The process of the actor dropped the request.", _CALL_AGAIN
    ),
    "guard.tunnel_response_closed": passing(503).means(
        "The process of the actor went away.", _CALL_AGAIN
    ),
    "guard.upstream_error": answered(502).means(
        "The process of the actor failed.", _LATER
    ),
    "api.internal_error": HIDDEN,
    "api.*": BAD_REQUEST,
    "datacenter.*": BAD_REQUEST,
    "kv.*": ErrorRule(host_status=400, public=True),
    "namespace.*": BAD_REQUEST,
    "queue.*": ErrorRule(status=400, host_status=400),
    "schedule.*": PUBLIC,
    "validation.*": BAD_REQUEST,
}
"""What only official servers send: clients have to know it all the same."""


def _by_pair(rules: "Mapping[str, ErrorRule]") -> "dict[tuple[str, str], ErrorRule]":
    pairs = ((name.partition("."), rule) for name, rule in rules.items())
    return {(group, code): rule for (group, _, code), rule in pairs}


ERROR_RULES: Final["Mapping[tuple[str, str], ErrorRule]"] = {
    **_by_pair(OFFICIAL_ERRORS),
    **_by_pair(SERVER_ERRORS),
}
"""Rules by (group, code); the code ``*`` stands for every other code of its group."""
