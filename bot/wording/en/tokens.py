"""What people read of tokens for programs."""

SENTENCES = {
    "token.name": "A token's name is up to {most} letters, digits, “_”, “.” and “-”.",
    "token.taken": "There is a token “{name}” already. Choose another name, or revoke that one.",
    "token.once": (
        "This is the token **{name}**, valid {expires}. It is shown now and never again: copy it to where your "
        "program reads it. Whoever has it acts as you."
    ),
    "token.made": "The token **{name}** was shown to you in a form.",
    "token.lost": "The token could not be shown, so it was revoked at once. Please try again.",
    "token.unknown": "There is no token “{name}”.",
    "token.revoked": "The token **{name}** is revoked: it is good for nothing from now on.",
    "token.allowed": "{user} may make tokens from now on.",
    "token.denied": "{user} may no longer make tokens, unless as an admin; those that they made work no longer.",
    "token.title": "**Tokens for programs**",
    "token.none": "There are none.",
    "token.entry": "- **{name}** of {user}, valid {expires}, {used}",
    "token.entry.operator": "- **{name}** of the operator, valid {expires}, {used}",
    "token.used": "last used {when}",
    "token.unused": "not used yet",
    "token.over": "- **{name}**: expired",
    "home.tokens": "Programs",
    "home.tokens.about": (
        "A program talks to me with a token: it has your rights, limits and budget. Write `/threadbot token revoke "
        "NAME` to end one."
    ),
    "home.token.new": "New token",
    "home.token.revoke": "Revoke",
    "notice.token": "New token",
    "token.field": "Name",
    "token.hint": "What uses it, in one word.",
    "token.ever": "for ever",
    "token.until": "until {when}",
}
