"""Every command passes here: the right to it is asked for, then it is done, and what came of it is a Result."""

from typing import assert_never

from bot.commands import (
    access,
    allowances,
    budget_model,
    budgets,
    home,
    model,
    personas,
    preview,
    privacy,
    threads,
    token_model,
    tokens,
    usage,
    usage_model,
    workspace,
    workspace_model,
)
from bot.commands import settings as preferences
from bot.commands.authorize import authorize
from bot.commands.model import (
    Actor,
    AdminCommand,
    BudgetCommand,
    Command,
    OwnCommand,
    PersonaChange,
    PersonaQuestion,
    PreferenceCommand,
    ThreadCommand,
)
from bot.commands.privacy_model import PrivacyCommand
from bot.commands.reports import Problems
from bot.commands.result import Result
from bot.personas.persona import Invalid
from bot.policy.preferences import Fixed, Unknown
from bot.ports import World


async def dispatch(command: Command, actor: Actor, world: World) -> Result:
    """Do it if the actor may, and say what came of it. May raise Unavailable."""
    if refusal := await authorize(command, actor, world):
        return refusal
    try:
        return await _do(command, actor, world)
    except Unknown as unknown:
        return _unknown(command, unknown)
    except Fixed as fixed:
        return Result("persona.of-settings" if fixed.source == "settings" else "persona.of-product")
    except Invalid as wrong:
        return Result("persona.invalid", shows=Problems(wrong.errors))


def _unknown(command: Command, unknown: Unknown) -> Result:
    if unknown.versions:
        return Result("persona.no-version", {"name": unknown.nearest, "versions": unknown.versions})
    name = str(command.value if isinstance(command, model.Choose) else getattr(command, "name", ""))
    in_thread = isinstance(command, model.Choose) and command.level == "thread"
    return Result("persona.unknown", {"name": name[:40], "nearest": unknown.nearest, "in_thread": in_thread})


async def _do(command: Command, actor: Actor, world: World) -> Result:
    if isinstance(command, ThreadCommand):
        return await _in_thread(command, actor, world)
    if isinstance(command, BudgetCommand):
        return await _about_budgets(command, actor, world)
    if isinstance(command, PreferenceCommand):
        return await _preference(command, actor, world)
    if isinstance(command, PersonaQuestion):
        return await _about_persona(command, actor, world)
    if isinstance(command, PersonaChange):
        return await _change_persona(command, actor, world)
    if isinstance(command, AdminCommand):
        return await _administer(command, actor, world)
    if isinstance(command, OwnCommand):
        return await _of_ones_own(command, actor, world)
    if isinstance(command, token_model.TokenCommand):
        return await _about_tokens(command, actor, world)
    if isinstance(command, workspace_model.WorkspaceCommand):
        return await workspace.carry_out(command, actor, world)
    assert_never(command)


async def _in_thread(command: ThreadCommand, actor: Actor, world: World) -> Result:
    match command:
        case model.Stop():
            return await threads.stop(command, world)
        case model.Regenerate():
            return await threads.regenerate(command, world)
        case model.Continue():
            return await threads.go_on(command, actor, world)
        case model.Rate():
            return await threads.rate(command, actor, world)
        case model.PickPersona():
            return await threads.pick_persona(command, actor, world)
    assert_never(command)


async def _about_budgets(command: BudgetCommand, actor: Actor, world: World) -> Result:
    match command:
        case budget_model.ShowBudget():
            return await budgets.show(command, actor, world)
        case budget_model.SetBudget():
            return await budgets.set_budget(command, actor, world)
        case budget_model.SetLimit():
            return await budgets.set_limit(command, actor, world)
        case budget_model.LiftFuse():
            return await budgets.lift_fuse(actor, world)
        case budget_model.AskForMore():
            return await allowances.ask_for_more(command, actor, world)
        case budget_model.Cheaper():
            return await allowances.cheaper(command, world)
        case budget_model.Decide():
            return await allowances.decide(command, actor, world)
    assert_never(command)


async def _preference(command: PreferenceCommand, actor: Actor, world: World) -> Result:
    match command:
        case model.Explain():
            return await preferences.explain(command, actor, world)
        case model.Choose():
            return await preferences.choose(command, actor, world)
        case model.ShowSettings():
            return await preferences.show(command, actor, world)
        case model.ShowModels():
            return await preferences.show_models(command, actor, world)
    assert_never(command)


async def _about_persona(command: PersonaQuestion, actor: Actor, world: World) -> Result:
    match command:
        case model.ListPersonas():
            return await personas.listing(command, actor, world)
        case model.ShowPersona():
            return await personas.show(command, actor, world)
        case model.ShowHistory():
            return await personas.history(command, world)
        case model.Compare():
            return await personas.compare(command, actor, world)
        case model.Export():
            return await personas.export(command, actor, world)
        case model.OpenForm():
            return await personas.open_form(command, world)
        case model.ReadFile():
            return await personas.read_file(command, world)
        case model.Preview():
            return await preview.answer(command, actor, world)
    assert_never(command)


async def _change_persona(command: PersonaChange, actor: Actor, world: World) -> Result:
    match command:
        case model.Save():
            return await personas.save(command, actor, world)
        case model.Copy():
            return await personas.copy(command, actor, world)
        case model.Restore():
            return await personas.restore(command, actor, world)
        case model.Delete():
            return await personas.delete(command, actor, world)
    assert_never(command)


async def _administer(command: AdminCommand, actor: Actor, world: World) -> Result:
    match command:
        case model.ShowAdmins():
            return await access.show_admins(command, world)
        case model.Appoint():
            return await access.appoint(command, actor, world)
        case model.ShowAccess():
            return await access.show(world)
        case model.Admit():
            return await access.admit(command, actor, world)
        case model.SetSwitch():
            return await access.set_switch(command, actor, world)
        case model.ShowAudit():
            return await access.audit(command, world)
        case usage_model.ShowReasons():
            return await usage.show_reasons(command, world)
    assert_never(command)


async def _of_ones_own(command: OwnCommand, actor: Actor, world: World) -> Result:
    if isinstance(command, PrivacyCommand):
        return await privacy.carry_out(command, actor, world)
    match command:
        case usage_model.ShowUsage():
            return await usage.show(command, actor, world)
        case model.ShowHome():
            return await home.show(actor, world)
        case model.TryPersona():
            return await home.try_persona(command, actor, world)
        case model.AskSuggested():
            return await home.ask_suggested(command, actor, world)
    assert_never(command)


async def _about_tokens(command: token_model.TokenCommand, actor: Actor, world: World) -> Result:
    match command:
        case token_model.NewToken():
            return await tokens.make(command, actor, world)
        case token_model.ListTokens():
            return await tokens.listing(actor, world)
        case token_model.RevokeToken():
            return await tokens.revoke(command, actor, world)
        case token_model.AllowTokens():
            return await tokens.allow(command, actor, world)
    assert_never(command)
