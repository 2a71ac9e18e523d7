// discord.js, which knows nothing of the simulator, is led through everything that a bot does here. Each step prints its name;
// the first that goes wrong ends the program with its error.
import assert from 'node:assert/strict';
import { constants, createInflate } from 'node:zlib';
import {
  ActionRowBuilder, AttachmentBuilder, ButtonBuilder, ChannelType, Client, EmbedBuilder, GatewayIntentBits, GuildScheduledEventEntityType,
  GuildScheduledEventPrivacyLevel, MessageFlags, OverwriteType, PermissionFlagsBits, RESTEvents, SlashCommandBuilder,
} from 'discord.js';

const base = process.argv[2];
const step = (name) => console.log('step: ' + name);
const control = async (method, path, body) => {
  const response = await fetch(base + path, { method, body: body && JSON.stringify(body) });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : null;
};
const once = (emitter, event, wanted = () => true) => new Promise((resolve) => {
  const listen = (...args) => { if (wanted(...args)) { emitter.off(event, listen); resolve(args); } };
  emitter.on(event, listen);
});

const client = new Client({
  intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMembers, GatewayIntentBits.GuildMessages, GatewayIntentBits.MessageContent, GatewayIntentBits.GuildScheduledEvents],
  rest: { api: base + '/api', version: '10' },
});
client.on('error', (error) => { throw error; });
client.on('interactionCreate', async (interaction) => {
  if (interaction.isAutocomplete()) {
    const typed = interaction.options.getFocused();
    await interaction.respond([{ name: `January 2027 (24 pending), typed: ${typed}`, value: 40 }]);
  } else if (interaction.isChatInputCommand()) {
    assert.ok(interaction.memberPermissions.has(PermissionFlagsBits.Administrator));
    await interaction.deferReply({ flags: MessageFlags.Ephemeral });
    await interaction.editReply({
      content: `cohort ${interaction.options.getInteger('cohort')}`,
      embeds: [new EmbedBuilder().setTitle('11 groups').setColor(0x2ecc71).addFields({ name: 'Group 1', value: 'Ana, Ben' }).setFooter({ text: 'Use /realize-groups' })],
      files: [new AttachmentBuilder(Buffer.from('name,group\n'), { name: 'groups.csv' })],
      components: [new ActionRowBuilder().addComponents(new ButtonBuilder().setCustomId('share:40').setLabel('Share in this channel').setStyle(1))],
    });
    await interaction.followUp({ content: 'that was all', flags: MessageFlags.Ephemeral });
  } else if (interaction.isButton()) {
    await interaction.reply({ content: `shared by ${interaction.user}`, allowedMentions: { parse: [] } });
  }
});

step('logs in over the gateway');
await Promise.all([once(client, 'clientReady'), client.login('any token')]);
const [facts] = await control('GET', '/simulator/guilds');
const guild = client.guilds.cache.get(facts.id);
assert.equal(client.user.id, facts.botId);
assert.equal((await guild.members.fetch()).size, 33);

step('registers commands');
await client.application.commands.set([
  new SlashCommandBuilder().setName('schedule').setDescription('Form the groups of a cohort').setDefaultMemberPermissions(PermissionFlagsBits.Administrator)
    .addIntegerOption((option) => option.setName('cohort').setDescription('Which').setRequired(true).setAutocomplete(true)),
], guild.id);
assert.deepEqual((await guild.commands.fetch()).map((command) => command.name), ['schedule']);

step('answers an autocomplete');
const use = (options, more = {}) => control('POST', `/simulator/guilds/${guild.id}/commands?rest=0.2`, { userId: facts.administratorId, channelId: facts.channelId, name: 'schedule', options, ...more });
assert.deepEqual(await use({ cohort: 'jan' }, { autocomplete: true }), { choices: [{ name: 'January 2027 (24 pending), typed: jan', value: 40 }] });

step('answers a command');
const answer = await use({ cohort: 40 });
assert.equal(answer.content, 'cohort 40');
assert.equal(answer.embeds[0].title, '11 groups');
assert.equal(answer.flags, 64);
assert.equal(await (await fetch(answer.attachments[0].url)).text(), 'name,group\n');

step('answers a button');
const shared = await control('POST', `/simulator/guilds/${guild.id}/buttons`, { userId: facts.administratorId, channelId: facts.channelId, messageId: answer.id, customId: 'share:40' });
assert.equal(shared.content, `shared by <@${facts.administratorId}>`);
assert.deepEqual(shared.mentions, []);

step('creates a category with overwrites and channels in it');
const member = facts.memberIds[0];
const category = await guild.channels.create({
  name: 'January 2027', type: ChannelType.GuildCategory, reason: 'Cohorts: cohort 40',
  permissionOverwrites: [
    { id: guild.id, deny: [PermissionFlagsBits.ViewChannel] },
    { id: client.user.id, allow: [PermissionFlagsBits.ViewChannel, PermissionFlagsBits.Connect] },
  ],
});
const text = await guild.channels.create({ name: 'Group 1', parent: category });
assert.equal(text.permissionsLocked, true);
const voice = await guild.channels.create({ name: 'Group 1', type: ChannelType.GuildVoice, parent: category });
const updated = once(client, 'channelUpdate');
await text.permissionOverwrites.edit(member, { ViewChannel: true }, { type: OverwriteType.Member });
await updated;
assert.ok(text.permissionsFor(member).has(PermissionFlagsBits.ViewChannel));
const seen = async (as) => (await control('GET', `/simulator/guilds/${guild.id}?as=${as}`)).channels.map((channel) => channel.id);
assert.ok((await seen(member)).includes(text.id));
assert.ok(!(await seen(facts.memberIds[1])).includes(text.id));

step('is refused with the code of Discord');
await assert.rejects(guild.members.kick(facts.memberIds[2]), { code: 50013, status: 403 });
await assert.rejects(guild.channels.create({ name: 'x'.repeat(101) }), { code: 50035 });
await assert.rejects(guild.members.fetch({ user: '900000000000000001', force: true }), { code: 10007 });

step('edits a message');
const message = await text.send('Welcome');
assert.equal((await message.edit('Welcome, everybody')).content, 'Welcome, everybody');
assert.equal((await text.messages.fetch({ message: message.id, force: true })).content, 'Welcome, everybody');

step('creates a scheduled event');
const created = once(client, 'guildScheduledEventCreate');
const event = await guild.scheduledEvents.create({
  name: 'Group 1, meeting 1', scheduledStartTime: Date.now() + 86_400_000, privacyLevel: GuildScheduledEventPrivacyLevel.GuildOnly,
  entityType: GuildScheduledEventEntityType.Voice, channel: voice,
});
assert.equal((await created)[0].id, event.id);

step('hears of a member who joins');
const joined = once(client, 'guildMemberAdd');
await control('POST', `/simulator/guilds/${guild.id}/members`, { join: ['newcomer'] });
assert.equal((await joined)[0].user.username, 'newcomer');

step('is rate limited and recovers');
let limited = 0;
client.rest.on(RESTEvents.RateLimited, () => limited++);
for (let i = 1; i <= 6; i++) await text.send(`message ${i}`);
assert.ok(limited > 0, 'discord.js was not held back by the headers');
await control('POST', '/simulator/faults', { route: 'POST /channels/{channel.id}/messages', kind: 'status', status: 429 });
await text.send('after a 429');
assert.equal((await text.messages.fetch()).size, 8);

step('outlives a server that fails');
await control('POST', '/simulator/faults', { route: 'GET /guilds/{guild.id}/roles', kind: 'status', status: 503, count: 2 });
assert.equal((await guild.roles.fetch()).size, 3);

step('is cut off and resumes');
const resumed = once(client, 'shardResume');
const { identified } = await control('GET', '/simulator/gateway');
await control('POST', '/simulator/faults', { kind: 'cut' });
const heard = once(client, 'messageCreate', (said) => said.content === 'said meanwhile');
await control('POST', `/simulator/guilds/${guild.id}/messages`, { userId: facts.administratorId, channelId: facts.channelId, content: 'said meanwhile' });
await resumed;
await heard;
assert.equal((await control('GET', '/simulator/gateway')).identified, identified);
assert.equal((await use({ cohort: 41 })).content, 'cohort 41');

await client.destroy();

step('hears and resumes through zlib-stream');
// The WebSocket of discord.js and the zlib of Node: one inflation for each connection, as the documentation has it.
const { default: WebSocket } = await import('ws');
const listen = async (address) => {
  const socket = new WebSocket(`${address}?v=10&encoding=json&compress=zlib-stream`);
  const inflate = createInflate({ flush: constants.Z_SYNC_FLUSH, chunkSize: 1 << 20 });
  const heard = [];
  let wake = () => {};
  inflate.on('data', (text) => { heard.push(JSON.parse(text)); wake(); });
  socket.on('message', (bytes, isBinary) => {
    assert.ok(isBinary);
    assert.deepEqual([...bytes.subarray(-4)], [0, 0, 255, 255]);
    inflate.write(bytes);
  });
  socket.on('error', () => {});
  const until = async (wanted) => {
    while (!heard.some(wanted)) await new Promise((resolve) => { wake = resolve; });
    return heard.find(wanted);
  };
  await until((payload) => payload.op === 10);
  return { socket, until, say: (op, d) => socket.send(JSON.stringify({ op, d })) };
};
const first = await listen((await (await fetch(base + '/api/v10/gateway')).json()).url);
first.say(2, { token: 'any', intents: 1, properties: {} });
const ready = await first.until((payload) => payload.t === 'READY');
const { s } = await first.until((payload) => payload.t === 'GUILD_CREATE');
await control('POST', '/simulator/faults', { kind: 'cut' });
const second = await listen(ready.d.resume_gateway_url);
second.say(6, { token: 'any', session_id: ready.d.session_id, seq: s });
await second.until((payload) => payload.t === 'RESUMED');
second.socket.close();

console.log('done');
process.exit(0);
