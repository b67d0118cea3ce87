// Raw HTTP and raw WebSockets.

import assert from "node:assert/strict";
import { eventually, messages, opened, wait } from "./support.mjs";

const send = (socket, value) => socket.send(JSON.stringify(value));

async function post(endpoint, path) {
  const response = await fetch(`${endpoint}${path}`, { method: "POST", body: "{}" });
  return response.status;
}

export const cases = {
  async "raw requests reach their handler"({ client, key }) {
    const actor = client.rawHttpActor.getOrCreate([key]);
    const hello = await actor.fetch("api/hello");
    assert.deepEqual(await hello.json(), { message: "Hello from actor!" });
    const echo = await actor.fetch("/api/echo", {
      method: "POST",
      headers: { "content-type": "application/json", "x-mine": "1" },
      body: JSON.stringify({ a: [1] }),
    });
    assert.deepEqual(await echo.json(), { a: [1] });
    assert.equal(echo.headers.get("x-mine"), "1");
    const headers = await actor.fetch("api/headers", { headers: { "X-Mine": "2" } });
    assert.equal((await headers.json())["x-mine"], "2");
    assert.deepEqual(await (await actor.fetch("api/state")).json(), { requestCount: 4 });
    const missing = await actor.fetch("nothing");
    assert.deepEqual([missing.status, await missing.text()], [404, "Not Found"]);
  },

  async "actors without a handler answer 404"({ client, key }) {
    const actor = client.rawHttpNoHandlerActor.getOrCreate([key]);
    for (const path of ["", "/", "api/anything"]) {
      assert.equal((await actor.fetch(path)).status, 404);
    }
  },

  async "a handler that returns nothing is an error"({ client, key }) {
    const response = await client.rawHttpVoidReturnActor.getOrCreate([key]).fetch("/");
    assert.equal(response.status, 500);
    assert.match(await response.text(), /onRequest handler must return a Response/);
  },

  async "a handler may be a router"({ client, key }) {
    const actor = client.rawHttpHonoActor.getOrCreate([key]);
    const json = (body) => ({
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const at = async (path, options) => {
      const response = await actor.fetch(path, options);
      return [response.status, await response.json()];
    };
    assert.deepEqual(await at("/"), [200, { message: "Welcome to Hono actor!" }]);
    assert.deepEqual(await at("/users"), [
      200,
      [
        { id: 1, name: "Alice" },
        { id: 2, name: "Bob" },
      ],
    ]);
    assert.deepEqual(await at("/users/1"), [200, { id: 1, name: "Alice" }]);
    assert.deepEqual(await at("/users", { method: "POST", ...json({ name: "C" }) }), [
      201,
      { id: 3, name: "C" },
    ]);
    assert.deepEqual(await at("/users/2", { method: "PUT", ...json({ name: "D" }) }), [
      200,
      { id: 2, name: "D" },
    ]);
    assert.deepEqual(await at("/users/2", { method: "DELETE" }), [
      200,
      { message: "User 2 deleted" },
    ]);
    assert.equal((await actor.fetch("/other")).status, 404);
  },

  async "a handler sees the whole request"({ client, key }) {
    const actor = client.rawHttpRequestPropertiesActor.getOrCreate([key]);
    const seen = await (
      await actor.fetch("some/path?a=1&b=2&a=3", { headers: { "x-mine": "y" } })
    ).json();
    assert.equal(seen.pathname, "/some/path");
    assert.equal(seen.search, "?a=1&b=2&a=3");
    assert.deepEqual(seen.searchParams, { a: "3", b: "2" });
    assert.equal(seen.method, "GET");
    assert.equal(seen.headers["x-mine"], "y");
    assert.equal(seen.body, null);
    const posted = await (
      await actor.fetch("p", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"deep":{"list":[1,2]}}',
      })
    ).json();
    assert.deepEqual(posted.body, { deep: { list: [1, 2] } });
    const text = await (
      await actor.fetch("p", { method: "PUT", headers: { "content-type": "text/plain" }, body: "plain" })
    ).json();
    assert.deepEqual([text.body, text.bodyText], ["plain", "plain"]);
    const large = "x".repeat(1024 * 1024);
    const echoed = await (await actor.fetch("p", { method: "POST", body: large })).json();
    assert.equal(echoed.body.length, large.length);
    const head = await actor.fetch("p", { method: "HEAD" });
    assert.deepEqual([head.status, await head.text()], [200, ""]);
    assert.equal((await actor.fetch("p", { method: "OPTIONS" })).status, 204);
    const long = await (await actor.fetch(`p?long=${"y".repeat(4000)}`)).json();
    assert.equal(long.searchParams.long.length, 4000);
  },

  async "a raw socket talks"({ client, key }) {
    const actor = client.rawWebSocketActor.getOrCreate([key]);
    const socket = await opened(await actor.webSocket("some/path?x=1"));
    const received = messages(socket);
    await eventually(() =>
      assert.deepEqual(received[0], { type: "welcome", connectionCount: 1 }),
    );
    send(socket, { type: "ping" });
    await eventually(() => assert.equal(received[1].type, "pong"));
    send(socket, { type: "getStats" });
    await eventually(() =>
      assert.deepEqual(received[2], { type: "stats", connectionCount: 1, messageCount: 2 }),
    );
    send(socket, { type: "getRequestInfo" });
    await eventually(() => {
      assert.equal(received[3].type, "requestInfo");
      assert.match(received[3].url, /some\/path\?x=1$/);
      assert.equal(received[3].search, "?x=1");
    });
    send(socket, { type: "other", n: 1 });
    await eventually(() => assert.deepEqual(received[4], { type: "other", n: 1 }));
    send(socket, { type: "indexedEcho", payload: "p" });
    await eventually(() =>
      assert.deepEqual(received[5], { type: "indexedEcho", payload: "p", rivetMessageIndex: 5 }),
    );
    socket.close(1000, "done");
    await eventually(async () =>
      assert.deepEqual(await actor.getStats(), { connectionCount: 0, messageCount: 5 }),
    );
  },

  async "a raw socket takes bytes"({ client, key }) {
    const actor = client.rawWebSocketBinaryActor.getOrCreate([key]);
    const socket = await opened(await actor.webSocket());
    socket.binaryType = "arraybuffer";
    const answer = new Promise((resolve) =>
      socket.addEventListener("message", ({ data }) => resolve(new Uint8Array(data))),
    );
    socket.send(new Uint8Array([1, 2, 3, 4, 5]));
    assert.deepEqual([...(await answer)], [5, 4, 3, 2, 1]);
    socket.close();
  },

  async "an open handler may take its time"({ client, key, endpoint }) {
    const actor = client.rawWebSocketAsyncOpenActor.getOrCreate([key]);
    const socket = await actor.webSocket();
    const received = messages(socket);
    const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
    await eventually(() =>
      assert.deepEqual(received[0], { type: "async-open", openCount: 1 }),
    );
    const id = await actor.resolve();
    assert.equal(await post(endpoint, `/actors/${id}/sleep?namespace=default`), 200);
    assert.notEqual((await closed).code, 1006);
    assert.equal(await actor.getOpenCount(), 1);
  },

  async "a raw socket has a connection"({ client, key }) {
    const actor = client.rawWebSocketConnContextActor.getOrCreate([key]);
    const socket = await actor.webSocket();
    const received = messages(socket);
    await eventually(() => assert.equal(received.length, 1));
    const [{ type, connId, state }] = received;
    assert.equal(type, "conn-context");
    assert.deepEqual(state, { opened: true, connId });
    socket.close();
  },

  async "a raw socket outlives the sleep of its actor"({ client, key }) {
    const actor = client.rawWebSocketActor.getOrCreate([key]);
    const socket = await opened(await actor.webSocket());
    const received = messages(socket);
    await eventually(() => assert.equal(received.length, 1));
    send(socket, { type: "scheduleSleep" });
    await eventually(() => assert.deepEqual(received[1], { type: "sleepScheduled" }));
    await wait(600);
    send(socket, { type: "indexedEcho", payload: "after" });
    await eventually(() => {
      const echo = received.find(({ type }) => type === "indexedEcho");
      assert.deepEqual(echo, { type: "indexedEcho", payload: "after", rivetMessageIndex: 2 });
    });
    assert.equal(received.filter(({ type }) => type === "welcome").length, 2);
    assert.equal(socket.readyState, socket.OPEN);
    socket.close();
  },

  async "the server says which messages were acknowledged"({ client, key }) {
    const socket = await opened(await client.rawWebSocketActor.getOrCreate([key]).webSocket());
    const received = messages(socket);
    await eventually(() => assert.equal(received.length, 1));
    send(socket, { type: "ping" });
    await eventually(() => assert.equal(received.length, 2));
    send(socket, { __rivetkitTestHibernatableAckStateV1: true });
    await eventually(() =>
      assert.deepEqual(received[2], {
        __rivetkitTestHibernatableAckStateV1: true,
        lastSentIndex: 1,
        lastAckedIndex: 1,
        pendingIndexes: [],
      }),
    );
    send(socket, { type: "indexedEcho", payload: 1 });
    await eventually(() => assert.equal(received[3].rivetMessageIndex, 3));
    socket.close();
  },

  async "hooks see the request"({ client, key }) {
    const handle = client.requestAccessActor.getOrCreate([key], {
      params: { trackRequest: true },
    });
    assert.equal(await handle.ping(), "pong");
    const response = await handle.fetch("some/path", { headers: { "x-mine": "z" } });
    const seen = await response.json();
    assert.equal(seen.requestMethod, "GET");
    assert.match(seen.requestUrl, /\/some\/path$/);
    assert.equal(seen.requestHeaders["x-mine"], "z");
    const socket = await opened(await handle.webSocket());
    const received = messages(socket);
    await eventually(() => assert.equal(received[0].hasRequest, true));
    socket.send("echo me");
    await eventually(() => assert.equal(received[1], "echo me"));
    const records = await client.requestAccessActor.getOrCreate([key]).getRequestInfo();
    for (const name of ["onBeforeConnect", "createConnState", "onRequest", "onWebSocket"]) {
      assert.equal(records[name].hasRequest, true, name);
    }
    assert.ok("sec-websocket-protocol" in records.onWebSocket.requestHeaders);
    socket.close();
  },
};
