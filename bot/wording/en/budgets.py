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
    "blown": (
        "I have paused in this workspace: {limits} within an hour is as much as the operator lets me use "
        "(`FUSE_CALLS_HOUR`, `FUSE_COST_HOUR`). I go on by myself on {at}."
    ),
    "paused": (
        "I pause in this workspace: more was used within an hour than the operator lets me. I answer again on {at}. "
        "Please ask {whom} if it should be sooner."
    ),
    # what applies, and what is set
    "budgets.title": "**What you may use here**",
    "budgets.row": "- {whose} for {when}: {amounts} `{bar}`, starts anew on {resets}",
    "budgets.none": "No budget applies to you here.",
    "budgets.exempt": "No budget and no limit holds for you; what you use is counted all the same.",
    "budgets.minute": "You may ask {count} a minute.",
    "budgets.at-once": "I answer {count} of yours at the same time.",
    "budgets.help": "Admins change it with `/threadbot budget AMOUNT per day` or `per month`.",
    "mine.person": "Your budget",
    "mine.channel": "This channel's budget",
    "mine.persona": "The budget of the persona that answers here",
    "mine.workspace": "The workspace's budget",
    "owner.person": "{user}",
    "owner.channel": "{channel}",
    "owner.persona": "the persona {name}",
    "owner.workspace": "the whole workspace",
    "owner.everyone": "each person",
    "span.day": "per day",
    "span.month": "per month",
    "budget.set": "From now on the budget of {owner} is {amount} {spans}.",
    "budget.off": "From now on there is no budget {spans} for {owner}, whatever the operator's settings say.",
    "budget.reset": "What was set {spans} for {owner} is taken back.",
    "limit.set.minute": "From now on I answer {count} a minute of {owner}.",
    "limit.set.at_once": "From now on I answer {count} of {owner} at the same time.",
    "limit.off.minute": "From now on {owner} may ask as often as they like.",
    "limit.off.at_once": "From now on I answer any number of questions of {owner} at the same time.",
    "limit.reset.minute": "What was set for how often {owner} may ask is taken back.",
    "limit.reset.at_once": "What was set for how many questions of {owner} I answer at the same time is taken back.",
    "home.budgets": "Budgets and limits",
    "budgets.form.title": "Budgets and limits",
    "budgets.form.whose": "For whom",
    "budgets.form.everyone": "Each person",
    "budgets.form.workspace": "The whole workspace",
    "budgets.form.day": "Budget for a day",
    "budgets.form.month": "Budget for a month",
    "budgets.form.minute": "Questions of a person in a minute",
    "budgets.form.at_once": "Questions of a person at the same time",
    "budgets.form.amount": "Write dollars, such as 2.00, or 50000 tokens, or off.",
    "budgets.form.count": "Write a number from 1 to 10,000, or off.",
    "budgets.form.persons": "This can be set for each person only.",
    "budgets.form.nothing": "Nothing was filled in, so nothing has changed.",
    # when more is asked for
    "theirs.person": "their own budget",
    "theirs.channel": "the channel's budget",
    "theirs.persona": "the persona's budget",
    "theirs.workspace": "the workspace's budget",
    "until.day": "the end of the day",
    "until.month": "the end of the month",
    "more.notice": (
        "{user} asks for more in {channel}: there is not enough left of {whose} for {when} to answer a question. "
        "Used: {amounts}. It starts anew on {resets}."
    ),
    "offer.once": "Once",
    "offer.period": "Until {when}",
    "offer.no": "No",
    "more.asked": "I have asked the admins. When they agree, I answer your question.",
    "more.again": "I have asked the admins already. When they agree, I answer your question.",
    "more.over": "That budget is no longer in your way. Please ask again.",
    "more.nobody": "I could not reach any admin. Please ask one yourself.",
    "more.unknown": "I no longer know what was asked for.",
    "more.decided": "{by} has decided that already: {verdict}.",
    "more.once": "{user}'s question is answered, whatever is used.",
    "more.once.late": "You agreed. {user} has to ask again: I have lost the question, or am busy with another one.",
    "more.period": "The limit is lifted by half until its period ends, and {user}'s question is answered.",
    "more.period.late": "The limit is lifted by half until its period ends. {user} has to ask again.",
    "more.no": "{user} is told that there is no more.",
    "verdict.once": "once",
    "verdict.period": "until the end of the period",
    "verdict.no": "no",
    "decided.once": "{by} agreed: I answer your question now.",
    "decided.once.again": "{by} agreed. Please ask again: I am busy with another question here, or have lost yours.",
    "decided.period": "{by} agreed to more until the end of the period: I answer your question now.",
    "decided.period.again": "{by} agreed to more until the end of the period. Please ask again.",
    "decided.no": "{by} said no to more. Please ask them if you have questions.",
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
