"""The archive and what shall be removed, in memory. What is due at once is carried out at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Message
from bot.happenings import Happening
from bot.privacy.held import Erasure, Held, Own, Progress
from bot.privacy.keeper import Keeper, carry_out


@dataclass
class FakeArchive:
    """See `ports.Archive`. `past` is what was said in each thread; in a `busy` one a turn runs."""

    past: dict[ThreadKey, list[Message]] = field(default_factory=dict)
    busy: Callable[[ThreadKey], bool] = lambda _: False
    held: dict[ThreadKey, Held] = field(default_factory=dict)
    persons: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    gone: bool = False
    shortened: list[ThreadKey] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    exported: set[str] = field(default_factory=set)
    known: dict[str, object] = field(default_factory=dict)

    async def threads(self, channel: str | None = None) -> list[ThreadKey]:
        return [thread for thread in {**self.past, **self.held} if channel in (None, thread.channel)]

    async def naming(self, user: str, threads: Sequence[ThreadKey]) -> list[ThreadKey]:
        return list(threads)

    async def read(self, thread: ThreadKey) -> Held:
        said = {f"{m.ts}/answer" if m.kind else m.ts: m for m in self.past.get(thread, ())}
        held = self.held.get(thread, Held(thread))
        return replace(held, messages={**held.messages, **said}, busy=self.busy(thread))

    async def remove(self, thread: ThreadKey, own: Own, user: str, instead: str) -> None:
        gone = {*own.messages, *own.answers}
        kept = [m for m in self.past.get(thread, ()) if (f"{m.ts}/answer" if m.kind else m.ts) not in gone]
        self.past[thread] = [own.quoting.get(m.ts, m) for m in kept]
        held = self.held.get(thread, Held(thread))
        self.held[thread] = replace(
            held,
            messages={name: own.quoting.get(name, m) for name, m in held.messages.items() if name not in gone},
            votes={name: vote for name, vote in held.votes.items() if name not in own.votes},
            turns={
                newest: tuple(instead if asker == user else asker for asker in askers)
                for newest, askers in held.turns.items()
            },
        )

    async def remove_thread(self, thread: ThreadKey) -> bool:
        if self.busy(thread):
            return False
        self.past.pop(thread, None)
        self.held.pop(thread, None)
        return True

    async def remove_person(self, user: str, instead: str) -> None:
        self.persons.append(user)

    async def remove_channel(self, channel: str) -> None:
        self.channels.append(channel)

    async def remove_workspace(self) -> int:
        self.gone = True
        return 1

    async def shorten(self, thread: ThreadKey) -> None:
        self.shortened.append(thread)

    async def first_contact(self, user: str) -> bool:
        first = user not in self.told
        self.told.add(user)
        return first

    async def no_contact(self, user: str) -> None:
        self.told.discard(user)

    async def reserve_export(self, user: str) -> float:
        wait = 3600.0 if user in self.exported else 0.0
        self.exported.add(user)
        return wait

    async def release_export(self, user: str) -> None:
        self.exported.discard(user)

    async def about(self, user: str) -> Mapping[str, object]:
        return self.known


@dataclass
class FakeErasures:
    """See `ports.Erasures`. `later` is what is not due yet; `stuck`: nobody works on what is due."""

    archive: FakeArchive
    away: bool | None = True
    stuck: bool = False
    later: dict[Erasure, float] = field(default_factory=dict)
    known: dict[Erasure, Progress] = field(default_factory=dict)
    told: list[Progress] = field(default_factory=list)
    announced: int = 0
    let_go: int = 0
    saw: list[Happening] = field(default_factory=list)

    @property
    def keeper(self) -> Keeper:
        async def away(_erasure: Erasure) -> bool | None:
            return self.away

        def let_go() -> None:
            self.let_go += 1

        return Keeper(self, lambda _workspace: self.archive, away, let_go, self.saw.append)

    async def note(self, erasure: Erasure, after: float = 0.0) -> None:
        if after or self.stuck:
            self.later[erasure] = after
        else:
            self.known.pop(erasure, None)
            await carry_out(erasure, self.keeper)

    async def cancel(self, erasure: Erasure) -> None:
        self.later.pop(erasure, None)

    async def look(self, only: str = "", *, wanted: bool = True) -> tuple[str, Erasure | None]:
        due = (each for each, after in self.later.items() if not after and only in ("", each.kind))
        return str(self.announced), next(due, None) if wanted else None

    async def tell(self, erasure: Erasure, progress: Progress) -> None:
        self.known[erasure] = progress
        self.told.append(progress)

    async def progress(self, erasure: Erasure) -> Progress | None:
        return self.known.get(erasure)

    async def announce(self) -> None:
        self.announced += 1
