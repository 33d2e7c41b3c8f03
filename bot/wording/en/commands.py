"""What is said after commands in a thread, and about access, and why something is not done."""

SENTENCES = {
    # who may
    "refused.admins": "Only admins may do that. Please ask {whom}.",
    "refused.managers": "Only admins and managers of this channel may do that. Please ask {whom}.",
    "refused.members": "Only members of this workspace may do that. Please ask {whom}.",
    "refused.members-or-starter": (
        "Only members of this workspace, and the person who started the thread, may do that. Please ask {whom}."
    ),
    "refused.workspace": "Only people in this workspace may do that. Please ask {whom}.",
    "refused.asker": "Only those who asked, and admins, may do that. Please ask them, or {whom}.",
    "refused.starter": ("Only the person who started the thread, and admins, may do that. Please ask them, or {whom}."),
    "unchecked": (
        "I could not check with Slack whether you may do that, so nothing was done. Please try again in a moment."
    ),
    "ask.admin": "an admin of this workspace",
    # who is answered
    "not-answered.muted": (
        "I am muted in this channel, so I do not answer here. If that should change, please ask {whom}."
    ),
    "not-answered.direct-messages-off": (
        "Direct messages are switched off. Please mention me in a channel, or ask {whom}."
    ),
    "not-answered.channel": "I do not answer in this channel. If I should, please ask {whom}.",
    "not-answered.bot": "I do not answer other bots.",
    "not-answered.outsider": ("I do not answer people from other workspaces here. If I should, please ask {whom}."),
    "not-answered.guest": "I do not answer guests here. If I should, please ask {whom}.",
    "not-answered.denied": "I cannot answer you here. If you think that I should, please ask {whom}.",
    "not-answered.deactivated": "Your account is deactivated, so I cannot answer you.",
    "not-answered.unknown": (
        "Slack does not show me who you are, so I cannot answer you. If you think that I should, please ask {whom}."
    ),
    "not-answered.over-budget": "There is not enough left of a budget for this. For more, please ask {whom}.",
    "not-answered.no-price": "The model has no known price, and is not asked for that. Please ask {whom}.",
    "not-answered.too-often": "You have asked as often as you may for now. Please ask again in a few minutes.",
    "not-answered.paused": "I pause in this workspace, because too much was used within an hour. Please ask {whom}.",
    "not-answered.unchecked": "I could not check with Slack who you are, so I did not answer. Please try again later.",
    "not-answered.not-listed": ("I do not answer everybody here yet. If I should answer you, please ask {whom}."),
    # in a thread
    "stop.nothing": "There is nothing to stop: I am not writing an answer here.",
    "regenerate.busy": "I am still answering in this thread. Please try again when I have finished.",
    "regenerate.old": "I can only regenerate my newest answer in a thread. For this one, please ask again.",
    "regenerate.unknown": "I no longer remember this question. Please ask it again.",
    "continue.unknown": "I no longer remember this question. Please ask it again.",
    "continue.complete": "That answer is complete: there is nothing to continue.",
    "continue.old": "I can only continue my newest answer in a thread.",
    "rated": "Thank you for your feedback.",
    "rate.off": "Feedback is switched off here.",
    "rate.unknown": "I no longer remember this answer.",
    "following": "I follow this thread now and answer without being mentioned. Write “stop following” to end that.",
    "not-following": "I no longer follow this thread. Mention me when you want me again.",
    "following.all": (
        "{user} has asked me to follow this thread: from now on I read all that is written here and answer it without "
        "being mentioned. It goes to the model. “stop following” ends that."
    ),
    "not-following.all": "{user} has asked me to follow this thread no longer. Mention me when you want me again.",
    # when the bot comes into a channel
    "introduction.hello": (
        "Hello! I am {bot}. Mention me with a question, and I answer in the thread. Mention me again to go on."
    ),
    "introduction.words": (
        "In this channel: {policy}. In a thread in which I am asked, I read {readers}; that, with the files and names "
        "in it, goes to the model that answers. What is said in no such thread, I do not keep."
    ),
    "introduction.off": (
        "`/threadbot settings` shows what applies here. Admins end introductions with "
        "`/threadbot introduction off workspace`."
    ),
    "follow.direct": "I answer everything in direct messages, so there is nothing to follow.",
    "follow.muted": "I am muted in this channel, so I do not follow its threads.",
    "follow.not": "I do not follow this thread.",
    "chosen.in-thread": "{persona} answers in this thread from now on.",
    "model.list": "`{model}` answers here. These models can be chosen: {names}.",
    "model.list.more": "`{model}` answers here. These models can be chosen: {names}, and {more} more.",
    "model.list.unknown": "`{model}` answers here. The model's server does not say which others it has.",
    "model.not-offered": "`{model}` cannot be chosen. These can: {names}.",
    "model.not-offered.more": "`{model}` cannot be chosen. These can: {names}, and {more} more.",
    "model.not-proved": "`{model}` was tried and did not answer, so nothing has changed. {why}",
    "choose.not-here": "This cannot be chosen here.",
    # privacy
    "notice.first": (
        "Before you go on (only you see this, and only once): answers come from `{model}` at {hosts}. What is sent "
        "there: {what}. I keep it {kept}. `/threadbot privacy` says more."
    ),
    "privacy.title": "**What becomes of what you write to me**",
    "privacy.leaves": "**What leaves:** {what}, to `{model}` at {hosts}.",
    "privacy.sent.text": "the text of the thread",
    "privacy.sent.names": "display names",
    "privacy.sent.files": "the content of files",
    "privacy.sent.pictures": "pictures",
    "privacy.kept": "**How long I keep it:** {kept}.",
    "privacy.kept.days": "for {days}",
    "privacy.kept.hold": "until a legal hold is over; nothing is deleted before",
    "privacy.hidden.off": "**What is hidden from the model:** nothing.",
    "privacy.hidden.secrets": "**What is hidden from the model:** secrets, such as keys, tokens and passwords.",
    "privacy.hidden.personal": (
        "**What is hidden from the model:** secrets, such as keys and passwords, and personal data, such as mail "
        "addresses, phone numbers and cards."
    ),
    "privacy.usage": "**Who sees usage:** you see your own, and admins see everybody's: sums, and never what was said.",
    "privacy.context.on": (
        "**As context:** what you write in a thread may be read when others ask there. `/threadbot context me off` "
        "ends that."
    ),
    "privacy.context.off": (
        "**As context:** what you write in a thread is not read when others ask there. `/threadbot context me on` "
        "takes that back."
    ),
    "privacy.commands": (
        "**What you can do:** `/threadbot forget me` removes what you said, `/threadbot export` sends it to you."
    ),
    "context.on": "What you write in a thread may be read as context when others ask there.",
    "context.off": (
        "What you write is not read as context any more: I read it only in the question that you ask me yourself, "
        "where nobody else asks with you, and in our direct messages."
    ),
    "exported": "I have sent you a file with all that I keep of you: see your direct messages with me.",
    "export.later": "You have had your export already. You can have the next one from {when} on.",
    "export.no-file": (
        "Slack did not let me send you a file, so nothing was sent. Please ask an admin whether the app has the "
        "permission files:write."
    ),
    "export.about": "This is all that I keep of you: what “/threadbot forget me” would remove or rename.",
    "forget.sure": (
        "This makes me forget what you said in any thread, your votes and their reasons, and our direct messages "
        "altogether. My answers in channels often repeat what you said: I can forget them, too. It cannot be undone. "
        "I cannot delete what Slack and the model's provider keep."
    ),
    "forget.begun": "I have begun to forget. I tell you here when it is done.",
    "forget.under-way": "I am forgetting: {done:,} of {of:,} threads are looked through.",
    "forget.held": (
        "Nothing is deleted at the moment: whoever runs me has to keep everything (a legal hold). Nothing was noted, "
        "so please ask again when that is over."
    ),
    "forget.nowhere": "Slack does not tell me which channel this is. Please write that in the channel.",
    "forgotten.me": "I have forgotten what you said, and the answers that came after it, in {threads}.",
    "forgotten.words": "I have forgotten what you said, in {threads}.",
    "forgotten.later": "I am still answering in {threads}: what was said there goes as soon as I have finished.",
    "forgotten.stays": (
        "What was used and who changed what stay as sums and as a list, under an id that leads to nobody. "
        "I cannot delete what Slack, the model's provider, and backups keep."
    ),
    "forgotten.thread": "I have forgotten that thread. I cannot delete what Slack keeps of it.",
    "forgotten.here": "I have forgotten what was said here, in {threads}. I cannot delete what Slack keeps.",
    "forget.busy": "I am answering in that thread right now. Please try again when I have finished.",
    "offer.forget": "Forget my words",
    "offer.forget.answers": "Forget my words and the answers",
    # who manages
    "admins.title": "**Who manages me**",
    "admins.workspace": "Owners and admins of the workspace.",
    "admins.named": "Named: {people}.",
    "admins.channel": "For this channel: {people}.",
    "admins.appointed": "{user} is named in the operator's settings; only the operator can change that.",
    # who is answered, as admins see it
    "access.title": "**Whom I answer**",
    "access.guests.on": "Guests are answered.",
    "access.guests.off": "Guests are not answered.",
    "access.outsiders.on": "People from other workspaces are answered.",
    "access.outsiders.off": "People from other workspaces are not answered.",
    "access.bots.on": "Other bots are answered.",
    "access.bots.off": "Other bots are not answered.",
    "access.dms.on": "Direct messages are answered.",
    "access.dms.off": "Direct messages are not answered.",
    "access.allowed": "Only answered: {those}.",
    "access.denied": "Not answered: {those}.",
    "access.help.allow": (
        "Once you `allow` someone, I answer only people who are allowed. Once you `allow` a channel, I answer only "
        "there."
    ),
    "access.help.deny": (
        "When you `deny` someone, I do not answer them. When you `deny` a channel, I do not answer there. "
        "This beats `allow`."
    ),
    "access.help.remove": (
        "I always answer admins, except where a channel is shut out. `allow remove` and `deny remove` take off a list."
    ),
    "admit.same": "Nothing was changed: it is already so.",
    "admit.manager": "Nothing was changed: {user} is an admin, and admins can always talk to me.",
    "admit.switched": "From now on: {sentence}",
    "admit.denied": "From now on I do not answer {one}.",
    "admit.denied.channel": "From now on I do not answer in {one}.",
    "admit.undenied": "{one} is no longer denied.",
    "admit.allowed": "From now on I answer only {left}, and admins.",
    "admit.allowed.channel": "From now on I answer only in {left}.",
    "admit.unallowed": "{one} is no longer allowed. From now on I answer only {left}, and admins.",
    "admit.unallowed.channel": "{one} is no longer allowed. From now on I answer only in {left}.",
    "admit.everybody": (
        "{one} is no longer allowed. That list is empty now, so I answer everybody again, except those who are denied."
    ),
    "admit.everybody.channel": (
        "{one} is no longer allowed. That list is empty now, so I answer in all channels again, except those denied."
    ),
    # the audit log
    "audit.title": "**Latest changes**",
    "audit.none": "None yet.",
    "audit.operator": "the operator",
    "audit.none-such": "None of these.",
    "audit.when": "{when}",
    "audit.entry": "{user} {act} {what}",
    "audit.change": "{user} {act} {what}: {before} → {after}",
    "audit.chosen": "{user} set “{title}” in {where} to {after}; before, it was {before}",
    "audit.reset": "{user} reset “{title}” in {where}; before, it was {before}",
    "audit.persona.new": "{user} made the persona {what}",
    "audit.persona.edit": "{user} changed the persona {what}: {before} → {after}",
    "audit.persona.restore": "{user} restored the persona {what}: {before} → {after}",
    "audit.persona.delete": "{user} deleted the persona {what}",
    "audit.admins.add": "{user} made {what} an admin of mine",
    "audit.admins.remove": "{user} made {what} an admin of mine no longer",
    "audit.managers.set.on": "{user} made {what} a manager of mine",
    "audit.managers.set.off": "{user} made {what} a manager of mine no longer",
    "audit.access.set.on": "{user} switched on or listed: {what}",
    "audit.access.set.off": "{user} switched off or unlisted: {what}",
    "audit.forget.me": "{user} had their words forgotten",
    "audit.forget.thread": "{user} had a thread forgotten: {what}",
    "audit.forget.here": "{user} had a channel forgotten: {what}",
    "audit.budget.set": "{user} changed the budget of {what}: {before} → {after}",
    "audit.budget.once": "{user} let one question of {what} be answered over the budget: {after}",
    "audit.budget.period": "{user} raised a budget by half until its period ends, as {what} had asked: {after}",
    "audit.budget.no": "{user} did not raise a budget as {what} had asked: {after}",
    "audit.limit.set": "{user} changed the limit of {what}: {before} → {after}",
    "audit.fuse.lift": "{user} let the bot go on after the fuse had blown",
    "audit.token.new": "{user} made the token {what}, with a budget of {after}",
    "audit.token.new.bare": "{user} made the token {what}",
    "audit.token.revoke": "{user} revoked the token {what}",
    "audit.token.allow.on": "{user} let {what} make tokens",
    "audit.token.allow.off": "{user} no longer lets {what} make tokens",
    "audit.switch.guests": "answering guests",
    "audit.switch.outsiders": "answering people of other workspaces",
    "audit.switch.bots": "answering bots",
    "audit.switch.direct_messages": "answering direct messages",
    "audit.nothing": "nothing",
    "audit.manager": "{user} in {channel}",
    "audit.allowed": "allowed {one}",
    "audit.denied": "denied {one}",
    # lists and numbers
    "list.next": "{before}, {item}",
    "list.and": "{before} and {item}",
    "list.or": "{before} or {item}",
    "count.answer.one": "{count:,} answer",
    "count.answer.other": "{count:,} answers",
    "count.request.one": "{count:,} request",
    "count.request.other": "{count:,} requests",
    "count.thread.one": "{count:,} thread",
    "count.thread.other": "{count:,} threads",
    "place.channel": "{channel}",
    "place.person": "{user}'s direct messages",
    "place.workspace": "the workspace",
    "place.thread": "a thread",
}
