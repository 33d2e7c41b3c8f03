"""What is to be found, by kind, and what looks a little like it and is not: made by a seed, so that no real secret, and
none that looks like one to whoever searches this repository, stands in it."""

import random
import string
from collections.abc import Callable, Mapping, Sequence

LETTERS, UPPER, HEX = string.ascii_letters + string.digits, string.ascii_uppercase + string.digits, "0123456789abcdef"
B64 = LETTERS + "-_"
EACH = 200


def some(rng: random.Random, signs: str, count: int) -> str:
    return "".join(rng.choices(signs, k=count))


def api_key(rng: random.Random) -> str:
    made: Sequence[Callable[[], str]] = (
        lambda: "sk-" + some(rng, LETTERS, 48),
        lambda: "sk-proj-" + some(rng, B64, 120),
        lambda: "sk-ant-api03-" + some(rng, B64, 93) + "AA",
        lambda: "sk_live_" + some(rng, LETTERS, 24),
        lambda: "rk_test_" + some(rng, LETTERS, 24),
        lambda: "whsec_" + some(rng, LETTERS, 32),
        lambda: "AKIA" + some(rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
        lambda: "ASIA" + some(rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
        lambda: "AIza" + some(rng, B64, 35),
        lambda: "GOCSPX-" + some(rng, B64, 28),
        lambda: "SG." + some(rng, B64, 22) + "." + some(rng, B64, 43),
        lambda: "AGE-SECRET-KEY-1" + some(rng, UPPER, 58),
    )
    return rng.choice(made)()


def token(rng: random.Random) -> str:
    made: Sequence[Callable[[], str]] = (
        lambda: f"gh{rng.choice('opsur')}_" + some(rng, LETTERS, 36),
        lambda: "github_pat_" + some(rng, LETTERS, 22) + "_" + some(rng, LETTERS, 59),
        lambda: "glpat-" + some(rng, B64, 20),
        lambda: "xoxb-" + "-".join(some(rng, string.digits, 12) for _ in range(2)) + "-" + some(rng, LETTERS, 24),
        lambda: "xapp-1-A" + some(rng, UPPER, 10) + "-" + some(rng, string.digits, 13) + "-" + some(rng, HEX, 64),
        lambda: "npm_" + some(rng, LETTERS, 36),
        lambda: "pypi-AgEIcHlwaS5vcmc" + some(rng, B64, 150),
        lambda: "hf_" + some(rng, LETTERS, 34),
        lambda: "dop_v1_" + some(rng, HEX, 64),
        lambda: "shpat_" + some(rng, HEX, 32),
        lambda: "ya29." + some(rng, B64, 120),
        lambda: some(rng, string.digits[1:], 10) + ":AA" + some(rng, B64, 33),
        lambda: "eyJ" + some(rng, B64, 33) + ".eyJ" + some(rng, B64, 120) + "." + some(rng, B64, 43),
        lambda: "https://hooks.slack.com/services/T" + "/B".join(some(rng, UPPER, 10) for _ in "ab") + "/"
        + some(rng, LETTERS, 24),
    )  # fmt: skip
    return rng.choice(made)()


def private_key(rng: random.Random) -> str:
    kind = rng.choice(["RSA ", "EC ", "OPENSSH ", "ENCRYPTED ", ""])
    lines = "\n".join(some(rng, LETTERS + "+/", 64) for _ in range(rng.randint(3, 25)))
    end = f"\n-----END {kind}PRIVATE KEY-----" if rng.random() < 0.9 else ""
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{lines}{end}"


def password(rng: random.Random) -> str:
    word = some(rng, LETTERS, rng.randint(8, 20)) + rng.choice("!.-_+~")
    return (
        f"{rng.choice(['postgres', 'https', 'redis', 'amqps', 'mongodb+srv'])}://{name(rng)}:{word}@db.{domain(rng)}/x"
    )


def name(rng: random.Random) -> str:
    return some(rng, string.ascii_lowercase, rng.randint(2, 9))


def domain(rng: random.Random) -> str:
    return f"{name(rng)}-{name(rng)}.{rng.choice(['com', 'de', 'co.uk', 'org', 'museum', 'io'])}"


def email(rng: random.Random) -> str:
    local = rng.choice(
        [name(rng), f"{name(rng)}.{name(rng)}", f"{name(rng)}+{name(rng)}", f"{name(rng)}_{name(rng)}1", "jörg"]
    )
    return f"{local}@{domain(rng)}"


def iban(rng: random.Random) -> str:
    country, length = rng.choice(
        [("DE", 22), ("FR", 27), ("GB", 22), ("NL", 18), ("CH", 21), ("ES", 24), ("NO", 15), ("MT", 31)]
    )
    letters = {"GB": 4, "NL": 4, "MT": 4}.get(country, 0)
    inner = some(rng, string.ascii_uppercase, letters) + some(rng, string.digits, length - 4 - letters)
    number = int("".join(str(int(sign, 36)) for sign in f"{inner}{country}00"))
    whole = f"{country}{98 - number % 97:02}{inner}"
    return whole if rng.random() < 0.5 else " ".join(whole[n : n + 4] for n in range(0, length, 4))


def card(rng: random.Random) -> str:
    start, length = rng.choice([("4", 16), ("51", 16), ("34", 15), ("6011", 16), ("2223", 16)])
    digits = start + some(rng, string.digits, length - len(start) - 1)
    total = sum(int(d) if n % 2 else (2 * int(d) - 9 * (d > "4")) for n, d in enumerate(reversed(digits)))
    whole = digits + str(-total % 10)
    return rng.choice(
        [
            whole,
            " ".join(whole[n : n + 4] for n in range(0, 16, 4)),
            "-".join(whole[n : n + 4] for n in range(0, 16, 4)),
        ]
    ).strip(" -")


def ip(rng: random.Random) -> str:
    four = ".".join(str(rng.randint(1, 223)) for _ in range(4))
    six = ":".join(some(rng, HEX, 4) for _ in range(8))
    short = f"2001:db8:{some(rng, HEX, 4)}::{some(rng, HEX, 3)}"
    return rng.choice([four, four, six, short]).replace("127.", "128.")


def phone(rng: random.Random) -> str:
    def d(count: int) -> str:
        return some(rng, string.digits[1:], count)

    made: Sequence[Callable[[], str]] = (
        lambda: f"+49 170 {d(7)}",
        lambda: f"+49{d(10)}",
        lambda: f"+1 ({2}{d(2)}) {3}{d(2)}-{d(4)}",
        lambda: f"+44 20 {d(4)} {d(4)}",
        lambda: f"+33 6 {d(2)} {d(2)} {d(2)} {d(2)}",
        lambda: f"0{d(3)} {d(7)}",
        lambda: f"0{d(2)}/{d(8)}",
        lambda: f"(0{d(2)}) {d(8)}",
        lambda: f"2{d(2)}-3{d(2)}-{d(4)}",
        lambda: f"0170{d(7)}".replace("0170", "0171"),
        lambda: f"0049 89 {d(7)}",
    )
    return rng.choice(made)()


KINDS: Mapping[str, Callable[[random.Random], str]] = {
    "API_KEY": api_key,
    "TOKEN": token,
    "PRIVATE_KEY": private_key,
    "PASSWORD": password,
    "EMAIL": email,
    "IBAN": iban,
    "CARD": card,
    "IP": ip,
    "PHONE": phone,
}
ROUND = (
    "Here it is: {value}",
    "please use {value}, thanks",
    "({value})",
    "`{value}`",
    '"key": "{value}",',
    "{value}",
    "Wert={value}\nnext line",
    "first {value} then the rest of what I wanted to say.",
    "> {value}\n> was it",
    "**{value}**",
)


def found_in(kind: str) -> Sequence[tuple[str, str]]:
    """Texts with one value of a kind, and that value."""
    rng = random.Random(kind)
    values = [KINDS[kind](rng) for _ in range(EACH)]
    return [(rng.choice(ROUND).replace("{value}", value), value) for value in values]


def _hex(count: int) -> str:
    return some(random.Random(count), HEX, count)


INNOCENT: Sequence[str] = (
    f"commit {_hex(40)} fixes it",
    f"see {_hex(7)} and {_hex(12)}",
    f"sha256:{_hex(64)}  image.tar",
    f"md5 {_hex(32)}",
    f"docker pull registry/app@sha256:{_hex(64)}",
    f"integrity sha512-{some(random.Random(9), LETTERS + '+/', 86)}==",
    "6b1f3d0e-5a1c-4a6e-9a53-0d1f6a2b7c11",
    f"data:image/png;base64,{some(random.Random(8), LETTERS + '+/', 300)}",
    "import sklearn; sk-learn is a package; task-sk-1234 is done",
    "The S3 bucket in eu-west-1, EKS 1.29 and EC2 t3.large",
    "version 1.2.3, v2.10.4.1, python 3.11.7, 10.4.22-MariaDB",
    "on 2026-12-01 at 12:30:45, from 01.12.2026 to 24/12/2026",
    "1763700000.000100 is a ts, 1796082600 a time in seconds",
    "order 4711-0815-2342, invoice 2026-000123, ticket #123456",
    "It costs 1,234.56 EUR, or $12,345,678.90; 99.9 % of 1 000 000",
    "ISBN 978-3-16-148410-0 and EAN 4006381333931",
    "48.137154, 11.576124",
    "0xDEADBEEF 0b101010 1e10 3.14159265358979",
    "@app.route('/x') def f(): ...  # noqa: E501",
    "npm install @types/node@18.0.0 vue@next",
    "std::vector<int> a; Foo::bar(); a::b",
    "user@localhost ssh root@server",
    "http://localhost:8080/path?x=1 and 127.0.0.1:6379, ::1, 0.0.0.0",
    "netmask 255.255.255.0",
    "mac 00:1B:44:11:3A:B7",
    "password: please choose a new one; the token is a word",
    "api_key = settings.api_key; token=get_token()",
    "password = os.environ['DB_PASSWORD']",
    "PASSWORD=${DB_PASSWORD}",
    "Bearer tokens are short-lived",
    "https://example.com/a:b@c is odd, https://example.com/@user/post",
    "ratio 16:9, 4:3, chapter 3:16-18, 12:00-13:30",
    "1234 5678 9012 3456 is no card, 4111 1111 1111 1112 neither",
    "DE00 1234 5678 9012 3456 78 is no account",
    "call extension 123, room 4.12, gate B22",
    "#ff00aa #12345678",
    "|1|2|3|\n|---|---|---|\n|10|20|30|",
    "aaaaaaaa bbbbbbbb 00000000 11111111",
    "2024 2025 2026 2027 2028",
    "UTC+02:00, GMT-5",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH host",
    "git@github.com is how one clones",  # an address by its looks, and counted
    "see docs/x-y_z.md:120 and src/a.py:12:5",
    "eyJhbGciOiJIUzI1NiJ9 alone is a header",
    "xox is a game, xoxo",
    "the gh_ prefix, glpat- and npm_ are prefixes",
    "PI 3141592653589793238462643383279",
    "id 123456789012345678 snowflake 987654321098765432",
    "port 5432, 27017; pid 12345; uid 1000:1000",
    "1.1.1 2.2.2 section 10.2.3.4.5",
    "2001 was a year; cafe:babe",
    "0800-2026 to 0900-2026",
    "3-2-1 5-4-3-2-1 555-1234",
    "A4 210x297, 1920x1080@60",
    "50.000.000 tokens, 3.000,00",
    "07.03.2024, 7. März 2024 14:00",
    "1st 2nd 3rd; Q4/2026; KW 49",
    "(2019) 12345678-1 and (12) 3",
)
