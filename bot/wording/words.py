"""One language: its sentences, by code, and how it lists and counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.conversation.notes import Note
from bot.conversation.places import Ref
from bot.conversation.tokens import Usage
from bot.errors import Problem
from bot.personas.persona import DEFAULT, Persona
from bot.policy.preferences import Level, Scope
from bot.policy.roles import Refusal
from bot.turns.words import Footer
from bot.wording.text import Markdown, fill, fill_plainly


@dataclass(frozen=True, slots=True)
class PreferenceWords:
    """The words of one preference.

    `title` stands in the list of settings, `about` in the help, `example` for a value in the table of rights. `chosen`
    and `reset` are what is said after a choice, with the field `value`. `shown` is how a value is shown in the list,
    `values` are those that are not shown as they are written, `acts` what people do to choose it at a level, where that
    is not its slash command.
    """

    title: str
    about: str = ""
    example: str = ""
    chosen: Mapping[Level, str] = field(default_factory=dict)
    reset: Mapping[Level, str] = field(default_factory=dict)
    shown: str = "{value}"
    values: Mapping[str, str] = field(default_factory=dict)
    acts: Mapping[Level, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Words:
    sentences: Mapping[str, str]
    preferences: Mapping[str, PreferenceWords]

    def say(self, code: str, /, **values: object) -> Markdown:
        """A sentence as Markdown."""
        shown = {name: self.named(value) if isinstance(value, Persona) else value for name, value in values.items()}
        return fill(self.sentences[code], shown)

    def label(self, code: str, /, **values: object) -> str:
        """A sentence without formatting, for what cannot show any: labels, titles, hints."""
        return fill_plainly(self.sentences[code], values)

    def named(self, persona: Persona) -> Markdown:
        code = "persona.named" if persona.version else "persona.unversioned"
        return fill(self.sentences[code], {"name": persona.name, "version": persona.version})

    def about(self, persona: Persona) -> str:
        """What a persona is described as; the operator's has no description of its own."""
        return self.label("persona.of-operator") if persona.name == DEFAULT else persona.description

    def field(self, name: str) -> str:
        """What people call a field of a persona; YAML has the API's names."""
        return self.sentences.get(f"field.{name}", name.replace("_", " "))

    def listed(self, items: Sequence[object]) -> Markdown:
        """A, B, C"""
        return self._joined(items, "list.next")

    def all_of(self, items: Sequence[object]) -> Markdown:
        """A, B and C"""
        return self._joined(items, "list.and")

    def one_of(self, items: Sequence[object]) -> Markdown:
        """A, B or C"""
        return self._joined(items, "list.or")

    def counted(self, count: int, noun: str) -> str:
        return self.label(f"count.{noun}.{'one' if count == 1 else 'other'}", count=count)

    def whom(self, ask: Sequence[Ref]) -> Markdown:
        """Whom somebody can ask for what they may not do."""
        return self.one_of([*ask, self.say("ask.admin")])

    def place(self, scope: Scope) -> Markdown:
        match scope.kind:
            case "channel":
                return self.say("place.channel", channel=Ref("channel", scope.id))
            case "person":
                return self.say("place.person", user=Ref("user", scope.id))
        return self.say(f"place.{scope.kind}")

    def refusal(self, why: Refusal) -> Markdown:
        """What somebody is told who is not answered."""
        return self.say(f"not-answered.{why.reason}", whom=self.whom(why.ask))

    def problem(self, problem: Problem) -> str:
        """What is wrong with what was written, without formatting."""
        values = {name: value for name, value in problem.values.items() if value is not None}
        if "field" in values:
            values["hint"] = self.label(f"hint.{values['field']}")
        for name in ("known", "words"):
            if isinstance(words := values.get(name), tuple):
                values[name] = self._plainly(words, "list.or")
        near = "near" in values or "nearest" in values
        return self.label(f"{problem.code}.near" if near else problem.code, **values)

    def footer(self, footer: Footer) -> str | None:
        """The small line under an answer; None for style "off" unless there is a note that the reader needs."""
        notes, taken = [self.note(each) for each in footer.notes], footer.taken
        if footer.style == "off":
            return " · ".join(notes) or None
        who = [footer.persona] if footer.persona else []
        paid = [] if taken.free else [self._dollars(taken.cost)]
        if footer.style == "compact":
            return " · ".join([*notes, *who, taken.model, *paid])
        seconds = self.label("footer.seconds", seconds=taken.seconds)
        return " · ".join([*notes, *who, taken.model, self._tokens(taken.usage), *paid, seconds])

    def note(self, note: Note) -> str:
        """A short phrase without formatting."""
        values = {name: self._noted(value) for name, value in note.values.items()}
        form = "one" if values.get("count") == 1 else "other"
        return self.label(note.code if note.code in self.sentences else f"{note.code}.{form}", **values)

    def _noted(self, value: object) -> object:
        match value:
            case Note():
                return self.note(value)
            case tuple():
                return self._plainly([self._noted(each) for each in value], "list.next")
        return value

    def _tokens(self, usage: Usage | None) -> str:
        if usage is None:
            return self.label("footer.tokens.unknown")
        code = f"footer.tokens{'.estimated' if usage.estimated else ''}"
        cached = "footer.in.cached" if usage.cached else "footer.in"
        taken = self.label(cached, input=usage.input, cached=usage.cached)
        return self.label(code, taken=taken, output=usage.output, total=usage.total)

    def _dollars(self, cost: float | None) -> str:
        if cost is None:
            return self.label("footer.cost.unknown")
        if cost >= 0.0001:
            return self.label("footer.cost", cost=cost)
        return self.label("footer.cost.tiny" if cost else "footer.cost.free")

    def _joined(self, items: Sequence[object], last: str) -> Markdown:
        if not items:
            return Markdown("")
        joined = fill("{item}", {"item": items[0]})
        for n, item in enumerate(items[1:], 2):
            joined = fill(self.sentences[last if n == len(items) else "list.next"], {"before": joined, "item": item})
        return joined

    def _plainly(self, items: Sequence[object], last: str) -> str:
        joined = str(items[0])
        for n, item in enumerate(items[1:], 2):
            joined = self.label(last if n == len(items) else "list.next", before=joined, item=item)
        return joined
