// Two views of one live counter; the address says which server and which key.

import { createRivetKit } from "@rivetkit/react";
import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";

const query = new URLSearchParams(window.location.search);
const { useActor } = createRivetKit({
  endpoint: query.get("endpoint"),
  encoding: query.get("encoding"),
  devtools: false,
});

function Counter({ name, enabled }) {
  const [count, setCount] = useState(null);
  const counter = useActor({ name: "counter", key: [query.get("key")], enabled });
  counter.useEvent("newCount", setCount);
  return (
    <section id={name}>
      <output>{count}</output>
      <em>{counter.connStatus}</em>
      <button onClick={() => counter.connection?.increment(10)}>Add ten</button>
    </section>
  );
}

function Page() {
  const [enabled, setEnabled] = useState(true);
  return (
    <>
      <Counter name="first" enabled={enabled} />
      <Counter name="second" enabled={enabled} />
      <button id="toggle" onClick={() => setEnabled(!enabled)}>
        Toggle
      </button>
    </>
  );
}

createRoot(document.querySelector("main")).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);
