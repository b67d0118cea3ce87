// What subscribers see.

import { collector, room } from "./support.mjs";

export const scenarios = {
  async event(client, key) {
    const counter = client.counter.getOrCreate([key]);
    const connections = [counter.connect(), counter.connect()];
    const seen = connections.map((connection) => {
      const counts = collector();
      connection.on("newCount", (count) => counts.push(count));
      return counts;
    });
    await Promise.all(connections.map((connection) => connection.getCount()));
    await counter.increment(1);
    await connections[0].increment(1);
    await counter.increment(1);
    const counts = await Promise.all(seen.map((each) => each.reached(3)));
    await Promise.all(connections.map((connection) => connection.dispose()));
    return counts;
  },

  async eventBeforeReply(client, key) {
    const connection = client.counter.getOrCreate([key]).connect();
    const order = [];
    connection.on("newCount", (count) => order.push(["event", count]));
    await connection.getCount();
    order.push(["reply", await connection.increment(5)]);
    await connection.dispose();
    return order;
  },

  async unsubscribe(client, key) {
    const connection = client.counter.getOrCreate([key]).connect();
    const first = collector();
    const second = collector();
    const stop = connection.on("newCount", (count) => first.push(count));
    connection.on("newCount", (count) => second.push(count));
    await connection.increment(1);
    stop();
    await connection.increment(1);
    await second.reached(2);
    await connection.dispose();
    return { first: first.items, second: second.items };
  },

  async typedEvent(client, key) {
    const connection = room(client, key).connect();
    const messages = collector();
    connection.on("newMessage", (message) => messages.push(message));
    await connection.getHistory();
    const posted = await connection.sendMessage("alice", "Grüße, 世界 👋");
    const [received] = await messages.reached(1);
    const history = await connection.getHistory();
    await connection.dispose();
    return { posted, received, history };
  },
};
