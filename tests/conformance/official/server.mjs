// The actors of actors.yaml on the official server; RIVET_ENDPOINT names its engine.

import { setTimeout as sleep } from "node:timers/promises";

import { actor, queue, setup, UserError } from "rivetkit";

const LIMIT = 1000;
const SHORT_MS = 5;

const counter = actor({
  createState: (c, input) => ({ count: input?.start ?? 0 }),
  options: { actionTimeout: 500 },
  actions: {
    increment(c, amount = 1) {
      if (c.state.count + amount > LIMIT) {
        throw new UserError("The counter would pass its limit.", {
          code: "overflow",
          metadata: { limit: LIMIT },
        });
      }
      c.state.count += amount;
      c.broadcast("newCount", c.state.count);
      return c.state.count;
    },
    getCount: (c) => c.state.count,
    members: { count: (c) => c.conns.size },
    move: (c, user, steps) => c.broadcast("moved", user, steps),
    fail() {
      throw new Error("a secret");
    },
    hang: () => new Promise(() => {}),
    repeat: (c, text) => text.length,
    async disconnectAll(c) {
      for (const connection of c.conns.values()) await connection.disconnect();
    },
    fallAsleep: (c) => c.sleep(),
    destroyItself: (c) => c.destroy(),
  },
});

const depot = actor({ actions: { keep: (c, parcel) => parcel, echo: (c, value) => value } });

const guarded = actor({
  onBeforeConnect(c, params) {
    if (!params?.token?.startsWith("ada")) {
      throw new UserError("Who are you?", { code: "unauthorized" });
    }
  },
  createConnState: (c, params) => ({ user: params.token }),
  actions: {
    whoAmI: (c) => c.conn.state.user,
    async disconnectAll(c) {
      for (const connection of c.conns.values()) await connection.disconnect();
    },
  },
});

const inbox = actor({
  state: { texts: [] },
  queues: { jobs: queue() },
  async run(c) {
    for await (const message of c.queue.iter({ names: ["jobs"], completable: true })) {
      c.state.texts.push(message.body.text);
      await message.complete({ length: message.body.text.length });
    }
  },
  actions: { getTexts: (c) => c.state.texts },
});

const mill = actor({
  state: { ground: 0 },
  createVars: () => ({ isHeld: false }),
  options: { maxQueueSize: 100_000 },
  queues: { grain: queue() },
  async run(c) {
    for await (const message of c.queue.iter({ names: ["grain"], completable: true })) {
      while (c.vars.isHeld && !c.aborted) await sleep(SHORT_MS);
      c.state.ground += 1;
      await message.complete({ flour: message.body.weight });
    }
  },
  actions: {
    hold(c) {
      c.vars.isHeld = true;
    },
    async grind(c, until) {
      c.vars.isHeld = false;
      while (c.state.ground < until) await sleep(SHORT_MS);
      return c.state.ground;
    },
    ground: (c) => c.state.ground,
  },
});

const clock = actor({
  createVars: () => ({ lateness: [] }),
  actions: {
    async setTimers(c, count, firstMs, lastMs) {
      const now = Date.now();
      for (let number = 0; number < count; number++) {
        const dueMs = now + firstMs + Math.floor(((lastMs - firstMs) * number) / count);
        await c.schedule.at(dueMs, "tick", dueMs);
      }
    },
    tick(c, dueMs) {
      c.vars.lateness.push(Date.now() - dueMs);
    },
    lateness: (c) => c.vars.lateness,
  },
});

setup({
  use: { counter, depot, guarded, inbox, mill, clock },
  endpoint: process.env.RIVET_ENDPOINT,
  startServices: false,
  noWelcome: true,
  logging: { level: "warn" },
}).start();
