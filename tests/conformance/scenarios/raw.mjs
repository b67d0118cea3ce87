// Raw HTTP requests and WebSockets.

const OPENED = 1;

function messagesOf(socket) {
  const items = [];
  const waiting = [];
  const settle = () => {
    while (waiting.length && items.length) waiting.shift()(items.shift());
  };
  socket.binaryType = "arraybuffer";
  socket.addEventListener("message", ({ data }) => {
    items.push(typeof data === "string" ? data : [...new Uint8Array(data)]);
    settle();
  });
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      settle();
    });
}

function closeOf(socket) {
  return new Promise((resolve) => {
    socket.addEventListener("close", ({ code, reason }) => resolve([code, reason]));
  });
}

export const scenarios = {
  async rawRequest(client, key) {
    const handle = client.lab.getOrCreate([key], { params: { token: "alice" } });
    const answer = await handle.fetch("/seen?x=a%20b", {
      method: "POST",
      headers: { "x-own": "1" },
      body: "hé",
    });
    const { method, url, body, params, headers } = await answer.json();
    const actor = answer.headers.get("x-rivet-actor-key") === key;
    return { status: answer.status, actor, method, url, body, params, own: headers["x-own"] };
  },

  async rawRequestObject(client, key) {
    const handle = client.lab.getOrCreate([key]);
    const request = new Request("https://example.com/seen?q=2", { method: "PUT", body: "x" });
    const answer = await handle.fetch(request);
    return (await answer.json()).url;
  },

  async rawStream(client, key) {
    const handle = client.lab.getOrCreate([key]);
    const answer = await handle.fetch("/stream");
    const chunks = [];
    for await (const chunk of answer.body) chunks.push(Buffer.from(chunk).toString());
    return { chunks: chunks.length > 1, text: chunks.join("") };
  },

  async rawErrors(client, key) {
    const handle = client.lab.getOrCreate([key]);
    const failed = await handle.fetch("/fail");
    const missing = await handle.fetch("/missing");
    const { code } = await failed.json();
    return { failed: [failed.status, code], missing: [missing.status, await missing.text()] };
  },

  async rawNoHandler(client, key) {
    const answer = await client.counter.getOrCreate([key]).fetch("/x");
    return [answer.status, await answer.text()];
  },

  async rawUpload(client, key) {
    const handle = client.lab.getOrCreate([key]);
    const answer = await handle.fetch("/length", { method: "PUT", body: new Uint8Array(1 << 20) });
    return answer.json();
  },

  async rawSocket(client, key) {
    const handle = client.lab.getOrCreate([key], { params: { token: "alice" } });
    const socket = await handle.webSocket("room?x=1");
    const next = messagesOf(socket);
    const greeting = JSON.parse(await next());
    socket.send("text");
    socket.send(new Uint8Array([0, 255]));
    const echoes = [await next(), await next()];
    const opened = socket.readyState === OPENED;
    const closed = closeOf(socket);
    socket.close(3000, "done");
    return { greeting, echoes, opened, protocol: socket.protocol, closed: await closed };
  },

  async rawSocketClosedByActor(client, key) {
    const socket = await client.lab.getOrCreate([key]).webSocket();
    const closed = closeOf(socket);
    const next = messagesOf(socket);
    await next();
    socket.send("close");
    return closed;
  },
};
