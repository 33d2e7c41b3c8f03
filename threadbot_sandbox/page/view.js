/** What this browser tab looks at: who you are, which channel, which thread. Kept in the address, so it survives a reload. */

const ME = "threadbot.sandbox.me";

export class View extends EventTarget {
  me = null;
  channel = null;
  thread = null;

  constructor(store) {
    super();
    this.store = store;
  }

  /** Take up the address and what this tab remembers, or the first person and the first channel. */
  restore() {
    const people = this.store.people();
    const remembered = sessionStorage.getItem(ME) ?? localStorage.getItem(ME);
    this.me = (people.find((user) => user.id === remembered) ?? people[0])?.id ?? null;
    const [channel, thread] = location.hash.slice(1).split("/");
    Object.assign(this, this.sees(channel) ? { channel, thread: thread || null } : { channel: this.first() });
  }

  first() {
    return this.visible()[0]?.id ?? null;
  }

  sees(channel) {
    return this.visible().some((each) => each.id === channel);
  }

  /** Public channels are everyone's but the guests' and outsiders'; the rest only their members'. */
  visible() {
    const me = this.store.users.get(this.me);
    const guest = me?.is_restricted || me?.is_stranger;
    const sees = (channel) => (channel.kind === "channel" && !guest) || channel.members.includes(this.me);
    return [...this.store.channels.values()].filter(sees);
  }

  go(to) {
    const channel = to.channel ?? this.channel;
    const thread = to.thread === undefined ? (channel === this.channel ? this.thread : null) : to.thread;
    const moved = { channel: channel !== this.channel, thread: thread !== this.thread || channel !== this.channel };
    Object.assign(this, { channel, thread });
    history.replaceState(null, "", `#${channel ?? ""}${thread ? `/${thread}` : ""}`);
    this.dispatchEvent(new CustomEvent("moved", { detail: moved }));
  }

  become(me) {
    this.me = me;
    sessionStorage.setItem(ME, me);
    localStorage.setItem(ME, me);
    const stays = this.sees(this.channel);
    const twin = this.dmOf(me);
    const wasDm = !stays && this.store.channels.get(this.channel)?.kind === "im";
    this.go({ channel: stays ? this.channel : (wasDm && twin?.id) || this.first(), thread: stays ? this.thread : null });
    this.dispatchEvent(new CustomEvent("became"));
  }

  dmOf(user) {
    return [...this.store.channels.values()].find((channel) => channel.kind === "im" && channel.members.includes(user));
  }

  /** The names that texts need; a DM is called by who else is in it. */
  get names() {
    const { store } = this;
    return { me: this.me, user: (id) => store.named(id), channel: (id) => store.channels.get(id) };
  }

  title(channel) {
    if (channel.kind === "channel" || channel.kind === "private") return channel.name;
    const others = channel.members.filter((id) => id !== this.me).map((id) => this.names.user(id)?.name ?? id);
    return others.join(", ") || channel.name;
  }
}
