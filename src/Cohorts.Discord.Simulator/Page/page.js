import { markdown, timeElement } from './markdown.js';

const $ = (id) => document.getElementById(id);
const EVENTS = 'events';
const CATEGORY = 4, VOICE = 2;
const EPHEMERAL = 64, LOADING = 128;
const SEND_MESSAGES = 1n << 11n;
const STRING = 3, INTEGER = 4, BOOLEAN = 5, USER = 6, CHANNEL = 7, ROLE = 8, MENTIONABLE = 9, NUMBER = 10;

const view = { guilds: [], guild: null, as: null, place: null, state: null, commands: [], dismissed: new Set(), read: new Map() };
let live = null;

// Small tools

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// Drawn here, not emoji: those are blank squares where no font has them.
const drawings = {
  text: 'M9 3 7 21M17 3l-2 18M4 8.5h17M3 15.5h17',
  voice: 'M4 9.5v5h4l5 4.5v-14L8 9.5zM16.5 8.5a5 5 0 0 1 0 7M19 5.5a9 9 0 0 1 0 13',
  events: 'M4 6h16v14H4zM4 10.5h16M8.5 3v5M15.5 3v5',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6',
};

function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', drawings[name]);
  svg.append(path);
  return svg;
}

async function call(method, path, body) {
  const response = await fetch('/simulator' + path, {
    method, headers: body ? { 'Content-Type': 'application/json' } : {}, body: body ? JSON.stringify(body) : undefined,
  });
  const text = await response.text();
  const json = text ? JSON.parse(text) : null;
  if (!response.ok) throw new Error(json?.message ?? `The simulator answered ${response.status}.`);
  return json;
}

function tell(problem) {
  $('problem').textContent = problem ?? '';
  $('problem').hidden = !problem;
}

const memberOf = (id) => view.state?.members.find((member) => member.user.id === id);
const shownName = (member) => member.nick ?? member.user.global_name ?? member.user.username;
const nameOf = (user) => { const member = memberOf(user.id); return member ? shownName(member) : user.global_name ?? user.username; };
const channelOf = (id) => view.state?.channels.find((channel) => channel.id === id);

const names = (message) => ({
  user: (id) => memberOf(id) ? shownName(memberOf(id)) : message?.mentions?.find((user) => user.id === id)?.username ?? 'unknown-user',
  role: (id) => view.state.roles.find((role) => role.id === id)?.name.replace(/^@/, '') ?? 'unknown-role',
  channel: (id) => channelOf(id)?.name ?? 'unknown',
  everyone: message?.mention_everyone ?? false,
});

const hue = (id) => Number(BigInt(id) % 360n);
const unix = (time) => Math.floor(Date.parse(time) / 1000);

// Where one is: the address keeps it, so that a page can be opened again as it was.

function readAddress() {
  const [guild, as, place] = location.hash.slice(1).split('/');
  return { guild, as, place };
}

function writeAddress() {
  history.replaceState(null, '', `#${view.guild.id}/${view.as}/${view.place ?? ''}`);
}

async function start() {
  view.guilds = await call('GET', '/guilds');
  const asked = readAddress();
  const guild = view.guilds.find((known) => known.id === asked.guild) ?? view.guilds[0];
  $('guild').replaceChildren(...view.guilds.map((known) => element('option', { value: known.id }, known.name)));
  $('guild').hidden = view.guilds.length < 2;
  await openGuild(guild, asked.as, asked.place);
}

async function openGuild(guild, as, place) {
  view.guild = guild;
  $('guild').value = guild.id;
  view.as = as || guild.administratorId;
  view.place = place || guild.channelId;
  view.state = null;
  await look().catch(async () => { view.as = guild.administratorId; await look(); });
  live?.close();
  live = new EventSource(`/simulator/guilds/${guild.id}/live`);
  live.onmessage = () => void refresh();
  live.onerror = () => tell('The simulator cannot be reached. This page goes on by itself once it is back.');
  live.onopen = () => tell(null);
}

let looking = null;
let again = false;
async function refresh() {
  if (looking) { again = true; return looking; }
  looking = look().catch((error) => tell(error.message)).finally(() => {
    looking = null;
    if (again) { again = false; void refresh(); }
  });
  return looking;
}

async function look() {
  const as = view.as;
  const guild = view.guild.id;
  const [state, commands] = await Promise.all([
    call('GET', `/guilds/${guild}?as=${as}`),
    call('GET', `/guilds/${guild}/commands?as=${as}`),
  ]);
  if (as !== view.as || guild !== view.guild.id) return;
  view.state = state;
  view.commands = commands;
  if (view.place !== EVENTS && !channelOf(view.place)) {
    view.place = state.channels.find((channel) => channel.type === 0)?.id ?? EVENTS;
  }
  show();
}

// The guild

function show() {
  $('guild-name').textContent = view.state.guild.name;
  document.title = `${view.state.guild.name} · simulated Discord`;
  showMembers();
  showChannels();
  showPlace();
  writeAddress();
}

let membersShown = '';
function showMembers() {
  const key = view.state.members.map((member) => member.user.id + shownName(member)).join();
  if (key !== membersShown) {
    membersShown = key;
    const { ownerId, administratorId } = view.guild;
    const people = view.state.members.filter((member) => !member.user.bot)
      .sort((one, other) => shownName(one).localeCompare(shownName(other)));
    // The closed list shows no group's label: whose role matters says it in the name.
    const group = (label, members, role = '') => element('optgroup', { label },
      ...members.map((member) => element('option', { value: member.user.id }, shownName(member) + role)));
    $('as').replaceChildren(
      group('Administrator', people.filter((member) => member.user.id === administratorId), ', administrator'),
      group('Owner', people.filter((member) => member.user.id === ownerId), ', owner'),
      group('Members', people.filter((member) => ![ownerId, administratorId].includes(member.user.id))));
  }
  $('as').value = view.as;
}

function showChannels() {
  const { channels, events, messages } = view.state;
  const order = (one, other) => (one.type === VOICE) - (other.type === VOICE) || one.position - other.position || (BigInt(one.id) < BigInt(other.id) ? -1 : 1);
  const entry = (id, sign, name, extra) => element('li', {}, element('button', {
    type: 'button', 'data-key': 'place-' + id, 'aria-current': id === view.place && 'page', onclick: () => go(id),
  }, icon(sign), name, extra));
  const channelEntry = (channel) => {
    const last = messages[channel.id]?.at(-1)?.id;
    if (channel.id === view.place || !view.read.has(channel.id)) view.read.set(channel.id, last);
    const unread = last && view.read.get(channel.id) !== last;
    return entry(channel.id, channel.type === VOICE ? 'voice' : 'text', channel.name,
      unread ? element('span', { class: 'unread', role: 'img', 'aria-label': 'new messages' }) : null);
  };
  const under = (parent) => channels.filter((channel) => channel.type !== CATEGORY && (channel.parent_id ?? null) === parent).sort(order);
  const shelves = channels.filter((channel) => channel.type === CATEGORY).sort(order);
  const known = new Set(shelves.map((shelf) => shelf.id));
  const loose = channels.filter((channel) => channel.type !== CATEGORY && !known.has(channel.parent_id)).sort(order);
  keepFocus(() => $('channels').replaceChildren(
    element('ul', {}, entry(EVENTS, 'events', 'Events', element('span', { class: 'count' }, String(events.length))), ...loose.map(channelEntry)),
    ...shelves.flatMap((shelf) => [
      element('h2', { id: 'shelf-' + shelf.id }, shelf.name),
      element('ul', { 'aria-labelledby': 'shelf-' + shelf.id }, ...under(shelf.id).map(channelEntry)),
    ])));
}

function keepFocus(change) {
  const key = document.activeElement?.dataset?.key;
  change();
  if (!key) return;
  const same = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  // On the last page, "Next" is there and cannot be pressed: then on to what can, beside it.
  (same?.disabled ? same.parentElement.querySelector('button:enabled') : same)?.focus({ preventScroll: true });
}

function go(place) {
  view.place = place;
  tell(null);
  closeCommand();
  $('log').replaceChildren();
  drawn.clear();
  show();
  showNewest();
  if (place !== EVENTS) $('input').focus();
}

// What is said

const drawn = new Map();

function showPlace() {
  const channel = channelOf(view.place);
  const isEvents = view.place === EVENTS;
  $('place').replaceChildren(icon(isEvents ? 'events' : channel?.type === VOICE ? 'voice' : 'text'), isEvents ? 'Events' : channel?.name ?? '');
  $('topic').textContent = isEvents ? 'Times are in your own zone' : channel?.topic ?? '';
  $('composer').hidden = isEvents;
  if (isEvents) return showEvents();
  const maySay = channel && (BigInt(channel.permissions) & SEND_MESSAGES) !== 0n;
  $('input').placeholder = maySay ? `Message ${channel.type === VOICE ? '' : '#'}${channel.name}, or / for commands` : 'Type / for commands';
  showMessages((view.state.messages[view.place] ?? []).filter((message) => !view.dismissed.has(message.id)));
}

function showMessages(messages) {
  const log = $('log');
  const follows = log.scrollHeight - log.scrollTop - log.clientHeight < 60 || Math.abs(log.scrollTop - followedTo) < 2;
  if (messages.length === 0) {
    drawn.clear();
    log.replaceChildren(element('p', { class: 'empty' }, 'Nothing here yet. ', view.commands.length
      ? element('b', {}, `Type / to see what the bot can do.`)
      : element('b', {}, 'The bot has no commands for you here.')));
    return;
  }
  log.querySelector('.empty')?.remove();
  log.querySelectorAll('.event').forEach((card) => card.remove());
  const wanted = new Set(messages.map((message) => message.id));
  for (const [id, { node }] of drawn) if (!wanted.has(id)) { node.remove(); drawn.delete(id); }
  let previous = null;
  keepFocus(() => {
    for (const message of messages) {
      const key = JSON.stringify(message) + membersShown.length;
      let item = drawn.get(message.id);
      if (!item || item.key !== key) {
        const node = messageElement(message);
        if (item) item.node.replaceWith(node);
        else if (previous) previous.after(node);
        else log.prepend(node);
        item = { node, key };
        drawn.set(message.id, item);
      }
      previous = item.node;
    }
  });
  if (follows) showNewest();
}

let followedTo = -1;

/** The end; of a message that is taller than the view its beginning, where its numbers are. */
function showNewest() {
  const log = $('log');
  const newest = log.lastElementChild;
  log.scrollTop = log.scrollHeight;
  if (newest && newest.offsetHeight > log.clientHeight) log.scrollTop += newest.getBoundingClientRect().top - log.getBoundingClientRect().top - 8;
  followedTo = log.scrollTop;
}

function messageElement(message) {
  const isPrivate = (message.flags & EPHEMERAL) !== 0;
  const author = nameOf(message.author);
  const used = message.interaction && message.type === 20 ? `${nameOf(message.interaction.user)} used /${message.interaction.name}` : null;
  const article = element('article', { class: isPrivate && 'private', id: 'm' + message.id, 'data-ephemeral': isPrivate && 'true', 'data-loading': (message.flags & LOADING) !== 0 && 'true' });
  const face = element('div', { class: 'face', 'aria-hidden': 'true' }, [...author][0]?.toUpperCase() ?? '?');
  face.style.background = message.author.bot ? 'var(--accent-ground)' : `hsl(${hue(message.author.id)} 45% 38%)`;
  if (used) article.append(element('div', { class: 'used' }, used));
  article.append(face, element('h3', { class: 'who' }, author, message.author.bot ? element('span', { class: 'app' }, 'APP') : null, timeElement(unix(message.timestamp), 'f')));
  const body = element('div', { class: 'body' });
  if (message.flags & LOADING) {
    body.append(element('p', { class: 'thinking' }, `${author} is thinking`));
  } else {
    const text = element('div', { class: 'text' });
    text.append(markdown(message.content, names(message)));
    if (message.edited_timestamp && !message.interaction) text.append(element('span', { class: 'edited' }, '(edited)'));
    body.append(text);
  }
  body.append(...message.embeds.map((embed) => embedElement(embed, message)));
  body.append(...message.attachments.map((file) => element('a', { class: 'file', href: new URL(file.url).pathname, download: file.filename },
    icon('file'), element('span', {}, file.filename, ' ', element('small', {}, size(file.size))))));
  // A button is known by its place: its id changes with what it leads to.
  body.append(...message.components.map((row, i) => element('div', { class: 'row' },
    ...row.components.map((button, j) => buttonElement(button, message, `button-${message.id}-${i}-${j}`)))));
  if (isPrivate) {
    body.append(element('p', { class: 'only' }, 'Only you can see this · ', element('button', { type: 'button', 'data-key': 'dismiss-' + message.id, onclick: () => { view.dismissed.add(message.id); show(); } }, 'Dismiss')));
  }
  article.append(body);
  return article;
}

const size = (bytes) => bytes < 1000 ? `${bytes} bytes` : bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

function embedElement(embed, message) {
  const box = element('section', { class: 'embed', 'aria-label': embed.title ?? 'Embed' });
  if (embed.color) box.style.setProperty('--edge', '#' + embed.color.toString(16).padStart(6, '0'));
  const text = (tag, className, content) => { const made = element(tag, { class: className + ' text' }); made.append(markdown(content, names(message))); return made; };
  if (embed.author) box.append(element('p', { class: 'by' }, embed.author.name));
  if (embed.title) box.append(text('div', 'title', embed.title));
  if (embed.description) box.append(text('div', 'description', embed.description));
  if (embed.fields?.length) {
    box.append(element('dl', { class: 'fields' }, ...embed.fields.map((field) => {
      const name = element('dt', { class: 'text' });
      name.append(markdown(field.name, names(message)));
      const value = element('dd', { class: 'text' });
      value.append(markdown(field.value, names(message)));
      return element('div', { class: field.inline && 'inline' }, name, value);
    })));
  }
  if (embed.footer || embed.timestamp) {
    box.append(element('footer', {}, embed.footer?.text ?? '', embed.footer && embed.timestamp ? ' · ' : '', embed.timestamp ? timeElement(unix(embed.timestamp), 'f') : null));
  }
  return box;
}

function buttonElement(button, message, key) {
  const label = [button.emoji?.name, button.label].filter(Boolean).join(' ');
  if (button.type !== 2) return element('button', { type: 'button', disabled: true }, button.placeholder ?? 'Menus are not shown here');
  if (button.url) return element('a', { href: /^https?:/.test(button.url) ? button.url : '#', target: '_blank', rel: 'noopener noreferrer nofollow' }, label);
  const made = element('button', { type: 'button', class: 'style-' + button.style, disabled: button.disabled, 'data-key': key }, label);
  made.addEventListener('click', async () => {
    // Not disabled meanwhile: that would take the focus away.
    if (made.hasAttribute('aria-busy')) return;
    tell(null);
    made.setAttribute('aria-busy', 'true');
    try {
      await call('POST', `/guilds/${view.guild.id}/buttons?rest=0&wait=4`, { userId: view.as, channelId: view.place, messageId: message.id, customId: button.custom_id });
    } catch (error) {
      tell(error.message);
    } finally {
      made.removeAttribute('aria-busy');
    }
  });
  return made;
}

const statuses = { 1: 'Planned', 2: 'Under way', 3: 'Over', 4: 'Cancelled' };

function showEvents() {
  drawn.clear();
  const events = [...view.state.events].sort((one, other) => Date.parse(one.scheduled_start_time) - Date.parse(other.scheduled_start_time));
  $('log').replaceChildren(...(events.length ? events : [null]).map((event) => event === null
    ? element('p', { class: 'empty' }, 'No events are planned that you can see.')
    : element('section', { class: 'event', 'aria-label': event.name },
      element('p', { class: 'when' }, timeElement(unix(event.scheduled_start_time), 'F'), ` · ${statuses[event.status]}`),
      element('h3', {}, event.name),
      element('p', { class: 'where' }, event.channel_id ? icon('voice') : null, event.channel_id ? channelOf(event.channel_id)?.name ?? 'a channel' : event.entity_metadata?.location ?? '',
        event.recurrence_rule ? (event.recurrence_rule.interval === 2 ? ' · every second week' : ' · every week') : ''),
      event.description ? (() => { const text = element('div', { class: 'text' }); text.append(markdown(event.description, names())); return text; })() : null)));
}

// Suggestions: one list, for the input and for each option that autocompletes

const list = { items: [], chosen: 0, field: null, pick: null };

function suggest(field, items, pick, emptyText) {
  Object.assign(list, { items, chosen: 0, field, pick });
  const box = $('suggestions');
  box.replaceChildren(...items.map((item, i) => element('li', {
    role: 'option', id: 'suggestion-' + i, 'aria-selected': String(i === 0),
    onmousedown: (event) => { event.preventDefault(); choose(i); },
  }, item.name, item.about ? element('small', {}, item.about) : null)));
  if (items.length === 0 && emptyText) box.append(element('li', { role: 'option', 'aria-disabled': 'true', 'aria-selected': 'false' }, emptyText));
  box.hidden = box.childElementCount === 0;
  field.setAttribute('aria-expanded', String(!box.hidden));
  if (items.length) field.setAttribute('aria-activedescendant', 'suggestion-0');
  else field.removeAttribute('aria-activedescendant');
}

function unsuggest() {
  $('suggestions').hidden = true;
  list.items = [];
  list.field?.setAttribute('aria-expanded', 'false');
  list.field?.removeAttribute('aria-activedescendant');
}

function move(by) {
  const count = list.items.length;
  list.chosen = (list.chosen + by + count) % count;
  [...$('suggestions').children].forEach((item, i) => item.setAttribute('aria-selected', String(i === list.chosen)));
  $('suggestions').children[list.chosen].scrollIntoView({ block: 'nearest' });
  list.field.setAttribute('aria-activedescendant', 'suggestion-' + list.chosen);
}

function choose(i) {
  const item = list.items[i];
  const pick = list.pick;
  unsuggest();
  pick(item);
}

/** True where the key was for the list. */
function listKey(event) {
  if ($('suggestions').hidden || list.field !== event.target) return false;
  if (event.key === 'Escape') { unsuggest(); return true; }
  if (list.items.length === 0) return false;
  if (event.key === 'ArrowDown') move(1);
  else if (event.key === 'ArrowUp') move(-1);
  else if (event.key === 'Enter' || (event.key === 'Tab' && !event.shiftKey)) choose(list.chosen);
  else return false;
  return true;
}

// The input

$('input').addEventListener('input', offerCommands);
$('input').addEventListener('keydown', (event) => { if (listKey(event)) event.preventDefault(); });
$('input').addEventListener('blur', () => setTimeout(() => { if (list.field === $('input') && document.activeElement !== $('input')) unsuggest(); }, 100));

/** Every command, and every sub-command under its own words. */
function commandLines() {
  const under = (words, options) => (options ?? []).filter((option) => option.type <= 2)
    .flatMap((option) => option.type === 2 ? under([...words, option.name], option.options) : [{ words: [...words, option.name], about: option.description, options: option.options ?? [] }]);
  return view.commands.flatMap((command) => {
    const subs = under([command.name], command.options);
    return subs.length ? subs : [{ words: [command.name], about: command.description, options: command.options ?? [] }];
  }).map((line) => ({ ...line, name: '/' + line.words.join(' ') }));
}

function offerCommands() {
  tell(null);
  const text = $('input').value;
  if (!text.startsWith('/')) return unsuggest();
  const wanted = text.toLowerCase();
  const lines = commandLines().sort((one, other) => one.name.localeCompare(other.name));
  const found = [...lines.filter((line) => line.name.startsWith(wanted)), ...lines.filter((line) => !line.name.startsWith(wanted) && line.name.includes(wanted.slice(1)))];
  suggest($('input'), found, openCommand, view.commands.length ? 'No command is called so.' : 'The bot has no commands for you here.');
}

$('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  if (open) void run();
  else void say();
});

async function say() {
  const content = $('input').value.trim();
  if (!content) return;
  if (content.startsWith('/')) return offerCommands();
  $('input').value = '';
  try {
    await call('POST', `/guilds/${view.guild.id}/messages`, { userId: view.as, channelId: view.place, content });
  } catch (error) {
    tell(error.message);
    $('input').value = content;
  }
}

// A command being filled in

let open = null;

function openCommand(line) {
  open = { line, fields: new Map(), chosen: new Map() };
  $('input').value = '';
  $('line').hidden = true;
  $('command').hidden = false;
  $('command-name').textContent = line.name;
  $('command-about').textContent = line.about;
  const needed = line.options.filter((option) => option.required).map(optionElement);
  const others = line.options.filter((option) => !option.required).map(optionElement);
  $('options').replaceChildren(...needed);
  if (others.length) {
    $('options').append(element('details', { class: 'wide', open: needed.length === 0 },
      element('summary', {}, others.length === 1 ? '1 more setting, if you like' : `${others.length} more settings, if you like`),
      element('div', { class: 'options' }, ...others)));
  }
  const first = open.fields.get(line.options.find((option) => option.required)?.name);
  (first ?? $('run')).focus();
}

function closeCommand() {
  unsuggest();
  open = null;
  $('line').hidden = false;
  $('command').hidden = true;
}

function optionElement(option) {
  const id = 'option-' + option.name;
  let field;
  const among = (items) => element('select', { id, name: option.name }, element('option', { value: '' }, option.required ? 'Choose…' : '—'),
    ...items.map(({ name, value }) => element('option', { value: String(value) }, name)));
  if (option.choices) field = among(option.choices);
  else if (option.type === BOOLEAN) field = among([{ name: 'yes', value: true }, { name: 'no', value: false }]);
  else if (option.type === USER) field = among(view.state.members.map((member) => ({ name: shownName(member), value: member.user.id })));
  else if (option.type === ROLE) field = among(view.state.roles.map((role) => ({ name: role.name, value: role.id })));
  else if (option.type === CHANNEL) field = among(view.state.channels.map((channel) => ({ name: channel.name, value: channel.id })));
  else if (option.type === MENTIONABLE) field = among([...view.state.members.map((member) => ({ name: shownName(member), value: member.user.id })), ...view.state.roles.map((role) => ({ name: role.name, value: role.id }))]);
  else field = element('input', { id, name: option.name, type: 'text', inputmode: !option.autocomplete && (option.type === INTEGER || option.type === NUMBER) && 'decimal', spellcheck: 'false' });
  field.setAttribute('aria-describedby', id + '-about');
  if (option.required) field.setAttribute('aria-required', 'true');
  if (option.autocomplete) completing(field, option);
  open.fields.set(option.name, field);
  // What is picked from suggestions is not a number to think of.
  const range = !option.autocomplete && (option.min_value !== undefined || option.max_value !== undefined) ? ` (${option.min_value ?? '…'}–${option.max_value ?? '…'})` : '';
  return element('label', { for: id, class: option.autocomplete && 'wide' }, option.name, field,
    element('span', { id: id + '-about', title: option.description }, `${option.description}${range}`));
}

function completing(field, option) {
  field.setAttribute('role', 'combobox');
  field.setAttribute('aria-autocomplete', 'list');
  field.setAttribute('aria-expanded', 'false');
  field.setAttribute('aria-controls', 'suggestions');
  let asked = 0;
  let timer = 0;
  const ask = async () => {
    const question = ++asked;
    const values = Object.fromEntries(Object.entries(filledIn()).filter(([name]) => name !== option.name));
    try {
      const { choices } = await call('POST', `/guilds/${view.guild.id}/commands`,
        { userId: view.as, channelId: view.place, name: open.line.words.join(' '), options: { ...values, [option.name]: field.value }, autocomplete: true });
      if (question !== asked || document.activeElement !== field) return;
      suggest(field, choices, (choice) => {
        field.value = choice.name;
        open.chosen.set(option.name, choice);
        field.removeAttribute('aria-invalid');
        nextField(option.name);
      }, 'Nothing found.');
    } catch (error) {
      if (question === asked) tell(error.message);
    }
  };
  const soon = (wait) => { clearTimeout(timer); timer = setTimeout(() => { if (open) void ask(); }, wait); };
  field.addEventListener('input', () => { open.chosen.delete(option.name); soon(120); });
  field.addEventListener('focus', () => { if (!open.chosen.has(option.name)) soon(0); });
  field.addEventListener('blur', () => { clearTimeout(timer); asked++; if (list.field === field) unsuggest(); });
}

/** On to the next required option that is empty; with none left, Enter runs. */
function nextField(name) {
  const next = open.line.options.find((option) => option.required && option.name !== name && !open.fields.get(option.name).value);
  (next ? open.fields.get(next.name) : $('run')).focus();
}

function filledIn() {
  const values = {};
  for (const option of open.line.options) {
    const field = open.fields.get(option.name);
    const text = field.value.trim();
    if (text === '') continue;
    const choice = open.chosen.get(option.name);
    if (choice && choice.name === field.value) values[option.name] = choice.value;
    else if (option.type === BOOLEAN) values[option.name] = text === 'true';
    else if (option.type === STRING || Number.isNaN(Number(text)) || option.type >= USER && option.type <= MENTIONABLE) values[option.name] = text;
    else values[option.name] = Number(text);
  }
  return values;
}

async function run() {
  tell(null);
  const missing = open.line.options.find((option) => option.required && !open.fields.get(option.name).value.trim());
  if (missing) {
    const field = open.fields.get(missing.name);
    field.setAttribute('aria-invalid', 'true');
    tell(`${missing.name} is needed.`);
    return field.focus();
  }
  const { line } = open;
  const options = filledIn();
  // An integer that autocompletes is not a name: what was typed has to be picked from the list first.
  const unpicked = line.options.find((option) => option.autocomplete && (option.type === INTEGER || option.type === NUMBER) && typeof options[option.name] === 'string');
  if (unpicked) {
    tell(`Pick one of the suggestions for ${unpicked.name}.`);
    return open.fields.get(unpicked.name).focus();
  }
  closeCommand();
  $('input').focus();
  showNewest();
  try {
    await call('POST', `/guilds/${view.guild.id}/commands?rest=0&wait=4`, { userId: view.as, channelId: view.place, name: line.words.join(' '), options });
  } catch (error) {
    tell(error.message);
  }
}

$('command').addEventListener('keydown', (event) => {
  if (listKey(event)) return event.preventDefault();
  if (event.key === 'Escape') { event.preventDefault(); closeCommand(); tell(null); $('input').focus(); }
});
$('cancel').addEventListener('click', () => { closeCommand(); tell(null); $('input').focus(); });

// Who looks, at what, in which colours

$('as').addEventListener('change', () => {
  view.as = $('as').value;
  closeCommand();
  drawn.clear();
  $('log').replaceChildren();
  void refresh();
});
$('guild').addEventListener('change', () => {
  drawn.clear();
  $('log').replaceChildren();
  membersShown = '';
  closeCommand();
  void openGuild(view.guilds.find((guild) => guild.id === $('guild').value));
});

const systemTheme = matchMedia('(prefers-color-scheme: light)');
const themeNow = () => document.documentElement.dataset.theme ?? (systemTheme.matches ? 'light' : 'dark');
function showTheme() {
  const other = themeNow() === 'dark' ? 'light' : 'dark';
  $('theme').textContent = other === 'light' ? 'Light' : 'Dark';
  $('theme').setAttribute('aria-label', `Show the page ${other}`);
}
const kept = localStorage.getItem('theme');
if (kept) document.documentElement.dataset.theme = kept;
$('theme').addEventListener('click', () => {
  document.documentElement.dataset.theme = themeNow() === 'dark' ? 'light' : 'dark';
  localStorage.setItem('theme', document.documentElement.dataset.theme);
  showTheme();
});
systemTheme.addEventListener('change', showTheme);
showTheme();

addEventListener('hashchange', () => {
  const asked = readAddress();
  if (asked.guild === view.guild?.id && asked.as === view.as && asked.place === view.place) return;
  const guild = view.guilds.find((known) => known.id === asked.guild);
  if (guild) { drawn.clear(); $('log').replaceChildren(); void openGuild(guild, asked.as, asked.place); }
});

start().then(() => { showNewest(); $('input').focus(); }, (error) => tell(error.message));
