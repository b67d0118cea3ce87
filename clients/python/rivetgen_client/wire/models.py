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
    error: Any | None = None
    """
    Why it cannot be started; only present when it cannot.
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
