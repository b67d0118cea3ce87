// Actions, state, variables and errors.

import assert from "node:assert/strict";
import { errorOf } from "./support.mjs";

export const cases = {
  async "a counter keeps what it was told"({ client, key }) {
    const counter = client.counter.getOrCreate([key]);
    assert.equal(await counter.increment(5), 5);
    assert.equal(await counter.setCount(2), 2);
    assert.equal(await client.counter.get([key]).getCount(), 2);
  },

  async "keys arrive as they were given"({ client, key }) {
    for (const parts of [[key], [key, "b"], [key, "a/b", ""]]) {
      assert.deepEqual(await client.counter.getOrCreate(parts).getKey(), parts);
    }
    assert.deepEqual(await client.counter.getOrCreate(key).getKey(), [key]);
    assert.deepEqual(await client.counter.getOrCreate([]).getKey(), []);
  },

  async "an action beyond its limit times out"({ client, key }) {
    const actor = client.shortTimeoutActor.getOrCreate([key]);
    assert.equal(await actor.quickAction(), "quick response");
    const error = await errorOf(actor.slowAction());
    assert.match(error.message, /Action timed out/);
    assert.equal(error.code, "action_timed_out");
  },

  async "actions within their limits are answered"({ client, key }) {
    assert.equal(
      await client.longTimeoutActor.getOrCreate([key]).delayedAction(),
      "delayed response",
    );
    assert.equal(
      await client.defaultTimeoutActor.getOrCreate([key]).normalAction(),
      "normal response",
    );
    assert.equal(
      await client.syncTimeoutActor.getOrCreate([key]).syncAction(),
      "sync response",
    );
    const custom = client.customTimeoutActor.getOrCreate([key]);
    assert.equal(await custom.quickAction(), "Quick action completed");
    assert.match((await errorOf(custom.slowAction())).message, /timed out/i);
  },

  async "actions that wait for nothing"({ client, key }) {
    const actor = client.syncActionActor.getOrCreate([key]);
    assert.equal(await actor.increment(5), 5);
    assert.equal(await actor.increment(), 6);
    const info = await actor.getInfo();
    assert.equal(info.currentValue, 6);
    assert.equal(typeof info.timestamp, "number");
    await actor.reset();
    assert.equal((await actor.getInfo()).currentValue, 0);
  },

  async "actions that let others run"({ client, key }) {
    const actor = client.asyncActionActor.getOrCreate([key]);
    assert.equal(await actor.delayedIncrement(5), 5);
    const data = await actor.fetchData("test-123");
    assert.equal(data.id, "test-123");
    assert.ok(data.timestamp);
    assert.equal(await actor.asyncWithError(false), "Success");
    const error = await errorOf(actor.asyncWithError(true));
    assert.equal(error.message, "Intentional error");
    assert.deepEqual([error.group, error.code], ["user", "user_error"]);
  },

  async "actions of one actor run side by side"({ client, key }) {
    const actor = client.concurrentActionActor.getOrCreate([key]);
    const slow = actor.runWithDelay("slow", 150);
    const fast = actor.runWithDelay("fast", 10);
    assert.deepEqual(await Promise.all([slow, fast]), ["slow", "fast"]);
    const seen = await actor.getEvents();
    assert.deepEqual([...seen].sort(), [
      "finish:fast",
      "finish:slow",
      "start:fast",
      "start:slow",
    ]);
    assert.ok(seen.indexOf("finish:fast") < seen.indexOf("finish:slow"));
  },

  async "actions may have dotted names"({ client, key }) {
    const actor = client.nestedActionActor.getOrCreate([key]);
    assert.equal(await actor.calculator.add(5), 5);
    assert.equal(await actor.action({ name: "calculator.add", args: [2] }), 7);
    assert.equal(await actor.calculator.read(), 7);
    for (const args of [["5"], [], [null]]) {
      const error = await errorOf(actor.action({ name: "calculator.add", args }));
      assert.deepEqual([error.group, error.code], ["actor", "validation_error"]);
    }
    assert.equal(await actor.calculator.read(), 7);
  },

  async "answers that come later"({ client, key }) {
    const actor = client.promiseActor.getOrCreate([key]);
    assert.equal(await actor.resolvedPromise(), "resolved value");
    assert.equal(await actor.delayedPromise(), "delayed value");
    const error = await errorOf(actor.rejectedPromise());
    assert.equal(error.message, "promised rejection");
    assert.deepEqual(await actor.getResults(), ["delayed"]);
  },

  async "messages beyond their limits are refused"({ client, key }) {
    const actor = client.largePayloadActor.getOrCreate([key]);
    const items = (count) =>
      Array.from({ length: count }, (_, i) => `Item ${i} with some additional text to increase size`);
    const result = await actor.processLargeRequest({ items: items(500) });
    assert.deepEqual(result, {
      itemCount: 500,
      firstItem: items(1)[0],
      lastItem: items(500)[499],
    });
    const incoming = await errorOf(actor.processLargeRequest({ items: items(1500) }));
    assert.equal(incoming.code, "incoming_too_long");
    assert.equal((await actor.getLargeResponse(100)).items.length, 100);
    const outgoing = await errorOf(actor.getLargeResponse(20000));
    assert.equal(outgoing.code, "outgoing_too_long");
    assert.deepEqual(await actor.echo({ a: [1, "x", null] }), { a: [1, "x", null] });
  },

  async "messages beyond their limits over a connection"({ client, key }) {
    const handle = client.largePayloadConnActor.getOrCreate([key]);
    const connection = handle.connect();
    const items = (count) =>
      Array.from({ length: count }, (_, i) => `Item ${i} with some additional text to increase size`);
    await connection.processLargeRequest({ items: items(500) });
    assert.equal(await connection.getLastRequestSize(), 500);
    const outgoing = await errorOf(connection.getLargeResponse(20000));
    assert.deepEqual([outgoing.group, outgoing.code], ["message", "outgoing_too_long"]);
    assert.equal(await connection.getLastRequestSize(), 500);
    const pending = errorOf(connection.processLargeRequest({ items: items(1500) }));
    const incoming = await pending;
    assert.deepEqual([incoming.group, incoming.code], ["message", "incoming_too_long"]);
    await connection.dispose();
  },

  async "errors say what they may say"({ client, key }) {
    const actor = client.errorHandlingActor.getOrCreate([key]);
    const simple = await errorOf(actor.throwSimpleError());
    assert.deepEqual(
      [simple.group, simple.code, simple.message, simple.metadata],
      ["user", "user_error", "Simple error message", undefined],
    );
    const detailed = await errorOf(actor.throwDetailedError());
    assert.deepEqual([detailed.group, detailed.code], ["user", "detailed_error"]);
    assert.equal(detailed.message, "Detailed error message");
    assert.equal(detailed.metadata.reason, "test");
    assert.equal(typeof detailed.metadata.timestamp, "number");
    const hidden = await errorOf(actor.throwInternalError());
    assert.deepEqual(
      [hidden.code, hidden.message],
      ["internal_error", "An internal error occurred"],
    );
    assert.equal(await actor.successfulAction(), "success");
    assert.match((await errorOf(actor.timeoutAction())).message, /timed out/i);
    assert.equal(await actor.delayedAction(10), "Completed after 10ms");
    assert.deepEqual(await actor.logError("a"), ["a"]);
    assert.deepEqual(await actor.getErrorLog(), ["a"]);
    assert.equal(await actor.clearErrorLog(), true);
    assert.deepEqual(await actor.getErrorLog(), []);
  },

  async "a burst of changes is told once"({ client, key }) {
    const actor = client.onStateChangeActor.getOrCreate([key]);
    await actor.setValue(10);
    assert.equal(await actor.getChangeCount(), 1);
    await actor.incrementMultiple(5);
    assert.equal(await actor.getChangeCount(), 2);
    await actor.getValue();
    assert.equal(await actor.getDoubled(), 30);
    assert.equal(await actor.getChangeCount(), 2);
    await actor.resetChangeCount();
    assert.equal(await actor.getChangeCount(), 0);
    assert.equal(await actor.stateIdentityStable(), true);
    assert.equal(await actor.seedLarge(20000), 20000);
    assert.ok((await actor.churn(200)) < 250);
    assert.equal(await actor.getValue(), 215);
  },

  async "variables belong to the activation"({ client, key }) {
    const fixed = client.staticVarActor.getOrCreate([key]);
    assert.deepEqual(await fixed.getVars(), { counter: 42, name: "test-actor" });
    assert.equal(await fixed.getName(), "test-actor");
    const first = client.nestedVarActor.getOrCreate([`${key} 1`]);
    const second = client.nestedVarActor.getOrCreate([`${key} 2`]);
    const modified = await first.modifyNested();
    assert.deepEqual(modified.nested, {
      value: "modified",
      array: [1, 2, 3, 4],
      obj: { key: "new-value" },
    });
    assert.deepEqual((await second.getVars()).nested, {
      value: "original",
      array: [1, 2, 3],
      obj: { key: "value" },
    });
    const dynamic = await client.dynamicVarActor.getOrCreate([key]).getVars();
    assert.ok(dynamic.random >= 0 && dynamic.random < 1);
    assert.match(dynamic.computed, /^Actor-\d+$/);
    const ids = await Promise.all(
      [1, 2].map((n) => client.uniqueVarActor.getOrCreate([`${key} ${n}`]).getVars()),
    );
    assert.notEqual(ids[0].id, ids[1].id);
    const driver = await client.driverCtxActor.getOrCreate([key]).getVars();
    assert.equal(typeof driver.hasDriverCtx, "boolean");
  },
};
