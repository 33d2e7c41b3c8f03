"""Personas of every kind that somebody could write."""

from hypothesis import strategies as st

from bot.personas import form as persona_form
from bot.personas.persona import Persona, Suggestion

BARD = Persona("Bard", "Speak\nin verse.")
WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=40).map(str.strip)
TEXTS = st.text(st.one_of(st.characters(exclude_categories=["Cc", "Cs"]), st.just("\n")), max_size=200).map(str.strip)
TITLES = WORDS.filter(lambda words: bool(words) and ":" not in words)
NUMBER = st.floats(-2, 2).map(lambda number: round(number, 3))
PARAMS = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.floats(0, 2),
        "top_p": st.floats(0, 1),
        "n": st.integers(1, 8),
        "stop": st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1), min_size=1, max_size=4),
        "max_tokens": st.integers(1, 10**6),
        "presence_penalty": NUMBER,
        "frequency_penalty": NUMBER,
        "logit_bias": st.dictionaries(st.integers(0, 10**6).map(str), st.floats(-100, 100), min_size=1),
        "seed": st.integers(-(2**63), 2**63 - 1),
        "reasoning_effort": st.sampled_from(["none", "low", "max"]),
    },
)
PERSONAS = st.builds(
    Persona,
    name=st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True).filter(
        lambda name: name.lower() not in persona_form.RESERVED | {"default"}
    ),
    system_prompt=TEXTS.filter(bool) | TEXTS.filter(bool).map(lambda text: (f"{text} " * 2_000)[:5_000].strip()),
    model=st.none() | st.from_regex(r"[a-z][a-z0-9:./-]{0,30}", fullmatch=True),
    params=PARAMS,
    description=WORDS,
    display_name=st.none() | st.from_regex(r"[A-Zé字][a-z 字]{0,40}[a-z]", fullmatch=True),
    icon=st.sampled_from([None, ":scroll:", ":wave::skin-tone-3:", "https://example.com/bard.png"]),
    suggestions=st.lists(st.builds(Suggestion, TITLES, WORDS.filter(bool)), max_size=4).map(tuple),
    sees_names=st.booleans(),
    version=st.just(0),
    private=st.booleans(),
    cache=st.just(0) | st.integers(1, 30 * 86_400),
    retention=st.just(0) | st.integers(1, 30 * 86_400),
    chosen_by=st.sampled_from([None, "owner", "manager", "guest"]),
)
