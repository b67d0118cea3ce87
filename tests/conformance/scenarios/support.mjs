// What scenarios share: errors as plain data, and values that arrive over time.

export const PARAMS = { token: "alice" };

export function describeError(error) {
  const { name, group, code, message, metadata } = error;
  return { name, group, code, message, metadata };
}

export async function errorOf(promise) {
  try {
    return { returned: await promise };
  } catch (error) {
    const { group, code, message, metadata } = error;
    return { group, code, message, metadata };
  }
}

export function collector() {
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

export function room(client, key) {
  return client.chatRoom.getOrCreate(["acme", key], { params: PARAMS });
}
