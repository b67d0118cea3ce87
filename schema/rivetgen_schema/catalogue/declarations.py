"""Explanations of findings about names, references, types and meaning."""

from __future__ import annotations

from typing import Final

from rivetgen_schema.catalogue.explanation import Explanation

DECLARATIONS: Final[dict[str, Explanation]] = {
    "RG001": Explanation(
        "Two names become the same identifier in a target, because targets spell names"
        " their own way and file systems ignore case.",
        """
        actors:
          counter:
            actions:
              getCount: { returns: int }
              get_count: { returns: int }
        """,
        """
        actors:
          counter:
            actions:
              getCount: { returns: int }
              getTotal: { returns: int }
        """,
    ),
    "RG002": Explanation(
        "The name is a keyword of a target, or a member of a class that is generated.",
        """
        actors:
          mailer:
            actions:
              import: {}
        """,
        """
        actors:
          mailer:
            actions:
              import: { names: { python: import_messages } }
        """,
    ),
    "RG003": Explanation(
        "Names become identifiers and parts of URLs: at most 64 ASCII letters, digits"
        " and `_`, starting with a letter. Types start with a capital letter.",
        """
        actors:
          chat-room: {}
        """,
        """
        actors:
          chatRoom: {}
        """,
    ),
    "RG004": Explanation(
        "A spelling under `names` must be an identifier of the target.",
        """
        actors:
          mailer: { names: { python: mail-sender } }
        """,
        """
        actors:
          mailer: { names: { python: mail_sender } }
        """,
    ),
    "RG005": Explanation(
        "Two definitions have the same name, possibly in different files.",
        """
        actors:
          counter:
            actions:
              add: { args: [amount: int, amount: int] }
        """,
        """
        actors:
          counter:
            actions:
              add: { args: [amount: int, factor: int] }
        """,
    ),
    "RG010": Explanation(
        "A type expression names a type that is neither built in nor defined.",
        """
        types:
          Message: { fields: { text: string } }
        actors:
          room: { events: { newMessage: Mesage } }
        """,
        """
        types:
          Message: { fields: { text: string } }
        actors:
          room: { events: { newMessage: Message } }
        """,
    ),
    "RG011": Explanation(
        "No type expression mentions the type, so it would only add code.",
        """
        types:
          Message: { fields: { text: string } }
        """,
        """
        types:
          Message: { fields: { text: string } }
        actors:
          room: { events: { newMessage: Message } }
        """,
    ),
    "RG012": Explanation(
        "An action lists an error that is not defined under `errors`.",
        """
        errors: { room_full: The room is full. }
        actors:
          room: { actions: { enter: { errors: [room_ful] } } }
        """,
        """
        errors: { room_full: The room is full. }
        actors:
          room: { actions: { enter: { errors: [room_full] } } }
        """,
    ),
    "RG013": Explanation(
        "No action lists the error, so callers never see it.",
        """
        errors: { room_full: The room is full. }
        """,
        """
        errors: { room_full: The room is full. }
        actors:
          room: { actions: { enter: { errors: [room_full] } } }
        """,
    ),
    "RG014": Explanation(
        "`uses` names an actor that is not in the schema.",
        """
        actors:
          counter: {}
          room: { uses: [counters] }
        """,
        """
        actors:
          counter: {}
          room: { uses: [counter] }
        """,
    ),
    "RG015": Explanation(
        "A schedule calls an action that the actor does not have.",
        """
        actors:
          order:
            actions: { remind: {} }
            schedules: { daily: { cron: 0 9 * * *, action: reminds } }
        """,
        """
        actors:
          order:
            actions: { remind: {} }
            schedules: { daily: { cron: 0 9 * * *, action: remind } }
        """,
    ),
    "RG016": Explanation(
        "`deadLetter` names a queue that the actor does not have.",
        """
        actors:
          order:
            queues:
              payments: { message: { id: string }, deadLetter: broken }
        """,
        """
        actors:
          order:
            queues:
              payments: { message: { id: string }, deadLetter: failed }
              failed: { message: { id: string } }
        """,
    ),
    "RG017": Explanation(
        "Pagination needs an argument for the cursor, and a result object with the"
        " items and the next cursor.",
        """
        types:
          Page: { fields: { items: list<string>, nextCursor: string | null } }
        actors:
          room: { actions: { list: { returns: Page, paginate: cursor } } }
        """,
        """
        types:
          Page: { fields: { items: list<string>, nextCursor: string | null } }
        actors:
          room:
            actions:
              list:
                args: [cursor: string | absent]
                returns: Page
                paginate: cursor
        """,
    ),
    "RG018": Explanation(
        "A value stands twice in a list of distinct values.",
        """
        types:
          Role: { enum: [guest, member, guest] }
        actors:
          room: { events: { joined: Role } }
        """,
        """
        types:
          Role: { enum: [guest, member] }
        actors:
          room: { events: { joined: Role } }
        """,
    ),
    "RG020": Explanation(
        "Arguments travel by position: one that may be left out cannot stand before"
        " one that must be given.",
        """
        actors:
          counter: { actions: { add: { args: [amount: int = 1, note: string] } } }
        """,
        """
        actors:
          counter: { actions: { add: { args: [note: string, amount: int = 1] } } }
        """,
    ),
    "RG021": Explanation(
        "A default must be a value of its type, bounds included.",
        """
        actors:
          counter: { state: { count: int = zero } }
        """,
        """
        actors:
          counter: { state: { count: int = 0 } }
        """,
    ),
    "RG022": Explanation(
        "An example must be a value of its type, because documentation and mocks use"
        " it.",
        """
        actors:
          counter: { state: { count: { type: int, default: 0, example: many } } }
        """,
        """
        actors:
          counter: { state: { count: { type: int, default: 0, example: 7 } } }
        """,
    ),
    "RG023": Explanation(
        "Bounds are `(least..greatest)`, fit only some types, and must leave values.",
        """
        actors:
          room: { events: { message: string(200..1) } }
        """,
        """
        actors:
          room: { events: { message: string(1..200) } }
        """,
    ),
    "RG024": Explanation(
        "Only a field or an argument as a whole can be left out; inside a type there"
        " is `null`.",
        """
        actors:
          room: { actions: { topic: { returns: string | absent } } }
        """,
        """
        actors:
          room: { actions: { topic: { returns: string | null } } }
        """,
    ),
    "RG025": Explanation(
        "A default makes sense only for a field or argument that is not absent, and"
        " never for a part of a key.",
        """
        actors:
          room: { key: [name: string = general] }
        """,
        """
        actors:
          room: { key: [name: string] }
        """,
    ),
    "RG026": Explanation(
        "A receiver must be able to tell the alternatives apart by looking at the"
        " wire: a date and a string are both texts there.",
        """
        actors:
          room: { events: { changed: string | uuid } }
        """,
        """
        actors:
          room: { events: { changed: string | int } }
        """,
    ),
    "RG027": Explanation(
        "Sets compare items by value, which objects do not do in every target.",
        """
        actors:
          room: { events: { changed: set<list<int>> } }
        """,
        """
        actors:
          room: { events: { changed: list<list<int>> } }
        """,
    ),
    "RG028": Explanation(
        "Parts of a key travel as texts, so their type needs exactly one spelling.",
        """
        actors:
          room: { key: [position: float] }
        """,
        """
        actors:
          room: { key: [position: int] }
        """,
    ),
    "RG029": Explanation(
        "A type that always contains itself has no finite value.",
        """
        types:
          Category: { fields: { parent: Category } }
        """,
        """
        types:
          Category: { fields: { parent: Category | null } }
        """,
    ),
    "RG030": Explanation(
        "The field has no default and the actor has no input to take it from, so"
        " `create_state` must be implemented.",
        """
        actors:
          counter: { state: { count: int } }
        """,
        """
        actors:
          counter: { state: { count: int = 0 } }
        """,
    ),
    "RG031": Explanation(
        "`stateVersion` counts versions of `state`, which is not there.",
        """
        actors:
          counter: { stateVersion: 2 }
        """,
        """
        actors:
          counter: { state: { count: int = 0 }, stateVersion: 2 }
        """,
    ),
    "RG040": Explanation(
        "A read-only action changes nothing, so a schedule gains nothing by calling"
        " it.",
        """
        actors:
          order:
            actions: { remind: { readOnly: true } }
            schedules: { daily: { every: 1d, action: remind } }
        """,
        """
        actors:
          order:
            actions: { remind: {} }
            schedules: { daily: { every: 1d, action: remind } }
        """,
    ),
    "RG041": Explanation(
        "Two settings exclude each other, or one has no effect beside the other.",
        """
        actors:
          room: { events: { typing: { payload: string, args: [user: string] } } }
        """,
        """
        actors:
          room: { events: { typing: { args: [user: string] } } }
        """,
    ),
    "RG043": Explanation(
        "A schedule runs by a cron expression or at an interval.",
        """
        actors:
          order:
            actions: { remind: {} }
            schedules: { daily: { action: remind } }
        """,
        """
        actors:
          order:
            actions: { remind: {} }
            schedules: { daily: { every: 1d, action: remind } }
        """,
    ),
    "RG044": Explanation(
        "A cron expression has five fields: minute, hour, day, month and weekday, and"
        " some day must match.",
        """
        actors:
          order:
            actions: { remind: {} }
            schedules: { daily: { cron: 0 0 31 2 *, action: remind } }
        """,
        """
        actors:
          order:
            actions: { remind: {} }
            schedules: { daily: { cron: 0 0 28 2 *, action: remind } }
        """,
    ),
    "RG045": Explanation(
        "Time zones have IANA names, in their exact spelling.",
        """
        actors:
          order:
            actions: { remind: {} }
            schedules:
              daily: { cron: 0 9 * * *, timezone: Europe/Berln, action: remind }
        """,
        """
        actors:
          order:
            actions: { remind: {} }
            schedules:
              daily: { cron: 0 9 * * *, timezone: Europe/Berlin, action: remind }
        """,
    ),
    "RG047": Explanation(
        "The arguments of a schedule must fit the action it calls, as any call must.",
        """
        actors:
          order:
            actions: { remind: { args: [times: int] } }
            schedules: { daily: { every: 1d, action: remind, args: [often] } }
        """,
        """
        actors:
          order:
            actions: { remind: { args: [times: int] } }
            schedules: { daily: { every: 1d, action: remind, args: [2] } }
        """,
    ),
    "RG050": Explanation(
        "A key made of several values in one text needs an escape rule in every"
        " client; parts do not.",
        """
        actors:
          room: { key: [orgAndRoom: string] }
        """,
        """
        actors:
          room: { key: [org: string, room: string] }
        """,
    ),
    "RG060": Explanation(
        "The variants of a union are told apart by a tag field, which `union` names"
        " and which no variant declares again.",
        """
        types:
          Shape:
            variants: { circle: { radius: float } }
        actors:
          board: { events: { drawn: Shape } }
        """,
        """
        types:
          Shape:
            union: kind
            variants: { circle: { radius: float } }
        actors:
          board: { events: { drawn: Shape } }
        """,
    ),
    "RG061": Explanation(
        "An enum without values and a union without variants have no value.",
        """
        types:
          Role: { enum: [] }
        actors:
          room: { events: { joined: Role } }
        """,
        """
        types:
          Role: { enum: [guest] }
        actors:
          room: { events: { joined: Role } }
        """,
    ),
    "RG080": Explanation(
        "The official Swift client cannot decode byte strings, so `bytes` must not be"
        " in a result or an event when Swift is a target.",
        """
        actors:
          camera: { events: { picture: bytes } }
        """,
        """
        actors:
          camera: { events: { picture: uri } }
        """,
    ),
    "RG090": Explanation(
        "Values above the documented limits are refused at run time: 128 bytes for a"
        " key part, 4 KiB for connection parameters, 64 KiB for a queue message; state"
        " above 128 KiB is advised against.",
        """
        actors:
          room: { key: [name: string(1..500)] }
        """,
        """
        actors:
          room: { key: [name: string(1..100)] }
        """,
    ),
}
