// Queues.

import assert from "node:assert/strict";
import { errorOf, eventually } from "./support.mjs";

export const cases = {
  async "a message is sent and received"({ client, key }) {
    const actor = client.queueActor.getOrCreate([key]);
    await actor.send("greeting", { hello: "world" });
    assert.deepEqual(await actor.receiveOne("greeting"), {
      name: "greeting",
      body: { hello: "world" },
    });
  },

  async "a connection sends, too"({ client, key }) {
    const connection = client.queueActor.getOrCreate([key]).connect();
    await connection.send("self", { value: 1 });
    assert.deepEqual(await connection.receiveOne("self", { timeout: 1000 }), {
      name: "self",
      body: { value: 1 },
    });
    await connection.dispose();
  },

  async "an actor sends to itself"({ client, key }) {
    const actor = client.queueActor.getOrCreate([key]);
    assert.equal(await actor.sendToSelf("self", { value: 42 }), true);
    assert.deepEqual(await actor.receiveOne("self"), { name: "self", body: { value: 42 } });
  },

  async "batches come in the order of sending"({ client, key }) {
    const actor = client.queueActor.getOrCreate([key]);
    for (const [name, body] of [["a", 1], ["b", 2], ["c", 3], ["a", 4]]) {
      await actor.send(name, body);
    }
    assert.deepEqual(await actor.receiveMany(["a", "b"], { count: 2 }), [
      { name: "a", body: 1 },
      { name: "b", body: 2 },
    ]);
    assert.deepEqual(await actor.receiveRequest({ count: 5 }), [
      { name: "c", body: 3 },
      { name: "a", body: 4 },
    ]);
    assert.deepEqual(await actor.tryReceiveMany({ names: ["a"], count: 1 }), []);
    assert.deepEqual(await actor.receiveMany(["missing"], { timeout: 50 }), []);
    assert.equal(await actor.receiveOne("missing", { timeout: 50 }), null);
  },

  async "iterators give what is there"({ client, key }) {
    const actor = client.queueActor.getOrCreate([key]);
    await actor.send("one", "first");
    assert.deepEqual(await actor.receiveWithIterator("one"), { name: "one", body: "first" });
    await actor.send("two", "second");
    assert.deepEqual(await actor.receiveWithAsyncIterator(), {
      name: "two",
      body: "second",
    });
  },

  async "a wait ends when the actor is destroyed"({ client, key }) {
    const error = await errorOf(client.queueActor.getOrCreate([key]).waitForAbort());
    assert.deepEqual([error.group, error.code], ["actor", "aborted"]);
  },

  async "a wait ends with its signal"({ client, key }) {
    const actor = client.queueActor.getOrCreate([key]);
    const aborted = { group: "actor", code: "aborted" };
    assert.deepEqual(await actor.waitForSignalAbort(), aborted);
    assert.deepEqual(await actor.iterWithSignalAbort(), { ok: true });
    assert.deepEqual(await actor.waitForActorAbortWithSignal(), aborted);
  },

  async "senders may wait for the answer"({ client, key }) {
    const actor = client.queueActor.getOrCreate([key]);
    const receiving = actor.receiveAndComplete("tasks");
    const answer = await actor.send("tasks", { value: 5 }, { wait: true, timeout: 5000 });
    assert.deepEqual(answer, { status: "completed", response: { echo: { value: 5 } } });
    assert.deepEqual(await receiving, { name: "tasks", body: { value: 5 } });
  },

  async "senders may wait in vain"({ client, key }) {
    const actor = client.queueActor.getOrCreate([key]);
    const answer = await actor.send("timeout", 1, { wait: true, timeout: 50 });
    assert.equal(answer.status, "timedOut");
    assert.deepEqual(await actor.receiveOne("timeout"), { name: "timeout", body: 1 });
  },

  async "a message that is not completed comes again"({ client, key }) {
    const actor = client.queueActor.getOrCreate([key]);
    await actor.send("tasks", "again");
    const again = { name: "tasks", body: "again" };
    assert.deepEqual(await actor.receiveWithoutComplete("tasks"), again);
    await eventually(async () =>
      assert.deepEqual(await actor.receiveOne("tasks", { timeout: 1000 }), again),
    );
  },

  async "one message at a time is open"({ client, key }) {
    const actor = client.queueActor.getOrCreate([key]);
    await actor.send("tasks", 1);
    await actor.send("tasks", 2);
    assert.deepEqual(await actor.receiveManualThenNextWithoutComplete("tasks"), {
      group: "queue",
      code: "previous_message_not_completed",
    });
  },

  async "a message is completed once"({ client, key }) {
    const actor = client.queueActor.getOrCreate([key]);
    await actor.send("twice", 1);
    assert.deepEqual(await actor.receiveAndCompleteTwice("twice"), {
      group: "queue",
      code: "already_completed",
    });
  },

  async "every message can be completed"({ client, key }) {
    const actor = client.queueActor.getOrCreate([key]);
    await actor.send("nowait", 1);
    assert.deepEqual(await actor.receiveWithoutCompleteMethod("nowait"), {
      hasComplete: true,
    });
  },

  async "a full queue says so"({ client, key }) {
    const actor = client.queueLimitedActor.getOrCreate([key]);
    await actor.send("message", 1);
    const full = await errorOf(actor.send("message", 2));
    assert.match(full.message, /Queue is full. Limit is/);
    assert.deepEqual([full.group, full.code], ["queue", "full"]);
    const other = client.queueLimitedActor.getOrCreate([`${key} oversize`]);
    const large = await errorOf(other.send("oversize", "x".repeat(200)));
    assert.deepEqual([large.group, large.code], ["queue", "message_too_large"]);
  },

  async "a run handler drains many queues"({ client, key }) {
    const parent = client.manyQueueActionParentActor.getOrCreate([key]);
    assert.deepEqual(await parent.spawnChild(key), { key });
    assert.deepEqual(await parent.getSpawned(), [key]);
    const child = client.manyQueueChildActor.getOrCreate([key], { createWithInput: key });
    assert.deepEqual(await child.ping(), { label: key, pong: true });
    const names = Array.from({ length: 32 }, (_, index) => `cmd.${index}`);
    for (const [index, name] of names.entries()) {
      const answer = await child.send(name, { index }, { wait: true, timeout: 5000 });
      assert.deepEqual(answer, { status: "completed", response: { ok: true, index } });
    }
    const snapshot = await child.getSnapshot();
    assert.equal(snapshot.started, true);
    assert.deepEqual(snapshot.processed, names);
  },
};
