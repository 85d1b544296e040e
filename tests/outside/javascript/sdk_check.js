// The vendor's JavaScript kit against the simulated service: its own login, paging and notification
// calls, and the socket that its channel names. The kit knows nothing of us; only its gateway is set,
// which is its own way to reach a service elsewhere.
'use strict';
const assert = require('node:assert');
const platformClient = require('purecloud-platform-client-v2');
const WebSocket = require('ws');

const simulator = JSON.parse(process.argv[2]);
const LIMIT_MS = 60_000;

/// Reads the socket until every kind of frame has come; `once` it is open, `subscribe` is called.
function listen(connectUri, subscribe) {
  return new Promise((resolve, reject) => {
    const seen = { heartbeat: 0, pong: 0, conversation: 0, observation: 0 };
    // a bare dial, as the vendor's examples do it: no header, no query, no first message
    const socket = new WebSocket(connectUri);
    const limit = setTimeout(() => {
      socket.terminate();
      reject(new Error(`not all kinds of frames came: ${JSON.stringify(seen)}`));
    }, LIMIT_MS);
    socket.on('error', reject);
    socket.on('open', () => {
      socket.send(JSON.stringify({ message: 'ping' }));
      subscribe().catch(reject);
    });
    socket.on('message', (data) => {
      const frame = JSON.parse(data);
      if (frame.topicName === 'channel.metadata') {
        seen[frame.eventBody.message === 'pong' ? 'pong' : 'heartbeat'] += 1;
      } else if (frame.topicName.startsWith('v2.analytics.')) {
        assert(Array.isArray(frame.eventBody.data), data);
        seen.observation += 1;
      } else if (frame.topicName.endsWith('.conversations')) {
        assert(frame.eventBody.participants.length > 0, data);
        seen.conversation += 1;
      }
      if (Object.values(seen).every((count) => count > 0)) {
        clearTimeout(limit);
        socket.close();
        resolve(seen);
      }
    });
  });
}

async function check() {
  const client = platformClient.ApiClient.instance;
  const { protocol, hostname, port } = new URL(simulator.apiUrl);
  client.setGateway({ protocol: protocol.slice(0, -1), host: hostname, port: Number(port) });
  await client.loginClientCredentialsGrant(simulator.clientId, simulator.clientSecret);

  const routing = new platformClient.RoutingApi();
  const queues = (await routing.getRoutingQueues({ pageSize: 100 })).entities;
  assert(queues.length >= 10, `only ${queues.length} queues`);

  const notifications = new platformClient.NotificationsApi();
  const known = (await notifications.getNotificationsAvailabletopics({ expand: ['transports'] })).entities;
  assert(known.some((topic) => topic.id === 'v2.routing.queues.{id}.conversations'));

  const channel = await notifications.postNotificationsChannels();
  assert(channel.id && channel.connectUri && channel.expires, JSON.stringify(channel));
  const topics = queues.flatMap(({ id }) => [
    { id: `v2.routing.queues.${id}.conversations` },
    { id: `v2.analytics.queues.${id}.observations` },
  ]);
  const seen = await listen(channel.connectUri, async () => {
    const first = await notifications.postNotificationsChannelSubscriptions(channel.id, topics.slice(0, 2));
    assert.equal(first.entities.length, 2);
    const all = await notifications.putNotificationsChannelSubscriptions(channel.id, topics);
    assert.equal(all.entities.length, topics.length);
  });
  const kept = await notifications.getNotificationsChannelSubscriptions(channel.id);
  assert.equal(kept.entities.length, topics.length);

  // the kit tells a refusal by what the service said
  const none = [{ id: 'v2.routing.queues.00000000-0000-4000-8000-000000000000.conversations' }];
  await assert.rejects(
    notifications.postNotificationsChannelSubscriptions(channel.id, none),
    (body) => [400, 403].includes(body.status) && typeof body.contextId === 'string',
  );
  await notifications.deleteNotificationsChannelSubscriptions(channel.id);
  const left = await notifications.getNotificationsChannelSubscriptions(channel.id);
  assert.equal(left.entities.length, 0);
  console.log(`kit for JavaScript: ${queues.length} queues, ${topics.length} topics, ${JSON.stringify(seen)}`);
}

check().catch((error) => {
  console.error(error.stack || error);
  process.exit(1);
});
