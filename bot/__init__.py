"""Threadbot: mention it in Slack, and it answers in the thread.

    event ──▶ slack/listen ──▶ inbox.put (Redis) ──▶ acknowledged
                                   │
                  inbox.work ──▶ turn.take
                                   │   prompt   what the model is told
                                   │   llm      what it answers, streamed
                                   │   reply    what the thread shows of it
                                   ▼
                         the thread: one answer, one footer

Files here are the core: they import no vendor and no folder. Folders are the edges, and each knows
exactly one outside thing: `slack/`, `llm/`, `store/` (Redis), `web/` (HTTP), `reader/` (what is in a file).
`app` puts them together. `sandbox/` is the outside world in miniature and imports nothing of ours. Begin with `turn`.
"""
