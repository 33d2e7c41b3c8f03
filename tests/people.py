"""People of every role, and what each role may do: written down apart from the table in `policy/roles`."""

from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Person

TEAM = "T00SANDBOX0"
HERE = "C000GENERAL"
ELSEWHERE = "C0000RANDOM"
THREAD = ThreadKey("slack", TEAM, HERE, "1763700000.000100")
NEWEST = THREAD.root
SOMEBODY = "U000000ZOE0"
PEOPLE = {
    "owner": "U0000000ADA",
    "admin": "U000000DORA",
    "named": "U0000000BEN",
    "manager": "U00000CHLOE",
    "member": "U0000000EVE",
    "guest": "U0000000GUS",
    "outsider": "U000000OTTO",
    "bot": "U0DEPLOYBOT",
}
FACTS = {
    "owner": Person("Ada", known=True, is_owner=True, is_admin=True),
    "admin": Person("Dora", known=True, is_admin=True),
    "named": Person("Ben", known=True),
    "manager": Person("Chloe", known=True),
    "member": Person("Eve", known=True),
    "guest": Person("Gus", known=True, is_guest=True),
    "outsider": Person("Otto", known=True, is_outsider=True),
    "bot": Person("Deploybot", known=True, is_bot=True),
}
EVERYBODY = set(PEOPLE)
ADMINS = {"owner", "admin", "named"}
MANAGERS = ADMINS | {"manager"}
MEMBERS = MANAGERS | {"member"}
GUESTS = MEMBERS | {"guest"}
PERSONS = EVERYBODY - {"bot"}
