// How actors are found and created.

import { PARAMS, errorOf, room } from "./support.mjs";

export const scenarios = {
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
