/** The emoji that people and bots use most, by Slack's names. An unknown name is shown as it was written. */

export const EMOJI = {
  "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎", smile: "😄", smiley: "😃", grin: "😁", joy: "😂",
  laughing: "😆", wink: "😉", blush: "😊", slightly_smiling_face: "🙂", upside_down_face: "🙃", heart_eyes: "😍",
  thinking_face: "🤔", neutral_face: "😐", sweat_smile: "😅", cry: "😢", sob: "😭", rage: "😡", scream: "😱",
  sunglasses: "😎", robot_face: "🤖", wave: "👋", clap: "👏", pray: "🙏", muscle: "💪", ok_hand: "👌",
  raised_hands: "🙌", point_right: "👉", point_down: "👇", point_up: "☝️", eyes: "👀", brain: "🧠", heart: "❤️",
  broken_heart: "💔", tada: "🎉", sparkles: "✨", star: "⭐", fire: "🔥", rocket: "🚀", zap: "⚡", bulb: "💡",
  memo: "📝", pencil: "✏️", books: "📚", book: "📖", page_facing_up: "📄", paperclip: "📎", link: "🔗",
  mag: "🔍", lock: "🔒", unlock: "🔓", key: "🔑", gear: "⚙️", wrench: "🔧", hammer: "🔨", hammer_and_wrench: "🛠️",
  bug: "🐛", warning: "⚠️", rotating_light: "🚨", no_entry: "⛔", no_entry_sign: "🚫", x: "❌",
  white_check_mark: "✅", heavy_check_mark: "✔️", ballot_box_with_check: "☑️", question: "❓", exclamation: "❗",
  information_source: "ℹ️", hourglass: "⌛", hourglass_flowing_sand: "⏳", stopwatch: "⏱️", alarm_clock: "⏰",
  calendar: "📅", chart_with_upwards_trend: "📈", chart_with_downwards_trend: "📉", bar_chart: "📊",
  moneybag: "💰", dollar: "💵", credit_card: "💳", email: "📧", speech_balloon: "💬", thread: "🧵",
  mega: "📣", bell: "🔔", coffee: "☕", beer: "🍺", pizza: "🍕", cake: "🍰", apple: "🍎", dog: "🐶", cat: "🐱",
  penguin: "🐧", snake: "🐍", crab: "🦀", unicorn_face: "🦄", sunny: "☀️", cloud: "☁️", umbrella: "☔",
  snowflake: "❄️", rainbow: "🌈", earth_africa: "🌍", moon: "🌙", house: "🏠", computer: "💻", iphone: "📱",
  arrow_right: "➡️", arrow_left: "⬅️", arrow_up: "⬆️", arrow_down: "⬇️", repeat: "🔁", hash: "#️⃣",
  one: "1️⃣", two: "2️⃣", three: "3️⃣", red_circle: "🔴", large_green_circle: "🟢", large_yellow_circle: "🟡",
  large_blue_circle: "🔵", performing_arts: "🎭", pencil2: "✏️", writing_hand: "✍️", globe_with_meridians: "🌐", mag_right: "🔎", mortar_board: "🎓", test_tube: "🧪", detective: "🕵️", man_teacher: "👨‍🏫", speaking_head_in_silhouette: "🗣️", no_bell: "🔕", mute: "🔇", bust_in_silhouette: "👤", busts_in_silhouette: "👥", shield: "🛡️", scroll: "📜", crown: "👑", art: "🎨", "100": "💯",
};
