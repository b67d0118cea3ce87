// What cases share.

import assert from "node:assert/strict";

// Resolves with the error of a promise that must fail.
export async function errorOf(promise) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  return assert.fail(`no error, but ${JSON.stringify(value)}`);
}

export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Waits until a check no longer throws.
export async function eventually(check, { timeoutMs = 10_000, everyMs = 25 } = {}) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await wait(everyMs);
    }
  }
}

// Collects the events of a connection.
export function events(connection, name) {
  const items = [];
  connection.on(name, (...args) => items.push(args.length === 1 ? args[0] : args));
  return items;
}

// Resolves with a raw socket when it is open.
export function opened(socket) {
  if (socket.readyState === 1) return socket;
  return new Promise((resolve, reject) => {
    socket.addEventListener("open", () => resolve(socket));
    socket.addEventListener("error", reject);
  });
}

// Collects the messages of a raw socket, JSON parsed.
export function messages(socket) {
  const items = [];
  socket.addEventListener("message", ({ data }) => {
    try {
      items.push(JSON.parse(data));
    } catch {
      items.push(data);
    }
  });
  return items;
}

// Asks the inspector of an actor; resolves with the status and the body.
export async function inspect(endpoint, handle, method, path, body) {
  const actorId = await handle.resolve();
  const stored = await fetch(`${endpoint}/actors/${actorId}/kv/keys/Aw%3D%3D?namespace=default`);
  const token = Buffer.from((await stored.json()).value, "base64").toString();
  const response = await fetch(`${endpoint}/gateway/${actorId}/inspector/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    body: body && JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}
