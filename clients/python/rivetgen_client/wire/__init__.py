"""The RivetKit wire protocol without I/O.

Bytes and text in, messages and values out, and back; no sockets, no files, no clock, no
randomness. Client and server stand on the same modules:

- ``codec``: the three encodings (JSON, CBOR, BARE) of ``messages``;
- ``values``: what messages carry; ``errors``: what can go wrong; ``error_codes``: what
  each code means;
- ``gateway``, ``header_routing``, ``subprotocols``, ``headers``: how requests address
  actors; ``close_reasons``: how connections end;
- ``keys``, ``identifiers``, ``limits``: the rest of the vocabulary;
- ``models``: bodies of the management API, generated from ``openapi.json``.
"""
