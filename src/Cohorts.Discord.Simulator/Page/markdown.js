// Discord's Markdown as DOM nodes. Text only ever becomes text nodes: whatever a message holds, none of it is read as HTML.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

const styles = {
  t: { timeStyle: 'short' },
  T: { timeStyle: 'medium' },
  d: { dateStyle: 'short' },
  D: { dateStyle: 'long' },
  f: { dateStyle: 'long', timeStyle: 'short' },
  F: { dateStyle: 'full', timeStyle: 'short' },
};

/** The time of <t:UNIX:STYLE> in the zone of whoever looks. */
export function timeElement(unix, style = 'f') {
  const date = new Date(unix * 1000);
  const element = document.createElement('time');
  if (Number.isNaN(date.getTime())) {
    element.textContent = 'Invalid date';
    return element;
  }
  element.dateTime = date.toISOString();
  element.title = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' }).format(date) + ` (${zone})`;
  element.textContent = style === 'R' ? relative(date) : new Intl.DateTimeFormat(undefined, styles[style] ?? styles.f).format(date);
  return element;
}

function relative(date) {
  const seconds = (date.getTime() - Date.now()) / 1000;
  const units = [['year', 31536000], ['month', 2592000], ['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? units.at(-1);
  return new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' }).format(Math.round(seconds / size), unit);
}

/** A whole text: blocks first, then what is inside their lines. */
export function markdown(text, names) {
  const out = document.createDocumentFragment();
  const parts = text.split(/```(?:([a-z0-9+#-]{1,20})\n)?([\s\S]*?)```/gi);
  for (let i = 0; i < parts.length; i += 3) {
    blocks(out, parts[i], names);
    if (parts[i + 2] !== undefined) {
      const pre = document.createElement('pre');
      const code = document.createElement('code');
      code.textContent = parts[i + 2].replace(/^\n|\n$/g, '');
      pre.append(code);
      out.append(pre);
    }
  }
  return out;
}

function blocks(out, text, names) {
  const lines = text.replace(/^\n|\n$/g, '').split('\n');
  if (text === '' || (lines.length === 1 && lines[0] === '')) return;
  let list = null;
  let quote = null;
  let paragraph = null;
  for (const line of lines) {
    let found;
    if ((found = /^(#{1,3}) +(.+)$/.exec(line))) {
      list = quote = paragraph = null;
      append(out, `h${found[1].length + 2}`, found[2], names);
    } else if ((found = /^-# +(.+)$/.exec(line))) {
      list = quote = paragraph = null;
      append(out, 'small', found[1], names);
    } else if ((found = /^ *(?:[-*]|\d+\.) +(.+)$/.exec(line))) {
      quote = paragraph = null;
      const kind = /^ *\d/.test(line) ? 'ol' : 'ul';
      if (list?.localName !== kind) {
        list = document.createElement(kind);
        if (kind === 'ol') list.start = Number.parseInt(line, 10);
        out.append(list);
      }
      append(list, 'li', found[1], names);
    } else if ((found = /^(?:>>>|>) (.*)$/.exec(line))) {
      list = paragraph = null;
      if (!quote) {
        quote = document.createElement('blockquote');
        out.append(quote);
      } else {
        quote.append(document.createElement('br'));
      }
      inline(quote, found[1], names);
    } else {
      list = quote = null;
      if (!paragraph) {
        paragraph = document.createElement('p');
        out.append(paragraph);
      } else {
        paragraph.append(document.createElement('br'));
      }
      inline(paragraph, line, names);
    }
  }
}

function append(out, tag, text, names) {
  const element = document.createElement(tag);
  inline(element, text, names);
  out.append(element);
}

// In the order in which they win at one place. Each takes what it matched and gives a node, or nothing.
const rules = [
  [/^\\([^A-Za-z0-9\s])/, (m) => document.createTextNode(m[1])],
  [/^(`+)([\s\S]*?[^`])\1(?!`)/, (m) => leaf('code', m[2])],
  [/^<t:(-?\d{1,13})(?::([tTdDfFR]))?>/, (m) => timeElement(Number(m[1]), m[2])],
  [/^<@!?(\d{1,20})>/, (m, names) => mention('@' + names.user(m[1]))],
  [/^<@&(\d{1,20})>/, (m, names) => mention('@' + names.role(m[1]))],
  [/^<#(\d{1,20})>/, (m, names) => mention('#' + names.channel(m[1]))],
  [/^<\/([^:>]{1,100}):\d{1,20}>/, (m) => mention('/' + m[1])],
  [/^<a?(:\w{2,32}:)\d{1,20}>/, (m) => document.createTextNode(m[1])],
  [/^@(everyone|here)\b/, (m, names) => names.everyone ? mention(m[0]) : document.createTextNode(m[0])],
  [/^\[([^\]\n]{1,500})\]\(<?(https?:\/\/[^\s)>]{1,2000})>?\)/, (m, names) => link(m[2], m[1], names)],
  [/^<(https?:\/\/[^\s>]{1,2000})>/, (m) => link(m[1])],
  [/^https?:\/\/[^\s<]{1,2000}[^\s<.,:;"')\]]/, (m) => link(m[0])],
  [/^\*\*\*([\s\S]+?)\*\*\*/, (m, names) => nest('strong', m[1], names, 'em')],
  [/^\*\*([\s\S]+?)\*\*(?!\*)/, (m, names) => nest('strong', m[1], names)],
  [/^__([\s\S]+?)__(?!_)/, (m, names) => nest('u', m[1], names)],
  [/^~~([\s\S]+?)~~/, (m, names) => nest('s', m[1], names)],
  [/^\|\|([\s\S]+?)\|\|/, (m, names) => spoiler(m[1], names)],
  [/^\*(?!\s)([^*\n]*?[^\s*])\*(?!\*)/, (m, names) => nest('em', m[1], names)],
  [/^_([^_\n]+?)_(?![A-Za-z0-9_])/, (m, names) => nest('em', m[1], names)],
];

const ordinary = /^[^\\`<@[h*_~|]+|^[\s\S]/;

function inline(out, text, names, depth = 0) {
  let rest = text;
  let before = '';
  while (rest) {
    let taken = null;
    for (const [pattern, make] of depth > 6 ? [] : rules) {
      // An underscore or an address begins only where a word does.
      if (/[A-Za-z0-9]$/.test(before) && /^(_(?!_)|https?:)/.test(rest)) break;
      const match = pattern.exec(rest);
      if (match) {
        out.append(make(match, { ...names, depth }));
        taken = match[0];
        break;
      }
    }
    if (taken === null) {
      taken = ordinary.exec(rest)[0];
      out.append(document.createTextNode(taken));
    }
    before = taken;
    rest = rest.slice(taken.length);
  }
}

function leaf(tag, text, className) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className) element.className = className;
  return element;
}

const mention = (text) => leaf('span', text, 'mention');

function nest(tag, text, names, innerTag) {
  const element = document.createElement(tag);
  const target = innerTag ? element.appendChild(document.createElement(innerTag)) : element;
  inline(target, text, names, (names.depth ?? 0) + 1);
  return element;
}

function link(address, text, names) {
  const element = document.createElement('a');
  element.href = address;
  element.rel = 'noopener noreferrer nofollow';
  element.target = '_blank';
  if (text) inline(element, text, names, (names.depth ?? 0) + 1);
  else element.textContent = address;
  return element;
}

function spoiler(text, names) {
  const details = document.createElement('details');
  details.className = 'spoiler';
  details.append(leaf('summary', 'Spoiler'));
  const inner = document.createElement('span');
  inline(inner, text, names, (names.depth ?? 0) + 1);
  details.append(inner);
  return details;
}
