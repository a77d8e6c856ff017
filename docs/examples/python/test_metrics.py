"""How to assert on a metric: a registry for each test, and get_sample_value. Run: python -m unittest"""

import io
import json
import logging
import unittest
from pathlib import Path

from batches import Batches, Refused
from json_log import trace_id, trace_of, write_json_lines
from prometheus_client import CollectorRegistry
from server_metrics import Metrics

BATCH = json.loads((Path(__file__).parent.parent / "swift" / "batch.json").read_text())


class BatchTest(unittest.TestCase):
    def setUp(self) -> None:
        self.registry = CollectorRegistry()
        self.batches = Batches(Metrics(self.registry))

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)

    def test_counts_what_a_phone_sends(self) -> None:
        self.assertTrue(self.batches.take(BATCH))
        self.assertEqual(self.value("whiteroom_songs_created_total", platform="ios"), 2)
        self.assertEqual(self.value("whiteroom_songs_created_total", platform="macos"), 0)
        self.assertEqual(self.value("whiteroom_feature_uses_total", feature="looper"), 3)
        self.assertEqual(self.value("whiteroom_session_duration_seconds_bucket", platform="ios", le="300.0"), 0)
        self.assertEqual(self.value("whiteroom_session_duration_seconds_bucket", platform="ios", le="600.0"), 1)

    def test_counts_a_batch_once(self) -> None:
        self.assertTrue(self.batches.take(BATCH))
        self.assertFalse(self.batches.take(BATCH))
        self.assertEqual(self.value("whiteroom_songs_created_total", platform="ios"), 2)

    def test_an_instrument_beyond_the_list_is_other(self) -> None:
        counters = [{"name": "whiteroom_instrument_uses_total", "labels": {"instrument": "kazoo"}, "value": 1}]
        self.batches.take({"batch": "b", "platform": "ios", "counters": counters})
        self.assertEqual(self.value("whiteroom_instrument_uses_total", instrument="other"), 1)
        self.assertIsNone(self.value("whiteroom_instrument_uses_total", instrument="kazoo"))

    def test_refuses_what_it_does_not_know_and_counts_nothing_of_it(self) -> None:
        song = {"name": "whiteroom_songs_created_total", "value": 1}
        wrong = [
            {"batch": "b", "platform": "toaster", "counters": [song]},
            {"batch": "b", "platform": "ios", "counters": [song, {"name": "whiteroom_made_up_total", "value": 1}]},
            {"batch": "b", "platform": "ios", "counters": [{**song, "value": -1}]},
            {"batch": "b", "platform": "ios", "counters": [song], "sessions": ["long"]},
            {"platform": "ios", "counters": [song]},
            [],
        ]
        for batch in wrong:
            with self.assertRaises(Refused):
                self.batches.take(batch)
        self.assertEqual(self.value("whiteroom_songs_created_total", platform="ios"), 0)


class LogTest(unittest.TestCase):
    def test_a_line_carries_the_trace(self) -> None:
        stream = io.StringIO()
        write_json_lines(stream)
        token = trace_id.set(trace_of("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"))
        logging.getLogger("com.whiteroom.aggregator").warning("a\nb", extra={"fields": {"status": 400}})
        trace_id.reset(token)
        lines = stream.getvalue().splitlines()
        self.assertEqual(len(lines), 1)
        line = json.loads(lines[0])
        self.assertIsInstance(line.pop("ts"), float)
        self.assertEqual(
            line,
            {
                "severity": "WARNING",
                "label": "com.whiteroom.aggregator",
                "msg": "a\nb",
                "traceId": "4bf92f3577b34da6a3ce929d0e0e4736",
                "status": 400,
            },
        )


if __name__ == "__main__":
    unittest.main()
