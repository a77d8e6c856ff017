import { labelValues } from "../../config/white-room/metrics.ts";
import type { Faults } from "./faults.ts";
import type { PlayedService } from "./played-service.ts";
import type { Random } from "./random.ts";
import type { ServiceMetrics } from "./registry.ts";
import { dailyShape } from "./shape.ts";

const day = 86_400_000;

/** Events per hour, averaged over a day. Even in the quietest hour (factor 0.4), they are far above all alert thresholds. */
const hourly = { signups: 16, songs: 150, switches: 420, sessions: 260, features: 9000, instruments: 5400 } as const;

const platforms = labelValues("whiteroom_songs_created_total", "platform");
const features = labelValues("whiteroom_feature_uses_total", "feature");
const instruments = labelValues("whiteroom_instrument_uses_total", "instrument");

/** Open sessions without noise: 36 in the quietest hour, 144 in the busiest. */
export const typicalSessions = (time: number) => 90 * dailyShape(time);

/** User activity, counted by the swift-frontend; `tick` advances it by the given seconds. */
export function business(service: () => PlayedService, faults: Faults, random: Random) {
  let drift = 0;
  let signupDue = 15;
  return {
    tick: (seconds: number, time: number) => {
      const { metrics } = service();
      setSlowGauges(metrics, time);
      const silent = faults.isActive("silence");
      drift = drift * 0.98 + random.between(-1, 1);
      metrics.set("whiteroom_sessions_active", silent ? 3 : Math.round(typicalSessions(time) + drift * 2));
      if (silent) return;
      const busy = dailyShape(time);
      const times = (rate: number, event: () => void) => {
        for (let left = random.poisson((rate / 3600) * seconds * busy); left > 0; left -= 1) event();
      };
      const platform = () => ({ platform: random.pickFirst(platforms) });
      signupDue -= seconds;
      if (signupDue <= 0) {
        signupDue = (3600 / hourly.signups / busy) * random.between(0.5, 1.5);
        metrics.count("whiteroom_user_signups_total", platform());
      }
      times(hourly.songs, () => metrics.count("whiteroom_songs_created_total", platform()));
      times(hourly.switches, () => metrics.count("whiteroom_performances_switched_total", platform()));
      times(hourly.sessions, () => {
        const length = Math.min(random.logNormal(1100, 0.9), 14_000);
        metrics.observe("whiteroom_session_duration_seconds", length, platform());
      });
      times(hourly.features, () => {
        const feature = { feature: random.pickFirst(features) };
        metrics.count("whiteroom_feature_uses_total", feature);
        if (random.chance(0.004)) metrics.count("whiteroom_feature_errors_total", feature);
      });
      times(hourly.instruments, () => {
        metrics.count("whiteroom_instrument_uses_total", { instrument: random.pickFirst(instruments) });
      });
    },
  };
}

/** Gauges that change over days. They depend only on the time, so all replicas report the same values. */
function setSlowGauges(metrics: ServiceMetrics, time: number): void {
  const week = Math.cos((time / day / 7) * 2 * Math.PI);
  const month = Math.cos((time / day / 30) * 2 * Math.PI);
  const users = { "1d": 2400 + 260 * week, "7d": 7900 + 310 * month, "30d": 18_600 + 420 * month };
  for (const [window, count] of Object.entries(users)) {
    metrics.set("whiteroom_active_users", Math.round(count), { window });
  }
  const retention = { "1": 0.44 + 0.02 * week, "7": 0.27 + 0.01 * week, "30": 0.15 + 0.01 * month };
  for (const [after, ratio] of Object.entries(retention)) {
    metrics.set("whiteroom_user_retention_ratio", Math.round(ratio * 10_000) / 10_000, { day: after });
  }
}
