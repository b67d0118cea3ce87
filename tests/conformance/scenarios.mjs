// What the official client does with the chat example, and what it sees.
//
// Each scenario gets the client and a key nobody else uses; it returns plain data, which
// test_official_client.py compares with what is expected.

const PARAMS = { token: "alice" };

export function describeError(error) {
  const { name, group, code, message, metadata } = error;
  return { name, group, code, message, metadata };
}

async function errorOf(promise) {
  try {
    return { returned: await promise };
  } catch (error) {
    const { group, code, message, metadata } = error;
    return { group, code, message, metadata };
  }
}

function collector() {
  const items = [];
  const waiting = [];
  return {
    items,
    push(item) {
      items.push(item);
      for (const check of waiting) check();
    },
    reached(count) {
      return new Promise((resolve) => {
        const check = () => items.length >= count && resolve([...items]);
        waiting.push(check);
        check();
      });
    },
  };
}

function room(client, key) {
  return client.chatRoom.getOrCreate(["acme", key], { params: PARAMS });
}

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

  async compoundKey(client, key) {
    const general = room(client, key);
    const random = client.chatRoom.getOrCreate([key, "acme"], { params: PARAMS });
    await general.sendMessage("alice", "to general");
    await random.sendMessage("alice", "to random");
    const again = client.chatRoom.get(["acme", key], { params: PARAMS });
    const texts = (history) => history.map((message) => message.text);
    return {
      general: texts(await general.getHistory()),
      random: texts(await random.getHistory()),
      again: texts(await again.getHistory()),
    };
  },

  async keyWithSlashes(client, key) {
    const counter = client.counter.getOrCreate([`${key}/a\\b`]);
    await counter.increment(7);
    const byId = client.counter.getForId(await counter.resolve());
    return await byId.getCount();
  },

  async createWithInput(client, key) {
    const created = await client.counter.create([key], { input: { start: 40 } });
    const count = await created.increment(2);
    const duplicate = await errorOf(client.counter.create([key]));
    const id = await created.resolve();
    return { count, duplicate, sameActor: duplicate.metadata?.existing_actor_id === id };
  },

  async getOrCreateWithInput(client, key) {
    const options = { createWithInput: { start: 10 } };
    return [
      await client.counter.getOrCreate([key], options).getCount(),
      await client.counter.getOrCreate([key]).getCount(),
    ];
  },

  async getForId(client, key) {
    const counter = client.counter.getOrCreate([key]);
    await counter.increment(1);
    const id = await counter.resolve();
    const byId = client.counter.getForId(id);
    const connection = byId.connect();
    const answers = [await byId.increment(1), await connection.increment(1)];
    await connection.dispose();
    return { answers, sameId: (await byId.resolve()) === id };
  },

  async getForUnknownId(client) {
    const unknown = `${"0".repeat(27)}l00`;
    return await errorOf(client.counter.getForId(unknown).getCount());
  },

  async resolve(client, key) {
    const counter = client.counter.getOrCreate([key]);
    const id = await counter.resolve();
    await counter.increment(1);
    return {
      id,
      getAgrees: (await client.counter.get([key]).resolve()) === id,
      otherKeyDiffers: (await client.counter.getOrCreate([`${key}-b`]).resolve()) !== id,
      missing: await errorOf(client.counter.get([`${key}-missing`]).resolve()),
    };
  },

  async coordinator(client, key) {
    const rooms = client.chatRoomList.getOrCreate([key]);
    const id = await rooms.createChatRoom(key);
    const created = client.chatRoom.getForId(id, { params: PARAMS });
    await created.sendMessage("alice", "first");
    return {
      listed: (await rooms.listChatRooms()).includes(id),
      sameRoom: (await room(client, key).resolve()) === id,
      texts: (await created.getHistory()).map((message) => message.text),
    };
  },
};
