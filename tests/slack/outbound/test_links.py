"""A label that looks like another place is known for one, and a name of a file or a function is none."""

import pytest

from bot.slack.outbound.links import is_misleading

EVIL = "https://evil.com/x"


@pytest.mark.parametrize(
    "label",
    [
        "bank.com", "https://bank.com", "http://bank.com/login", "//bank.com", "ftp://bank.com", "www.bank.com",
        "BANK.COM", "Bank.Com", "log in at bank.com now", "(bank.com)", "bank.com.", "bank.com/evil.com",
        "bank.com:443",
        "evil.com.bank.com", "bank.com@evil.com", "support@bank.com", "https://bank.com@evil.com", "x/bank.com",
        "https://evil.com@bank.com", "evil.com bank.com", "bank.com.Please", "pay.bank", "mbank.pl", "bank.com.py",
        "10.0.0.1", "10.0.0.1:8080/x", "http://10.0.0.1", "localhost", "localhost:3000", "https://intranet/login",
        "http://[::1]/", "wiki.corp", "printer.local", "good。com", "good．com", "good｡com", "ｂａｎｋ．ｃｏｍ",
        "bank․com",
        "bаnk.com", "раypal.com", "bank\u200b.com", "ba\u00adnk.com", "bank\u2060.com", "bank\U000e0020.com",
        "ｂank.com",
        "𝐛𝐚𝐧𝐤.𝐜𝐨𝐦", "bücher.de", "пример.рф", "例え.jp", "xn--bcher-kva.de", "a." * 100 + "bank.com",
        "bank.com//evil.com",
    ],
)  # fmt: skip
def test_another_place_is_told(label: str) -> None:
    assert is_misleading(label, EVIL)


@pytest.mark.parametrize(
    "label",
    [
        "README.md", "docs/README.md", "src/main.py", "main.rs", "run.sh", "lib/foo.pl", "__init__.py", "My_File.zip",
        "os.path", "os.path.join", "asyncio.run", "os.name", "torch.cat", "self.host", "re.sub", "Node.js", "app.ts",
        "package.json", "Vue.js", "socket.io", "ASP.NET", "e.g. this", "i.e.", "v1.2.3", "1.5", "3.11.4", "the docs",
        "U.S.", "a...b", "..", ".", "", "see [1]", "10:30", "foo.py:12", "C:\\Users", "TCP/IP", "and/or", "a@b", "@ada",
    ],
)  # fmt: skip
def test_a_name_is_no_place(label: str) -> None:
    assert not is_misleading(label, EVIL)


@pytest.mark.parametrize(
    ("label", "target"),
    [
        ("evil.com", EVIL),
        ("https://evil.com/x", EVIL),
        ("www.evil.com", EVIL),
        ("Evil.com", EVIL),
        ("evil.com/bank.com", EVIL),
        ("evil.com", "https://evil.com:8443/x"),
        ("evil.com", "https://EVIL.com./x"),
        ("ada@evil.com", "mailto:ada@evil.com"),
        ("10.0.0.1", "http://10.0.0.1/x"),
        ("localhost:3000", "http://localhost:3000"),
        ("bücher.de", "https://xn--bcher-kva.de/"),
        ("xn--bcher-kva.de", "https://bücher.de/"),
        ("пример.рф", "https://xn--e1afmkfd.xn--p1ai"),
        ("github.com/nodejs/socket.io", "https://github.com/nodejs/socket.io"),
        ("good。com", "https://good.com"),
    ],
)
def test_a_label_that_names_the_links_own_place_is_not(label: str, target: str) -> None:
    assert not is_misleading(label, target)


@pytest.mark.parametrize(
    ("label", "target"),
    [
        ("раураl.com", "https://xn--l-7sba6dbr.com"),  # the very host, which looks like another one
        ("bank.com", "https://bank.com@evil.com"),
        ("bank.com", "https://evil.com\\@bank.com"),
        ("bank.com", "https://evil.com%5C@bank.com"),
        ("bank.com", "//evil.com"),
        ("bank.com", "https://bank.com.evil.com"),
        ("bank.com", "http://["),
        ("bank.com", "javascript:alert(1)"),
    ],
)
def test_what_only_seems_to_be_the_same_place_is_told(label: str, target: str) -> None:
    assert is_misleading(label, target)
