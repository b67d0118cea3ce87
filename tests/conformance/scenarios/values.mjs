// What values become on their way through an actor, as JavaScript sees them.

import { errorOf } from "./support.mjs";

const PLAIN = {
  nothing: null,
  truth: [true, false],
  numbers: [0, -1, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER, 0.1, -1.5e300],
  texts: ["", "Grüße 👋", "\u0000\u2028\"\\", "x".repeat(10_000)],
  nested: { deep: [[[{ a: [] }]]], empty: {} },
};

// Look like values of the protocol. The official client escapes them but in CBOR.
const LOOKALIKES = [["$BigInt", 5], ["$x", 1], ["$", "$"]];

const PARCEL = {
  label: "Grüße",
  amount: 2n ** 80n,
  data: Uint8Array.from({ length: 256 }, (_, index) => index),
  tags: new Set(["b", "a"]),
  sentAt: "2026-11-27T12:30:00Z",
  weight: null,
};

export const scenarios = {
  async plainValues(client, key, { encoding }) {
    const depot = client.depot.getOrCreate([key]);
    const connection = depot.connect();
    const value = encoding === "cbor" ? PLAIN : { ...PLAIN, LOOKALIKES };
    const sent = JSON.stringify(value);
    const seen = [await depot.echo(value), await connection.echo(value)];
    await connection.dispose();
    return seen.map((value) => JSON.stringify(value) === sent);
  },

  async richValues(client, key, { encoding }) {
    // Sets are no values of JSON for the official client.
    const parcel = encoding === "json" ? { ...PARCEL, tags: ["b", "a"] } : PARCEL;
    const kept = await client.depot.getOrCreate([key]).keep(parcel);
    return {
      amount: String(kept.amount),
      data: kept.data instanceof Uint8Array && [...kept.data].every((n, i) => n === i),
      tags: kept.tags instanceof Set && [...kept.tags].sort(),
      sentAt: kept.sentAt,
      weight: kept.weight,
      hasNote: "note" in kept && kept.note !== undefined,
    };
  },

  async longMessages(client, key) {
    const counter = client.counter.getOrCreate([key]);
    const connection = counter.connect();
    const seen = {
      call: await errorOf(counter.repeat("x".repeat(70_000))),
      connection: await errorOf(connection.repeat("x".repeat(70_000))),
      afterwards: await connection.repeat("x".repeat(60_000)),
    };
    await connection.dispose();
    return seen;
  },

  async hiddenErrors(client, key) {
    const counter = client.counter.getOrCreate([key]);
    const connection = counter.connect();
    const seen = [await errorOf(counter.fail()), await errorOf(connection.fail())];
    await connection.dispose();
    return seen;
  },

  async slowActions(client, key) {
    const counter = client.counter.getOrCreate([key]);
    const connection = counter.connect();
    const seen = [await errorOf(counter.hang()), await errorOf(connection.hang())];
    await connection.dispose();
    return seen;
  },
};
