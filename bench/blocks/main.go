// Command blocks writes TSDB blocks of synthetic samples: 120 samples per chunk, all series in every block. It reads a
// Request as JSON from standard input.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sort"

	"github.com/oklog/ulid/v2"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/index"
)

const samplesPerChunk = 120

// Shape describes the samples of a set of series. They are encoded once and shared by all series.
type Shape struct {
	// A counter increases by about Value per second; a gauge is about Value, or exactly Value without Noise.
	Counter bool    `json:"counter"`
	Value   float64 `json:"value"`
	Noise   float64 `json:"noise"`
	// Sample interval in seconds.
	Step   int64               `json:"step"`
	Series []map[string]string `json:"series"`
}

type Request struct {
	Directory string `json:"directory"`
	// In milliseconds.
	Start    int64   `json:"start"`
	End      int64   `json:"end"`
	Duration int64   `json:"duration"`
	Shapes   []Shape `json:"shapes"`
}

type series struct {
	labels labels.Labels
	shape  int
}

func main() {
	var request Request
	if err := json.NewDecoder(os.Stdin).Decode(&request); err != nil {
		fail(err)
	}
	all := sorted(request.Shapes)
	var samples uint64
	for from := request.Start; from < request.End; from += request.Duration {
		written, err := writeBlock(request, all, from, min(from+request.Duration, request.End))
		if err != nil {
			fail(err)
		}
		samples += written
	}
	fmt.Println(samples)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// sorted returns all series in index order.
func sorted(shapes []Shape) []series {
	var all []series
	for shape, each := range shapes {
		for _, one := range each.Series {
			all = append(all, series{labels: labels.FromMap(one), shape: shape})
		}
	}
	sort.Slice(all, func(i, j int) bool { return labels.Compare(all[i].labels, all[j].labels) < 0 })
	return all
}

func writeBlock(request Request, all []series, from, to int64) (uint64, error) {
	id := ulid.MustNew(uint64(to), nil)
	directory := filepath.Join(request.Directory, id.String())
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return 0, err
	}
	chunkWriter, err := chunks.NewWriter(filepath.Join(directory, "chunks"))
	if err != nil {
		return 0, err
	}
	indexWriter, err := index.NewWriter(context.Background(), filepath.Join(directory, "index"))
	if err != nil {
		return 0, err
	}
	if err := addSymbols(indexWriter, all); err != nil {
		return 0, err
	}
	encoded := make([][]chunks.Meta, len(request.Shapes))
	for shape, each := range request.Shapes {
		if encoded[shape], err = encode(each, shape, request.Start, from, to); err != nil {
			return 0, err
		}
	}
	meta := tsdb.BlockMeta{ULID: id, MinTime: from, MaxTime: to, Version: 1}
	meta.Compaction.Level = 1
	meta.Compaction.Sources = []ulid.ULID{id}
	for reference, one := range all {
		metas := append([]chunks.Meta(nil), encoded[one.shape]...)
		if err := chunkWriter.WriteChunks(metas...); err != nil {
			return 0, err
		}
		if err := indexWriter.AddSeries(storage.SeriesRef(reference), one.labels, metas...); err != nil {
			return 0, err
		}
		meta.Stats.NumSeries++
		for _, chunk := range metas {
			meta.Stats.NumChunks++
			meta.Stats.NumSamples += uint64(chunk.Chunk.NumSamples())
		}
	}
	if err := chunkWriter.Close(); err != nil {
		return 0, err
	}
	if err := indexWriter.Close(); err != nil {
		return 0, err
	}
	text, err := json.Marshal(meta)
	if err != nil {
		return 0, err
	}
	return meta.Stats.NumSamples, os.WriteFile(filepath.Join(directory, "meta.json"), text, 0o644)
}

func addSymbols(writer *index.Writer, all []series) error {
	seen := map[string]struct{}{}
	for _, one := range all {
		one.labels.Range(func(label labels.Label) {
			seen[label.Name] = struct{}{}
			seen[label.Value] = struct{}{}
		})
	}
	symbols := make([]string, 0, len(seen))
	for symbol := range seen {
		symbols = append(symbols, symbol)
	}
	sort.Strings(symbols)
	for _, symbol := range symbols {
		if err := writer.AddSymbol(symbol); err != nil {
			return err
		}
	}
	return nil
}

// encode encodes the samples in [from, to).
func encode(shape Shape, seed int, origin, from, to int64) ([]chunks.Meta, error) {
	var metas []chunks.Meta
	step := shape.Step * 1000
	first := from + (step-(from-origin)%step)%step
	for time := first; time < to; {
		chunk := chunkenc.NewXORChunk()
		appender, err := chunk.Appender()
		if err != nil {
			return nil, err
		}
		begin := time
		for count := 0; count < samplesPerChunk && time < to; count++ {
			appender.Append(0, time, value(shape, uint64(seed), (time-origin)/step))
			time += step
		}
		metas = append(metas, chunks.Meta{Chunk: chunk, MinTime: begin, MaxTime: time - step})
	}
	return metas, nil
}

// value returns the value at a step. A counter grows evenly, plus noise of up to one step's growth.
func value(shape Shape, seed uint64, step int64) float64 {
	noise := float64(hash(seed<<32^uint64(step))%8) / 8
	if !shape.Counter {
		return shape.Value * (1 + noise*shape.Noise)
	}
	grown := shape.Value * float64(shape.Step)
	sum := grown*float64(step) + grown*noise
	if shape.Value < 0.05 {
		return sum
	}
	return math.Floor(sum)
}

// hash is splitmix64, for reproducible noise.
func hash(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb
	return x ^ (x >> 31)
}
