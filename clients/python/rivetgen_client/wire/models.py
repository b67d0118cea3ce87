"""Bodies of the HTTP routes: generated from openapi.json, do not edit.

Regenerate with ``python clients/python/regenerate_models.py``.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr


class ActionCall(BaseModel):
    """
    Arguments of an action. Null or nothing means none, any other value that is not an array means this one.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    args: Any | None = None
    """
    Positional arguments. Values that JSON lacks are two-element arrays: `["$BigInt","5"]`, `["$Uint8Array","<base64>"]`, `["$Set",[...]]`, `["$Undefined",0]`; `["$x",y]` is written `["$$x",y]`.
    """


class ActionResult(BaseModel):
    """
    Result of an action.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    output: Any
    """
    What the action returned, in the form of `ActionCall.args`; `["$Undefined",0]` when it returns nothing.
    """


class Actor(BaseModel):
    """
    One actor. Every field is always present.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    actor_id: StrictStr
    """
    Opaque id, unique for ever.
    """
    name: StrictStr
    """
    Name of the actor in the schema.
    """
    key: StrictStr | None
    """
    Serialized key: parts joined by `/`, `\\` and `/` inside a part escaped by `\\`, an empty part written `\\0`, no parts written `/`.
    """
    namespace_id: StrictStr
    """
    Id of the namespace.
    """
    datacenter: StrictStr
    """
    Where it lives.
    """
    runner_name_selector: StrictStr
    """
    Pool of workers that runs it.
    """
    crash_policy: Literal["restart", "sleep", "destroy"]
    """
    What happens to an actor that crashed.
    """
    create_ts: Annotated[StrictInt, Field(ge=0)]
    """
    When it was created (ms since 1970, UTC).
    """
    start_ts: Annotated[StrictInt | None, Field(ge=0)]
    """
    When it was started for the first time (ms since 1970, UTC); null if that never happened.
    """
    pending_allocation_ts: Annotated[StrictInt | None, Field(ge=0)]
    """
    Since when it waits for a worker (ms since 1970, UTC); null if that never happened.
    """
    connectable_ts: Annotated[StrictInt | None, Field(ge=0)]
    """
    Since when it can be called without waiting (ms since 1970, UTC); null if that never happened.
    """
    sleep_ts: Annotated[StrictInt | None, Field(ge=0)]
    """
    Since when it sleeps (ms since 1970, UTC); null if that never happened.
    """
    reschedule_ts: Annotated[StrictInt | None, Field(ge=0)]
    """
    When it will be started again (ms since 1970, UTC); null if that never happened.
    """
    destroy_ts: Annotated[StrictInt | None, Field(ge=0)]
    """
    When it was destroyed (ms since 1970, UTC); null if that never happened.
    """
    error: Error | None = None
    """
    Why it could not be started the last time; only present when it could not.
    """


class ActorCreateRequest(BaseModel):
    """
    Create an actor.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    datacenter: StrictStr | None = None
    """
    Where to create it.
    """
    name: StrictStr
    """
    Name of the actor.
    """
    key: StrictStr | None = None
    """
    Serialized key, 1 to 1024 bytes. Actors without a key are never unique.
    """
    input: Annotated[
        StrictStr | None, Field(json_schema_extra={"contentEncoding": "base64"})
    ] = None
    """
    Input for the actor: padded base64 of CBOR.
    """
    runner_name_selector: StrictStr
    """
    Pool of workers.
    """
    crash_policy: Literal["restart", "sleep", "destroy"]
    """
    What happens to an actor that crashed.
    """


class ActorCreateResponse(BaseModel):
    """
    The new actor.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    actor: Actor


class ActorDeleteResponse(BaseModel):
    """
    The actor is destroyed, now or before.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )


class ActorGetOrCreateRequest(BaseModel):
    """
    Address an actor by name and key, creating it when there is none.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    datacenter: StrictStr | None = None
    """
    Where to create it.
    """
    name: StrictStr
    """
    Name of the actor.
    """
    key: StrictStr
    """
    Serialized key, 1 to 1024 bytes; `/` for the empty key.
    """
    input: Annotated[
        StrictStr | None, Field(json_schema_extra={"contentEncoding": "base64"})
    ] = None
    """
    Input for a new actor: padded base64 of CBOR.
    """
    runner_name_selector: StrictStr
    """
    Pool of workers.
    """
    crash_policy: Literal["restart", "sleep", "destroy"]
    """
    What happens to an actor that crashed.
    """


class ActorGetOrCreateResponse(BaseModel):
    """
    The actor of a name and key.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    actor: Actor
    created: StrictBool
    """
    Whether this request created it.
    """


class ActorList(BaseModel):
    """
    Actors, newest first.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    actors: list[Actor]
    """
    The page.
    """
    pagination: Pagination


class ActorName(BaseModel):
    """
    What is known about a kind of actor.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    metadata: dict[str, Any]
    """
    Free data of the server, such as an icon.
    """


class ActorNameList(BaseModel):
    """
    Names of actors that are served, in alphabetical order.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    names: dict[str, ActorName]
    """
    The page.
    """
    pagination: Pagination


class ActorReference(BaseModel):
    """
    Which actor an error came from.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    actor_id: Annotated[StrictStr, Field(alias="actorId")]
    """
    Id of the actor.
    """
    generation: Annotated[StrictInt, Field(ge=0)]
    """
    How often it was moved or restarted by its host.
    """
    key: StrictStr | None = None
    """
    Serialized key; absent when it has none.
    """


class Crashed(BaseModel):
    """
    One of its hooks failed, or its data could not be read.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    message: StrictStr
    """
    What callers are told.
    """


class Empty(BaseModel):
    """
    Nothing.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )


class Error(BaseModel):
    """
    Why it could not be started the last time; only present when it could not.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    crashed: Crashed | None = None
    """
    One of its hooks failed, or its data could not be read.
    """


class ErrorResponse(BaseModel):
    """
    Why a request failed. Clients decide by `group` and `code`; `message` is for people.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    group: StrictStr
    """
    Who says so, such as `user`, `actor`, `guard`, `api`.
    """
    code: StrictStr
    """
    What happened.
    """
    message: StrictStr
    """
    One sentence; `An internal error occurred` when the reason is not for callers.
    """
    metadata: Any | None = None
    """
    Facts for programs, if any.
    """
    actor: ActorReference | None = None


class Health(BaseModel):
    """
    The server is up.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    runtime: StrictStr
    """
    Kind of server: `rivetkit` here, `engine` for an engine.
    """
    status: StrictStr
    """
    `ok` when requests are served.
    """
    version: StrictStr
    """
    Version of the protocol that is spoken.
    """


class InspectedConnection(BaseModel):
    """
    One connection.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    type: None
    """
    Always null.
    """
    id: StrictStr
    """
    UUID text.
    """
    details: InspectorConnectionDetails


class InspectorActionCall(BaseModel):
    """
    Arguments of an action, in one of two forms.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    args: Any | None = None
    """
    List of arguments; any other value is the only one.
    """
    properties: Any | None = None
    """
    One argument; not together with `args`.
    """


class InspectorActionResult(BaseModel):
    """
    What an action returned.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    output: Any
    """
    The result.
    """


class InspectorConnectionDetails(BaseModel):
    """
    What is known about a connection.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    type: None
    """
    Always null.
    """
    params: Any
    """
    What the caller sent when it connected.
    """
    state_enabled: Annotated[StrictBool, Field(alias="stateEnabled")]
    """
    Whether connections have a state.
    """
    state: Any
    """
    State of the connection.
    """
    subscriptions: Annotated[StrictInt, Field(ge=0)]
    """
    Number of events it subscribed to.
    """
    is_hibernatable: Annotated[StrictBool, Field(alias="isHibernatable")]
    """
    Whether it survives that the actor sleeps.
    """


class InspectorConnections(BaseModel):
    """
    Connections of an actor.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    connections: list[InspectedConnection]
    """
    In the order in which they came.
    """


class InspectorDatabaseRows(BaseModel):
    """
    Rows.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    rows: list[dict[str, Any]]
    """
    Columns by name.
    """


class InspectorDatabaseSchema(BaseModel):
    """
    Tables of the actor's database.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    schema_: Annotated[Schema, Field(alias="schema")]
    """
    `tables`: name, columns, foreign keys and number of rows of each.
    """


class InspectorDatabaseStatement(BaseModel):
    """
    One SQL statement with its parameters.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    sql: StrictStr
    """
    The statement.
    """
    args: list[Any] | None = None
    """
    Parameters by position.
    """
    properties: dict[str, Any] | None = None
    """
    Parameters by name; not together with `args`.
    """


class InspectorError(BaseModel):
    """
    An error that the inspector answers.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    group: StrictStr
    """
    Group of the code.
    """
    code: StrictStr
    """
    What programs tell errors apart by.
    """
    message: StrictStr
    """
    One sentence.
    """
    metadata: Any
    """
    Facts; null when there are none.
    """


class InspectorOk(BaseModel):
    """
    Done.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    ok: Literal[True]
    """
    Always true.
    """


class InspectorQueue(BaseModel):
    """
    Messages that wait.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    size: Annotated[StrictInt, Field(ge=0)]
    """
    How many there are.
    """
    max_size: Annotated[StrictInt, Field(alias="maxSize", ge=0)]
    """
    How many there may be.
    """
    truncated: StrictBool
    """
    Whether there are more than are listed.
    """
    messages: list[InspectorQueueMessage]
    """
    Oldest first.
    """


class InspectorQueueMessage(BaseModel):
    """
    One message that waits, without its body.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    id: StrictInt
    """
    Ascending.
    """
    name: StrictStr
    """
    Name of the queue.
    """
    created_at_ms: Annotated[StrictInt, Field(alias="createdAtMs")]
    """
    When it was sent, Unix milliseconds.
    """


class InspectorQueueSend(BaseModel):
    """
    A message to send.
    """

    model_config = ConfigDict(
        extra="allow",
        populate_by_name=True,
    )
    name: Annotated[StrictStr, Field(min_length=1)]
    """
    Name of the queue.
    """
    body: Any | None = None
    """
    The message.
    """


class InspectorQueueSent(BaseModel):
    """
    A message that was sent.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    id: StrictStr
    """
    Its id, as text.
    """
    name: StrictStr
    """
    Name of the queue.
    """
    created_at_ms: Annotated[StrictInt, Field(alias="createdAtMs")]
    """
    Unix milliseconds.
    """


class InspectorReplay(BaseModel):
    """
    Where to begin again.
    """

    model_config = ConfigDict(
        extra="allow",
        populate_by_name=True,
    )
    entry_id: Annotated[StrictStr | None, Field(alias="entryId")] = None
    """
    A step, which is forgotten together with all that came later; null or absent: everything.
    """


class InspectorRpcs(BaseModel):
    """
    Names of actions.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    rpcs: list[StrictStr]
    """
    Sorted.
    """


class InspectorState(BaseModel):
    """
    State of an actor.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    state: Any
    """
    The state; null for actors that declare none.
    """
    is_state_enabled: Annotated[StrictBool, Field(alias="isStateEnabled")]
    """
    Whether the schema declares a state.
    """


class InspectorStatePatch(BaseModel):
    """
    A state that replaces the old one.
    """

    model_config = ConfigDict(
        extra="allow",
        populate_by_name=True,
    )
    state: Any
    """
    The whole state, as the schema declares it.
    """


class InspectorSummary(BaseModel):
    """
    Everything at once.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    state: Any
    """
    As in `state`.
    """
    connections: list[InspectedConnection]
    """
    As in `connections`.
    """
    rpcs: list[StrictStr]
    """
    As in `rpcs`.
    """
    queue_size: Annotated[StrictInt, Field(alias="queueSize", ge=0)]
    """
    Messages that wait.
    """
    is_state_enabled: Annotated[StrictBool, Field(alias="isStateEnabled")]
    """
    As in `state`.
    """
    is_database_enabled: Annotated[StrictBool, Field(alias="isDatabaseEnabled")]
    """
    Whether the actor declares a database.
    """
    is_workflow_enabled: Annotated[StrictBool, Field(alias="isWorkflowEnabled")]
    """
    As in `workflow-history`.
    """
    workflow_state: Annotated[
        Literal["pending", "running", "sleeping", "failed", "completed", "cancelled", "rolling_back"] | None,
        Field(alias="workflowState"),
    ]
    """
    As in `workflow-history`.
    """
    workflow_history: Annotated[WorkflowHistory | None, Field(alias="workflowHistory")]
    """
    As in `workflow-history`.
    """


class InspectorTraces(BaseModel):
    """
    Traces; there are none.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    otlp: Annotated[list[Any], Field(max_length=0)]
    """
    Always empty.
    """
    clamped: Literal[False]
    """
    Always false.
    """


class InspectorWorkflow(BaseModel):
    """
    History of the workflow.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    history: WorkflowHistory | None
    """
    Null: there is no workflow.
    """
    workflow_state: Annotated[
        Literal["pending", "running", "sleeping", "failed", "completed", "cancelled", "rolling_back"] | None,
        Field(alias="workflowState"),
    ]
    """
    What the workflow does; null: there is no workflow.
    """
    is_workflow_enabled: Annotated[StrictBool, Field(alias="isWorkflowEnabled")]
    """
    Whether the actor runs one.
    """


class KvValue(BaseModel):
    """
    A KV value of an actor.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    value: Annotated[StrictStr, Field(json_schema_extra={"contentEncoding": "base64"})]
    """
    Its bytes as standard base64 with padding.
    """
    update_ts: StrictInt
    """
    When it was written, in Unix milliseconds.
    """


class Metadata(BaseModel):
    """
    What a client has to know before its first call. Every field but `runtime` and `version` may be missing; an engine has further ones.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    runtime: StrictStr
    """
    Kind of server: `rivetkit` here, `engine` for an engine.
    """
    version: StrictStr
    """
    Version of the protocol that is spoken.
    """
    actor_names: Annotated[dict[str, ActorName] | None, Field(alias="actorNames")] = (
        None
    )
    """
    Every actor that is served, by name. Always present here: the Swift client waits for it.
    """
    client_endpoint: Annotated[StrictStr | None, Field(alias="clientEndpoint")] = None
    """
    URL that clients shall use instead of this one, with its base path.
    """
    client_namespace: Annotated[StrictStr | None, Field(alias="clientNamespace")] = None
    """
    Namespace to use at `clientEndpoint`.
    """
    client_token: Annotated[StrictStr | None, Field(alias="clientToken")] = None
    """
    Token to use at `clientEndpoint`.
    """


class MetadataOfActor(BaseModel):
    """
    What an actor says about itself.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    runtime: Literal["rivetkit"]
    """
    Always `rivetkit`.
    """
    type: Literal["local"]
    """
    Always `local`.
    """
    version: StrictStr
    """
    Release whose protocol is spoken.
    """


class Pagination(BaseModel):
    """
    Where the next page starts.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    cursor: StrictStr | None
    """
    Value of `cursor` for the next page; null when the page is empty.
    """


class QueueSend(BaseModel):
    """
    A message, in the JSON form.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    body: Any | None = None
    """
    The message.
    """
    name: StrictStr | None = None
    """
    Name of the queue; the one in the path counts.
    """
    wait: StrictBool | None = None
    """
    Answer when the message has been completed.
    """
    timeout: Annotated[StrictInt | None, Field(ge=0)] = None
    """
    How long to wait, milliseconds.
    """


class QueueSent(BaseModel):
    """
    What became of a message.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    status: Literal["completed", "timedOut"]
    """
    `completed` at once without `wait`.
    """
    response: Any | None = None
    """
    What completed it, if anything.
    """


class Schema(BaseModel):
    """
    `tables`: name, columns, foreign keys and number of rows of each.
    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    tables: list[dict[str, Any]]
    """
    In the order of their names.
    """


class WorkflowEntry(BaseModel):
    """
    One entry of a history.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    id: StrictStr
    """
    UUID text.
    """
    location: list[WorkflowLocationPart]
    """
    Where in the workflow it is, outermost first.
    """
    kind: WorkflowEntryKind


class WorkflowEntryKind(BaseModel):
    """
    What an entry is about.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    tag: Literal["WorkflowStepEntry", "WorkflowLoopEntry", "WorkflowSleepEntry", "WorkflowMessageEntry", "WorkflowRollbackCheckpointEntry", "WorkflowJoinEntry", "WorkflowRaceEntry", "WorkflowRemovedEntry", "WorkflowVersionCheckEntry"]
    """
    Which kind it is.
    """
    val: dict[str, Any]
    """
    What is recorded of it; values are decoded.
    """


class WorkflowEntryMetadata(BaseModel):
    """
    How it goes with a step or a loop.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    status: Literal["PENDING", "RUNNING", "COMPLETED", "FAILED", "EXHAUSTED"]
    """
    How far it is.
    """
    error: StrictStr | None
    """
    The last failure; null: there was none.
    """
    attempts: Annotated[StrictInt, Field(ge=0)]
    """
    How often it was tried.
    """
    last_attempt_at: Annotated[StrictInt, Field(alias="lastAttemptAt", ge=0)]
    """
    When it was tried last, Unix milliseconds; 0: never.
    """
    created_at: Annotated[StrictInt, Field(alias="createdAt", ge=0)]
    """
    When it was first met, Unix milliseconds.
    """
    completed_at: Annotated[StrictInt | None, Field(alias="completedAt", ge=0)]
    """
    When it was completed, Unix milliseconds; null: it is not.
    """
    rollback_completed_at: Annotated[
        StrictInt | None, Field(alias="rollbackCompletedAt", ge=0)
    ]
    """
    When it was taken back, Unix milliseconds; null: it is not.
    """
    rollback_error: Annotated[StrictStr | None, Field(alias="rollbackError")]
    """
    Why it could not be taken back; null: there was no failure.
    """


class WorkflowHistory(BaseModel):
    """
    What a workflow did so far.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    name_registry: Annotated[list[StrictStr], Field(alias="nameRegistry")]
    """
    Names, which entries refer to by their places.
    """
    entries: list[WorkflowEntry]
    """
    All entries in the order of their locations.
    """
    entry_metadata: Annotated[
        dict[str, WorkflowEntryMetadata], Field(alias="entryMetadata")
    ]
    """
    By the id of the entry.
    """


class WorkflowLocationPart(BaseModel):
    """
    One part of the path to an entry.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    tag: Literal["WorkflowNameIndex", "WorkflowLoopIterationMarker"]
    """
    Which of the two it is.
    """
    val: StrictInt | WorkflowLoopIteration
    """
    The place of a name in `nameRegistry`, or an iteration.
    """


class WorkflowLoopIteration(BaseModel):
    """
    One iteration of a loop.
    """

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    loop: Annotated[StrictInt, Field(ge=0)]
    """
    The loop's name: its place in `nameRegistry`.
    """
    iteration: Annotated[StrictInt, Field(ge=0)]
    """
    Which iteration, from zero.
    """
