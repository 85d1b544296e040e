"""The vendor's own Python kit against the simulated service: log in, channel, subscriptions, queues."""
import json
import sys

import PureCloudPlatformClientV2 as kit
from PureCloudPlatformClientV2.rest import ApiException

simulator = json.loads(sys.argv[1])
client = kit.api_client.ApiClient(host=simulator["apiUrl"])
client = client.get_client_credentials_token(simulator["clientId"], simulator["clientSecret"])
assert client.access_token, "no token"

routing = kit.RoutingApi(client)
queues, page = [], 1
while True:
    answer = routing.get_routing_queues(page_size=4, page_number=page)
    queues.extend(answer.entities)
    if not answer.next_uri:
        break
    page += 1
assert len(queues) >= 8, f"only {len(queues)} queues"
assert page == answer.page_count, "paging doesn't end on the last page"

notifications = kit.NotificationsApi(client)
channel = notifications.post_notifications_channels()
assert channel.connect_uri.endswith(channel.id), "connectUri doesn't end in the channel's id"


def topic(name):
    body = kit.ChannelTopic()
    body.id = name
    return body


conversations = f"v2.routing.queues.{queues[0].id}.conversations"
observations = f"v2.analytics.queues.{queues[0].id}.observations"
forbidden = f"v2.users.{queues[0].id}.workforcemanagement.schedules"
added = notifications.post_notifications_channel_subscriptions(channel.id, [topic(conversations)])
added = notifications.post_notifications_channel_subscriptions(channel.id, [topic(observations)])
assert {entry.id for entry in added.entities} == {conversations, observations}, "POST doesn't add"
replaced = notifications.put_notifications_channel_subscriptions(channel.id, [topic(observations)])
assert [entry.id for entry in replaced.entities] == [observations], "PUT doesn't replace"
try:
    notifications.post_notifications_channel_subscriptions(channel.id, [topic(forbidden)])
    sys.exit("a forbidden topic was taken without ignoreErrors")
except ApiException as error:
    assert error.status == 403, error.status
mixed = notifications.post_notifications_channel_subscriptions(
    channel.id, [topic(conversations), topic(forbidden)], ignore_errors=True
)
states = {entry.id: entry.state for entry in mixed.entities}
assert states[conversations] == "Permitted" and states[forbidden] == "Rejected", states
try:
    kit.UsersApi(client).get_users_me()
    sys.exit("client credentials have a user")
except ApiException as error:
    assert error.status in (400, 403), error.status
print(f"kit: logged in, {len(queues)} queues on {page} pages, subscribed by POST and PUT, refusals as expected")
