"""Threadbot: mention it in Slack, and it answers in the thread.

    event ──▶ slack/listen ──▶ inbox.put (Redis) ──▶ acknowledged
                                   │
                  inbox.work ──▶ turn.take
                                   │   prefs    whose choice wins: who answers, and whom
                                   │   answer   from the model into the thread
                                   │     prompt   what the model is told
                                   │     llm      what it answers, streamed
                                   │     reply    what the thread shows of it
                                   ▼
                         the thread: one answer, one footer

    a mention        attention (is it for us?)  inbox  turn  admission (are they answered here?)
                     recall (what was said before)  prompt  answer  reply  markdown, inline
    its files        files (what is told of one)  reading (fetched, looked into, kept a while)  reader/
    in a thread      commands: stop, regenerate, continue, rate, another persona, follow
    slash commands,  slash (words) ──▶ asked (what is wanted) ──▶ admin (acts) ──▶ told (what they read)
    forms, Home tab  preview, overview
    the rules        persona, params, prefs, rights, budget, ledger
    the border       ports, thread, errors
    put together by  app, check, cli, inbox_cli, audit_cli: they alone import folders and vendors

Other files here are the core: they import no vendor and no folder. Folders are the edges, and each knows exactly one
outside thing: `slack/`, `llm/`, `store/` (Redis), `web/` (HTTP), `reader/` (what is in a file). `sandbox/` is the
outside world in miniature and imports nothing of ours. Begin with `turn`.
"""
