"""Workflows: run handlers whose progress outlives the process.

A workflow is a coroutine made of named operations. Each one is an entry of the journal,
which is committed together with everything else that a turn changes. While the actor is
awake the coroutine simply goes on; the journal is read only when it starts again, and
then leads it to where it was.

``handles`` and ``queue_handles`` are what user code sees. An operation lives through
these modules: ``scopes`` and ``threads`` give it its place; ``steps``, ``loops``,
``sleeps``, ``messages``, ``branches``, ``attempts`` and ``markers`` carry it out with
what ``execution`` offers them; ``journal`` keeps what came of it, as ``entries`` whose
bytes are in ``entry_rows``. ``run`` starts and ends it all, ``rollbacks`` undo a
workflow that has failed.
"""
