// Sleep, destruction, schedules and run handlers.

import assert from "node:assert/strict";
import { errorOf, eventually, messages, opened, wait } from "./support.mjs";

async function destroyed(client, key) {
  const observer = client.destroyObserver.getOrCreate(["observer"]);
  await eventually(async () => assert.equal(await observer.wasDestroyed(key), true));
}

async function saysGoodbye({ client, key }, name) {
  const actor = client[name].getOrCreate([key]);
  const socket = await actor.webSocket();
  const received = messages(socket);
  const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
  await eventually(() => assert.deepEqual(received, [{ type: "connected" }]));
  await actor.triggerSleep();
  await eventually(() =>
    assert.deepEqual(received[1], { type: "sleeping", sleepCount: 1 }),
  );
  const close = await closed;
  assert.equal(close.code, 1000);
  await eventually(async () =>
    assert.deepEqual(await actor.getCounts(), { startCount: 2, sleepCount: 1 }),
  );
}

async function finishesMessages({ client, key }, name) {
  const actor = client[name].getOrCreate([key]);
  const socket = await actor.webSocket();
  const received = messages(socket);
  await eventually(() => assert.equal(received.length, 1));
  socket.send("track-message");
  await eventually(() => assert.deepEqual(received[1], { type: "message-started" }));
  socket.close();
  await wait(150);
  const during = await actor.getStatus();
  assert.deepEqual([during.startCount, during.messageStarted], [1, 1]);
  await eventually(async () => {
    const status = await actor.getStatus();
    assert.deepEqual([status.messageStarted, status.messageFinished], [1, 1]);
  });
}

async function finishesCloses({ client, key }, name) {
  const actor = client[name].getOrCreate([key]);
  const socket = await actor.webSocket();
  const received = messages(socket);
  await eventually(() => assert.equal(received.length, 1));
  socket.close();
  await eventually(async () => assert.equal((await actor.getStatus()).closeStarted, 1));
  await eventually(async () => {
    const status = await actor.getStatus();
    assert.deepEqual([status.closeStarted, status.closeFinished], [1, 1]);
  });
}

export const cases = {
  async "a destroyed actor is gone, and its key is free"({ client, key }) {
    const created = await client.destroyActor.create([key]);
    const id = await created.resolve();
    await created.setValue(42);
    await created.setEphemeral("used");
    await client.destroyActor.get([key]).destroy();
    await destroyed(client, key);
    await eventually(async () => {
      const error = await errorOf(client.destroyActor.getForId(id).getValue());
      assert.deepEqual([error.group, error.code], ["actor", "not_found"]);
    });
    const missing = await errorOf(client.destroyActor.get([key]).resolve());
    assert.deepEqual([missing.group, missing.code], ["actor", "not_found"]);
    const again = client.destroyActor.getOrCreate([key]);
    assert.equal(await again.getValue(), 0);
    assert.equal(await again.getEphemeral(), "fresh");
    assert.notEqual(await again.resolve(), id);
  },

  async "a handle finds the successor of a destroyed actor"({ client, key }) {
    const handle = client.destroyActor.getOrCreate([key]);
    await handle.setValue(7);
    await handle.destroy();
    await destroyed(client, key);
    await eventually(async () => assert.equal(await handle.getValue(), 0));
    const response = await handle.fetch("/state");
    assert.deepEqual(await response.json(), { key, value: 0 });
    await handle.send("values", 5);
    assert.equal(await handle.receiveValue(), 5);
    assert.equal(await handle.receiveValue(), null);
  },

  async "destroying does not abort at once"({ client, key }) {
    const actor = client.destroyAbortSignalActor.getOrCreate([key]);
    assert.deepEqual(await actor.requestDestroy(), {
      beforeDestroyAborted: false,
      beforeDestroySignalAborted: false,
      afterDestroyAborted: false,
      afterDestroySignalAborted: false,
      abortEventCountAfterDestroy: 0,
    });
    await destroyed(client, key);
  },

  async "a run handler may send its actor to sleep"({ client, key }) {
    const actor = client.runSelfInitiatedSleep.getOrCreate([key]);
    await eventually(async () => {
      const state = await actor.getState();
      assert.equal(state.sleepCount, 1);
      assert.equal(state.wakeCount, 2);
      assert.equal(state.runCount, 2);
      assert.equal(state.marker, "slept");
    });
  },

  async "an actor sleeps when told to, and keeps its state"({ client, key }) {
    const actor = client.sleep.getOrCreate([key]);
    assert.deepEqual(await actor.getCounts(), { startCount: 1, sleepCount: 0 });
    await actor.triggerSleep();
    await wait(250);
    assert.deepEqual(await actor.getCounts(), { startCount: 2, sleepCount: 1 });
  },

  async "an idle actor sleeps after its time"({ client, key }) {
    const actor = client.sleep.getOrCreate([key]);
    assert.deepEqual(await actor.getCounts(), { startCount: 1, sleepCount: 0 });
    await wait(1250);
    assert.deepEqual(await actor.getCounts(), { startCount: 2, sleepCount: 1 });
  },

  async "calls keep an actor awake"({ client, key }) {
    const actor = client.sleep.getOrCreate([key]);
    for (let count = 0; count < 4; count += 1) {
      assert.deepEqual(await actor.getCounts(), { startCount: 1, sleepCount: 0 });
      await wait(400);
    }
    assert.deepEqual(await actor.getCounts(), { startCount: 1, sleepCount: 0 });
  },

  async "an alarm wakes a sleeping actor"({ client, key }) {
    const actor = client.sleep.getOrCreate([key]);
    await actor.setAlarm(1500);
    await wait(3000);
    const counts = await actor.getCounts();
    assert.ok(counts.startCount >= 2, JSON.stringify(counts));
    assert.ok(counts.sleepCount >= 1, JSON.stringify(counts));
  },

  async "an alarm keeps an actor awake once more"({ client, key }) {
    const actor = client.sleep.getOrCreate([key]);
    assert.deepEqual(await actor.getCounts(), { startCount: 1, sleepCount: 0 });
    await actor.setAlarm(600);
    await wait(1300);
    assert.deepEqual(await actor.getCounts(), { startCount: 1, sleepCount: 0 });
  },

  async "a running action keeps an actor awake"({ client, key }) {
    const connection = client.sleepWithLongRpc.getOrCreate([key]).connect();
    const waiting = new Promise((resolve) => connection.once("waiting", resolve));
    const running = connection.longRunningRpc();
    await waiting;
    await wait(1250);
    await connection.finishLongRunningRpc();
    await running;
    assert.deepEqual(await connection.getCounts(), { startCount: 1, sleepCount: 0 });
    await connection.dispose();
  },

  async "an event that is sent while going to sleep arrives"({ client, key }) {
    const actor = client.sleepWithWaitUntilMessage.getOrCreate([key]);
    const connection = actor.connect();
    const sleeping = new Promise((resolve) => connection.once("sleeping", resolve));
    await connection.triggerSleep();
    const counts = await sleeping;
    assert.equal(counts.startCount, 1);
    await connection.dispose();
    await eventually(async () => {
      const after = await actor.getCounts();
      assert.equal(after.sleepCount, 1);
      assert.equal(after.waitUntilMessageCount, 1);
    });
  },

  async "background work of a wake is finished"({ client, key }) {
    const actor = client.sleepWithWaitUntilInOnWake.getOrCreate([key]);
    await eventually(async () => {
      const status = await actor.getStatus();
      assert.deepEqual([status.waitUntilCalled, status.waitUntilCompleted], [true, true]);
    });
    await actor.triggerSleep();
    await wait(250);
    const status = await actor.getStatus();
    assert.deepEqual([status.startCount, status.sleepCount], [2, 1]);
  },

  async "background work may fail"({ client, key }) {
    const actor = client.counterWaitUntilProbe.getOrCreate([key]);
    assert.equal(await actor.triggerWaitUntilVoid(), 1);
    assert.equal(await actor.triggerWaitUntilWithValue(), 2);
    assert.equal(await actor.triggerWaitUntilRejectVoid(), 3);
    assert.equal(await actor.triggerKeepAwakeVoid(), 4);
    assert.equal(await actor.triggerKeepAwakeWithValue(), 5);
    assert.equal(await actor.getCount(), 5);
  },

  async "some actors never sleep by themselves"({ client, key }) {
    const actor = client.sleepWithNoSleepOption.getOrCreate([key]);
    assert.deepEqual(await actor.getCounts(), { startCount: 1, sleepCount: 0 });
    await wait(1250);
    assert.deepEqual(await actor.getCounts(), { startCount: 1, sleepCount: 0 });
  },

  async "background work of the grace period is finished"({ client, key }) {
    const actor = client.sleepWaitUntilVarsDuringGrace.getOrCreate([key]);
    await actor.triggerSleep();
    await wait(500);
    const status = await actor.getStatus();
    assert.deepEqual(
      [status.startCount, status.sleepCount, status.waitUntilStarted],
      [2, 1, 1],
    );
  },

  async "abort listeners may use variables"({ client, key }) {
    const actor = client.sleepAbortListenerVarsActor.getOrCreate([key]);
    const socket = await actor.webSocket();
    const received = messages(socket);
    await eventually(() => assert.deepEqual(received, [{ type: "connected" }]));
    await actor.triggerSleep();
    await eventually(async () => {
      const status = await actor.getStatus();
      assert.equal(status.sleepCount, 1);
      assert.deepEqual(status.abortVarsSeenPerWake, ["object", "unset"]);
    });
    socket.close();
  },

  async "a handler beyond the grace period does no harm"({ client, key }) {
    const actor = client.sleepRawWsVarsExceedsGrace.getOrCreate([key]);
    const socket = await opened(await actor.webSocket());
    const received = messages(socket);
    await eventually(() => assert.equal(received.length, 1));
    socket.send("slow-vars-work");
    await eventually(() => assert.deepEqual(received[1], { type: "started" }));
    await actor.triggerSleep();
    await wait(600);
    const status = await actor.getStatus();
    assert.deepEqual(
      [status.startCount, status.sleepCount, status.handlerStarted, status.handlerFinished],
      [2, 1, 1, 0],
    );
    await wait(1700);
    assert.equal((await actor.getStatus()).handlerStarted, 1);
    socket.close();
  },

  async "a running request keeps an actor awake"({ client, key }) {
    const actor = client.sleepWithRawHttp.getOrCreate([key]);
    const response = await actor.fetch("long-request?duration=1500");
    assert.deepEqual(await response.json(), { completed: true });
    assert.deepEqual(await actor.getCounts(), {
      startCount: 1,
      sleepCount: 0,
      requestCount: 1,
    });
    await wait(1400);
    const counts = await actor.getCounts();
    assert.deepEqual([counts.startCount, counts.sleepCount], [2, 1]);
  },

  async "an open socket keeps an actor awake"({ client, key }) {
    const actor = client.sleepWithRawWebSocket.getOrCreate([key]);
    const socket = await actor.webSocket();
    const received = messages(socket);
    await eventually(() =>
      assert.deepEqual(received[0], { type: "connected", connectionCount: 1 }),
    );
    await wait(1300);
    socket.send(JSON.stringify({ type: "getCounts" }));
    await eventually(() =>
      assert.deepEqual(received[1], {
        type: "counts",
        startCount: 1,
        sleepCount: 0,
        connectionCount: 1,
      }),
    );
    socket.close();
    await wait(1500);
    const counts = await actor.getCounts();
    assert.deepEqual(counts, { startCount: 2, sleepCount: 1, connectionCount: 0 });
  },

  async "a socket hears goodbye"(world) {
    await saysGoodbye(world, "sleepRawWsSendOnSleep");
  },

  async "a socket hears a late goodbye"(world) {
    await saysGoodbye(world, "sleepRawWsDelayedSendOnSleep");
  },

  async "a message listener keeps an actor awake"(world) {
    await finishesMessages(world, "sleepRawWsAddEventListenerMessage");
  },

  async "a message handler keeps an actor awake"(world) {
    await finishesMessages(world, "sleepRawWsOnMessage");
  },

  async "a close listener keeps an actor awake"(world) {
    await finishesCloses(world, "sleepRawWsAddEventListenerClose");
  },

  async "a close handler keeps an actor awake"(world) {
    await finishesCloses(world, "sleepRawWsOnClose");
  },
};
