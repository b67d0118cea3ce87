// Connections, events and access control.

import assert from "node:assert/strict";
import { errorOf, events, eventually } from "./support.mjs";

export const cases = {
  async "every listener hears every count"({ client, key }) {
    const first = client.counter.getOrCreate([key]).connect();
    const second = client.counter.get([key]).connect();
    const heard = [events(first, "newCount"), events(second, "newCount")];
    await Promise.all([first.getCount(), second.getCount()]);
    await first.increment(5);
    await second.increment(3);
    await eventually(() => assert.deepEqual(heard, [[5, 8], [5, 8]]));
    await Promise.all([first.dispose(), second.dispose()]);
  },

  async "connections have parameters"({ client, key }) {
    const named = (name) =>
      client.counterWithParams.getOrCreate([key], { params: name ? { name } : undefined });
    const first = named("user1").connect();
    const second = named("user2").connect();
    const heard = events(first, "newCount");
    await Promise.all([first.getInitializers(), second.getInitializers()]);
    await first.increment(5);
    await second.increment(3);
    await eventually(() =>
      assert.deepEqual(heard, [
        { count: 5, by: "user1" },
        { count: 8, by: "user2" },
      ]),
    );
    const initializers = await named("user3").getInitializers();
    assert.deepEqual([...initializers].sort(), ["user1", "user2", "user3"]);
    assert.ok((await named().getInitializers()).includes("anonymous"));
    await Promise.all([first.dispose(), second.dispose()]);
  },

  async "hooks run in their order"({ client, key }) {
    const handle = client.counterWithLifecycle.getOrCreate([key], {
      params: { trackLifecycle: true },
    });
    const connection = handle.connect();
    assert.deepEqual(await connection.getEvents(), [
      "onWake",
      "onBeforeConnect",
      "onConnect",
    ]);
    await connection.dispose();
    const untracked = client.counterWithLifecycle.getOrCreate([key]);
    await eventually(async () =>
      assert.deepEqual((await untracked.getEvents()).slice(3), ["onDisconnect"]),
    );
  },

  async "a call alone is a connection too"({ client, key }) {
    const handle = client.counterWithLifecycle.getOrCreate([key], {
      params: { trackLifecycle: true },
    });
    await handle.increment(1);
    assert.deepEqual(await client.counterWithLifecycle.getOrCreate([key]).getEvents(), [
      "onWake",
      "onBeforeConnect",
      "onConnect",
      "onDisconnect",
    ]);
  },

  async "a refusal keeps its group and code"({ client, key }) {
    const refused = client.connErrorSerializationActor.getOrCreate([key], {
      params: { shouldThrow: true },
    });
    const connection = refused.connect();
    const overSocket = await errorOf(connection.getValue());
    assert.deepEqual([overSocket.group, overSocket.code], ["connection", "custom_error"]);
    assert.match(overSocket.message, /Test error from createConnState/);
    const alone = await errorOf(refused.getValue());
    assert.deepEqual([alone.group, alone.code], ["connection", "custom_error"]);
    await connection.dispose();
    const admitted = client.connErrorSerializationActor.getOrCreate([key]).connect();
    assert.equal(await admitted.getValue(), 0);
    await admitted.dispose();
  },
};
