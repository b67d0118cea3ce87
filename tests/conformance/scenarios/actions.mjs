// What actions answer, alone and over a connection.

import { errorOf } from "./support.mjs";

export const scenarios = {
  async statelessAction(client, key) {
    const counter = client.counter.getOrCreate([key]);
    return [
      await counter.increment(3),
      await counter.increment(),
      await counter.getCount(),
    ];
  },

  async connection(client, key) {
    const counter = client.counter.getOrCreate([key]);
    const connection = counter.connect();
    const answers = [await connection.increment(2), await connection.getCount()];
    await connection.dispose();
    return { answers, after: await counter.getCount() };
  },

  async concurrentActionsOnOneConnection(client, key) {
    const connection = client.counter.getOrCreate([key]).connect();
    const calls = Array.from({ length: 20 }, () => connection.increment(1));
    const answers = await Promise.all(calls);
    await connection.dispose();
    return answers.sort((a, b) => a - b);
  },

  async unknownAction(client, key) {
    const counter = client.counter.getOrCreate([key]);
    const connection = counter.connect();
    const seen = {
      stateless: await errorOf(counter.noSuchAction()),
      connection: await errorOf(connection.noSuchAction()),
    };
    await connection.dispose();
    return seen;
  },

  async wrongArgumentType(client, key) {
    const counter = client.counter.getOrCreate([key]);
    const error = await errorOf(counter.increment("5"));
    return { error, countAfterwards: await counter.getCount() };
  },

  async typedError(client, key) {
    const counter = client.counter.getOrCreate([key]);
    const connection = counter.connect();
    const seen = {
      stateless: await errorOf(counter.increment(1_000_000)),
      connection: await errorOf(connection.increment(1_000_000)),
      countAfterwards: await counter.getCount(),
    };
    await connection.dispose();
    return seen;
  },
};
