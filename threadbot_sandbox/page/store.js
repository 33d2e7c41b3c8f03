/** What the page knows of the workspace: the server's state, kept up to date by its live events. */

const KEPT_TRAFFIC = 300;

/** The thread a message belongs to: its own if it opened one. */
export const rootOf = (message) => message.thread_ts ?? message.ts;
/** Slack's address of a message; `forget` and others take it. */
export function permalink(team, { channel, ts, thread_ts: root }) {
  const link = `https://${team.domain}.slack.com/archives/${channel}/p${ts.replace(".", "")}`;
  return root && root !== ts ? `${link}?thread_ts=${root}&cid=${channel}` : link;
}

export const isReply = (message) => Boolean(message.thread_ts) && message.thread_ts !== message.ts;

const PLAINLY = {
  not_in_channel: "this person is not a member of the channel.",
  thread_not_found: "the thread is gone.",
  message_not_found: "the message is gone.",
  restricted_action: "commands and shortcuts are for the people of this workspace only.",
  session_not_processing: "the bot is not at work here any more.",
  push_limit_reached: "the bot wants to open one more form, and Slack shows three at most. Close one first.",
  not_found: "this form is not open any more.",
  hash_conflict: "the form was changed meanwhile.",
  no_text: "there is no text in it.",
  msg_too_long: "the text is too long for Slack.",
  cant_update_message: "only its author may change a message.",
  cant_delete_message: "only its author may delete a message.",
  action_not_found: "the button is gone.",
  option_not_found: "what was chosen is not offered.",
  no_such_shortcut: "the bot does not know this shortcut.",
  messages_tab_disabled: "the bot does not take direct messages.",
};
const ANSWERED_WRONG = /^(invalid_(arguments|blocks|errors)|view_too_large|too_many_options)$/;

/** What went wrong, for people; its code is for the console. */
function plainly(path, { error, detail }, status) {
  if (PLAINLY[error]) return PLAINLY[error];
  console.warn(`/sandbox/${path}`, status, error, detail ?? "");
  if (ANSWERED_WRONG.test(error)) return "the bot answered with something that Slack does not show; the browser's console names it.";
  return "the sandbox could not do that; the browser's console names why.";
}

export async function post(path, body) {
  const request = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const reply = await fetch(`/sandbox/${path}`, request).catch(() => {
    throw Object.assign(new Error("the sandbox does not answer."), { unanswered: true });
  });
  const said = await reply.json().catch(() => ({}));
  if (reply.ok && said.ok !== false) return said;
  throw new Error(plainly(path, said, reply.status));
}

/** Fires a `CustomEvent` per change, named like the server's event; `state` when everything is new, `arrived` for a new message. */
export class Store extends EventTarget {
  users = new Map();
  channels = new Map();
  messages = new Map(); // channel id → Map of ts → Message
  statuses = new Map(); // "channel thread_ts" → status
  sessions = new Map(); // "channel thread_ts" → how the bot says that it stands there
  prompts = new Map(); // "channel thread_ts" → {title, prompts}
  app = { commands: [], shortcuts: [], home: false, can_stop: false, suggestions: [] };
  ephemerals = []; // {channel, user, thread_ts, message}
  homes = new Map(); // user id → the Home tab's view
  traffic = []; // calls and deliveries as they came
  workspaces = []; // {name, url} of all in which the app is
  team = { id: "", name: "Workspace", domain: "" };
  bot = null;
  brain = null;
  limits = { enabled: false, buckets: [] };
  live = false;
  page = null; // the name of this page's connection
  known = new Promise((resolve) => this.addEventListener("state", resolve, { once: true }));

  /** Stay connected: EventSource tries again by itself unless the server refused it, then we do. */
  connect() {
    const source = new EventSource("/sandbox/live");
    for (const name of Object.keys(APPLY)) {
      source.addEventListener(name, (event) => this.receive(name, JSON.parse(event.data)));
    }
    source.addEventListener("open", () => this.setLive(true));
    source.addEventListener("error", () => {
      this.setLive(false);
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.connect(), 2000);
    });
  }

  setLive(live) {
    this.live = live;
    this.tell("live", live);
  }

  receive(name, data) {
    APPLY[name](this, data);
    this.tell(name, data);
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  on(names, listener) {
    for (const name of names.split(" ")) this.addEventListener(name, (event) => listener(event.detail, name));
  }

  in(channel) {
    if (!this.messages.has(channel)) this.messages.set(channel, new Map());
    return this.messages.get(channel);
  }

  get(channel, ts) {
    return this.messages.get(channel)?.get(ts);
  }

  status(channel, ts) {
    return this.statuses.get(`${channel} ${ts}`) ?? "";
  }

  /** Whether Slack's own Stop is shown in the thread. */
  canStop(channel, ts) {
    return this.app.can_stop && this.sessions.get(`${channel} ${ts}`) === "processing";
  }

  /** What `me` sees in the channel itself: threads' roots, replies also sent there, private notes; oldest first. */
  timeline(channel, me) {
    const public_ = [...this.in(channel).values()].filter((m) => !isReply(m) || m.subtype === "thread_broadcast");
    return sorted([...public_, ...this.notes(channel, null, me)]);
  }

  /** A thread's root and replies; with `me`, also what only that person sees there. */
  thread(channel, root, me = null) {
    const said = [...this.in(channel).values()].filter((m) => rootOf(m) === root);
    return sorted([...said, ...this.notes(channel, root, me)]);
  }

  notes(channel, root, me) {
    const mine = this.ephemerals.filter((each) => each.channel === channel && each.user === me && (each.thread_ts ?? null) === root);
    return mine.map((each) => each.message);
  }

  isBot(message) {
    return Boolean(this.bot) && (message.bot_id === this.bot.bot_id || message.user === this.bot.user_id);
  }

  /** A user under the name that people see. */
  named(id) {
    const user = this.users.get(id) ?? (id === this.bot?.user_id ? this.bot : null);
    return user && { ...user, name: user.real_name || user.name };
  }

  people() {
    return [...this.users.values()].filter((user) => !user.is_bot).map((user) => this.named(user.id));
  }
}

const sorted = (messages) => messages.sort((a, b) => (a.ts < b.ts ? -1 : 1));

const byId = (items) => new Map(items.map((item) => [item.id, item]));

function keepTraffic(store, entry) {
  store.traffic.push(entry);
  if (store.traffic.length > KEPT_TRAFFIC) store.traffic.shift();
}

function setStatus(store, { channel, thread_ts, status }) {
  if (status) store.statuses.set(`${channel} ${thread_ts}`, status);
  else store.statuses.delete(`${channel} ${thread_ts}`);
}

/** A root whose replies remain is shown as deleted, so that they can still be reached. */
function remove(store, { channel, ts }) {
  const replies = store.thread(channel, ts).some((message) => message.ts !== ts);
  if (replies) store.in(channel).set(ts, { type: "message", subtype: "tombstone", channel, ts, thread_ts: ts, text: "" });
  else store.in(channel).delete(ts);
  store.ephemerals = store.ephemerals.filter((each) => each.message.ts !== ts);
}

function replaceAll(store, state) {
  store.page = state.page;
  store.team = state.team;
  store.workspaces = state.workspaces ?? [];
  store.bot = state.bot;
  store.brain = state.brain;
  store.limits = state.limits ?? store.limits;
  store.users = byId(state.users);
  store.channels = byId(state.channels);
  store.messages = new Map();
  for (const [channel, messages] of Object.entries(state.messages)) {
    store.messages.set(channel, new Map(messages.map((message) => [message.ts, { ...message, channel }])));
  }
  store.statuses = new Map();
  (state.statuses ?? []).forEach((status) => setStatus(store, status));
  store.sessions = new Map((state.sessions ?? []).map((each) => [`${each.channel} ${each.thread_ts}`, each.status]));
  store.prompts = new Map((state.prompts ?? []).map((each) => [`${each.channel} ${each.thread_ts ?? ""}`, each]));
  store.ephemerals = (state.ephemerals ?? []).map((each) => ({ ...each, message: { ...each.message, channel: each.channel, ephemeral: true } }));
  store.homes = new Map(Object.entries(state.homes ?? {}));
  store.app = state.app ?? store.app;
  const deliveries = (state.deliveries ?? []).map((delivery) => ({ what: "delivery", ...delivery }));
  const calls = (state.calls ?? []).map((call) => ({ what: "call", ...call }));
  store.traffic = [...deliveries, ...calls].sort((a, b) => a.at - b.at).slice(-KEPT_TRAFFIC);
}

const APPLY = {
  state: replaceAll,
  message: (store, message) => {
    const known = store.in(message.channel);
    const fresh = !known.has(message.ts);
    known.set(message.ts, message);
    if (fresh) store.tell("arrived", message);
  },
  deleted: remove,
  status: setStatus,
  channel: (store, channel) => store.channels.set(channel.id, channel),
  call: (store, call) => keepTraffic(store, { what: "call", ...call }),
  delivery: (store, delivery) => keepTraffic(store, { what: "delivery", ...delivery }),
  bot: (store, bot) => (store.bot = { ...store.bot, ...bot }),
  limits: (store, limits) => (store.limits = { ...store.limits, ...limits }),
  ephemeral: (store, seen) => {
    const message = { ...seen.message, channel: seen.channel, ephemeral: true };
    store.ephemerals = [...store.ephemerals.filter((each) => each.message.ts !== message.ts), { ...seen, message }];
  },
  view: (store, shown) => shown.kind === "home" && store.homes.set(shown.user, shown.view),
  session: (store, { channel, thread_ts, status }) => store.sessions.set(`${channel} ${thread_ts}`, status),
  prompts: (store, suggested) => store.prompts.set(`${suggested.channel} ${suggested.thread_ts ?? ""}`, suggested),
  app: (store, app) => (store.app = app),
  brain: (store, brain) => (store.brain = brain),
};
