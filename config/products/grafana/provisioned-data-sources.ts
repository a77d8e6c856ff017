import type { Settings } from "../../settings/schema.ts";
import { alertmanager } from "../alertmanager/product.ts";
import { clientOf, internalUrl, tlsDirectory } from "../internal-tls.ts";
import { jaeger } from "../jaeger/product.ts";
import { dashboardUids, jaegerPath } from "../links.ts";
import { hasLoki, loki } from "../loki/product.ts";
import type { Product } from "../product.ts";
import { prometheus } from "../prometheus/product.ts";
import { longTermOf } from "../thanos/long-term.ts";
import { thanosQueryFrontend } from "../thanos/product.ts";
import { lokiForGrafana } from "../web-gateway/web-gateway.ts";
import { datasourceNames, datasourceUids } from "./data-source-uids.ts";
import { ownDataSources } from "./own-data-sources.ts";
import { grafana } from "./product.ts";

/** uids of all provisioned data sources. */
export function provisionedUids(settings: Settings): string[] {
  return provisionedSources(settings).map(({ uid }) => uid);
}

interface ProvisionedSource {
  readonly uid: string;
  readonly [option: string]: unknown;
}

/** All data sources. The first one is the default. */
export function provisionedSources(settings: Settings): ProvisionedSource[] {
  const { alerting, metrics, tracing } = settings;
  const options = {
    httpMethod: "POST",
    timeInterval: metrics.scrapeInterval,
    ...(tracing.enabled && {
      exemplarTraceIdDestinations: [{ name: "trace_id", datasourceUid: datasourceUids.jaeger }],
    }),
  };
  const own = {
    ...options,
    prometheusType: "Prometheus",
    ...(alerting.enabled && { alertmanagerUid: datasourceUids.alertmanager }),
  };
  const all: ProvisionedSource[] =
    longTermOf(settings) === undefined
      ? [{ ...datasource(settings, prometheus, own), isDefault: true }]
      : [
          {
            // Its rules are those of Prometheus.
            ...datasource(
              settings,
              { ...thanosQueryFrontend, workload: prometheus.workload },
              {
                ...options,
                prometheusType: "Thanos",
                manageAlerts: false,
              },
            ),
            url: internalUrl(settings, thanosQueryFrontend),
            isDefault: true,
          },
          {
            ...datasource(settings, prometheus, own),
            name: datasourceNames.localPrometheus,
            uid: datasourceUids.localPrometheus,
          },
        ];
  if (hasLoki(settings)) {
    const source = datasource(settings, loki, {
      maxLines: 1000,
      manageAlerts: true,
      derivedFields: [...(tracing.enabled ? [traceOfLine] : []), traceSearch],
    });
    all.push({ ...source, url: internalUrl(settings, lokiForGrafana(settings)) });
  }
  if (alerting.enabled) {
    all.push(
      datasource(settings, alertmanager, {
        implementation: "prometheus",
        handleGrafanaManagedAlerts: false,
      }),
    );
  }
  if (tracing.enabled) all.push(traceSource(settings));
  return [...all, ...ownDataSources(settings)];
}

type Source = Pick<Product, "port" | "tls"> & { readonly workload: keyof typeof datasourceUids };

function datasource(settings: Settings, source: Source, jsonData: object): ProvisionedSource {
  const uid = datasourceUids[source.workload];
  const name = datasourceNames[source.workload];
  const client = clientOf(settings, source, tlsDirectory(grafana));
  return {
    ...{ name, uid, type: uid, access: "proxy", url: internalUrl(settings, source), editable: false },
    jsonData: {
      ...jsonData,
      ...(client && { tlsAuth: true, tlsAuthWithCACert: true, serverName: client.serverName }),
    },
    // Read by Grafana at its start, so that no key is in this file.
    ...(client && {
      secureJsonData: {
        tlsCACert: `$__file{${client.caFile}}`,
        tlsClientCert: `$__file{${client.certFile}}`,
        tlsClientKey: `$__file{${client.keyFile}}`,
      },
    }),
  };
}

/** Jaeger, with links from a trace to its log lines and to the metrics of its services. */
function traceSource(settings: Settings): ProvisionedSource {
  const source = datasource(settings, jaeger, {
    nodeGraph: { enabled: true },
    traceQuery: { timeShiftEnabled: true, spanStartTimeShift: "-1h", spanEndTimeShift: "1h" },
    ...(hasLoki(settings) && {
      tracesToLogsV2: {
        datasourceUid: datasourceUids.loki,
        ...aroundSpan,
        customQuery: true,
        // The trace ID is structured metadata, not a label.
        query: '{service=~".+"} | trace_id="$${__trace.traceId}"',
      },
    }),
    tracesToMetrics: {
      datasourceUid: datasourceUids.prometheus,
      ...aroundSpan,
      tags: [{ key: "service.name", value: "service" }],
      queries: [
        { name: "Requests per second", query: "sum(rate(traces_span_metrics_calls_total{$$__tags}[5m]))" },
        {
          name: "Failed requests per second",
          query: 'sum(rate(traces_span_metrics_calls_total{$$__tags, status_code="STATUS_CODE_ERROR"}[5m]))',
        },
        {
          name: "P95 duration",
          query:
            "histogram_quantile(0.95, sum by (le) (rate(traces_span_metrics_duration_seconds_bucket{$$__tags}[5m])))",
        },
      ],
    },
  });
  return { ...source, url: `${internalUrl(settings, jaeger)}${jaegerPath(settings).replace(/\/$/, "")}` };
}

/** Range of queries that start from a span. */
const aroundSpan = { spanStartTimeShift: "-15m", spanEndTimeShift: "15m" } as const;

/** Link from a log line to its trace. */
const traceOfLine = {
  name: "Trace",
  matcherType: "label",
  matcherRegex: "^trace_id$",
  datasourceUid: datasourceUids.jaeger,
  url: "$${__value.raw}",
  urlDisplayLabel: "Show the trace",
};

/** Link from a log line to all lines of its trace. Provisioning expands `$`, so Grafana variables are escaped as `$$`. */
const traceSearch = {
  name: "All lines of this trace",
  matcherType: "label",
  matcherRegex: "^trace_id$",
  url: `/d/${dashboardUids.logs}?var-trace_id=$\${__value.raw}&$\${__url_time_range}`,
  urlDisplayLabel: "Search",
};
