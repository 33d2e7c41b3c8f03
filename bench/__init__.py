"""What does the bot add to the time and the processor that its libraries take anyway?

    outside   one process: a small Slack, a small model, an embedded Redis, the people who ask, and the clock
    subject   a process of its own each: the bot, or the bare script (`bare.py`)
    phase     so many threads at once, so many turns in each: what one measurement is
    report    the tables
    profile   where the bot's processor time goes; `sampled.py` runs in the bot's process and looks
    chart     the picture and the sentence of what was saved; `renew` puts all figures into the docs

    growth    what a turn costs as what is kept grows
    painting  how long showing a growing answer holds the event loop

    sizing    apart from all this: how much machine so many people need
    usage     apart from all this: what a year of many people takes in Redis, and what showing it takes
    fuzz      apart from all this: whether what strangers may send breaks what reads it; `python -m bench.fuzz --help`

`python -m bench --help`. What the figures mean, and one real result: `docs/benchmark.md`.
"""
