"""The words of the preferences."""

from bot.wording.words import PreferenceWords

PREFERENCES = {
    "persona": PreferenceWords(
        "Persona",
        chosen={
            "channel": "**{value}** answers here from now on. Threads under way keep theirs.",
            "person": "**{value}** answers for you, in direct messages, from now on. Threads under way keep theirs.",
            "workspace": "**{value}** answers in the whole workspace from now on. Threads under way keep theirs.",
        },
        reset={
            "channel": "The persona chosen for this channel is reset.",
            "person": "The persona you chose for direct messages is reset.",
            "workspace": "The persona chosen for the whole workspace is reset.",
        },
        acts={
            "person": "`/persona use NAME me`: in one's direct messages",
            "thread": "another persona in a thread",
            "channel": "`/persona use NAME here`: in a channel",
            "workspace": "`/persona use NAME workspace`",
        },
    ),
    "model": PreferenceWords(
        "Model",
        "which model answers",
        "NAME",
        chosen={
            "channel": "The model is now `{value}` here.",
            "workspace": "The model is now `{value}` in the whole workspace.",
        },
        reset={
            "channel": "The model chosen for this channel is reset.",
            "workspace": "The model chosen for the whole workspace is reset.",
        },
        shown="`{value}`",
    ),
    "follow": PreferenceWords("Follow", acts={"thread": "`follow this thread`, `stop following`"}),
    "policy": PreferenceWords(
        "When I speak",
        "when I speak: if mentioned, later in that thread too, until someone else is addressed, or never",
        "POLICY",
        chosen={
            "channel": "From now on here: {value}.",
            "workspace": "From now on in the whole workspace: {value}.",
        },
        reset={
            "channel": "When I speak in this channel is reset.",
            "workspace": "When I speak in the whole workspace is reset.",
        },
        values={
            "mention": "I answer when I am mentioned",
            "follow": "I follow a thread once I am mentioned in it",
            "follow-until-other": "I follow a thread once I am mentioned in it, until someone addresses another person",
            "mute": "I say nothing",
        },
    ),
    "footer": PreferenceWords(
        "Footer",
        "the line under an answer",
        "STYLE",
        chosen={
            "channel": "The footer is now `{value}` here.",
            "workspace": "The footer is now `{value}` in the whole workspace.",
        },
        reset={
            "channel": "The footer chosen for this channel is reset.",
            "workspace": "The footer chosen for the whole workspace is reset.",
        },
    ),
    "feedback": PreferenceWords(
        "Thumbs",
        "thumbs under an answer",
        "on",
        chosen={
            "channel": "The thumbs are now `{value}` here.",
            "workspace": "The thumbs are now `{value}` in the whole workspace.",
        },
        reset={
            "channel": "The choice of thumbs for this channel is reset.",
            "workspace": "The choice of thumbs for the whole workspace is reset.",
        },
    ),
    "names": PreferenceWords(
        "Names",
        "whether the model is told people's display names",
        "off",
        chosen={
            "channel": "Sending people's display names to the model is now `{value}` here.",
            "workspace": "Sending people's display names to the model is now `{value}` in the whole workspace.",
        },
        reset={
            "channel": "The choice of names for this channel is reset.",
            "workspace": "The choice of names for the whole workspace is reset.",
        },
    ),
    "retention": PreferenceWords(
        "Kept for",
        "how long I remember what was said",
        "7 days",
        chosen={
            "channel": "What is said here is kept for {value} from now on. What is older is removed within seconds.",
            "workspace": (
                "What is said in the whole workspace is kept for {value} from now on. "
                "What is older is removed within seconds."
            ),
        },
        reset={
            "channel": "How long what is said in this channel is kept is reset.",
            "workspace": "How long what is said in the whole workspace is kept is reset.",
        },
    ),
    "readers": PreferenceWords(
        "What I read",
        "whose words and files I read: of people I answer and of apps; also what these people forward or link; or all",
        "WHOSE",
        chosen={
            "channel": "From now on here I read {value}.",
            "workspace": "From now on in the whole workspace I read {value}.",
        },
        reset={
            "channel": "What I read in this channel is reset.",
            "workspace": "What I read in the whole workspace is reset.",
        },
        values={
            "admitted": "what people write whom I answer, and apps of this workspace",
            "quoted": "what people write whom I answer, what they forward or link, and apps of this workspace",
            "all": "what anybody writes, and mark it where I do not answer them",
        },
    ),
    "introduction": PreferenceWords(
        "Introduction",
        "whether I introduce myself when I am added to a channel",
        "off",
        chosen={
            "channel": "Introducing myself is now `{value}` here.",
            "workspace": "Introducing myself to channels is now `{value}` in the whole workspace.",
        },
        reset={
            "channel": "The choice of introductions for this channel is reset.",
            "workspace": "The choice of introductions for the whole workspace is reset.",
        },
    ),
    "unpriced": PreferenceWords(
        "Models without a price",
        "whether the tokens of a model without a known price are counted, or it is not asked",
        "refuse",
        chosen={
            "channel": "From now on here, {value}.",
            "workspace": "From now on in the whole workspace, {value}.",
        },
        reset={
            "channel": "What holds for models without a known price is reset for this channel.",
            "workspace": "What holds for models without a known price is reset for the whole workspace.",
        },
        values={
            "count": "the tokens of models without a known price are counted",
            "refuse": "models without a known price are not asked",
        },
    ),
    "redact": PreferenceWords(
        "Hidden from the model",
        "what is hidden from the model: secrets (keys, tokens, passwords); personal data too (mail, phone, …); nothing",
        "WHAT",
        chosen={
            "channel": "From now on here this is hidden from the model: {value}.",
            "workspace": "From now on in the whole workspace this is hidden from the model: {value}.",
        },
        reset={
            "channel": "What is hidden from the model in this channel is reset.",
            "workspace": "What is hidden from the model in the whole workspace is reset.",
        },
        values={
            "secrets": "keys, tokens and passwords",
            "personal": "keys, tokens and passwords; mail and IP addresses, phone numbers, bank accounts and cards",
            "off": "nothing",
        },
    ),
}
