"""The three conversations that this product grew from."""

from tests.town import Town, said

SHAKESPEARE = "You are a poet who answers in the words of Shakespeare."


async def test_a_person_asks_for_a_joke_and_reads_it_in_the_thread(town: Town) -> None:
    async with town.bot():
        answer = await town.ask("Ada", "#general", "@Threadbot tell me a joke")

    assert len(answer.text) > 20
    assert said(town.model.requests[-1])[-1] == ("user", "tell me a joke")
    assert answer.footer is not None
    assert answer.footer.startswith("small-model · ")


async def test_under_another_system_prompt_the_request_carries_it(town: Town) -> None:
    async with town.bot(system_prompt=SHAKESPEARE):
        await town.ask("Ada", "#general", "@Threadbot tell me a joke")

    assert said(town.model.requests[-1]) == [("system", SHAKESPEARE), ("user", "tell me a joke")]


async def test_a_follow_up_is_understood_from_what_was_said_before(town: Town) -> None:
    async with town.bot():
        first = await town.ask("Ada", "#general", "@Threadbot Who was the first president?")
        second = await town.ask("Ada", "#general", "@Threadbot For which duration?", thread=first.thread)

    assert "Washington" in first.text
    assert "1789" in second.text
    assert said(town.model.requests[-1])[1:] == [
        ("user", "Who was the first president?"),
        ("assistant", first.text),
        ("user", "For which duration?"),
    ]


async def test_square_root_and_its_square_in_a_direct_message(town: Town) -> None:
    async with town.bot():
        first = await town.ask("Ben", "D0000000BEN", "square root of 16")
        second = await town.ask("Ben", "D0000000BEN", "its square", thread=first.thread)

    assert "4" in first.text
    assert "16" in second.text
