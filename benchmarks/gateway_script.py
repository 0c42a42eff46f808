"""The script a user would write instead: paho in, influxdb-client's batching WriteApi out.

    python -m benchmarks.gateway_script PORT URL        (the password is in KINLIGHT_MQTT_PASSWORD)

After the examples of both libraries: QoS 1, a Point a message with a field a value, batches of 5,000 or each second.
It checks nothing, keeps nothing on disk, acknowledges before anything is stored, and looks at nothing.
"""
# mypy: disable-error-code="no-untyped-call, attr-defined"

import json
import os
import signal
import sys
import time
from typing import Any

from influxdb_client import InfluxDBClient, Point, WriteOptions
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion


def main() -> None:
    """Run until SIGTERM."""
    port, url = int(sys.argv[1]), sys.argv[2]
    store = InfluxDBClient(url=url, token="", org="-")
    points = store.write_api(write_options=WriteOptions(batch_size=5000, flush_interval=1000))

    def on_message(_: Any, __: Any, message: Any) -> None:
        point = Point("script").tag("sensor", message.topic.split("/")[1]).time(time.time_ns())
        for key, value in json.loads(message.payload).items():
            if isinstance(value, bool | int | float):
                point.field(key, float(value))
        points.write(bucket="home", record=point)

    def on_connect(*_: Any) -> None:
        client.subscribe("zigbee2mqtt/#", qos=1)

    client = Client(CallbackAPIVersion.VERSION2, "script")
    client.username_pw_set("kinlight", os.environ["KINLIGHT_MQTT_PASSWORD"])
    client.on_message = on_message
    client.on_connect = on_connect
    client.on_subscribe = lambda *_: print("listening to the broker", flush=True)
    client.connect("127.0.0.1", port)
    signal.signal(signal.SIGTERM, lambda *_: client.disconnect())
    client.loop_forever()
    points.close()
    store.close()


if __name__ == "__main__":
    main()
