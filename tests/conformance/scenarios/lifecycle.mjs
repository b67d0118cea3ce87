// What connections tell their users, and how they end.

import { errorOf } from "./support.mjs";

function observed(connection) {
  const log = [];
  connection.onOpen(() => log.push("open"));
  connection.onClose(() => log.push("close"));
  connection.onError(({ group, code }) => log.push(`error ${group}.${code}`));
  connection.onStatusChange((status) => log.push(status));
  return log;
}

function opened(connection) {
  return new Promise((resolve) => connection.onOpen(resolve));
}

// Resolves when the connection is lost and open again.
function reopened(connection) {
  return new Promise((resolve) => {
    connection.onClose(() => connection.onOpen(resolve));
  });
}

export const scenarios = {
  async connectionCallbacks(client, key) {
    const connection = client.counter.getOrCreate([key]).connect();
    const log = observed(connection);
    await opened(connection);
    const known = [typeof connection.actorId, typeof connection.connId];
    await connection.dispose();
    return { log, known, status: connection.connStatus };
  },

  async openedLongAgo(client, key) {
    const connection = client.counter.getOrCreate([key]).connect();
    await connection.getCount();
    await opened(connection);
    const ready = await Promise.race([connection.ready.then(() => true)]);
    await connection.dispose();
    return ready;
  },

  async reconnectAfterServerClose(client, key) {
    const counter = client.counter.getOrCreate([key]);
    const connection = counter.connect();
    const counts = [];
    connection.on("newCount", (count) => counts.push(count));
    await connection.increment(1);
    const first = connection.connId;
    const again = reopened(connection);
    await counter.disconnectAll();
    await again;
    await connection.increment(1);
    const renamed = connection.connId !== first;
    await connection.dispose();
    return { counts, renamed };
  },

  async reconnectToSuccessor(client, key) {
    const counter = client.counter.getOrCreate([key]);
    const connection = counter.connect();
    await connection.increment(5);
    const first = connection.actorId;
    const again = reopened(connection);
    await counter.destroyItself();
    await again;
    const count = await connection.getCount();
    const replaced = connection.actorId !== first;
    await connection.dispose();
    return { count, replaced };
  },

  async destroyedForGood(client, key) {
    const id = await client.counter.getOrCreate([key]).resolve();
    const connection = client.counter.getForId(id).connect();
    await connection.getCount();
    const failed = new Promise((resolve) => connection.onError(resolve));
    await connection.destroyItself();
    const { group, code } = await failed;
    await connection.dispose();
    return [group, code];
  },

  async refused(client, key) {
    const options = { params: { token: "eve" } };
    const connection = client.guarded.getOrCreate([key], options).connect();
    const log = observed(connection);
    const error = await errorOf(connection.whoAmI());
    await connection.dispose();
    return { error, log };
  },

  async disposed(client, key) {
    const connection = client.counter.getOrCreate([key]).connect();
    await connection.getCount();
    const pending = errorOf(connection.hang());
    await connection.dispose();
    await connection.dispose();
    const failed = async (promise) => !("returned" in (await promise));
    return {
      pending: await failed(pending),
      later: await failed(errorOf(connection.getCount())),
      members: await client.counter.getOrCreate([key])["members.count"](),
    };
  },

  async disposedClient(_, key, { newClient }) {
    const client = newClient();
    const connection = client.counter.getOrCreate([key]).connect();
    await connection.getCount();
    const closed = new Promise((resolve) => connection.onClose(resolve));
    await client.dispose();
    await closed;
    return connection.connStatus;
  },

  async aborted(client, key) {
    const counter = client.counter.getOrCreate([key]);
    const controller = new AbortController();
    const call = { name: "hang", args: [], signal: controller.signal };
    const hanging = errorOf(counter.action(call));
    controller.abort();
    const error = await hanging;
    return { failed: !("returned" in error), after: await counter.increment(2) };
  },

  async onceOnly(client, key) {
    const connection = client.counter.getOrCreate([key]).connect();
    const counts = [];
    connection.once("newCount", (count) => counts.push(count));
    await connection.increment(1);
    await connection.increment(1);
    await connection.dispose();
    return counts;
  },
};
