"""Explanations of findings about YAML, the document and type expressions."""

from __future__ import annotations

from typing import Final

from rivetgen_schema.catalogue.explanation import Explanation

DOCUMENTS: Final[dict[str, Explanation]] = {
    "RG070": Explanation(
        "Inside braces and brackets, YAML ends an unquoted text at `[`, `]`, `{`, `}`"
        " and `,`.",
        """
        actors:
          room: { state: { tags: list<string> = [] } }
        """,
        """
        actors:
          room: { state: { tags: "list<string> = []" } }
        """,
    ),
    "RG100": Explanation(
        "The file is not valid YAML, so nothing after this place could be read.",
        """
        actors:
          room: { events: { typing: string }
        """,
        """
        actors:
          room: { events: { typing: string } }
        """,
    ),
    "RG101": Explanation(
        "A file may have 256 KiB. Larger ones are refused before they are parsed."
    ),
    "RG102": Explanation(
        "Values may be nested 32 deep, in YAML and in type expressions.",
        f"""
        actors:
          room: {{ events: {{ changed: {"list<" * 33}int{">" * 33} }} }}
        """,
        """
        actors:
          room: { events: { changed: list<list<int>> } }
        """,
    ),
    "RG103": Explanation("All files of a schema together may hold 50,000 values."),
    "RG104": Explanation(
        "A key stands twice in one map. Some YAML readers silently keep the last one.",
        """
        actors:
          room: {}
          room: {}
        """,
        """
        actors:
          room: {}
          lobby: {}
        """,
    ),
    "RG105": Explanation(
        "Anchors and aliases hide what a place holds, and can make small files huge.",
        """
        actors:
          room: &settings {}
          lobby: *settings
        """,
        """
        actors:
          room: {}
          lobby: {}
        """,
    ),
    "RG106": Explanation(
        "Merge keys are not part of YAML 1.2; editors and other readers ignore them.",
        """
        actors:
          room: { <<: { description: A room. } }
        """,
        """
        actors:
          room: { description: A room. }
        """,
    ),
    "RG107": Explanation(
        "Tags tell a YAML reader which object to build; here the schema decides.",
        """
        actors:
          room: { description: !!str A room. }
        """,
        """
        actors:
          room: { description: A room. }
        """,
    ),
    "RG108": Explanation("Schema files are UTF-8."),
    "RG109": Explanation(
        "Control characters, halves of surrogate pairs and the line ends of YAML 1.1"
        " do not belong in a schema.",
        """
        actors:
          room: { description: "A\\u0007 bell." }
        """,
        """
        actors:
          room: { description: "A bell." }
        """,
    ),
    "RG110": Explanation(
        "UTF-8 needs no byte order mark, and some readers stumble over it."
    ),
    "RG111": Explanation(
        "A file holds one document; `---` starts another one.",
        """
        actors: {}
        ---
        actors: {}
        """,
        """
        actors: {}
        """,
    ),
    "RG112": Explanation(
        "Keys are names; lists and maps cannot be keys.",
        """
        actors:
          ? [room, lobby]
          : {}
        """,
        """
        actors:
          room: {}
          lobby: {}
        """,
    ),
    "RG113": Explanation(
        "Readers of YAML 1.1 take `yes`, `on` and the like for booleans, so an editor"
        " and the generator would not see the same schema.",
        """
        types:
          Switch: { enum: [on, off] }
        actors:
          lamp: { events: { switched: Switch } }
        """,
        """
        types:
          Switch: { enum: ["on", "off"] }
        actors:
          lamp: { events: { switched: Switch } }
        """,
    ),
    "RG114": Explanation("The file is missing, is a folder or may not be read."),
    "RG115": Explanation(
        "There is nothing in the file.",
        "# nothing yet\n",
        "rivet: 1\ninfo: { name: example, version: 1.0.0 }\n",
        whole=True,
    ),
    "RG120": Explanation(
        "Unknown keys are refused, because a misspelt key would be ignored silently.",
        """
        actors:
          counter: { actions: { getCount: { returns: int, readonly: true } } }
        """,
        """
        actors:
          counter: { actions: { getCount: { returns: int, readOnly: true } } }
        """,
    ),
    "RG121": Explanation(
        "A key that must be there is missing.",
        """
        actors:
          order: { queues: { payments: { guard: true } } }
        """,
        """
        actors:
          order: { queues: { payments: { message: { id: string }, guard: true } } }
        """,
    ),
    "RG122": Explanation(
        "The value has another form than its place needs: a map, a list or a text.",
        """
        actors: [room, lobby]
        """,
        """
        actors: { room: {}, lobby: {} }
        """,
    ),
    "RG123": Explanation(
        "The key takes one of a few words.",
        """
        actors:
          order: { run: workflows }
        """,
        """
        actors:
          order: { run: workflow }
        """,
    ),
    "RG124": Explanation(
        "Durations are a number with `ms`, `s`, `m`, `h` or `d`, or milliseconds."
        " Schedules run at most every five seconds.",
        """
        actors:
          room: { actions: { enter: { timeout: 5 seconds } } }
        """,
        """
        actors:
          room: { actions: { enter: { timeout: 5s } } }
        """,
    ),
    "RG125": Explanation(
        "The number is outside the range that its key allows.",
        """
        actors:
          room: { options: { maxQueueSize: 0 } }
        """,
        """
        actors:
          room: { options: { maxQueueSize: 100 } }
        """,
    ),
    "RG127": Explanation(
        "The file is written for another version of the language.",
        """
        rivet: 2
        info: { name: example, version: 1.0.0 }
        """,
        """
        rivet: 1
        info: { name: example, version: 1.0.0 }
        """,
        whole=True,
    ),
    "RG128": Explanation(
        "Arguments travel by position, and tools reorder maps; so arguments are a list"
        " of one-pair maps.",
        """
        actors:
          counter: { actions: { add: { args: { amount: int } } } }
        """,
        """
        actors:
          counter: { actions: { add: { args: [amount: int] } } }
        """,
    ),
    "RG130": Explanation(
        "The text does not follow the grammar of type expressions.",
        """
        actors:
          room: { events: { changed: list<string } }
        """,
        """
        actors:
          room: { events: { changed: list<string> } }
        """,
    ),
    "RG131": Explanation(
        "The type is spelled the way of another language.",
        """
        actors:
          room: { events: { changed: boolean } }
        """,
        """
        actors:
          room: { events: { changed: bool } }
        """,
    ),
    "RG132": Explanation(
        "`list`, `set` and `map` take one type in angle brackets, `enum` takes values,"
        " and other types take nothing.",
        """
        actors:
          room: { events: { changed: list } }
        """,
        """
        actors:
          room: { events: { changed: list<string> } }
        """,
    ),
    "RG140": Explanation("A path under `imports` or `jsonSchema` names no file."),
    "RG141": Explanation(
        "Only files below the folder of the schema are read, so that a schema cannot"
        " reach into the machine it is loaded on.",
        """
        imports: [../types.yaml]
        """,
        """
        actors: {}
        """,
    ),
    "RG150": Explanation(
        "Only keywords with the same meaning in every target are allowed.",
        """
        types:
          Filter: { jsonSchema: { type: object, unevaluatedItems: false } }
        actors:
          room: { events: { changed: Filter } }
        """,
        """
        types:
          Filter: { jsonSchema: { type: object, additionalProperties: false } }
        actors:
          room: { events: { changed: Filter } }
        """,
    ),
    "RG151": Explanation(
        "References stay inside the schema: `#/$defs/Name`.",
        """
        types:
          Filter: { jsonSchema: { $ref: https://example.org/filter.json } }
        actors:
          room: { events: { changed: Filter } }
        """,
        """
        types:
          Filter:
            jsonSchema: { $ref: "#/$defs/Text", $defs: { Text: { type: string } } }
        actors:
          room: { events: { changed: Filter } }
        """,
    ),
    "RG152": Explanation(
        "Regular expressions differ between languages; only the common part is"
        " allowed.",
        """
        types:
          Filter: { jsonSchema: { type: string, pattern: "(?<=a)b" } }
        actors:
          room: { events: { changed: Filter } }
        """,
        """
        types:
          Filter: { jsonSchema: { type: string, pattern: "^ab$" } }
        actors:
          room: { events: { changed: Filter } }
        """,
    ),
    "RG153": Explanation(
        "The value of a JSON Schema keyword has the wrong form.",
        """
        types:
          Filter: { jsonSchema: { type: text } }
        actors:
          room: { events: { changed: Filter } }
        """,
        """
        types:
          Filter: { jsonSchema: { type: string } }
        actors:
          room: { events: { changed: Filter } }
        """,
    ),
    "RG154": Explanation(
        "The models of a target would accept values that the JSON Schema does not"
        " allow, or the schema says something that no model can say.",
        """
        types:
          Tags:
            jsonSchema:
              { type: array, items: { type: string }, uniqueItems: true }
        actors:
          room: { events: { changed: Tags } }
        """,
        """
        types:
          Tags: { type: set<string> }
        actors:
          room: { events: { changed: Tags } }
        """,
    ),
}
