"""Threadbot: mention it in Slack, and it answers in the thread.

    event ──▶ slack/inbound ──▶ inbox.put (Redis) ──▶ acknowledged
                                    │
              turns/worker ──▶ turns/turn.take
                                    │   policy          whose choice wins: who answers
                                    │   turns/guards    who is answered
                                    │   turns/request   history, names and files: what the model is told
                                    │   turns/generate  what it answers, round by round
                                    │   turns/publish   what the thread shows of it, post by post
                                    │   turns/footer    what it took
                                    ▼
                          the thread: one answer, one footer

    the core, lowest first
      markdown       where a text can be cut, and what is in a line of it; signs that look alike
      redaction      what a text must not tell a model: found, hidden, and shown again in the answer
      personas       who answers, and how the model is asked
      conversation   what was said in a thread, and what the model is told of it
      usage          what answers took and what they cost, and how much of it there may be
      policy         whose choice wins, who may do what, who is answered and read, when the bot speaks
      privacy        what is kept of people, and what becomes of it
      turns          the work of answering, from the inbox into the thread
      commands       what people ask of the bot itself: parse or words → authorize → dispatch → a result
      wording        results as text, in the reader's language: the only room with words for people
    for all          ports (what the core asks of the world), errors, happenings, log, aio, version

    the edges: each knows exactly one outside thing
      slack   llm (the model's server)   store (Redis)   web (HTTP)   documents (what is in a file)   metrics

    put together in run: app, worlds (what each workspace has of its own), cli, config, check

The one rule: rooms import downwards; the core knows no vendor and no edge, and an edge no other edge. The outside world
in miniature is `threadbot_sandbox`, beside this package, which imports nothing of it. Begin with `turns/turn.py`.
"""
