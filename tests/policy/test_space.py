"""A workspace's own server: what may be shown of it."""

from bot.policy.space import OwnServer


def test_the_host_may_be_shown_and_the_key_never() -> None:
    server = OwnServer("https://models.example:8443/v1", ("one",), "sk-secret")

    assert server.host == "models.example"
    assert "sk-secret" not in repr(server)
