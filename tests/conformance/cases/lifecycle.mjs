// Sleep, destruction, schedules and run handlers.

import assert from "node:assert/strict";
import { eventually, wait } from "./support.mjs";

async function destroyed(client, key) {
  const observer = client.destroyObserver.getOrCreate(["observer"]);
  await eventually(async () => assert.equal(await observer.wasDestroyed(key), true));
}

export const cases = {
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
};
