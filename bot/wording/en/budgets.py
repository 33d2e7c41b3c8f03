"""What is said about what may be used."""

SENTENCES = {
    # whose, and when
    "whose.person": "your budget",
    "whose.channel": "this channel's budget",
    "whose.persona": "the budget of this persona",
    "whose.workspace": "the workspace's budget",
    "when.day": "today",
    "when.month": "this month",
    "amount.cost": "${cost:,.2f}",
    "amount.tokens": "{tokens:,} tokens",
    "amount.none": "no limit",
    "amount.of": "{used} of {limit}",
    "amount.held": "{used} of {limit}, and {held} held by answers that are being written",
    # when there is no room
    "over": (
        "I cannot answer this: there is not enough left of {whose} for {when}. Used: {amounts}. "
        "It starts anew on {resets}. For more, please ask {whom}."
    ),
    "near": "You should know: {whose} for {when} is nearly used up. Used: {amounts}. It starts anew on {resets}.",
    "reached": "You should know: {whose} for {when} is used up now. Used: {amounts}. It starts anew on {resets}.",
    "no-price": (
        "I cannot answer this: the price of `{model}` is not known, and models without a known price are not asked "
        "here. Please ask {whom}."
    ),
    "too-often": "You may ask {count} a minute, so I did not answer this. Please ask again after {at}.",
    "count.question.one": "{count:,} question",
    "count.question.other": "{count:,} questions",
    "paused": (
        "I pause in this workspace: more was used within an hour than the operator lets me. I answer again on {at}. "
        "Please ask {whom} if it should be sooner."
    ),
    "offer.more": "Ask for more",
    "offer.cheaper": "Answer with {model}",
    # the line under an answer
    "ended.budget.person.day": "stopped: your budget for today is used up",
    "ended.budget.person.month": "stopped: your budget for this month is used up",
    "ended.budget.channel.day": "stopped: this channel's budget for today is used up",
    "ended.budget.channel.month": "stopped: this channel's budget for this month is used up",
    "ended.budget.persona.day": "stopped: this persona's budget for today is used up",
    "ended.budget.persona.month": "stopped: this persona's budget for this month is used up",
    "ended.budget.workspace.day": "stopped: the workspace's budget for today is used up",
    "ended.budget.workspace.month": "stopped: the workspace's budget for this month is used up",
    "budget.nothing": "The budget was used up before the model had said anything.",
}
