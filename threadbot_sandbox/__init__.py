"""The outside world in miniature: a small Slack, a small model, an embedded Redis, a page.

    slack/          the small Slack: Web API, Socket Mode, signed HTTP events, the control routes
    page/           what a person sees of it in the browser
    model.py        the small model: a chat completions server that can also fail on request
    reply.py        one answer of it, and how it arrives
    completion.py   what a chat completion looks like on the wire
    brain.py        the canned answers it gives when no model is there
    talk.py         what it reads in a request: who said what, and the question
    roles.py        what it makes of its instructions
    trades.py       translating, editing and reviewing, as far as a script can
    local.py        a tiny real model in a child process
    redis.py        a real Redis-compatible server on a Unix socket
    serve.py        an HTTP server inside the running event loop
    door.py         whom it answers: programs and pages of this machine, no other site's
    folder.py       where it all remembers, for one sandbox at a time
    children.py     the processes it starts: kept running, and ended for certain
    run.py          starts all of it, and the ordinary bot pointed at it

One rule: nothing here imports the bot, and of the bot only `cli.py` imports this. The bot that talks
to the sandbox is the one that talks to Slack; only addresses and keys differ.
"""


class SandboxError(Exception):
    """Why the sandbox cannot start or go on, in one line fit to be shown to a person."""
