"""A stock WebSocket client against the simulated service: heartbeat, pong and frames on a bare dial."""
import asyncio
import base64
import json
import sys
import urllib.request

import websockets

simulator = json.loads(sys.argv[1])


def call(method, path, body=None, token=None, form=None):
    request = urllib.request.Request(simulator["apiUrl"] + path, method=method)
    if form:
        pair = f"{simulator['clientId']}:{simulator['clientSecret']}".encode()
        request.add_header("Authorization", "Basic " + base64.b64encode(pair).decode())
        request.data = form.encode()
    else:
        request.add_header("Authorization", "Bearer " + token)
        request.add_header("Content-Type", "application/json")
        request.data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


async def check():
    token = call("POST", "/oauth/token", form="grant_type=client_credentials")["access_token"]
    channel = call("POST", "/api/v2/notifications/channels", body={}, token=token)
    queues = call("GET", "/api/v2/routing/queues?pageSize=100", token=token)["entities"]
    async with websockets.connect(channel["connectUri"]) as socket:
        topics = [{"id": f"v2.routing.queues.{queue['id']}.conversations"} for queue in queues]
        path = f"/api/v2/notifications/channels/{channel['id']}/subscriptions"
        assert call("POST", path, body=topics, token=token)["entities"], "nothing subscribed"
        await socket.send(json.dumps({"message": "ping"}))
        seen = {"heartbeat": 0, "pong": 0, "frame": 0}

        async def read():
            while not all(seen.values()):
                frame = json.loads(await socket.recv())
                if frame["topicName"] != "channel.metadata":
                    assert frame["eventBody"]["participants"], frame
                    assert frame["metadata"]["CorrelationId"], frame
                    seen["frame"] += 1
                elif frame["eventBody"]["message"] == "pong":
                    seen["pong"] += 1
                else:
                    assert frame["eventBody"]["message"] == "WebSocket Heartbeat", frame
                    seen["heartbeat"] += 1

        try:
            await asyncio.wait_for(read(), 60)
        except asyncio.TimeoutError:
            sys.exit(f"not all kinds of frames came: {seen}")
        print(f"stock client: {seen['heartbeat']} heartbeats, {seen['pong']} pongs, {seen['frame']} frames")


asyncio.run(check())
