// cAdvisor for the sandbox. Module proxies serve upstream's packages but not its command. This replacement serves /metrics
// and /healthz like upstream's cmd/cadvisor.go, without the web UI, the REST API, storage drivers and OOM detection.
package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/google/cadvisor/lib/cache/memory"
	"github.com/google/cadvisor/lib/container"
	"github.com/google/cadvisor/lib/manager"
	"github.com/google/cadvisor/lib/metrics"
	info "github.com/google/cadvisor/lib/model"
	"github.com/google/cadvisor/lib/utils/sysfs"
	"github.com/google/cadvisor/lib/version"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"

	_ "github.com/google/cadvisor/container/docker/install"
	_ "github.com/google/cadvisor/lib/container/containerd/install"
	_ "github.com/google/cadvisor/lib/container/systemd/install"
	_ "github.com/google/cadvisor/lib/fs/btrfs/install"
	_ "github.com/google/cadvisor/lib/fs/nfs/install"
	_ "github.com/google/cadvisor/lib/fs/overlay/install"
	_ "github.com/google/cadvisor/lib/fs/tmpfs/install"
	_ "github.com/google/cadvisor/lib/fs/vfs/install"
)

var (
	listenIP             = flag.String("listen_ip", "", "IP to listen on; empty means all")
	port                 = flag.Int("port", 8080, "port to listen on")
	endpoint             = flag.String("prometheus_endpoint", "/metrics", "path of the metrics")
	storageDuration      = flag.Duration("storage_duration", 2*time.Minute, "how long to keep data")
	storeContainerLabels = flag.Bool("store_container_labels", true, "turn every container label into a metric label")
	whitelistedLabels    = flag.String("whitelisted_container_labels", "", "container labels to keep, comma separated")
	envWhiteList         = flag.String("env_metadata_whitelist", "", "environment variables to keep, comma separated")
	rawPrefixWhiteList   = flag.String("raw_cgroup_prefix_whitelist", "", "cgroup prefixes to keep with -docker_only, comma separated")
	showVersion          = flag.Bool("version", false, "print the version and exit")

	// Same defaults as upstream.
	disabled = container.MetricSet{
		container.MemoryNumaMetrics:              struct{}{},
		container.NetworkTcpUsageMetrics:         struct{}{},
		container.NetworkUdpUsageMetrics:         struct{}{},
		container.NetworkAdvancedTcpUsageMetrics: struct{}{},
		container.ProcessSchedulerMetrics:        struct{}{},
		container.ProcessMetrics:                 struct{}{},
		container.HugetlbUsageMetrics:            struct{}{},
		container.ReferencedMemoryMetrics:        struct{}{},
		container.CPUTopologyMetrics:             struct{}{},
		container.ResctrlMetrics:                 struct{}{},
		container.CPUSetMetrics:                  struct{}{},
	}
	enabled = container.MetricSet{}
)

func main() {
	flag.Var(&disabled, "disable_metrics", "metrics to disable, comma separated")
	flag.Var(&enabled, "enable_metrics", "metrics to enable, comma separated; overrides -disable_metrics")
	klog.InitFlags(nil)
	flag.Parse()
	if *showVersion {
		fmt.Printf("cAdvisor version %s\n", version.Info["version"])
		return
	}
	included := enabled
	if len(included) == 0 {
		included = container.AllMetrics.Difference(disabled)
	}

	containers, err := manager.New(memory.New(*storageDuration, nil), sysfs.NewRealSysFs(), manager.HousekeepingConfigFlags,
		included, strings.Split(*rawPrefixWhiteList, ","), strings.Split(*envWhiteList, ","), "", 0)
	if err != nil {
		klog.Fatalf("Failed to create a manager: %s", err)
	}
	if err := containers.Start(); err != nil {
		klog.Fatalf("Failed to start the manager: %v", err)
	}
	stopOnSignal(containers)

	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	http.Handle(*endpoint, metricsHandler(containers, included))
	klog.Fatal(http.ListenAndServe(fmt.Sprintf("%s:%d", *listenIP, *port), nil))
}

func metricsHandler(containers manager.Manager, included container.MetricSet) http.Handler {
	labels := metrics.DefaultContainerLabels
	if !*storeContainerLabels {
		names := strings.Split(*whitelistedLabels, ",")
		for i := range names {
			names[i] = strings.TrimSpace(names[i])
		}
		labels = metrics.BaseContainerLabels(names)
	}
	latestOfAll := info.RequestOptions{IdType: info.TypeName, Count: 1, Recursive: true}
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		metrics.NewPrometheusCollector(containers, labels, included, clock.RealClock{}, latestOfAll),
		metrics.NewPrometheusMachineCollector(containers, included),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

func stopOnSignal(containers manager.Manager) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		if err := containers.Stop(); err != nil {
			klog.Errorf("Failed to stop the manager: %v", err)
		}
		os.Exit(0)
	}()
}
