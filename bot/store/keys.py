"""Every key in Redis, with its type and its lifetime.

All keys of a bot share one hash tag, so that a script may touch several of them on a Redis Cluster too. What belongs to
a workspace names it behind the tag, as in `{threadbot}:T0123:prefs`; what is shared stands on the list below, and there
is nothing else. `<thread>` is `slack/workspace/channel/root`, with `/direct` behind it in direct messages; `<message>`
is `channel/ts`; a member of a thread's sets is a message's `ts`, or the `ts` of the newest message answered plus
`/answer` for what the bot said.

    of a workspace    type    content                                                  lifetime
    seen:<message>    string  "asked" or "heard": it is in the inbox, was, or is gone  26 h: Slack redelivers for a day
    messages:<thread> hash    member → message as JSON: all that is known of it        history lifetime
    waiting:<thread>  zset    addressed to the bot and not answered yet, by ts         history lifetime
    heard:<thread>    zset    said beside it since the last turn, by ts                history lifetime
    past:<thread>     zset    what the model is shown as history, by ts                history lifetime
    turns:<thread>    hash    newest message answered → what remains of that turn      history lifetime
    talk:<thread>     hash    who talks there: bots alone, or people to one another    history lifetime
    turn:<thread>     hash    the running turn: token, attempt, batch, what it posted  as above; 10 min once done
    aside             zset    turns that failed, for the operator, by ms               lasting; at most 1,000, as above
    pace:<bucket>     zset    calls to Slack, by the ms when they go                   the bucket's window, a minute
    held:<bucket>     string  ms until Slack wants no such call                        until then, and a minute
    spared:<bucket>   string  ms of the last call that only showed progress            the bucket's window, a minute
    group:<name>      zset    answers that grow in Slack, by the ms of their end       a few minutes
    prefs             hash    workspace, channel:<id>, person:<id> → choices as JSON   lasting
    chosen:<thread>   string  choices for this thread as JSON, and its pinned persona  history lifetime
    personas          hash    persona → its version; negative: deleted with that one   lasting
    versions          hash    <persona>/<version> → that version as JSON               lasting
    access            hash    who may be answered, who manages: <list>:<id> or switch  lasting
    audit             list    administrative acts as JSON, newest first                lasting; at most 10,000
    used:<period>     hash    <by>:<id> → what was used that day or month, in numbers  400 days; 800 for months
    booked:<name>     string  that this has been entered there                         2 days
    pseudonyms:<month> string  secret by which people are told apart in its reports     800 days
    reasons           zset    answers whose votes have a reason, by ms of the last   history lifetime; at most 1,000
    limits            hash    whose → how much may be used, how often, as JSON         lasting
    lifted:<period>   hash    <by>:<id> → by how many grants its limit is lifted       as `used`
    noted:<period>    hash    <by>:<id> → "near" or "over": people have been told      as `used`
    request:<id>      hash    who asks for more than a budget has, and what was said   40 days
    holds             hash    turn → what it may still take, as JSON                   some minutes
    minute:<user>     string  ms when they may ask again as if they never had          a minute or two
    running:<user>    zset    their questions that are being answered, by ms           some minutes
    burnt             hash    <minute>:calls, <minute>:cost → how much of it then      two hours
    blown             string  that the fuse has, and that its admins were told         until it goes on
    due               zset    turn → ms when its hold ends                             some minutes
    reserved          hash    <period>/<by>:<id> <unit> → sum of its holds             some minutes
    votes:<thread>    hash    <newest message answered>/<user> → vote and reason       history lifetime
    answers:<thread>  hash    fingerprint of a question → its answer as JSON           the longest `cache` of them
    asked:<print>     string  the thread in which that question was answered           a persona's `cache`
    threads:<user>    zset    where this person spoke, for an earlier version, by ms   history lifetime
    known:<user>      hash    what Slack told last of this person's rights, and when   a day
    told              hash    user → when they were told what becomes of their words   lasting
    unread            hash    user who wants to be no context for others → when        lasting
    exported:<user>   string  that they have had their export                          a day
    erasing:<what>    hash    how far it is with what is removed                       a day
    tokens            hash    id of a token → whose it is, and its hash, as JSON       lasting
    last_used         hash    id of a token → when it was used last, in s              lasting
    rate:<token>      string  ms until when its requests are spread                    a minute
    reply:<request>   hash    what came of a POST that may be sent again               24 hours
    api:<guid>        hash    a thread of a program: token, title, who answers, when   history lifetime
    owned:<token>     zset    guids of its threads, by µs                              history lifetime
    entries:<thread>  zset    what a program reads of its thread, by µs                history lifetime
    shown:<thread>    hash    newest message answered → what stands there as JSON      history lifetime
    draft:<thread>    list    an answer that grows there: which, then its pieces       a day; gone once it is whole

    shared            type    content                                                  lifetime
    queue:state       hash    thread → "ready", "later" or the running turn's token    lasting; a field goes when idle
    queue:ready       list    threads that may be claimed, each at most once           lasting; empty when idle
    queue:line        zset    where many wait: rounds of workspaces and channels       lasting; empty when idle
    queue:leases      zset    thread → ms when its lease or its pause ends             lasting; empty when idle
    queue:wake        list    at most 64 hints that `queue:ready` has grown            lasting; empty when idle
    queue:stops       hash    threads whose turn shall stop                            lasting; a field goes at the end
    installations     hash    workspace → as whom the app is installed there, as JSON  lasting
    grants            hash    workspace → token and who installed the app, as JSON     lasting
    spaces            hash    what admins of workspaces set for all of each, as JSON   lasting
    caps              hash    workspace → how much the operator lets it use, as JSON   lasting
    settled           string  how often one of these two was changed                   lasting
    granted           string  how often a grant was changed, for what is in memory     lasting
    installing:<key>  string  which browser began an installation                      ten minutes
    refreshing:<team> string  nothing: somebody fetches its next token just now        20 seconds
    owner             string  whose prefix this is: app and workspace, as JSON         lasting
    listening         hash    /replica → when it listened last; when nobody did last   lasting
    erasures          zset    what shall be removed, by the ms when that is due        lasting; a member goes when done
    erased            string  how often something was removed, for what is in memory   lasting
    schema            string  number of the last step that this data has taken         lasting
    migrating         string  who moves data just now                                  half a minute; renewed
    migration         hash    since when an earlier version may still run beside us    lasting; gone when it is over
    copied:<name>     hash    what was copied for us, and is an earlier version's      lasting; gone when it is over
    learned:<model>   hash    what a model does not take → JSON: value, when it ends   a day after the last of it
    encryption        hash    <id>/<print> of a key that writes words → since when     lasting; gone with reencrypt
    cool:<what>       string  why a model, key or server is not asked for a while      as long as that lasts
    cooled            string  how often that was noted, for what is in memory          lasting
    probe             string  nothing: whether Redis takes writes                      a moment
"""

from dataclasses import dataclass

from bot.conversation.ids import ThreadKey
from bot.store.script import Key

SEEN_FOR = 26 * 3600  # seconds
DONE_FOR = 600  # seconds: how long a finished turn answers "already done" to a repeated finish
WAITS_FOR = 7 * 24 * 3600  # seconds that a question waits for a bot that is away
DAY_FOR = 400 * 24 * 3600  # seconds that the amounts of a day are kept
MONTH_FOR = 800 * 24 * 3600
BOOKED_FOR = 48 * 3600  # seconds for which what is entered once more is told from what is new
REPLIES_FOR = 24 * 3600  # seconds: how long a POST with the same Idempotency-Key gets the same reply
DRAFT_FOR = 24 * 3600  # seconds
KNOWN_FOR = 24 * 3600  # seconds: how old an answer of Slack's may be that stands in for one that does not come
LASTING = (
    *("aside", "prefs", "personas", "versions", "access", "audit", "tokens", "last_used", "limits"),
    *("told", "unread"),
)
"""The names of a workspace's keys that have no lifetime."""
SHARED = (
    *("queue:state", "queue:ready", "queue:line", "queue:leases", "queue:wake", "queue:stops"),
    *(
        "installations",
        "grants",
        "spaces",
        "caps",
        "settled",
        "granted",
        "installing",
        "refreshing",
        "owner",
        "listening",
        "erasures",
        "erased",
        "schema",
        "migrating",
        "migration",
        "copied",
        "learned",
        "cool",
        "cooled",
        "encryption",
        "probe",
    ),
)
"""The names of keys that belong to no workspace."""


def shared(prefix: str, name: str) -> Key:
    """The key of that name, or that begins with it, which all workspaces share."""
    if ":".join(name.split(":")[: 2 if name.startswith("queue:") else 1]) not in SHARED:
        raise ValueError(f"{name} does not stand on the list of shared keys")
    return Key(f"{{{prefix}}}:{name}")


def beginning(prefix: str, workspace: str) -> str:
    """How the keys of a workspace begin."""
    return f"{{{prefix}}}:{workspace}:"


@dataclass(frozen=True, slots=True)
class QueueKeys:
    """The keys of the queue that all workspaces share."""

    prefix: str = "threadbot"

    @property
    def state(self) -> Key:
        return shared(self.prefix, "queue:state")

    @property
    def ready(self) -> Key:
        return shared(self.prefix, "queue:ready")

    @property
    def line(self) -> Key:
        return shared(self.prefix, "queue:line")

    @property
    def leases(self) -> Key:
        return shared(self.prefix, "queue:leases")

    @property
    def wake(self) -> Key:
        return shared(self.prefix, "queue:wake")

    @property
    def stops(self) -> Key:
        return shared(self.prefix, "queue:stops")


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one workspace, under one prefix, so that several bots can share a Redis."""

    prefix: str
    workspace: str

    def _key(self, name: str) -> Key:
        return Key(f"{beginning(self.prefix, self.workspace)}{name}")

    def _of(self, thread: ThreadKey, name: str) -> Key:
        if thread.workspace != self.workspace:
            raise ValueError(f"a thread of {thread.workspace} has no key in {self.workspace}")
        return self._key(name)

    @property
    def aside(self) -> Key:
        return self._key("aside")

    def seen(self, thread: ThreadKey, ts: str) -> Key:
        return self._of(thread, f"seen:{thread.channel}/{ts}")

    def messages(self, thread: ThreadKey) -> Key:
        return self._of(thread, f"messages:{thread}")

    def waiting(self, thread: ThreadKey) -> Key:
        return self._of(thread, f"waiting:{thread}")

    def heard(self, thread: ThreadKey) -> Key:
        return self._of(thread, f"heard:{thread}")

    def past(self, thread: ThreadKey) -> Key:
        return self._of(thread, f"past:{thread}")

    def talk(self, thread: ThreadKey) -> Key:
        return self._of(thread, f"talk:{thread}")

    def turn(self, thread: ThreadKey) -> Key:
        return self._of(thread, f"turn:{thread}")

    def turns(self, thread: ThreadKey) -> Key:
        return self._of(thread, f"turns:{thread}")

    def pace(self, bucket: str) -> Key:
        return self._key(f"pace:{bucket}")

    def held(self, bucket: str) -> Key:
        return self._key(f"held:{bucket}")

    def spared(self, bucket: str) -> Key:
        return self._key(f"spared:{bucket}")

    def group(self, name: str) -> Key:
        return self._key(f"group:{name}")

    @property
    def prefs(self) -> Key:
        return self._key("prefs")

    @property
    def personas(self) -> Key:
        return self._key("personas")

    @property
    def versions(self) -> Key:
        return self._key("versions")

    @property
    def access(self) -> Key:
        return self._key("access")

    @property
    def audit(self) -> Key:
        return self._key("audit")

    def chosen(self, thread: ThreadKey) -> Key:
        return self._of(thread, f"chosen:{thread}")

    def used(self, period: str) -> Key:
        return self._key(f"used:{period}")

    def booked(self, name: str) -> Key:
        return self._key(f"booked:{name}")

    def pseudonyms(self, month: str) -> Key:
        return self._key(f"pseudonyms:{month}")

    @property
    def reasons(self) -> Key:
        return self._key("reasons")

    @property
    def limits(self) -> Key:
        return self._key("limits")

    def lifted(self, period: str) -> Key:
        return self._key(f"lifted:{period}")

    def noted(self, period: str) -> Key:
        return self._key(f"noted:{period}")

    def request(self, id: str) -> Key:
        return self._key(f"request:{id}")

    @property
    def holds(self) -> Key:
        return self._key("holds")

    def minute(self, user: str) -> Key:
        return self._key(f"minute:{user}")

    def running(self, user: str) -> Key:
        return self._key(f"running:{user}")

    @property
    def burnt(self) -> Key:
        return self._key("burnt")

    @property
    def blown(self) -> Key:
        return self._key("blown")

    @property
    def due(self) -> Key:
        return self._key("due")

    @property
    def reserved(self) -> Key:
        return self._key("reserved")

    def votes(self, thread: ThreadKey) -> Key:
        return self._of(thread, f"votes:{thread}")

    def answers(self, thread: ThreadKey) -> Key:
        return self._of(thread, f"answers:{thread}")

    def asked(self, question: str) -> Key:
        return self._key(f"asked:{question}")

    def threads(self, user: str) -> Key:
        return self._key(f"threads:{user}")

    def known(self, user: str) -> Key:
        return self._key(f"known:{user}")

    @property
    def told(self) -> Key:
        return self._key("told")

    @property
    def unread(self) -> Key:
        return self._key("unread")

    def exported(self, user: str) -> Key:
        return self._key(f"exported:{user}")

    def erasing(self, what: str) -> Key:
        return self._key(f"erasing:{what}")

    @property
    def tokens(self) -> Key:
        return self._key("tokens")

    @property
    def last_used(self) -> Key:
        return self._key("last_used")

    def rate(self, token: str) -> Key:
        return self._key(f"rate:{token}")

    def reply(self, request: str) -> Key:
        return self._key(f"reply:{request}")

    def api(self, thread: ThreadKey | str) -> Key:
        """Of a thread of a program's, or of the one with this guid."""
        return self._key(f"api:{thread.root if isinstance(thread, ThreadKey) else thread}")

    def owned(self, token: str) -> Key:
        return self._key(f"owned:{token}")

    def entries(self, thread: ThreadKey) -> Key:
        return self._of(thread, f"entries:{thread}")

    def shown(self, thread: ThreadKey) -> Key:
        return self._of(thread, f"shown:{thread}")

    def draft(self, thread: ThreadKey) -> Key:
        return self._of(thread, f"draft:{thread}")
