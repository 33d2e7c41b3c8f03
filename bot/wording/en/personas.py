"""What is said of personas and settings."""

SENTENCES = {
    "persona.named": "**{name}** (version {version})",
    "persona.unversioned": "**{name}**",
    "persona.of-operator": "From the operator's settings; answers where nobody has chosen another persona.",
    # who answers, and why
    "origin.thread": "chosen for this thread",
    "origin.person": "your own choice",
    "origin.channel": "chosen for this channel",
    "origin.workspace": "chosen for the workspace",
    "origin.persona": "the persona's own",
    "origin.settings": "from the operator's settings",
    "explain.direct": "{persona} answers you here: {origin}.",
    "explain.channel": "{persona} answers in new threads here: {origin}.",
    "explain.about": "_{about}_",
    "explain.gone": "The persona {name}, which was chosen here, was deleted.",
    "explain.order.direct": (
        "A thread keeps the persona and the version that it began with. For new threads your own choice comes first, "
        "then the workspace's, then the operator's settings. `/persona use NAME` chooses another; `/persona list` "
        "shows all."
    ),
    "explain.order.channel": (
        "A thread keeps the persona and the version that it began with. For new threads the channel's choice comes "
        "first, then the workspace's, then the operator's settings. `/persona use NAME` chooses another; "
        "`/persona list` shows all."
    ),
    "explain.thread.kept": "{persona} answers in this thread until another persona is chosen.",
    "explain.thread": "{persona} answers in this thread: {origin}.",
    "explain.others": "Mention me with `persona NAME` to choose another for this thread: {names}.",
    "explain.others.more": (
        "Mention me with `persona NAME` to choose another for this thread: {names} and {more} more (`/persona list`)."
    ),
    "settings.title.direct": "**What applies to you in direct messages**",
    "settings.title.channel": "**What applies in this channel**",
    "settings.row": "{title}: {value} – _{origin}_",
    "settings.row.gone": "{title}: {value} – _{origin}_ (_{gone}_, {gone_origin}, was deleted)",
    "settings.direct.policy": "{title}: I answer everything you write",
    # lists and facts
    "personas.title": "**Personas**",
    "personas.item": "- {persona}",
    "personas.item.about": "- {persona} – {about}",
    "personas.item.here": "- {persona} – _answers here_",
    "personas.item.about.here": "- {persona} – {about} – _answers here_",
    "personas.help": "`/persona show NAME` shows one, `/persona use NAME` chooses it.",
    "persona.prompt": "**What the model is told**",
    "persona.fact": "{label}: {value}",
    "persona.parameter": "{label}: `{value}`",
    "persona.any-model": "Model: the one that applies where it answers",
    "persona.private": "Private: only admins can see its prompt.",
    "persona.hidden": "The prompt of **{name}** is private, so I cannot show that. If you need it, please ask {whom}.",
    "persona.nameless": "People's names are not sent to the model.",
    "history.none": "**{name}** was never changed: it comes with the product, or from the operator's settings.",
    "history.title": "**Versions of {name}**",
    "history.made": "- version {version}, {when}, {user}: made",
    "history.saved": "- version {version}, {when}, {user}: changed {fields}",
    "history.restored": "- version {version}, {when}, {user}: restored",
    "history.deleted": "- version {version}, {when}, {user}: deleted",
    "history.built-in": "- version 0: as it comes with the product",
    "history.help": (
        "`/persona show {name} VERSION`, `/persona compare {name} VERSION` and `/persona restore {name} VERSION`"
    ),
    "compare.title": "**{name}**, from version {old} to version {new}",
    "compare.same": "**{name}**, from version {old} to version {new}: there is no difference.",
    "export.title": "{persona} as YAML, for `/persona import`:",
    # what came of a command
    "persona.unknown": "There is no persona called {name}. `/persona list` shows all.",
    "persona.unknown.near": "There is no persona called {name}. Did you mean **{near}**?",
    "persona.unknown.in-thread": "There is no persona called {name}. Mention me with `persona` to see all.",
    "persona.no-version.one": "**{name}** has no such version: there is only version {only}.",
    "persona.no-version.some": "**{name}** has no such version: there are versions {versions}.",
    "persona.no-version.range": "**{name}** has no such version: there are versions {first} to {last}.",
    "persona.of-settings": "This persona comes from the operator's settings. Copy it, and change the copy.",
    "persona.of-product": "This persona comes with the product and cannot be deleted.",
    "persona.problem": "{label}: {problem}",
    "persona.saved": "{persona} is saved. New threads have it; those under way keep their version.",
    "persona.saved.how": "In a channel, `/persona use {name}` lets it answer there.",
    "persona.unchanged": "Nothing has changed: **{name}** stays at version {version}.",
    "persona.taken": "There is a persona called **{name}** already. Choose another name, or edit that one.",
    "persona.overtaken": (
        "Somebody else has changed it meanwhile. What you wrote stands below; saving it makes the next version. "
        "`/persona history {name}`"
    ),
    "persona.overtaken.changed": (
        "{user} changed it {when}. What you wrote stands below; saving it makes the next version. "
        "`/persona history {name}`"
    ),
    "persona.overtaken.deleted": (
        "{user} deleted it {when}. What you wrote stands below; saving it makes the next version. "
        "`/persona history {name}`"
    ),
    "persona.copied": "{persona} is a copy of **{old}**.",
    "persona.restored": "{persona} has the content of version {version} again.",
    "persona.deleted": (
        "**{name}** is deleted. Threads that have it keep it. "
        "`/persona history {name}` shows its versions, `/persona restore {name} VERSION` brings one back."
    ),
    "persona.deleted-anyway": (
        "**{name}** is deleted. Threads that have it keep it. "
        "`/persona history {name}` shows its versions, `/persona restore {name} VERSION` brings one back. "
        "Where it was chosen, another persona answers new threads; `/threadbot settings` says which."
    ),
    "persona.in-use": (
        "**{name}** answers in {places}. If you delete it, the workspace's choice answers there instead, "
        "or else the default persona."
    ),
    "persona.in-use.more": (
        "**{name}** answers in {places} and {more:,} more. If you delete it, the workspace's choice answers there "
        "instead, or else the default persona."
    ),
    "offer.delete": "Delete it anyway",
    "suggestion.asked": "I answer in the thread.",
    "suggestion.again": "I was already asked in this thread. Please write what else you want to know.",
    # the preview
    "preview.title": "**{name}** answers:",
    "preview.took": "_{footer}_",
    "preview.incomplete": "incomplete",
    "preview.late": "The model took too long to answer.",
    "preview.invalid": "This draft cannot answer yet:",
    "preview.problem": "- {label}: {problem}",
    "preview.running": "The draft is answering…",
    "preview.not-opened": "Slack did not let me open the preview. Close other windows of mine, and try again.",
    "preview.busy": "I am still answering your last question. Please wait a moment.",
    "persona.chosen-by": "May be chosen by: {who}",
    "persona.retention": "What is said in its threads is remembered for at most {duration}",
    "persona.cache": "An answer is kept for whoever asks the same again: {duration}",
    # choosing
    "choose.limited": "**{name}** is not for everybody to choose: only for {who}. If you need it, please ask {whom}.",
    "role.owner": "owners of the workspace",
    "role.admin": "admins and owners of the workspace",
    "role.named": "my admins, and those of the workspace",
    "role.manager": "admins, and managers of the channel",
    "role.member": "members of the workspace",
    "role.guest": "members and guests of the workspace",
    "role.outsider": "people",
    "choice.nowhere": "this cannot be chosen here",
    "choice.days": "write a number of days, up to {most:,}",
    "choice.one-of": "{words}; you wrote {written}",
    "choice.word": "write a word",
    "choice.name": "the name of a model, without spaces",
}
