import { backend, type Case, of, repeated } from "../case.ts";

const dashboard = "white-room-application-performance";
const labels = {
  service: "juce-backend",
  cluster: "studio",
  env: "test",
  severity: "critical",
  priority: "P0",
  team: "security",
} as const;

const replica = { ...backend, instance: "api-2:8000" } as const;

function failures(values: string, target: typeof backend | typeof replica = backend): Record<string, string> {
  return { [of(target, "whiteroom_auth_attempts_total", { result: "failure", method: "password" })]: values };
}

function findings(scanner: string, severity: string, count: number, target: typeof backend | typeof replica = backend) {
  const selector = of(target, "whiteroom_security_findings", { scanner, finding_severity: severity });
  return { [selector]: `${count}x20` };
}

export const security: readonly Case[] = [
  {
    alert: "UnusualAuthFailures",
    proves: "fires",
    name: "two a second over two instances, no data from yesterday",
    step: "1m",
    series: { ...failures("0+60x30"), ...failures("0+60x30", replica) },
    checks: [
      { at: "5m", firing: [] },
      {
        at: "8m",
        firing: [
          {
            labels,
            summary: "juce-backend rejects 2 sign-ins per second",
            description:
              "Over the last 5m, 2 sign-ins per second failed on juce-backend, above the threshold of 1 per second and more than three times the rate at this hour yesterday. This may be a brute-force attack or a broken client.",
            dashboard,
          },
        ],
      },
    ],
  },
  ...["NaN", "Inf", "-60"].map(
    (bad): Case => ({
      alert: "UnusualAuthFailures",
      proves: "fires",
      name: `two a second on one instance, while another counts ${bad}`,
      step: "1m",
      series: { ...failures("0+120x30"), ...failures(repeated(bad, 31), replica) },
      checks: [
        {
          at: "8m",
          firing: [
            {
              labels,
              summary: "juce-backend rejects 2 sign-ins per second",
              description:
                "Over the last 5m, 2 sign-ins per second failed on juce-backend, above the threshold of 1 per second and more than three times the rate at this hour yesterday. This may be a brute-force attack or a broken client.",
              dashboard,
            },
          ],
        },
      ],
    }),
  ),
  {
    alert: "UnusualAuthFailures",
    proves: "fires",
    name: "four a second, yesterday at this hour one",
    step: "2m",
    series: failures("0+120x750 90000+480x20"),
    checks: [
      {
        at: "25h20m",
        firing: [
          {
            labels,
            summary: "juce-backend rejects 4 sign-ins per second",
            description:
              "Over the last 5m, 4 sign-ins per second failed on juce-backend, above the threshold of 1 per second and more than three times the rate at this hour yesterday. This may be a brute-force attack or a broken client.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "UnusualAuthFailures",
    proves: "comes close and stays silent",
    name: "2.5 a second, yesterday at this hour one, and few since",
    step: "2m",
    series: failures("0+120x90 10800+12x660 18720+300x20"),
    checks: [{ at: "25h20m", firing: [] }],
  },
  {
    alert: "UnusualAuthFailures",
    proves: "comes close and stays silent",
    name: "0.9 a second fail and many succeed",
    step: "1m",
    series: {
      ...failures("0+54x30"),
      [of(backend, "whiteroom_auth_attempts_total", { result: "success", method: "password" })]: "0+6000x30",
    },
    checks: [{ at: "15m", firing: [] }],
  },
  {
    alert: "UnusualAuthFailures",
    proves: "counter reset",
    name: "one instance restarts at 0.4 a second each",
    step: "1m",
    series: { ...failures("90000+24x15 0+24x20"), ...failures("70000+24x40", replica) },
    checks: [
      { at: "17m", firing: [] },
      { at: "25m", firing: [] },
    ],
  },
  {
    alert: "SecurityVulnerabilityDetected",
    proves: "fires",
    name: "two scanners, and two instances that report the same",
    series: {
      ...findings("trivy", "critical", 1),
      ...findings("trivy", "critical", 1, replica),
      ...findings("semgrep", "high", 2),
      ...findings("semgrep", "high", 2, replica),
      ...findings("semgrep", "medium", 40),
    },
    checks: [
      {
        at: "1m",
        firing: [
          {
            labels,
            summary: "juce-backend has 3 critical or high security findings",
            description:
              "The latest security scans of juce-backend found 3 critical or high vulnerabilities that are still open, more than 0. The runbook lists the query that names the scanner.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "SecurityVulnerabilityDetected",
    proves: "comes close and stays silent",
    name: "only medium and low ones",
    series: {
      ...findings("trivy", "critical", 0),
      ...findings("trivy", "high", 0),
      ...findings("trivy", "medium", 40),
      ...findings("trivy", "low", 90),
    },
    checks: [{ at: "5m", firing: [] }],
  },
];
