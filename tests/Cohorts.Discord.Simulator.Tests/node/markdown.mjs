// The page's Markdown, without a browser: whatever a message holds may only become text and the few elements below, and fast.
import assert from 'node:assert/strict';

class Item {
  constructor(tag) { this.localName = tag; this.children = []; }
  append(...items) { for (const item of items) this.children.push(...(item?.localName === '#fragment' ? item.children : [item])); }
  appendChild(item) { this.append(item); return item; }
  get textContent() { return this.children.map((child) => typeof child === 'string' ? child : child.textContent).join(''); }
  set textContent(text) { this.children = [text]; }
}
globalThis.document = {
  createElement: (tag) => new Item(tag),
  createDocumentFragment: () => new Item('#fragment'),
  createTextNode: (text) => { const item = new Item('#text'); item.textContent = text; return item; },
};

const source = await (await fetch(process.argv[2] + '/markdown.js')).text();
const { markdown } = await import('data:text/javascript,' + encodeURIComponent(source));
const names = { user: (id) => `user ${id}`, role: (id) => `role ${id}`, channel: (id) => `channel ${id}`, everyone: false };
const all = (item, found = []) => { for (const child of item.children) if (typeof child !== 'string') { found.push(child); all(child, found); } return found; };
const shape = (text) => all(markdown(text, names)).filter((item) => item.localName !== '#text').map((item) => item.localName).join(' ');

assert.equal(shape('**a** *b* __c__ ~~d~~ `e`'), 'p strong em u s code');
assert.equal(shape('- a\n- b\n> c\n# d'), 'ul li li blockquote h3');
assert.equal(shape('snake_case_name and \\*stars\\* and 2 * 3 * 4'), 'p');
assert.equal(shape('```js\n<b>*x*</b>\n```'), 'pre code');
assert.equal(markdown('<@1> <@&2> <#3>', names).textContent, '@user 1 @role 2 #channel 3');
assert.equal(all(markdown('<t:1799600000:F>', names)).find((item) => item.localName === 'time').dateTime, '2027-01-10T16:53:20.000Z');

const allowed = new Set(['#text', 'p', 'br', 'strong', 'em', 'u', 's', 'code', 'pre', 'ul', 'ol', 'li', 'blockquote', 'h3', 'h4', 'h5', 'small', 'a', 'span', 'time', 'details', 'summary']);
const pieces = ['<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '[x](javascript:alert(1))', '[x](https://a.b "c)', 'https://a.b/<script>', '*', '**', '_', '__', '`', '``', '~~', '||', '<@1>', '@everyone', '<t:99999999999999:F>', '<t:8640000000001>', '\\', '\n', '> ', '- ', '# ', '😀', 'a', ' '];
let seed = 7;
const random = (n) => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed % n; };
for (let i = 0; i < 3000; i++) {
  const text = Array.from({ length: 1 + random(12) }, () => pieces[random(pieces.length)]).join('');
  for (const item of all(markdown(text, names))) {
    assert.ok(allowed.has(item.localName), `${item.localName} from ${JSON.stringify(text)}`);
    if (item.localName === 'a') assert.match(item.href, /^https?:\/\//, text);
  }
}

for (const piece of pieces) {
  const begun = performance.now();
  markdown(piece.repeat(Math.ceil(6000 / piece.length)).slice(0, 6000), names);
  assert.ok(performance.now() - begun < 2000, `${JSON.stringify(piece)} many times takes ${Math.round(performance.now() - begun)} ms`);
}
console.log('done');
