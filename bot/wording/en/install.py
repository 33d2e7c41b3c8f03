"""The pages of an installation by a click, and what the operator's admins are asked."""

SENTENCES = {
    "install.title": "Add Threadbot to Slack",
    "install.about": "Mention it, and it answers in the thread.",
    "install.button": "Add to Slack",
    "install.served": "Threadbot is installed. Open Slack and mention @Threadbot in a channel.",
    "install.waits": "Threadbot is installed, and waits for its operator to approve your workspace. "
    "You need do nothing more; it answers once that is done.",
    "install.not-admitted": "This Threadbot is not open to your workspace, so nothing was installed. "
    "Ask whoever runs it to add your workspace.",
    "install.failed": "Slack did not complete the installation. Begin again.",
    "install.cancelled": "You cancelled the installation. Nothing was installed; you can begin again at any time.",
    "install.foreign": "This installation was not begun in this browser, or more than ten minutes ago. "
    "Begin again here.",
    "install.later": "Threadbot cannot reach its memory just now. Try again in a minute.",
    "install.again": "Begin again",
    # in the operator's workspace
    "install.asked": "**{name}** (`{workspace}`) has installed me and waits to be served. "
    "If nobody decides by {until}, I give its token back.",
    "install.approve": "Approve",
    "install.refuse": "No",
    "workspace.approved": "`{workspace}` is served from now on.",
    "workspace.refused": "`{workspace}` is not served. I have given its token back and forgotten it.",
    "workspace.decided": "`{workspace}` was approved already.",
    "workspace.unknown": "`{workspace}` waits no longer.",
    "workspace.elsewhere": "That is decided in the operator's workspace alone.",
    "audit.workspaces.approved": "{user} approved the workspace {what}",
    "audit.workspaces.refused": "{user} refused the workspace {what}",
    "act.workspaces.decide": "*Approve*, *No*, where another workspace installs the bot (`OPERATOR_WORKSPACE`)",
}
